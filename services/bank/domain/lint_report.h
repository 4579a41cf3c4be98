#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/pack_lint.h"

namespace assay::bank {

// Collects findings below one path.
class LintReport {
 public:
  explicit LintReport(std::vector<Finding>& findings, std::string path = {})
      : findings_(findings), path_(std::move(path)) {}

  void Error(const std::string& field, std::string reason, std::string message) {
    Add(Severity::kError, field, std::move(reason), std::move(message));
  }
  void Warning(const std::string& field, std::string reason, std::string message) {
    Add(Severity::kWarning, field, std::move(reason), std::move(message));
  }

 private:
  void Add(Severity severity, const std::string& field, std::string reason, std::string message) {
    const std::string path = field.empty() ? path_ : path_.empty() ? field : path_ + '.' + field;
    findings_.push_back({severity, path, std::move(reason), std::move(message)});
  }

  std::vector<Finding>& findings_;
  std::string path_;
};

}  // namespace assay::bank
