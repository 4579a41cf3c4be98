#pragma once

#include <string>
#include <vector>

#include "assay/bank/v1/pack_service.pb.h"

namespace assay::bank {

// A report lists so many findings and so many changes; what is beyond is counted.
inline constexpr int kMaxListed = 1000;
// Longer texts of a finding are cut.
inline constexpr std::size_t kMaxFindingChars = 500;

// Gathers what there is to say about an import in bounded memory. Not thread-safe.
class ReportBuilder {
 public:
  void Add(v1::ImportFinding finding);
  // Only new questions are left out where there are too many changes.
  void Add(v1::ImportChange change);
  // Counts one question by what becomes of it.
  void Count(v1::ImportChangeKind kind, int questions = 1);
  // Adds what another builder has put into a report.
  void Add(const v1::ImportReport& part);

  // Errors that were added, listed or not.
  int errors() const { return errors_; }
  const std::vector<v1::ImportFinding>& listed_errors() const { return error_list_; }

  // Writes findings in the order of their lines (errors first choice where there are too many), changes and counts.
  void WriteTo(v1::ImportReport& report) const;

 private:
  std::vector<v1::ImportFinding> error_list_;
  std::vector<v1::ImportFinding> remarks_;
  std::vector<v1::ImportChange> changes_;
  std::vector<v1::ImportChange> new_ones_;
  int errors_ = 0;
  int findings_ = 0;
  int created_ = 0;
  int changed_ = 0;
  int unchanged_ = 0;
  int conflicting_ = 0;
};

}  // namespace assay::bank
