#include "services/runtime/rpc/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>
#include <utility>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/text.h"
#include "services/runtime/rpc/field_rules.h"

namespace assay::runtime {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
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

uint32_t MaxChars(const FieldRules& rules) { return rules.max_chars() == 0 ? kDefaultMaxChars : rules.max_chars(); }

// Whether a number without presence is its default, zero.
bool IsZero(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection.GetInt32(message, field) == 0;
    case FieldDescriptor::CPPTYPE_INT64: return reflection.GetInt64(message, field) == 0;
    case FieldDescriptor::CPPTYPE_UINT32: return reflection.GetUInt32(message, field) == 0;
    case FieldDescriptor::CPPTYPE_UINT64: return reflection.GetUInt64(message, field) == 0;
    case FieldDescriptor::CPPTYPE_DOUBLE: return reflection.GetDouble(message, field) == 0;
    case FieldDescriptor::CPPTYPE_FLOAT: return reflection.GetFloat(message, field) == 0;
    default: return false;
  }
}

bool IsPresent(const Message& message, const FieldDescriptor* field, const FieldRules& rules) {
  const Reflection& reflection = *message.GetReflection();
  if (field->has_presence()) return reflection.HasField(message, field);
  if (IsString(field)) {
    std::string scratch;
    return !reflection.GetStringReference(message, field, &scratch).empty();
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return reflection.GetEnumValue(message, field) != 0;
  // Zero outside the range is how such a number is absent; inside it, it is a value.
  const bool zero_is_value = !rules.has_range() || (rules.range().min() <= 0 && rules.range().max() >= 0);
  return zero_is_value || !IsZero(message, field);
}

void CheckNumber(double value, const FieldRules& rules, const std::string& path, Violations& violations) {
  if (!std::isfinite(value)) return violations.Add(path, "must be a finite number");
  if (rules.has_range() &&
      (value < static_cast<double>(rules.range().min()) || value > static_cast<double>(rules.range().max()))) {
    violations.Add(path, fmt::format("must be {} to {}, was {}", rules.range().min(), rules.range().max(), value));
  }
}

template <typename Integer>
void CheckInteger(Integer value, const FieldRules& rules, const std::string& path, Violations& violations) {
  if (!rules.has_range()) return;
  if (std::cmp_less(value, rules.range().min()) || std::cmp_greater(value, rules.range().max())) {
    violations.Add(path, fmt::format("must be {} to {}, was {}", rules.range().min(), rules.range().max(), value));
  }
}

void CheckTimestamp(const google::protobuf::Timestamp& time, const std::string& path, Violations& violations) {
  if (time.seconds() < kMinSeconds || time.seconds() > kMaxSeconds || time.nanos() < 0 || time.nanos() > 999'999'999) {
    violations.Add(path, "must be a time within years 1 to 9999");
  }
}

void CheckDuration(const google::protobuf::Duration& duration, const FieldRules& rules, const std::string& path,
                   Violations& violations) {
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  if (nanos < -999'999'999 || nanos > 999'999'999 || (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
    return violations.Add(path, "must be a duration whose nanos are below one second and of the same sign");
  }
  if (!rules.has_seconds()) return;
  const bool below = seconds < rules.seconds().min() || (seconds == rules.seconds().min() && nanos < 0);
  const bool above = seconds > rules.seconds().max() || (seconds == rules.seconds().max() && nanos > 0);
  if (below || above) {
    violations.Add(path, fmt::format("must be {} to {} seconds, was {}", rules.seconds().min(), rules.seconds().max(), seconds));
  }
}

}  // namespace

struct Validator::FieldPlan {
  const FieldDescriptor* field;
  FieldRules rules;
  std::unique_ptr<std::regex> pattern;
  // Pattern of the whole name, its last segment included.
  std::string resource;
  const TypePlan* type = nullptr;

  void CheckText(const std::string& value, const std::string& path, Violations& violations) const;
};

struct Validator::TypePlan {
  std::vector<FieldPlan> fields;
};

// Where in the request a message stands.
struct Validator::Place {
  std::string path;
  int depth = 0;
  // Set inside the resource of an update, with the path from there.
  const UpdateMask* mask = nullptr;
  std::string masked_path;

  static std::string Join(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }
  Place Field(const std::string& name) const {
    return {Join(path, name), depth, mask, mask == nullptr ? std::string() : Join(masked_path, name)};
  }
  Place Item(int index) const { return {fmt::format("{}[{}]", path, index), depth, mask, masked_path}; }
  bool Requires() const { return mask == nullptr || mask->Requires(masked_path); }
};

Validator::Validator(const Descriptor* type) {
  root_ = Compile(type);
  const FieldDescriptor* mask = type->FindFieldByName("update_mask");
  if (mask == nullptr || mask->is_repeated() || mask->message_type() != FieldMask::descriptor()) return;
  for (int i = 0; i < type->field_count() && masked_ == nullptr; ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!IsMessage(field) || field->is_repeated() || field->message_type()->FindFieldByName("name") == nullptr) continue;
    mask_ = mask;
    masked_ = field;
  }
}
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
      if (entry.resource.back() != '*') entry.resource += "/*";
    }
    if (IsMessage(field) && !field->is_map()) entry.type = Compile(field->message_type());
    plan.fields.push_back(std::move(entry));
  }
  return &plan;
}

absl::Status Validator::Check(const Message& message) const {
  Violations violations;
  CheckMessage(message, *root_, Place{}, violations);
  return violations.ToStatus();
}

void Validator::CheckMessage(const Message& message, const TypePlan& plan, const Place& place, Violations& violations) const {
  if (violations.list().size() >= kMaxViolations) return;
  if (place.depth > kMaxDepth) return violations.Add(place.path, fmt::format("nested deeper than {}", kMaxDepth));
  std::unique_ptr<UpdateMask> mask;
  if (mask_ != nullptr && place.depth == 0) {
    const auto& paths = static_cast<const FieldMask&>(message.GetReflection()->GetMessage(message, mask_)).paths();
    mask = std::make_unique<UpdateMask>(std::vector<std::string>(paths.begin(), paths.end()));
  }
  for (const FieldPlan& entry : plan.fields) {
    const FieldDescriptor* field = entry.field;
    Place here = place.Field(field->name());
    if (mask != nullptr && field == masked_) {
      mask->CheckPaths(field->message_type(), mask_->name(), violations);
      if (IsPresent(message, field, entry.rules)) {
        here.mask = mask.get();
        here.masked_path.clear();
        CheckValue(message, entry, -1, here, violations);
        continue;
      }
    }
    if (field->is_repeated()) {
      CheckRepeated(message, entry, here, violations);
    } else if (IsPresent(message, field, entry.rules)) {
      CheckValue(message, entry, -1, here, violations);
    } else if (entry.rules.required() && here.Requires()) {
      violations.Add(here.path, "is required");
    }
  }
}

void Validator::CheckRepeated(const Message& message, const FieldPlan& entry, const Place& place,
                              Violations& violations) const {
  const Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, entry.field);
  const int min = std::max<int>(static_cast<int>(entry.rules.min_items()), entry.rules.required() ? 1 : 0);
  const int max = entry.rules.max_items() == 0 ? kDefaultMaxItems : static_cast<int>(entry.rules.max_items());
  if (size > max) return violations.Add(place.path, fmt::format("at most {} items are allowed, got {}", max, size));
  if (size < min && (size > 0 || place.Requires())) {
    violations.Add(place.path, fmt::format("at least {} needed, got {}", min == 1 ? "1 item is" : fmt::format("{} items are", min), size));
  }
  std::set<std::string> seen;
  for (int i = 0; i < size && violations.list().size() < kMaxViolations; ++i) {
    const Place item = place.Item(i);
    CheckValue(message, entry, i, item, violations);
    if (entry.rules.unique_items() && IsString(entry.field) &&
        !seen.insert(reflection.GetRepeatedString(message, entry.field, i)).second) {
      violations.Add(item.path, "is given twice");
    }
  }
}

void Validator::CheckValue(const Message& message, const FieldPlan& entry, int index, const Place& place,
                           Violations& violations) const {
  const FieldDescriptor* field = entry.field;
  const Reflection& reflection = *message.GetReflection();
  const std::string& path = place.path;
#define ASSAY_VALUE(type) \
  (index < 0 ? reflection.Get##type(message, field) : reflection.GetRepeated##type(message, field, index))
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return CheckInteger(ASSAY_VALUE(Int32), entry.rules, path, violations);
    case FieldDescriptor::CPPTYPE_INT64:
      return CheckInteger(ASSAY_VALUE(Int64), entry.rules, path, violations);
    case FieldDescriptor::CPPTYPE_UINT32:
      return CheckInteger(ASSAY_VALUE(UInt32), entry.rules, path, violations);
    case FieldDescriptor::CPPTYPE_UINT64:
      return CheckInteger(ASSAY_VALUE(UInt64), entry.rules, path, violations);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return CheckNumber(ASSAY_VALUE(Double), entry.rules, path, violations);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return CheckNumber(ASSAY_VALUE(Float), entry.rules, path, violations);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = ASSAY_VALUE(EnumValue);
      if (field->enum_type()->FindValueByNumber(value) == nullptr) {
        violations.Add(path, fmt::format("{} is not a value of {}", value, field->enum_type()->name()));
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& value = index < 0 ? reflection.GetStringReference(message, field, &scratch)
                                           : reflection.GetRepeatedStringReference(message, field, index, &scratch);
      if (value.empty() && index >= 0 && (entry.rules.required() || !entry.resource.empty())) {
        return violations.Add(path, "must not be empty");
      }
      return entry.CheckText(value, path, violations);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& child = ASSAY_VALUE(Message);
      if (field->is_map()) return CheckMapEntry(child, entry, path, violations);
      if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&child)) {
        return CheckTimestamp(*time, path, violations);
      }
      if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&child)) {
        return CheckDuration(*duration, entry.rules, path, violations);
      }
      Place below = place;
      ++below.depth;
      return CheckMessage(child, *entry.type, below, violations);
    }
    default:
      return;
  }
#undef ASSAY_VALUE
}

void Validator::CheckMapEntry(const Message& pair, const FieldPlan& entry, const std::string& path,
                              Violations& violations) const {
  const Descriptor* type = entry.field->message_type();
  const Reflection& reflection = *pair.GetReflection();
  for (const FieldDescriptor* part : {type->map_key(), type->map_value()}) {
    if (!IsString(part)) continue;
    std::string scratch;
    const std::string& value = reflection.GetStringReference(pair, part, &scratch);
    if (value.empty() && part == type->map_key()) violations.Add(path, "a key must not be empty");
    if (value.find('\0') != std::string::npos || !IsUtf8(value)) {
      violations.Add(path, "must be well-formed UTF-8 without NUL (U+0000)");
    } else if (CodePoints(value) > MaxChars(entry.rules)) {
      violations.Add(path, fmt::format("at most {} characters are allowed", MaxChars(entry.rules)));
    }
  }
}

void Validator::FieldPlan::CheckText(const std::string& value, const std::string& path, Violations& violations) const {
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    if (rules.max_bytes() != 0 && value.size() > rules.max_bytes()) {
      violations.Add(path, fmt::format("at most {} bytes are allowed, got {}", rules.max_bytes(), value.size()));
    }
    return;
  }
  if (value.empty()) return;
  if (value.find('\0') != std::string::npos) return violations.Add(path, "must not contain NUL (U+0000)");
  if (!IsUtf8(value)) return violations.Add(path, "must be well-formed UTF-8");
  const size_t points = CodePoints(value);
  const size_t max = MaxChars(rules);
  if (points > max) return violations.Add(path, fmt::format("at most {} characters are allowed, got {}", max, points));
  if (points < rules.min_chars()) {
    violations.Add(path, fmt::format("at least {} characters are needed, got {}", rules.min_chars(), points));
  }
  if (rules.identifier() && !IsIdentifier(value)) {
    violations.Add(path, "must be 1 to 63 of a-z, 0-9 and -, and not start with -");
  }
  if (!resource.empty() && !MatchesNameOrWildcard(resource, value, field->name() == "parent")) {
    violations.Add(path, fmt::format("must be a name like {}", resource));
  }
  if (pattern != nullptr && !std::regex_match(value, *pattern)) violations.Add(path, fmt::format("must match {}", rules.pattern()));
}

}  // namespace assay::runtime
