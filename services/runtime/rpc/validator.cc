#include "services/runtime/rpc/validator.h"

#include <fmt/format.h>

#include <cmath>
#include <regex>
#include <set>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kMaxDepth = 64;
constexpr size_t kMaxViolations = 100;
constexpr uint32_t kDefaultMaxChars = 1000;
constexpr int kDefaultMaxItems = 1000;
// 0001-01-01 and 9999-12-31 in Unix seconds.
constexpr int64_t kMinSeconds = -62135596800;
constexpr int64_t kMaxSeconds = 253402300799;

bool IsString(const FieldDescriptor* field) { return field->cpp_type() == FieldDescriptor::CPPTYPE_STRING; }
bool IsMessage(const FieldDescriptor* field) { return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

}  // namespace

struct Validator::FieldPlan {
  const FieldDescriptor* field;
  FieldRules rules;
  std::unique_ptr<std::regex> pattern;
  // Resource pattern with "/*" appended to a plain collection.
  std::string resource;
  const TypePlan* type = nullptr;
  const TypePlan* map_value = nullptr;
};

struct Validator::TypePlan {
  std::vector<FieldPlan> fields;
};

Validator::Validator(const Descriptor* type) { root_ = Compile(type); }
Validator::~Validator() = default;

const Validator::TypePlan* Validator::Compile(const Descriptor* type) {
  if (const auto found = plans_.find(type); found != plans_.end()) return found->second.get();
  // Entered before its fields are read, so that recursive types end.
  TypePlan& plan = *plans_.emplace(type, std::make_unique<TypePlan>()).first->second;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    FieldPlan entry;
    entry.field = field;
    entry.rules = field->options().GetExtension(assay::field);
    if (entry.rules.output_only()) continue;
    if (!entry.rules.pattern().empty()) entry.pattern = std::make_unique<std::regex>(entry.rules.pattern());
    if (!entry.rules.resource().empty()) {
      entry.resource = entry.rules.resource();
      if (entry.resource.find('*') == std::string::npos) entry.resource += "/*";
    }
    if (IsMessage(field) && !field->is_map()) entry.type = Compile(field->message_type());
    plan.fields.push_back(std::move(entry));
  }
  return &plan;
}

absl::Status Validator::Check(const Message& message) const {
  Violations violations;
  CheckMessage(message, *root_, "", 0, violations);
  return violations.ToStatus();
}

void Validator::CheckMessage(const Message& message, const TypePlan& plan, const std::string& path, int depth,
                             Violations& violations) const {
  if (violations.list().size() >= kMaxViolations) return;
  if (depth > kMaxDepth) return violations.Add(path, fmt::format("nested deeper than {}", kMaxDepth));
  const Reflection& reflection = *message.GetReflection();
  for (const FieldPlan& entry : plan.fields) {
    const FieldDescriptor* field = entry.field;
    const auto name = [&] { return path.empty() ? field->name() : path + "." + field->name(); };
    if (field->is_repeated()) {
      const int size = reflection.FieldSize(message, field);
      if (size == 0) {
        if (entry.rules.required() || entry.rules.min_items() > 0) violations.Add(name(), "at least one is needed");
        continue;
      }
      const int max = entry.rules.max_items() == 0 ? kDefaultMaxItems : static_cast<int>(entry.rules.max_items());
      if (size > max) {
        violations.Add(name(), fmt::format("at most {} items are allowed, got {}", max, size));
        continue;
      }
      if (size < static_cast<int>(entry.rules.min_items())) {
        violations.Add(name(), fmt::format("at least {} items are needed, got {}", entry.rules.min_items(), size));
      }
      std::set<std::string> seen;
      for (int i = 0; i < size; ++i) {
        CheckValue(message, entry, i, fmt::format("{}[{}]", name(), i), depth, violations);
        if (entry.rules.unique_items() && IsString(field) && !seen.insert(reflection.GetRepeatedString(message, field, i)).second) {
          violations.Add(fmt::format("{}[{}]", name(), i), "is given twice");
        }
      }
      continue;
    }
    const bool present = field->has_presence() ? reflection.HasField(message, field)
                         : IsString(field)     ? !reflection.GetString(message, field).empty()
                         : field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                             ? reflection.GetEnumValue(message, field) != 0
                             : true;
    if (!present) {
      if (entry.rules.required()) violations.Add(name(), "is required");
      continue;
    }
    CheckValue(message, entry, -1, name(), depth, violations);
  }
}

void Validator::CheckValue(const Message& message, const FieldPlan& entry, int index, const std::string& path, int depth,
                           Violations& violations) const {
  const FieldDescriptor* field = entry.field;
  const Reflection& reflection = *message.GetReflection();
  const auto integer = [&](int64_t value) {
    if (entry.rules.has_range() && (value < entry.rules.range().min() || value > entry.rules.range().max())) {
      violations.Add(path, fmt::format("must be {} to {}, was {}", entry.rules.range().min(), entry.rules.range().max(), value));
    }
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return integer(index < 0 ? reflection.GetInt32(message, field) : reflection.GetRepeatedInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return integer(index < 0 ? reflection.GetInt64(message, field) : reflection.GetRepeatedInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return integer(index < 0 ? reflection.GetUInt32(message, field) : reflection.GetRepeatedUInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value = index < 0 ? reflection.GetDouble(message, field) : reflection.GetRepeatedDouble(message, field, index);
      if (!std::isfinite(value)) violations.Add(path, "must be a finite number");
      return;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = index < 0 ? reflection.GetEnumValue(message, field) : reflection.GetRepeatedEnumValue(message, field, index);
      if (field->enum_type()->FindValueByNumber(value) == nullptr) {
        violations.Add(path, fmt::format("{} is not a value of {}", value, field->enum_type()->name()));
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& value = index < 0 ? reflection.GetStringReference(message, field, &scratch)
                                           : reflection.GetRepeatedStringReference(message, field, index, &scratch);
      if (field->type() == FieldDescriptor::TYPE_BYTES) {
        if (entry.rules.max_bytes() != 0 && value.size() > entry.rules.max_bytes()) {
          violations.Add(path, fmt::format("at most {} bytes are allowed, got {}", entry.rules.max_bytes(), value.size()));
        }
        return;
      }
      if (value.empty()) {
        if (index >= 0 && entry.rules.required()) violations.Add(path, "must not be empty");
        return;
      }
      if (value.find('\0') != std::string::npos) return violations.Add(path, "must not contain NUL (U+0000)");
      if (!IsUtf8(value)) return violations.Add(path, "must be well-formed UTF-8");
      const size_t points = CodePoints(value);
      const size_t max = entry.rules.max_chars() == 0 ? kDefaultMaxChars : entry.rules.max_chars();
      if (points > max) violations.Add(path, fmt::format("at most {} characters are allowed, got {}", max, points));
      if (points < entry.rules.min_chars()) {
        violations.Add(path, fmt::format("at least {} characters are needed, got {}", entry.rules.min_chars(), points));
      }
      if (entry.rules.identifier() && !IsIdentifier(value)) {
        violations.Add(path, "must be 1 to 63 of a-z, 0-9 and -, and not start with -");
      }
      if (!entry.resource.empty() && !MatchesName(entry.resource, value)) {
        violations.Add(path, fmt::format("must be a name like {}", entry.resource));
      }
      if (entry.pattern != nullptr && points <= max && !std::regex_match(value, *entry.pattern)) {
        violations.Add(path, fmt::format("must match {}", entry.rules.pattern()));
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& child = index < 0 ? reflection.GetMessage(message, field) : reflection.GetRepeatedMessage(message, field, index);
      if (field->is_map()) {
        const Descriptor* type = field->message_type();
        const Reflection& pair = *child.GetReflection();
        for (const FieldDescriptor* part : {type->map_key(), type->map_value()}) {
          if (!IsString(part)) continue;
          const std::string value = pair.GetString(child, part);
          if (value.find('\0') != std::string::npos || !IsUtf8(value)) violations.Add(path, "must be well-formed UTF-8 without NUL");
          const size_t max = entry.rules.max_chars() == 0 ? kDefaultMaxChars : entry.rules.max_chars();
          if (CodePoints(value) > max) violations.Add(path, fmt::format("at most {} characters are allowed", max));
        }
        return;
      }
      if (const auto* timestamp = dynamic_cast<const google::protobuf::Timestamp*>(&child)) {
        if (timestamp->seconds() < kMinSeconds || timestamp->seconds() > kMaxSeconds || timestamp->nanos() < 0 || timestamp->nanos() > 999'999'999) {
          violations.Add(path, "must be a time within years 1 to 9999");
        }
        return;
      }
      if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&child)) {
        if (entry.rules.has_seconds() &&
            (duration->seconds() < entry.rules.seconds().min() || duration->seconds() > entry.rules.seconds().max())) {
          violations.Add(path, fmt::format("must be {} to {} seconds, was {}", entry.rules.seconds().min(),
                                           entry.rules.seconds().max(), duration->seconds()));
        }
        return;
      }
      return CheckMessage(child, *entry.type, path, depth + 1, violations);
    }
    default:
      return;
  }
}

}  // namespace assay::runtime
