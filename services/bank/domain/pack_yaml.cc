#include "services/bank/domain/pack_yaml.h"

#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>

#include "services/bank/domain/yaml_names.h"
#include "services/bank/domain/yaml_tree.h"

namespace assay::bank {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kMaxProblems = 1000;

const char* KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return "a single value";
    case YamlNode::Kind::kSequence: return "a list";
    case YamlNode::Kind::kMapping: return "a mapping";
  }
  return "something else";
}

// Seconds and nanos of "1h30m", "20m", "90s", "1.5s", "250ms"; nothing when it is not such a text.
std::optional<google::protobuf::Duration> ParseDuration(std::string_view text) {
  // Milliseconds per unit; a longer unit must come before a shorter one.
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::size_t next_unit = 0;
  std::int64_t nanos = 0;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos || digits > 12) return std::nullopt;
    const std::string number(text.substr(0, digits));
    text.remove_prefix(digits);
    const std::string_view unit = text.substr(0, std::min(text.size(), text.find_first_of("0123456789.")));
    text.remove_prefix(unit.size());
    std::size_t which = next_unit;
    while (which < std::size(kUnits) && kUnits[which].first != unit) ++which;
    if (which == std::size(kUnits)) return std::nullopt;
    next_unit = which + 1;
    const std::size_t point = number.find('.');
    const std::string whole = number.substr(0, point);
    std::string fraction = point == std::string::npos ? "" : number.substr(point + 1);
    if (whole.empty() || (point != std::string::npos && (fraction.empty() || fraction.size() > 9))) return std::nullopt;
    if (fraction.find('.') != std::string::npos) return std::nullopt;
    fraction.resize(9, '0');
    std::int64_t units = 0;
    std::int64_t billionths = 0;
    if (!absl::SimpleAtoi(whole, &units) || !absl::SimpleAtoi(fraction, &billionths)) return std::nullopt;
    const std::int64_t unit_millis = kUnits[which].second;
    if (units > 1'000'000'000'000 / unit_millis) return std::nullopt;  // 31 years; the sum of all stays in int64.
    nanos += units * unit_millis * 1'000'000 + (billionths * unit_millis) / 1000;
  }
  google::protobuf::Duration duration;
  if (negative) nanos = -nanos;
  duration.set_seconds(nanos / 1'000'000'000);
  duration.set_nanos(static_cast<std::int32_t>(nanos % 1'000'000'000));
  return duration;
}

class Reader {
 public:
  Reader(std::string_view file, std::vector<YamlProblem>& problems) : file_(file), problems_(problems) {}

  void ReadMessage(const YamlNode& node, const std::string& path, Message& into);

 private:
  void Report(const YamlNode& at, const std::string& path, std::string message) {
    if (problems_.size() < kMaxProblems) {
      problems_.push_back({std::string(file_), at.line, at.column, path, std::move(message)});
    }
  }

  void ReadField(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into);
  void ReadRepeated(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into);
  void ReadMap(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into);
  // Sets (or, for a repeated field, adds) one scalar.
  void ReadScalar(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into);
  bool ReadWellKnown(const YamlNode& node, const std::string& path, Message& into);

  template <typename T>
  std::optional<T> Integer(const YamlNode& node, const std::string& path);
  std::optional<double> Number(const YamlNode& node, const std::string& path);

  std::string_view file_;
  std::vector<YamlProblem>& problems_;
};

std::string Join(const std::string& path, std::string_view field) {
  return path.empty() ? std::string(field) : fmt::format("{}.{}", path, field);
}

template <typename T>
std::optional<T> Reader::Integer(const YamlNode& node, const std::string& path) {
  T value{};
  const std::string& text = node.scalar;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (node.plain && error == std::errc() && stop == end) return value;
  if (node.plain && error == std::errc::result_out_of_range) {
    Report(node, path, fmt::format("{} is too large or too small for this field", Excerpt(text)));
  } else {
    Report(node, path, fmt::format("\"{}\" is not a whole number; write digits only, without quotes", Excerpt(text)));
  }
  return std::nullopt;
}

std::optional<double> Reader::Number(const YamlNode& node, const std::string& path) {
  double value = 0;
  const bool looks_like_one =
      node.plain && !node.scalar.empty() && node.scalar.find_first_not_of("+-.0123456789eE") == std::string::npos;
  if (looks_like_one && absl::SimpleAtod(node.scalar, &value)) return value;
  Report(node, path, fmt::format("\"{}\" is not a number; write it like 0.25", Excerpt(node.scalar)));
  return std::nullopt;
}

void Reader::ReadScalar(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into) {
  if (node.kind == YamlNode::Kind::kNull) {
    Report(node, path, "has no value; give one, quote it if the word null or ~ is meant, or remove the key");
    return;
  }
  if (node.kind != YamlNode::Kind::kScalar) {
    Report(node, path, fmt::format("is {}; a single value is expected", KindName(node)));
    return;
  }
  const Reflection& reflection = *into.GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value = node.scalar;
      if (field->type() == FieldDescriptor::TYPE_BYTES && !absl::Base64Unescape(node.scalar, &value)) {
        return Report(node, path, "is not base64");
      }
      if (repeated) return reflection.AddString(&into, field, std::move(value));
      return reflection.SetString(&into, field, std::move(value));
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = FindEnumValue(*field->enum_type(), node.scalar);
      if (value == nullptr) {
        return Report(node, path, fmt::format("\"{}\" is not one of {}", Excerpt(node.scalar),
                                              EnumChoices(*field->enum_type())));
      }
      if (repeated) return reflection.AddEnum(&into, field, value);
      return reflection.SetEnum(&into, field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      if (!node.plain || (node.scalar != "true" && node.scalar != "false")) {
        return Report(node, path, fmt::format("\"{}\" is not true or false", Excerpt(node.scalar)));
      }
      if (repeated) return reflection.AddBool(&into, field, node.scalar == "true");
      return reflection.SetBool(&into, field, node.scalar == "true");
    }
    case FieldDescriptor::CPPTYPE_INT32:
      if (const auto value = Integer<std::int32_t>(node, path)) {
        repeated ? reflection.AddInt32(&into, field, *value) : reflection.SetInt32(&into, field, *value);
      }
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      if (const auto value = Integer<std::int64_t>(node, path)) {
        repeated ? reflection.AddInt64(&into, field, *value) : reflection.SetInt64(&into, field, *value);
      }
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      if (const auto value = Integer<std::uint32_t>(node, path)) {
        repeated ? reflection.AddUInt32(&into, field, *value) : reflection.SetUInt32(&into, field, *value);
      }
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      if (const auto value = Integer<std::uint64_t>(node, path)) {
        repeated ? reflection.AddUInt64(&into, field, *value) : reflection.SetUInt64(&into, field, *value);
      }
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (const auto value = Number(node, path)) {
        repeated ? reflection.AddDouble(&into, field, *value) : reflection.SetDouble(&into, field, *value);
      }
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (const auto value = Number(node, path)) {
        const float narrowed = static_cast<float>(*value);
        repeated ? reflection.AddFloat(&into, field, narrowed) : reflection.SetFloat(&into, field, narrowed);
      }
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return;  // Messages never come here.
  }
}

bool Reader::ReadWellKnown(const YamlNode& node, const std::string& path, Message& into) {
  const std::string& type = into.GetDescriptor()->full_name();
  if (type == "google.protobuf.Any") {
    Report(node, path, "cannot be given in YAML");
    return true;
  }
  if (node.kind != YamlNode::Kind::kScalar) return false;
  if (type == "google.protobuf.Duration") {
    if (const auto duration = ParseDuration(node.scalar)) {
      into.CopyFrom(*duration);
    } else {
      Report(node, path, fmt::format("\"{}\" is not a duration; write it like 20m, 90s or 1h30m",
                                     Excerpt(node.scalar)));
    }
    return true;
  }
  if (type == "google.protobuf.Timestamp") {
    google::protobuf::Timestamp timestamp;
    if (google::protobuf::util::TimeUtil::FromString(node.scalar, &timestamp)) {
      into.CopyFrom(timestamp);
    } else {
      Report(node, path, fmt::format("\"{}\" is not an instant; write it like 2026-11-21T09:30:00Z",
                                     Excerpt(node.scalar)));
    }
    return true;
  }
  return false;
}

void Reader::ReadMap(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into) {
  if (node.kind != YamlNode::Kind::kMapping) {
    return Report(node, path, fmt::format("is {}; a mapping of keys to values is expected", KindName(node)));
  }
  const FieldDescriptor* key_field = field->message_type()->map_key();
  const FieldDescriptor* value_field = field->message_type()->map_value();
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& key = node.children[i];
    const std::string key_path = fmt::format("{}[\"{}\"]", path, Excerpt(key.scalar));
    if (key.kind == YamlNode::Kind::kScalar && !seen.insert(key.scalar).second) {
      Report(key, key_path, "key is given twice; keep one");
      continue;
    }
    Message* entry = into.GetReflection()->AddMessage(&into, field);
    ReadScalar(key, key_path, key_field, *entry);
    if (value_field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ReadMessage(node.children[i + 1], key_path, *entry->GetReflection()->MutableMessage(entry, value_field));
    } else {
      ReadScalar(node.children[i + 1], key_path, value_field, *entry);
    }
  }
}

void Reader::ReadRepeated(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into) {
  const bool messages = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (node.kind == YamlNode::Kind::kScalar && !messages) return ReadScalar(node, path, field, into);
  if (node.kind == YamlNode::Kind::kNull) {
    return Report(node, path, "has no value; write [] for an empty list or remove the key");
  }
  if (node.kind != YamlNode::Kind::kSequence) {
    return Report(node, path, fmt::format("is {}; a list is expected, each item after \"- \"", KindName(node)));
  }
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const std::string item_path = fmt::format("{}[{}]", path, i);
    if (messages) {
      ReadMessage(node.children[i], item_path, *into.GetReflection()->AddMessage(&into, field));
    } else {
      ReadScalar(node.children[i], item_path, field, into);
    }
  }
}

void Reader::ReadField(const YamlNode& node, const std::string& path, const FieldDescriptor* field, Message& into) {
  if (field->is_map()) return ReadMap(node, path, field, into);
  if (field->is_repeated()) return ReadRepeated(node, path, field, into);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return ReadMessage(node, path, *into.GetReflection()->MutableMessage(&into, field));
  }
  ReadScalar(node, path, field, into);
}

void Reader::ReadMessage(const YamlNode& node, const std::string& path, Message& into) {
  if (ReadWellKnown(node, path, into)) return;
  const Descriptor& descriptor = *into.GetDescriptor();
  if (node.kind != YamlNode::Kind::kMapping) {
    return Report(node, path, fmt::format("is {}; a mapping with the fields of {} is expected", KindName(node),
                                          descriptor.name()));
  }
  std::unordered_set<std::string> seen;
  std::map<const google::protobuf::OneofDescriptor*, std::string> chosen;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& key = node.children[i];
    if (key.kind != YamlNode::Kind::kScalar) {
      Report(key, path, fmt::format("a key is {}; a field name is expected", KindName(key)));
      continue;
    }
    const std::string field_path = Join(path, Excerpt(key.scalar));
    const FieldDescriptor* field = descriptor.FindFieldByName(key.scalar);
    if (field == nullptr) {
      Report(key, field_path, UnknownFieldMessage(descriptor, key.scalar));
      continue;
    }
    if (!seen.insert(key.scalar).second) {
      Report(key, field_path, "is given twice; keep one");
      continue;
    }
    if (const auto* oneof = field->real_containing_oneof()) {
      const auto [other, fresh] = chosen.emplace(oneof, key.scalar);
      if (!fresh) {
        Report(key, field_path, fmt::format("excludes \"{}\"; keep one of the two", other->second));
        continue;
      }
    }
    ReadField(node.children[i + 1], field_path, field, into);
  }
}

}  // namespace

std::string YamlProblem::ToString() const {
  std::string text = file;
  if (line > 0) text += fmt::format(":{}:{}", line, column);
  if (!text.empty()) text += ": ";
  if (!path.empty()) text += path + ": ";
  return text + message;
}

std::vector<YamlProblem> ReadYamlProblems(std::string_view yaml, std::string_view file_name, Message& into) {
  std::vector<YamlProblem> problems;
  YamlNode root;
  if (!ParseYamlTree(yaml, file_name, root, problems)) return problems;
  if (root.kind == YamlNode::Kind::kNull) return problems;
  Reader(file_name, problems).ReadMessage(root, "", into);
  return problems;
}

absl::Status YamlProblemsToStatus(const std::vector<YamlProblem>& problems) {
  constexpr std::size_t kSpelledOut = 100;
  if (problems.empty()) return absl::OkStatus();
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), kSpelledOut); ++i) {
    if (i > 0) text += '\n';
    text += problems[i].ToString();
  }
  if (problems.size() > kSpelledOut) text += fmt::format("\n… and {} more", problems.size() - kSpelledOut);
  return absl::InvalidArgumentError(text);
}

absl::Status ReadYaml(std::string_view yaml, std::string_view file_name, Message& into) {
  return YamlProblemsToStatus(ReadYamlProblems(yaml, file_name, into));
}

}  // namespace assay::bank
