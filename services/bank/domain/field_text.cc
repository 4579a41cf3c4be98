#include "services/bank/domain/field_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "services/bank/domain/import_text.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <typename T>
std::optional<T> Number(std::string_view text) {
  T value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string NotANumber(std::string_view text) { return fmt::format("\"{}\" is not a whole number", Excerpt(text)); }

}  // namespace

std::string FieldText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool many = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = many ? r.GetRepeatedEnumValue(message, &field, index) : r.GetEnumValue(message, &field);
      const auto* const value = field.enum_type()->FindValueByNumber(number);
      return value == nullptr ? fmt::format("{}", number) : ShortEnumName(*value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? r.GetRepeatedBool(message, &field, index) : r.GetBool(message, &field)) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return fmt::format("{}", many ? r.GetRepeatedInt32(message, &field, index) : r.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return fmt::format("{}", many ? r.GetRepeatedInt64(message, &field, index) : r.GetInt64(message, &field));
    default:
      return "";
  }
}

std::string SetFieldText(std::string_view text, const FieldDescriptor& field, Message& message) {
  const Reflection& r = *message.GetReflection();
  const bool many = field.is_repeated();
  const std::string_view word = TrimSpace(text);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      many ? r.AddString(&message, &field, std::string(text)) : r.SetString(&message, &field, std::string(text));
      return "";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* const value = FindEnumValue(*field.enum_type(), word);
      if (value == nullptr) return fmt::format("\"{}\" is not one of {}", Excerpt(word), EnumChoices(*field.enum_type()));
      many ? r.AddEnum(&message, &field, value) : r.SetEnum(&message, &field, value);
      return "";
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const std::string lower = AsciiLower(word);
      const bool yes = lower == "true" || lower == "yes" || lower == "1";
      if (!yes && lower != "false" && lower != "no" && lower != "0") return fmt::format("\"{}\" is not true or false", Excerpt(word));
      many ? r.AddBool(&message, &field, yes) : r.SetBool(&message, &field, yes);
      return "";
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = Number<std::int32_t>(word);
      if (!value) return NotANumber(word);
      many ? r.AddInt32(&message, &field, *value) : r.SetInt32(&message, &field, *value);
      return "";
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const auto value = Number<std::int64_t>(word);
      if (!value) return NotANumber(word);
      many ? r.AddInt64(&message, &field, *value) : r.SetInt64(&message, &field, *value);
      return "";
    }
    default:
      return "cannot be given as text";
  }
}

std::string FieldLabel(const FieldDescriptor& field) {
  std::string label = field.name();
  std::replace(label.begin(), label.end(), '_', ' ');
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') label[0] = static_cast<char>(label[0] - 'a' + 'A');
  return label;
}

}  // namespace assay::bank
