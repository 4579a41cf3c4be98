#include "services/bank/domain/csv_import.h"

#include <absl/status/status.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/csv_reader.h"
#include "services/bank/domain/guide_block.h"
#include "services/bank/domain/guide_competencies.h"
#include "services/bank/domain/guide_lines.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/question_draft.h"

namespace assay::bank {
namespace {

constexpr std::array<std::string_view, 10> kColumns = {
    "ref",    "part",          "section",     "competency", "question",
    "covers", "strong_answer", "weak_answer", "cue",        "probe"};
constexpr std::string_view kLevelColumn = "level";

// Where each known column stands.
using Columns = std::map<std::string, std::size_t, std::less<>>;

std::string IdOf(std::string_view ref) {
  if (ref.size() >= 2 && ref.size() <= 7 &&
      ref.find_first_not_of("0123456789", 1) == std::string_view::npos &&
      ((ref[0] >= 'a' && ref[0] <= 'z') || (ref[0] >= 'A' && ref[0] <= 'Z'))) {
    return QuestionId(ref[0], std::stoi(std::string(ref.substr(1))));
  }
  return Slug(ref, 60);
}

class CsvImporter {
 public:
  CsvImporter(const std::vector<CsvRecord>& records, ImportResult& result)
      : records_(records), result_(result), collector_(result) {}

  absl::Status Run() {
    if (absl::Status status = ReadHeader(); !status.ok()) return status;
    for (std::size_t i = 1; i < records_.size(); ++i) ReadRow(records_[i]);
    return absl::OkStatus();
  }

 private:
  absl::Status ReadHeader() {
    const CsvRecord& header = records_.front();
    for (std::size_t i = 0; i < header.cells.size(); ++i) {
      const std::string name = AsciiLower(TrimSpace(header.cells[i]));
      const bool known = name == kLevelColumn ||
                         std::find(kColumns.begin(), kColumns.end(), name) != kColumns.end();
      if (!known) {
        AddFinding(result_, header.line, header.end_line, FindingSeverity::kWarning,
                   fmt::format("column \"{}\" is not known; its cells are not imported", name));
      } else if (!columns_.emplace(name, i).second) {
        return absl::InvalidArgumentError(
            fmt::format("line {}: column \"{}\" stands twice", header.line, name));
      }
    }
    for (const std::string_view name : kColumns) {
      if (columns_.find(name) != columns_.end()) continue;
      if (name == "ref" || name == "question") {
        return absl::InvalidArgumentError(fmt::format(
            "line {}: no column \"{}\"; the header is {} separated by commas", header.line, name,
            "ref,part,section,competency,question,covers,strong_answer,weak_answer,cue,probe"));
      }
      AddFinding(result_, header.line, header.end_line, FindingSeverity::kWarning,
                 fmt::format("column \"{}\" is absent", name));
    }
    Mark(header, LineUse::kHeading);
    return absl::OkStatus();
  }

  std::string Cell(const CsvRecord& row, std::string_view column) const {
    const auto at = columns_.find(column);
    return at == columns_.end() ? "" : std::string(TrimSpace(row.cells[at->second]));
  }

  void Mark(const CsvRecord& row, LineUse use) {
    for (int line = row.line; line <= row.end_line; ++line) result_.lines[line - 1] = use;
  }

  void Report(const CsvRecord& row, FindingSeverity severity, std::string reason,
              std::string ref = "") {
    AddFinding(result_, row.line, row.end_line, severity, std::move(reason), std::move(ref));
  }

  void Drop(const CsvRecord& row, std::string reason, std::string ref = "") {
    ++result_.dropped;
    Report(row, FindingSeverity::kError, std::move(reason), std::move(ref));
    Mark(row, LineUse::kFinding);
  }

  void ReadRow(const CsvRecord& row) {
    const std::size_t expected = records_.front().cells.size();
    if (row.cells.size() != expected) {
      return Drop(row, fmt::format("{} cells where the header has {}; not imported",
                                   row.cells.size(), expected));
    }
    QuestionDraft draft;
    draft.ref = Cell(row, "ref");
    draft.id = IdOf(draft.ref);
    if (draft.ref.empty()) return Drop(row, "no ref; not imported");
    if (!IsIdentifier(draft.id) || CodePoints(draft.ref) > 40) {
      return Drop(row, fmt::format("ref \"{}\" makes no identifier; not imported",
                                   draft.ref.substr(0, 80)));
    }
    if (!row.irregular.empty()) {
      Report(row, FindingSeverity::kWarning,
             fmt::format("{}: {}; read as it stands", draft.ref, row.irregular), draft.ref);
    }
    draft.document = "csv";
    draft.line = row.line;
    draft.end_line = row.end_line;
    draft.part = Cell(row, "part");
    draft.section = Cell(row, "section");
    draft.prompt = Cell(row, "question");
    draft.covers = Cell(row, "covers");
    draft.exemplars = {{5, Cell(row, "strong_answer")}, {2, Cell(row, "weak_answer")}};
    draft.cue = Cell(row, "cue");
    const std::string probes = Cell(row, "probe");
    for (const std::string_view probe : SplitLines(probes)) draft.probes.emplace_back(probe);
    draft.level = ReadLevel(row, draft);
    draft.competency = ReadCompetency(row, draft.ref);
    draft.assigned_by = v1::ASSIGNED_BY_TENANT;
    const bool imported = collector_.Add(draft);
    Mark(row, imported ? LineUse::kQuestion : LineUse::kFinding);
    if (imported) CountHeadings(draft);
  }

  v1::Level ReadLevel(const CsvRecord& row, const QuestionDraft& draft) {
    const std::string stated = AsciiLower(Cell(row, kLevelColumn));
    const std::string words = stated.empty() ? AsciiLower(draft.part) : stated;
    if (const auto level = LevelOf(words)) return *level;
    if (words.find("senior") != std::string::npos) return v1::LEVEL_SENIOR;
    Report(row, stated.empty() ? FindingSeverity::kInfo : FindingSeverity::kWarning,
           fmt::format("{}: no level known from \"{}\"; taken as experienced", draft.ref,
                       words.substr(0, 200)),
           draft.ref);
    return v1::LEVEL_EXPERIENCED;
  }

  std::string ReadCompetency(const CsvRecord& row, const std::string& ref) {
    const std::string stated = Cell(row, "competency");
    if (stated.empty() || IsIdentifier(stated)) return stated;
    std::string id = CompetencyId(stated);
    if (id.empty()) {
      Report(row, FindingSeverity::kWarning,
             fmt::format("{}: the competency makes no identifier; left empty", ref), ref);
    } else {
      Report(row, FindingSeverity::kInfo,
             fmt::format("{}: competency \"{}\" is taken as {}", ref, stated.substr(0, 200), id),
             ref);
    }
    return id;
  }

  // Parts and sections in order of first use.
  void CountHeadings(const QuestionDraft& draft) {
    if (!draft.part.empty()) {
      const auto [at, fresh] = part_index_.emplace(draft.part, result_.parts.size());
      if (fresh)
        result_.parts.push_back(
            {.title = draft.part, .line = draft.line, .questions = 0, .inferred = false});
      ++result_.parts[at->second].questions;
    }
    if (!draft.section.empty()) {
      const auto [at, fresh] =
          section_index_.emplace(std::pair(draft.part, draft.section), result_.sections.size());
      if (fresh) {
        result_.sections.push_back(
            {.part = draft.part, .title = draft.section, .line = draft.line, .questions = 0});
      }
      ++result_.sections[at->second].questions;
    }
  }

  const std::vector<CsvRecord>& records_;
  ImportResult& result_;
  QuestionCollector collector_;
  Columns columns_;
  std::map<std::string, std::size_t> part_index_;
  std::map<std::pair<std::string, std::string>, std::size_t> section_index_;
};

}  // namespace

absl::StatusOr<CsvImport> ImportCsv(std::string_view text) {
  if (absl::Status status = CheckImportText(text); !status.ok()) return status;
  text = WithoutByteOrderMark(text);
  absl::StatusOr<std::vector<CsvRecord>> records = ReadCsv(text);
  if (!records.ok()) return records.status();
  if (records->empty()) return absl::InvalidArgumentError("line 1: no header");
  if (records->size() - 1 > kMaxImportQuestions) {
    return absl::InvalidArgumentError(fmt::format("the document has {} rows; at most {} are read",
                                                  records->size() - 1, kMaxImportQuestions));
  }
  CsvImport result;
  result.layout = "csv";
  for (const std::string_view line : SplitLines(text)) {
    result.lines.push_back(TrimSpace(line).empty() ? LineUse::kBlank : LineUse::kUnread);
  }
  if (absl::Status status = CsvImporter(*records, result).Run(); !status.ok()) return status;
  FinishImport(result);
  return result;
}

}  // namespace assay::bank
