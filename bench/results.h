#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace assay::bench {

// What a ratio has to be.
struct Goal {
  enum class Kind { kNone, kAtLeast, kAtMost };
  Kind kind = Kind::kNone;
  double ratio = 0;
};
inline Goal AtLeast(double ratio) { return {Goal::Kind::kAtLeast, ratio}; }
inline Goal AtMost(double ratio) { return {Goal::Kind::kAtMost, ratio}; }

// One measured figure beside what it is held against: the raw limit of a throughput or a time, the most that is allowed of a
// size. `ratio` = value / limit. Without a limit it is there to be known.
struct Result {
  std::string name;
  double value = 0;
  std::string unit;
  double limit = 0;
  Goal goal = {};

  double ratio() const { return limit == 0 ? 0 : value / limit; }
  bool met() const;
  // ">= 1.2", "<= 1.5" or "".
  std::string goal_text() const;
};

double Median(std::vector<double> values);
// The value that `share` of them do not exceed, 0.99 for the 99th percentile.
double Quantile(std::vector<double> values, double share);

void PrintTable(const std::vector<Result>& results);
// Writes [{"name","value","unit","limit","ratio","goal","met"}] to `path`; what it holds of other measurements stays.
absl::Status WriteJson(const std::vector<Result>& results, const std::string& path);

}  // namespace assay::bench
