#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/pack_lint.h"

namespace assay::bank {

// Collects findings below one path. Both path and message are cut: what they quote may be of any length.
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
    findings_.push_back({severity, Cut(path, kMaxPath), std::move(reason), Cut(std::move(message), kMaxMessage)});
  }

  static constexpr std::size_t kMaxPath = 300;
  static constexpr std::size_t kMaxMessage = 1000;

  // At a character.
  static std::string Cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text.resize(most);
    return text + "…";
  }

  std::vector<Finding>& findings_;
  std::string path_;
};

}  // namespace assay::bank
