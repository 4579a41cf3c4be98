#include "cli/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/base/text.h"

namespace assay::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kWidest = 72;

std::string EnumText(const google::protobuf::EnumValueDescriptor* value) {
  // The prefix is the enum's own name: QUESTION_STATE_DRAFT of QuestionState.
  std::string prefix;
  for (const char c : value->type()->name()) {
    if (std::isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  prefix += '_';
  const std::string& name = value->name();
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

std::string Cut(const std::string& text) {
  if (runtime::CodePoints(text) <= kWidest) return text;
  std::string cut;
  size_t points = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++points >= kWidest) break;
    cut += c;
  }
  return cut + "…";
}

std::string Clean(std::string text) {
  // A note may hold anything, also what a terminal would obey.
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

}  // namespace

std::string ToJson(const Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return "{}";
  return json;
}

std::string Cell(const Message& message, const std::string& path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(path.substr(0, dot));
  if (field == nullptr) return "";
  const auto& reflection = *message.GetReflection();
  if (field->is_repeated()) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      std::string joined;
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        joined += (i == 0 ? "" : ", ") + reflection.GetRepeatedString(message, field, i);
      }
      return Clean(joined);
    }
    return std::to_string(reflection.FieldSize(message, field));
  }
  if (field->has_presence() && !reflection.HasField(message, field)) return "";
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return Clean(reflection.GetString(message, field));
    case FieldDescriptor::CPPTYPE_INT32: return std::to_string(reflection.GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64: return std::to_string(reflection.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT64: return std::to_string(reflection.GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.GetBool(message, field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_DOUBLE: return fmt::format("{:g}", reflection.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field->enum_type()->FindValueByNumber(reflection.GetEnumValue(message, field));
      return value == nullptr ? std::to_string(reflection.GetEnumValue(message, field)) : EnumText(value);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& child = reflection.GetMessage(message, field);
      if (const auto* timestamp = dynamic_cast<const google::protobuf::Timestamp*>(&child)) {
        return runtime::ToText(runtime::FromTimestamp(*timestamp)).substr(0, 19) + "Z";
      }
      return dot == std::string::npos ? "" : Cell(child, path.substr(dot + 1));
    }
    default: return "";
  }
}

std::string ToTable(const Message& message, const std::string& list, const std::vector<Column>& columns) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(list);
  std::vector<std::vector<std::string>> rows{{}};
  for (const Column& column : columns) rows[0].push_back(column.title);
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    const Message& item = message.GetReflection()->GetRepeatedMessage(message, field, i);
    rows.emplace_back();
    for (const Column& column : columns) rows.back().push_back(Cut(Cell(item, column.path)));
  }
  std::vector<size_t> widths(columns.size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], runtime::CodePoints(row[i]));
  }
  std::string table;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(i + 1 == row.size() ? 0 : widths[i] - runtime::CodePoints(row[i]) + 2, ' ');
    }
    table += line + "\n";
  }
  return table;
}

}  // namespace assay::cli
