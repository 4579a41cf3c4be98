#include "services/scoring/api/list_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "google/protobuf/descriptor.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/paging/filter.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kExternalSystem[] = "external_ids.system";

absl::Status FilterInvalid(const std::string& field, std::string description) {
  return runtime::InvalidFields({{field, std::move(description)}}, runtime::v1::ERROR_REASON_FILTER_INVALID);
}

// "ACTIVE" for "ACTIVE" and for "CANDIDATE_STATE_ACTIVE".
absl::StatusOr<std::string> EnumTerm(const EnumDescriptor* type, const std::string& field, const std::string& value) {
  std::string known;
  for (int i = 1; i < type->value_count(); ++i) {
    const std::string text = EnumText(*type->value(i));
    if (value == text || value == type->value(i)->name()) return text;
    known += (known.empty() ? "" : ", ") + text;
  }
  return FilterInvalid("filter", fmt::format("{} is no value of {}; known: {}", value, field, known));
}

absl::StatusOr<std::string> Normalised(const ListRules& rules, const Descriptor* type, const std::string& field,
                                       const std::string& value) {
  const FieldDescriptor* descriptor = type->FindFieldByName(field);
  if (descriptor != nullptr && descriptor->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return EnumTerm(descriptor->enum_type(), field, value);
  }
  if (descriptor != nullptr && descriptor->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    if (value == "true" || value == "false") return value;
    return FilterInvalid("filter", fmt::format("{} is true or false, not {}", field, value));
  }
  const bool whole = std::count(rules.whole_names.begin(), rules.whole_names.end(), field) > 0;
  const bool column = std::count(rules.columns.begin(), rules.columns.end(), field) > 0;
  return column && !whole ? IdOf(value) : value;
}

bool HasExternalSystem(const Message& message, const std::string& system) {
  const FieldDescriptor* ids = message.GetDescriptor()->FindFieldByName("external_ids");
  const FieldDescriptor* field = ids->message_type()->FindFieldByName("system");
  for (int i = 0; i < message.GetReflection()->FieldSize(message, ids); ++i) {
    const Message& id = message.GetReflection()->GetRepeatedMessage(message, ids, i);
    if (id.GetReflection()->GetString(id, field) == system) return true;
  }
  return false;
}

std::string TextOf(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return EnumText(message, name);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return message.GetReflection()->GetBool(message, field) ? "true" : "false";
  return message.GetReflection()->GetString(message, field);
}

}  // namespace

absl::StatusOr<ListFilter> ListFilter::Parse(const ListRules& rules, const Descriptor* type, const std::string& filter,
                                             const std::string& order_by) {
  if (!order_by.empty() && order_by != rules.order) {
    return FilterInvalid("order_by", fmt::format("the only order is \"{}\"", rules.order));
  }
  std::vector<std::string> known = rules.columns;
  known.insert(known.end(), rules.fields.begin(), rules.fields.end());
  known.push_back(kExternalSystem);
  ASSIGN_OR_RETURN(auto terms, runtime::ParseFilter(filter, known));
  for (auto& [field, value] : terms) {
    ASSIGN_OR_RETURN(value, Normalised(rules, type, field, value));
  }
  ListFilter parsed;
  for (const std::string& column : rules.columns) {
    parsed.columns_.push_back(runtime::TermOf(terms, column));
    terms.erase(column);
  }
  parsed.fields_ = std::move(terms);
  return parsed;
}

bool ListFilter::Matches(const Message& message) const {
  return std::all_of(fields_.begin(), fields_.end(), [&](const auto& term) {
    return term.first == kExternalSystem ? HasExternalSystem(message, term.second) : TextOf(message, term.first) == term.second;
  });
}

}  // namespace assay::scoring
