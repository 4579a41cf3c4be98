#include "services/bank/domain/csv_import.h"

#include <absl/status/status.h>
#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/csv_reader.h"
#include "services/bank/domain/csv_rows.h"
#include "services/bank/domain/entry_desk.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/utf8_stream.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

// Parts and sections in order of first use.
class Headings {
 public:
  explicit Headings(ImportResult& result) : result_(result) {}

  void Count(const v1::QuestionContent& question, int line) {
    if (!question.part().empty()) {
      const auto [at, fresh] = parts_.emplace(question.part(), result_.parts.size());
      if (fresh) result_.parts.push_back({.title = question.part(), .line = line, .questions = 0, .inferred = false});
      ++result_.parts[at->second].questions;
    }
    if (!question.section().empty()) {
      const auto [at, fresh] = sections_.emplace(std::pair(question.part(), question.section()), result_.sections.size());
      if (fresh) result_.sections.push_back({.part = question.part(), .title = question.section(), .line = line, .questions = 0});
      ++result_.sections[at->second].questions;
    }
  }

 private:
  ImportResult& result_;
  std::map<std::string, std::size_t> parts_;
  std::map<std::pair<std::string, std::string>, std::size_t> sections_;
};

class CsvDocumentReader final : public DocumentReader {
 public:
  explicit CsvDocumentReader(std::string_view language) : rows_(found_, language) {}

  absl::Status Feed(std::string_view bytes, DocumentSink& sink) override {
    RETURN_IF_ERROR(utf8_.Check(bytes));
    return parser_.Feed(bytes, [&](const CsvRecord& record) { return Take(record, sink); });
  }

  absl::Status Finish(DocumentSink& sink) override {
    RETURN_IF_ERROR(utf8_.Finish());
    RETURN_IF_ERROR(parser_.Finish([&](const CsvRecord& record) { return Take(record, sink); }));
    return rows_.has_header() ? absl::OkStatus() : absl::InvalidArgumentError("line 1: no header");
  }

  int sections() const override { return sections_.count(); }

 private:
  // Hands on what a record gave, so that no more than that is ever held.
  absl::Status Take(const CsvRecord& record, DocumentSink& sink) {
    if (!rows_.has_header()) {
      RETURN_IF_ERROR(rows_.ReadHeader(record, parser_.delimiter()));
    } else {
      rows_.ReadRow(record);
    }
    for (ImportFinding& finding : found_.findings) RETURN_IF_ERROR(sink.Finding(std::move(finding)));
    for (v1::QuestionContent& question : found_.questions) {
      sections_.Add(question);
      RETURN_IF_ERROR(sink.Question(std::move(question), record.line));
    }
    found_.findings.clear();
    found_.questions.clear();
    return absl::OkStatus();
  }

  Utf8Stream utf8_;
  CsvParser parser_;
  ImportResult found_;
  CsvRows rows_;
  SectionCount sections_;
};

}  // namespace

absl::StatusOr<CsvImport> ImportCsv(std::string_view text) {
  if (absl::Status status = CheckImportText(text); !status.ok()) return status;
  CsvImport result;
  result.layout = "csv";
  for (const std::string_view line : SplitLines(WithoutByteOrderMark(text))) {
    result.lines.push_back(TrimSpace(line).empty() ? LineUse::kBlank : LineUse::kUnread);
  }
  CsvRows rows(result, "en");
  Headings headings(result);
  CsvParser parser;
  std::size_t questions = 0;
  const auto take = [&](const CsvRecord& record) -> absl::Status {
    LineUse use = LineUse::kHeading;
    if (!rows.has_header()) {
      RETURN_IF_ERROR(rows.ReadHeader(record, parser.delimiter()));
    } else {
      if (++questions > kMaxImportQuestions) {
        return absl::InvalidArgumentError(fmt::format("the document has over {} rows", kMaxImportQuestions));
      }
      use = rows.ReadRow(record);
      if (use == LineUse::kQuestion) headings.Count(result.questions.back(), record.line);
    }
    for (int line = record.line; line <= record.end_line; ++line) result.lines[static_cast<std::size_t>(line) - 1] = use;
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(parser.Feed(text, take));
  RETURN_IF_ERROR(parser.Finish(take));
  if (!rows.has_header()) return absl::InvalidArgumentError("line 1: no header");
  FinishImport(result);
  return result;
}

std::unique_ptr<DocumentReader> MakeCsvReader(std::string_view language) { return std::make_unique<CsvDocumentReader>(language); }

}  // namespace assay::bank
