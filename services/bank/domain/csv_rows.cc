#include "services/bank/domain/csv_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "services/bank/domain/csv_columns.h"
#include "services/bank/domain/field_text.h"
#include "services/bank/domain/guide_block.h"
#include "services/bank/domain/guide_competencies.h"
#include "services/bank/domain/guide_lines.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/key_concepts.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;

std::string IdOf(std::string_view ref) {
  if (ref.size() >= 2 && ref.size() <= 7 && ref.find_first_not_of("0123456789", 1) == std::string_view::npos &&
      ((ref[0] >= 'a' && ref[0] <= 'z') || (ref[0] >= 'A' && ref[0] <= 'Z'))) {
    return QuestionId(ref[0], std::stoi(std::string(ref.substr(1))));
  }
  return Slug(ref, 60);
}

const FieldDescriptor* ExactField(std::string_view column) {
  for (const FieldDescriptor* field : ExactFields()) {
    if (field->name() == column) return field;
  }
  return nullptr;
}

std::string_view DelimiterName(char delimiter) {
  return delimiter == ';' ? "semicolons" : delimiter == '\t' ? "tabs" : "an unusual character";
}

}  // namespace

absl::Status CsvRows::ReadHeader(const CsvRecord& header, char delimiter) {
  if (header.cell_count > header.cells.size()) {
    return absl::InvalidArgumentError(fmt::format("line {}: {} columns; at most {} are read", header.line, header.cell_count, kMaxCsvCells));
  }
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    const std::string name = AsciiLower(TrimSpace(header.cells[i]));
    const bool readable = std::find(kReadableColumns.begin(), kReadableColumns.end(), name) != kReadableColumns.end();
    if (!readable && ExactField(name) == nullptr) {
      Report(header, FindingSeverity::kWarning, fmt::format("column \"{}\" is not known; its cells are not imported", Excerpt(name)));
    } else if (!columns_.emplace(name, i).second) {
      return absl::InvalidArgumentError(fmt::format("line {}: column \"{}\" stands twice", header.line, name));
    }
  }
  exact_ = columns_.find(kExactMark) != columns_.end();
  for (const std::string_view name : kReadableColumns) {
    if (columns_.find(name) != columns_.end()) continue;
    if (name == "question" || (name == "ref" && !exact_)) {
      return absl::InvalidArgumentError(fmt::format("line {}: no column \"{}\"; the header is {} separated by commas", header.line, name,
                                                    "ref,part,section,competency,question,covers,strong_answer,weak_answer,cue,probe"));
    }
    if (!exact_) Report(header, FindingSeverity::kWarning, fmt::format("column \"{}\" is absent", name));
  }
  if (delimiter != ',') {
    Report(header, FindingSeverity::kInfo, fmt::format("cells are separated by {}, not by commas; read so", DelimiterName(delimiter)));
  }
  cells_ = header.cells.size();
  return absl::OkStatus();
}

std::string CsvRows::Cell(const CsvRecord& row, std::string_view column) const {
  const auto at = columns_.find(column);
  if (at == columns_.end()) return "";
  if (at->second >= row.cells.size()) return "";
  const std::string_view cell = row.cells[at->second];
  return std::string(Restored(exact_ ? cell : TrimSpace(cell), exact_));
}

void CsvRows::Report(const CsvRecord& row, FindingSeverity severity, std::string reason, std::string ref) {
  AddFinding(result_, row.line, row.end_line, severity, std::move(reason), std::move(ref));
}

LineUse CsvRows::Drop(const CsvRecord& row, std::string reason, std::string ref) {
  ++result_.dropped;
  Report(row, FindingSeverity::kError, std::move(reason), std::move(ref));
  return LineUse::kFinding;
}

LineUse CsvRows::ReadRow(const CsvRecord& row) {
  // Spreadsheets leave out the empty cells at the end of a row. A row that a person wrote so has more likely lost a comma.
  if (row.cell_count > cells_ || (!exact_ && row.cell_count < cells_)) {
    return Drop(row, fmt::format("{} cells where the header has {}; not imported", row.cell_count, cells_));
  }
  return exact_ ? ReadExact(row) : ReadPlain(row);
}

LineUse CsvRows::ReadPlain(const CsvRecord& row) {
  QuestionDraft draft;
  draft.ref = Cell(row, "ref");
  draft.id = IdOf(draft.ref);
  if (draft.ref.empty()) return Drop(row, "no ref; not imported");
  if (!IsIdentifier(draft.id) || CodePoints(draft.ref) > 40) {
    return Drop(row, fmt::format("ref \"{}\" makes no identifier; not imported", Excerpt(draft.ref)));
  }
  if (!row.irregular.empty()) {
    Report(row, FindingSeverity::kWarning, fmt::format("{}: {}; read as it stands", draft.ref, row.irregular), draft.ref);
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
  const std::optional<v1::Level> level = ReadLevel(row, draft.ref);
  if (!level) {
    return Drop(row, fmt::format("{} is not imported: column \"level\": \"{}\" is not one of {}", draft.ref, Excerpt(Cell(row, "level")),
                                 EnumChoices(*v1::Level_descriptor())), draft.ref);
  }
  draft.level = *level;
  draft.competency = ReadCompetency(row, draft.ref);
  draft.assigned_by = v1::ASSIGNED_BY_TENANT;
  v1::QuestionContent stated;
  const std::string problem = SetFields(row, stated);
  if (!problem.empty()) return Drop(row, fmt::format("{} is not imported: {}", draft.ref, problem), draft.ref);
  // Two refs that make one id by chance are told apart (QuestionCollector); one ref given twice is a mistake.
  const std::string ref = AsciiLower(draft.ref);
  if (const auto first = ids_.find(ref); first != ids_.end()) {
    return Drop(row, fmt::format("{} is not imported: it stands twice, first in line {}", draft.ref, first->second), draft.ref);
  }
  if (!collector_.Add(draft)) return LineUse::kFinding;
  ids_.emplace(ref, row.line);
  v1::QuestionContent& question = result_.questions.back();
  // A list that a column of its own states replaces what the readable columns gave.
  std::vector<const FieldDescriptor*> fields;
  stated.GetReflection()->ListFields(stated, &fields);
  for (const FieldDescriptor* field : fields) question.GetReflection()->ClearField(&question, field);
  question.MergeFrom(stated);
  if (question.language_code().empty() && language_ != "en") question.set_language_code(language_);
  return LineUse::kQuestion;
}

std::string CsvRows::SetFields(const CsvRecord& row, v1::QuestionContent& question) const {
  for (const FieldDescriptor* field : ExactFields()) {
    const std::string cell = Cell(row, field->name());
    // The level has words of its own (ReadLevel).
    if (cell.empty() || (!exact_ && field->name() == "level")) continue;
    const std::string problem = SetExactCell(cell, *field, question);
    if (!problem.empty()) return fmt::format("column \"{}\": {}", field->name(), problem);
  }
  return "";
}

LineUse CsvRows::ReadExact(const CsvRecord& row) {
  v1::QuestionContent question;
  const std::string problem = SetFields(row, question);
  const std::string name = question.id().empty() ? Cell(row, "ref") : question.id();
  if (!problem.empty()) return Drop(row, fmt::format("{} is not imported: {}", Excerpt(name), problem), name);
  for (const std::string_view column : kReadableColumns) {
    const FieldDescriptor* const field = ReadableField(column);
    if (const std::string cell = Cell(row, column); field != nullptr && !cell.empty()) SetFieldText(cell, *field, question);
  }
  if (question.id().empty()) question.set_id(IdOf(Cell(row, "ref")));
  if (!IsIdentifier(question.id())) return Drop(row, fmt::format("\"{}\" is no id; not imported", Excerpt(name)), name);
  if (question.prompt().empty()) return Drop(row, fmt::format("{} is not imported: there is no question text", question.id()), name);
  const auto [first, fresh] = ids_.try_emplace(question.id(), row.line);
  if (!fresh) return Drop(row, fmt::format("{} is not imported: it stands twice, first in line {}", name, first->second), name);
  if (!row.irregular.empty()) Report(row, FindingSeverity::kWarning, fmt::format("{}: {}; read as it stands", name, row.irregular), name);
  CheckReadable(row, question);
  FillFromReadable(row, question);
  result_.questions.push_back(std::move(question));
  return LineUse::kQuestion;
}

// What no column of a field says and a readable one does.
void CsvRows::FillFromReadable(const CsvRecord& row, v1::QuestionContent& question) {
  if (const std::string ref = Cell(row, "ref"); !question.has_source() && !ref.empty()) {
    question.mutable_source()->set_document("csv");
    question.mutable_source()->set_ref(ref);
  }
  if (question.key_concepts().empty()) {
    for (v1::KeyConcept& key_concept : SplitKeyConcepts(Cell(row, "covers"))) *question.add_key_concepts() = std::move(key_concept);
  }
  if (question.exemplars().empty()) {
    for (const auto& [column, score] : {std::pair("strong_answer", 5), std::pair("weak_answer", 2)}) {
      const std::string text = Cell(row, column);
      if (text.empty()) continue;
      question.add_exemplars()->set_score(score);
      question.mutable_exemplars()->rbegin()->set_text(text);
    }
  }
  const std::string probes = question.probes().empty() ? Cell(row, "probe") : "";
  for (const std::string_view probe : SplitLines(probes)) {
    if (!TrimSpace(probe).empty()) question.add_probes()->set_text(std::string(TrimSpace(probe)));
  }
  if (question.level() == v1::LEVEL_UNSPECIFIED) question.set_level(ReadLevel(row, question.id()).value_or(v1::LEVEL_EXPERIENCED));
  if (question.kind() == v1::QUESTION_KIND_UNSPECIFIED) question.set_kind(KindOf(question.section(), question.prompt()));
  const auto has = [&](std::string_view column) { return columns_.find(column) != columns_.end(); };
  if (!has("estimated_minutes")) question.set_estimated_minutes(DefaultMinutes(question.kind()));
  if (!has("language_code") && language_ != "en") question.set_language_code(language_);
}

// Somebody may have edited the readable column of an export, where the field's own column goes before it.
void CsvRows::CheckReadable(const CsvRecord& row, const v1::QuestionContent& question) {
  for (const auto& [column, field] : {std::pair("ref", "source"), std::pair("covers", "key_concepts"), std::pair("strong_answer", "exemplars"),
                                      std::pair("weak_answer", "exemplars"), std::pair("probe", "probes")}) {
    if (Cell(row, field).empty() || columns_.find(column) == columns_.end()) continue;
    if (Cell(row, column) == ReadableCell(question, column)) continue;
    Report(row, FindingSeverity::kWarning,
           fmt::format("{}: \"{}\" says something else than \"{}\", which is imported; clear its cell to import the other", question.id(), column, field),
           question.id());
  }
}

std::optional<v1::Level> CsvRows::ReadLevel(const CsvRecord& row, const std::string& ref) {
  const std::string stated = AsciiLower(Cell(row, "level"));
  const std::string words = stated.empty() ? AsciiLower(Cell(row, "part")) : stated;
  if (const auto level = LevelOf(words)) return level;
  if (words.find("senior") != std::string::npos) return v1::LEVEL_SENIOR;
  if (!stated.empty()) return std::nullopt;
  Report(row, FindingSeverity::kInfo,
         fmt::format("{}: no level known from \"{}\"; taken as experienced", ref, Excerpt(words)), ref);
  return v1::LEVEL_EXPERIENCED;
}

std::string CsvRows::ReadCompetency(const CsvRecord& row, const std::string& ref) {
  const std::string stated = Cell(row, "competency");
  if (stated.empty() || IsIdentifier(stated)) return stated;
  std::string id = CompetencyId(stated);
  if (id.empty()) {
    Report(row, FindingSeverity::kWarning, fmt::format("{}: the competency makes no identifier; left empty", ref), ref);
  } else {
    Report(row, FindingSeverity::kInfo, fmt::format("{}: competency \"{}\" is taken as {}", ref, Excerpt(stated), id), ref);
  }
  return id;
}

}  // namespace assay::bank
