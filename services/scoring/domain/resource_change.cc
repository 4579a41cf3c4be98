#include "services/scoring/domain/resource_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

bool SetByServer(const FieldDescriptor* field) {
  return field->options().GetExtension(assay::field).output_only() || field->name() == "name" || field->name() == "etag";
}

bool Populated(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) > 0
                              : message.GetReflection()->HasField(message, field);
}

// A message holding `field` of `message` alone.
std::unique_ptr<Message> Only(const Message& message, const FieldDescriptor* field) {
  std::unique_ptr<Message> only(message.New());
  only->CopyFrom(message);
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* other = message.GetDescriptor()->field(i);
    if (other != field) only->GetReflection()->ClearField(only.get(), other);
  }
  return only;
}

void ClearOutputOnly(Message& message, const FieldDescriptor* field);

bool SameField(const Message& wanted, const Message& target, const FieldDescriptor* field) {
  const std::unique_ptr<Message> left = Only(wanted, field);
  const std::unique_ptr<Message> right = Only(target, field);
  ClearOutputOnly(*left, field);
  ClearOutputOnly(*right, field);
  return MessageDifferencer::Equals(*left, *right);
}

// Fills `target`'s field from `wanted`'s.
void CopyField(const Message& wanted, const FieldDescriptor* field, Message& target) {
  target.GetReflection()->ClearField(&target, field);
  target.MergeFrom(*Only(wanted, field));
}

void ClearServerFieldsBelow(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(assay::field).output_only()) {
      reflection.ClearField(&message, field);
    } else {
      ClearOutputOnly(message, field);
    }
  }
}

void ClearOutputOnly(Message& message, const FieldDescriptor* field) {
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map() || !Populated(message, field)) return;
  const Reflection& reflection = *message.GetReflection();
  if (!field->is_repeated()) return ClearServerFieldsBelow(*reflection.MutableMessage(&message, field));
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    ClearServerFieldsBelow(*reflection.MutableRepeatedMessage(&message, field, i));
  }
}

// Sets or removes one key of a map of texts.
void CopyMapKey(const Message& wanted, const FieldDescriptor* field, const std::string& key, Message& target) {
  const auto find = [&](const Message& message) -> int {
    const Descriptor* entry = field->message_type();
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      const Message& pair = message.GetReflection()->GetRepeatedMessage(message, field, i);
      if (pair.GetReflection()->GetString(pair, entry->map_key()) == key) return i;
    }
    return -1;
  };
  const Reflection& reflection = *target.GetReflection();
  if (const int old = find(target); old >= 0) {
    reflection.SwapElements(&target, field, old, reflection.FieldSize(target, field) - 1);
    reflection.RemoveLast(&target, field);
  }
  if (const int fresh = find(wanted); fresh >= 0) {
    reflection.AddMessage(&target, field)->CopyFrom(wanted.GetReflection()->GetRepeatedMessage(wanted, field, fresh));
  }
}

// The top-level fields that the mask names, and keys of maps.
struct Named {
  std::vector<const FieldDescriptor*> fields;
  std::vector<std::pair<const FieldDescriptor*, std::string>> keys;
};

Named NamedFields(const Message& wanted, const google::protobuf::FieldMask& mask, runtime::Violations& violations) {
  const Descriptor* type = wanted.GetDescriptor();
  const bool all = std::count(mask.paths().begin(), mask.paths().end(), "*") > 0;
  Named named;
  if (all || mask.paths().empty()) {
    for (int i = 0; i < type->field_count(); ++i) {
      if (all || Populated(wanted, type->field(i))) named.fields.push_back(type->field(i));
    }
    return named;
  }
  for (const std::string& path : mask.paths()) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = type->FindFieldByName(path.substr(0, dot));
    if (field == nullptr) {
      violations.Add("update_mask", fmt::format("{} is no field of {}", path, type->name()));
    } else if (dot == std::string::npos) {
      named.fields.push_back(field);
    } else if (field->is_map()) {
      named.keys.emplace_back(field, path.substr(dot + 1));
    } else {
      violations.Add("update_mask", fmt::format("{}: name the whole field {}", path, field->name()));
    }
  }
  return named;
}

}  // namespace

void ClearServerFields(Message& message) {
  ClearServerFieldsBelow(message);
  for (const char* name : {"name", "etag"}) {
    if (const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name)) {
      message.GetReflection()->ClearField(&message, field);
    }
  }
}

absl::StatusOr<std::vector<std::string>> ApplyUpdate(const Message& wanted, const google::protobuf::FieldMask& mask,
                                                     const FixedFields& fixed, const std::string& prefix, Message& target) {
  const bool explicit_mask = !mask.paths().empty() && std::count(mask.paths().begin(), mask.paths().end(), "*") == 0;
  runtime::Violations violations;
  const Named named = NamedFields(wanted, mask, violations);
  std::set<std::string> changed;
  for (const FieldDescriptor* field : named.fields) {
    if (SetByServer(field) || SameField(wanted, target, field)) continue;
    if (const auto found = fixed.find(field->name()); found != fixed.end()) {
      // "*" of a message that leaves a fixed field out does not ask for its removal.
      if (explicit_mask || Populated(wanted, field)) violations.Add(prefix + field->name(), found->second);
    } else if (field->options().GetExtension(assay::field).required() && !Populated(wanted, field)) {
      violations.Add(prefix + field->name(), "is required");
    } else {
      CopyField(wanted, field, target);
      changed.insert(field->name());
    }
  }
  for (const auto& [field, key] : named.keys) {
    const std::unique_ptr<Message> before = Only(target, field);
    CopyMapKey(wanted, field, key, target);
    if (!MessageDifferencer::Equals(*before, *Only(target, field))) changed.insert(field->name());
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return std::vector<std::string>(changed.begin(), changed.end());
}

}  // namespace assay::scoring
