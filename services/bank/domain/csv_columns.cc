#include "services/bank/domain/csv_columns.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstddef>

#include "services/bank/domain/field_text.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kFormulaStarts = "=+-@\t\r";
// Strong exemplars are above, weak ones at or below.
constexpr int kMiddleScore = 3;

const FieldDescriptor* FieldOf(const std::string& name) { return v1::QuestionContent::descriptor()->FindFieldByName(name); }

bool IsStructured(const FieldDescriptor& field) {
  return field.is_repeated() || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// The first exemplar with the highest or lowest score on its side of the middle; nullptr where there is none.
const v1::Exemplar* Extreme(const v1::QuestionContent& question, bool strong) {
  const v1::Exemplar* best = nullptr;
  for (const v1::Exemplar& exemplar : question.exemplars()) {
    if ((exemplar.score() > kMiddleScore) != strong) continue;
    if (best == nullptr || (strong ? exemplar.score() > best->score() : exemplar.score() < best->score())) best = &exemplar;
  }
  return best;
}

std::string OnOneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

const std::vector<const FieldDescriptor*>& ExactFields() {
  static const auto* const kFields = [] {
    auto* fields = new std::vector<const FieldDescriptor*>;
    const auto* const type = v1::QuestionContent::descriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* const field = type->field(i);
      const bool readable = std::any_of(kReadableColumns.begin(), kReadableColumns.end(),
                                        [&](std::string_view column) { return ReadableField(column) == field; });
      if (!readable) fields->push_back(field);
    }
    return fields;
  }();
  return *kFields;
}

const FieldDescriptor* ReadableField(std::string_view column) {
  if (column == "question") return FieldOf("prompt");
  if (column == "part" || column == "section" || column == "competency" || column == "cue") return FieldOf(std::string(column));
  return nullptr;
}

std::string ExactCell(const v1::QuestionContent& question, const FieldDescriptor& field) {
  const auto& r = *question.GetReflection();
  if (field.is_repeated() ? r.FieldSize(question, &field) == 0 : !r.HasField(question, &field)) return "";
  if (!IsStructured(field)) return FieldText(question, field);
  // The JSON of a question with that field alone, without the braces and the name around it.
  v1::QuestionContent alone;
  if (!field.is_repeated()) r.MutableMessage(&alone, &field)->CopyFrom(r.GetMessage(question, &field));
  for (int i = 0; field.is_repeated() && i < r.FieldSize(question, &field); ++i) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      r.AddMessage(&alone, &field)->CopyFrom(r.GetRepeatedMessage(question, &field, i));
    } else {
      SetFieldText(FieldText(question, field, i), field, alone);
    }
  }
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  const std::string before = fmt::format("{{\"{}\":", field.name());
  if (!google::protobuf::util::MessageToJsonString(alone, &json, options).ok() || json.size() <= before.size() + 1) return "";
  return json.substr(before.size(), json.size() - before.size() - 1);
}

std::string SetExactCell(std::string_view cell, const FieldDescriptor& field, v1::QuestionContent& question) {
  const auto& r = *question.GetReflection();
  r.ClearField(&question, &field);
  if (!IsStructured(field)) return SetFieldText(cell, field, question);
  const std::string_view value = TrimSpace(cell);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !value.starts_with('[')) {
    for (const std::string_view line : SplitLines(cell)) {
      if (!TrimSpace(line).empty()) r.AddString(&question, &field, std::string(TrimSpace(line)));
    }
    return "";
  }
  v1::QuestionContent read;
  const auto status = google::protobuf::util::JsonStringToMessage(fmt::format("{{\"{}\":{}}}", field.name(), value), &read);
  std::vector<const FieldDescriptor*> fields;
  if (status.ok()) read.GetReflection()->ListFields(read, &fields);
  const bool only_this = std::all_of(fields.begin(), fields.end(), [&](const FieldDescriptor* other) { return other == &field; });
  if (!status.ok() || !only_this) {
    return fmt::format("no JSON {} of {}: {}", field.is_repeated() ? "list" : "object", field.name(),
                       status.ok() ? "it holds other fields" : Excerpt(status.message().ToString()));
  }
  question.MergeFrom(read);
  return "";
}

std::string ReadableCell(const v1::QuestionContent& question, std::string_view column) {
  std::string out;
  if (column == "ref") return question.source().ref();
  if (column == "covers") {
    for (const auto& key_concept : question.key_concepts()) out += (out.empty() ? "" : "; ") + OnOneLine(key_concept.text());
  } else if (column == "probe") {
    for (const auto& probe : question.probes()) out += (out.empty() ? "" : "\n") + OnOneLine(probe.text());
  } else if (const v1::Exemplar* const exemplar = Extreme(question, column == "strong_answer")) {
    out = exemplar->text();
  }
  return out;
}

std::string Neutralised(std::string_view text) {
  const bool risky = !text.empty() && (text.front() == '\'' || kFormulaStarts.find(text.front()) != std::string_view::npos);
  return (risky ? "'" : "") + std::string(text);
}

std::string_view Restored(std::string_view cell, bool exact) {
  if (cell.size() < 2 || cell.front() != '\'') return cell;
  const bool ours = kFormulaStarts.find(cell[1]) != std::string_view::npos || (exact && cell[1] == '\'');
  if (ours) cell.remove_prefix(1);
  return cell;
}

}  // namespace assay::bank
