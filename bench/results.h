#pragma once

#include <string>
#include <vector>

namespace assay::bench {

// One measured figure beside what it is held against: the raw limit of a throughput, the most that is allowed of a size or
// a time. `ratio` = value / limit.
struct Result {
  std::string name;
  double value = 0;
  std::string unit;
  double limit = 0;
  double ratio() const { return limit == 0 ? 0 : value / limit; }
};

double Median(std::vector<double> values);

void PrintTable(const std::vector<Result>& results);
// [{"name","value","unit","limit","ratio"}]. False when the file cannot be written.
bool WriteJson(const std::vector<Result>& results, const std::string& path);

}  // namespace assay::bench
