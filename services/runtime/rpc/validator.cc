#include "services/runtime/rpc/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <regex>
#include <set>
#include <string_view>
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

// What is wrong with a value; empty = nothing.

std::string ProblemOf(double value, const FieldRules& rules) {
  if (!std::isfinite(value)) return "must be a finite number";
  if (!rules.has_range()) return "";
  const auto& [min, max] = std::pair(rules.range().min(), rules.range().max());
  if (value >= static_cast<double>(min) && value <= static_cast<double>(max)) return "";
  return fmt::format("must be {} to {}, was {}", min, max, value);
}

template <std::integral Integer>
std::string ProblemOf(Integer value, const FieldRules& rules) {
  if (!rules.has_range()) return "";
  const auto& [min, max] = std::pair(rules.range().min(), rules.range().max());
  if (!std::cmp_less(value, min) && !std::cmp_greater(value, max)) return "";
  return fmt::format("must be {} to {}, was {}", min, max, value);
}

std::string ProblemOf(const google::protobuf::Timestamp& time) {
  const bool good = time.seconds() >= kMinSeconds && time.seconds() <= kMaxSeconds && time.nanos() >= 0 && time.nanos() <= 999'999'999;
  return good ? "" : "must be a time within years 1 to 9999";
}

std::string ProblemOf(const google::protobuf::Duration& duration, const FieldRules& rules) {
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  if (nanos < -999'999'999 || nanos > 999'999'999 || (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
    return "must be a duration whose nanos are below one second and of the same sign";
  }
  if (!rules.has_seconds()) return "";
  const auto& [min, max] = std::pair(rules.seconds().min(), rules.seconds().max());
  const bool below = seconds < min || (seconds == min && nanos < 0);
  const bool above = seconds > max || (seconds == max && nanos > 0);
  return below || above ? fmt::format("must be {} to {} seconds, was {}", min, max, seconds) : "";
}

}  // namespace

struct Validator::FieldPlan {
  const FieldDescriptor* field;
  FieldRules rules;
  std::unique_ptr<std::regex> pattern;
  // Pattern of the whole name, its last segment included.
  std::string resource;
  const TypePlan* type = nullptr;

  void CheckText(const std::string& value, const Place& place, Violations& violations) const;
};

struct Validator::TypePlan {
  std::vector<FieldPlan> fields;
};

// Where in the request a value stands, as a step from the place above it: what it is called is put together only where there is
// something to say of it.
struct Validator::Place {
  const Place* above = nullptr;
  std::string_view field;  // empty in an item, which is of the field above
  int index = -1;
  int depth = 0;
  // Set in the resource of an update and below.
  const UpdateMask* mask = nullptr;
  bool is_resource = false;

  Place Field(std::string_view name) const { return {.above = this, .field = name, .depth = depth, .mask = mask}; }
  Place Item(int at) const { return {.above = this, .index = at, .depth = depth, .mask = mask}; }
  Place Inside() const {
    Place inside = *this;
    ++inside.depth;
    return inside;
  }

  // "questions[3].content"
  std::string Path() const {
    if (above == nullptr) return "";
    std::string path = above->Path();
    if (index >= 0) return path + fmt::format("[{}]", index);
    return Joined(std::move(path), field);
  }
  bool Requires() const { return mask == nullptr || mask->Requires(MaskedPath()); }

 private:
  static std::string Joined(std::string path, std::string_view name) {
    if (!path.empty()) path += '.';
    return path.append(name);
  }
  // As a mask has it: from the resource on and without items.
  std::string MaskedPath() const {
    if (is_resource || above == nullptr) return "";
    return field.empty() ? above->MaskedPath() : Joined(above->MaskedPath(), field);
  }
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
  if (place.depth > kMaxDepth) return violations.Add(place.Path(), fmt::format("nested deeper than {}", kMaxDepth));
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
        here.is_resource = true;
        CheckValue(message, entry, -1, here, violations);
        continue;
      }
    }
    if (field->is_repeated()) {
      CheckRepeated(message, entry, here, violations);
    } else if (IsPresent(message, field, entry.rules)) {
      CheckValue(message, entry, -1, here, violations);
    } else if (entry.rules.required() && here.Requires()) {
      violations.Add(here.Path(), "is required");
    }
  }
}

void Validator::CheckRepeated(const Message& message, const FieldPlan& entry, const Place& place,
                              Violations& violations) const {
  const Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, entry.field);
  const int min = std::max<int>(static_cast<int>(entry.rules.min_items()), entry.rules.required() ? 1 : 0);
  const int max = entry.rules.max_items() == 0 ? kDefaultMaxItems : static_cast<int>(entry.rules.max_items());
  if (size > max) return violations.Add(place.Path(), fmt::format("at most {} items are allowed, got {}", max, size));
  if (size < min && (size > 0 || place.Requires())) {
    violations.Add(place.Path(), fmt::format("at least {} needed, got {}", min == 1 ? "1 item is" : fmt::format("{} items are", min), size));
  }
  std::set<std::string> seen;
  for (int i = 0; i < size && violations.list().size() < kMaxViolations; ++i) {
    const Place item = place.Item(i);
    CheckValue(message, entry, i, item, violations);
    if (entry.rules.unique_items() && IsString(entry.field) &&
        !seen.insert(reflection.GetRepeatedString(message, entry.field, i)).second) {
      violations.Add(item.Path(), "is given twice");
    }
  }
}

void Validator::CheckValue(const Message& message, const FieldPlan& entry, int index, const Place& place,
                           Violations& violations) const {
  const FieldDescriptor* field = entry.field;
  const Reflection& reflection = *message.GetReflection();
  const auto say = [&](std::string problem) {
    if (!problem.empty()) violations.Add(place.Path(), std::move(problem));
  };
#define ASSAY_VALUE(type) \
  (index < 0 ? reflection.Get##type(message, field) : reflection.GetRepeated##type(message, field, index))
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return say(ProblemOf(ASSAY_VALUE(Int32), entry.rules));
    case FieldDescriptor::CPPTYPE_INT64:
      return say(ProblemOf(ASSAY_VALUE(Int64), entry.rules));
    case FieldDescriptor::CPPTYPE_UINT32:
      return say(ProblemOf(ASSAY_VALUE(UInt32), entry.rules));
    case FieldDescriptor::CPPTYPE_UINT64:
      return say(ProblemOf(ASSAY_VALUE(UInt64), entry.rules));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return say(ProblemOf(ASSAY_VALUE(Double), entry.rules));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return say(ProblemOf(static_cast<double>(ASSAY_VALUE(Float)), entry.rules));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = ASSAY_VALUE(EnumValue);
      if (field->enum_type()->FindValueByNumber(value) == nullptr) {
        violations.Add(place.Path(), fmt::format("{} is not a value of {}", value, field->enum_type()->name()));
      }
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& value = index < 0 ? reflection.GetStringReference(message, field, &scratch)
                                           : reflection.GetRepeatedStringReference(message, field, index, &scratch);
      if (value.empty() && index >= 0 && (entry.rules.required() || !entry.resource.empty())) {
        return violations.Add(place.Path(), "must not be empty");
      }
      return entry.CheckText(value, place, violations);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& child = ASSAY_VALUE(Message);
      if (field->is_map()) return CheckMapEntry(child, entry, place, violations);
      if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&child)) {
        return say(ProblemOf(*time));
      }
      if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&child)) {
        return say(ProblemOf(*duration, entry.rules));
      }
      return CheckMessage(child, *entry.type, place.Inside(), violations);
    }
    default:
      return;
  }
#undef ASSAY_VALUE
}

void Validator::CheckMapEntry(const Message& pair, const FieldPlan& entry, const Place& place,
                              Violations& violations) const {
  const Descriptor* type = entry.field->message_type();
  const Reflection& reflection = *pair.GetReflection();
  for (const FieldDescriptor* part : {type->map_key(), type->map_value()}) {
    if (!IsString(part)) continue;
    std::string scratch;
    const std::string& value = reflection.GetStringReference(pair, part, &scratch);
    if (value.empty() && part == type->map_key()) violations.Add(place.Path(), "a key must not be empty");
    if (value.find('\0') != std::string::npos || !IsUtf8(value)) {
      violations.Add(place.Path(), "must be well-formed UTF-8 without NUL (U+0000)");
    } else if (CodePoints(value) > MaxChars(entry.rules)) {
      violations.Add(place.Path(), fmt::format("at most {} characters are allowed", MaxChars(entry.rules)));
    }
  }
}

void Validator::FieldPlan::CheckText(const std::string& value, const Place& place, Violations& violations) const {
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    if (rules.max_bytes() != 0 && value.size() > rules.max_bytes()) {
      violations.Add(place.Path(), fmt::format("at most {} bytes are allowed, got {}", rules.max_bytes(), value.size()));
    }
    return;
  }
  if (value.empty()) return;
  if (value.find('\0') != std::string::npos) return violations.Add(place.Path(), "must not contain NUL (U+0000)");
  if (!IsUtf8(value)) return violations.Add(place.Path(), "must be well-formed UTF-8");
  const size_t points = CodePoints(value);
  const size_t max = MaxChars(rules);
  if (points > max) return violations.Add(place.Path(), fmt::format("at most {} characters are allowed, got {}", max, points));
  if (points < rules.min_chars()) {
    violations.Add(place.Path(), fmt::format("at least {} characters are needed, got {}", rules.min_chars(), points));
  }
  if (rules.identifier() && !IsIdentifier(value)) {
    violations.Add(place.Path(), "must be 1 to 63 of a-z, 0-9 and -, and not start with -");
  }
  if (!resource.empty() && !MatchesNameOrWildcard(resource, value, field->name() == "parent")) {
    violations.Add(place.Path(), fmt::format("must be a name like {}", resource));
  }
  if (pattern != nullptr && !std::regex_match(value, *pattern)) violations.Add(place.Path(), fmt::format("must match {}", rules.pattern()));
}

}  // namespace assay::runtime
