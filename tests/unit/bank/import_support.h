#pragma once

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/document_reader.h"

namespace assay::bank {

// Keeps what a reader finds.
class KeepingSink final : public DocumentSink {
 public:
  absl::Status Question(v1::QuestionContent question, int line) override {
    questions.push_back(std::move(question));
    lines.push_back(line);
    return refuse_questions;
  }
  absl::Status Finding(ImportFinding finding) override {
    findings.push_back(std::move(finding));
    return absl::OkStatus();
  }
  absl::Status Catalogue(v1::Pack pack) override {
    catalogues.push_back(std::move(pack));
    return absl::OkStatus();
  }

  absl::StatusOr<std::set<std::string>> Known(const std::set<std::string>& names) override {
    std::set<std::string> known;
    std::set_intersection(names.begin(), names.end(), elsewhere.begin(), elsewhere.end(), std::inserter(known, known.end()));
    return known;
  }

  int Errors() const {
    int errors = 0;
    for (const auto& finding : findings) errors += finding.severity == FindingSeverity::kError ? 1 : 0;
    return errors;
  }

  std::vector<v1::QuestionContent> questions;
  std::vector<int> lines;
  std::vector<ImportFinding> findings;
  std::vector<v1::Pack> catalogues;
  absl::Status refuse_questions;
  // What there is outside of the document.
  std::set<std::string> elsewhere;
};

// Reads `text` in pieces of `piece` bytes.
inline absl::Status ReadIn(DocumentReader& reader, std::string_view text, std::size_t piece, DocumentSink& sink) {
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (absl::Status status = reader.Feed(text.substr(at, piece), sink); !status.ok()) return status;
  }
  return reader.Finish(sink);
}

}  // namespace assay::bank
