#include "services/scoring/api/list_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "google/protobuf/descriptor.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using runtime::FilterNode;
using runtime::FilterOperator;

// "ACTIVE" for "active" and for "CANDIDATE_STATE_ACTIVE".
absl::StatusOr<std::string> Normalised(const Descriptor* type, const std::string& field, std::string value) {
  const FieldDescriptor* descriptor = type->FindFieldByName(field);
  if (descriptor == nullptr || descriptor->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return value;
  for (char& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string known;
  for (int i = 1; i < descriptor->enum_type()->value_count(); ++i) {
    const auto& candidate = *descriptor->enum_type()->value(i);
    const std::string text = EnumText(candidate);
    if (value == text || value == candidate.name()) return text;
    known += (known.empty() ? "" : ", ") + text;
  }
  return runtime::FilterInvalid(fmt::format("\"{}\" is no value of {}; known: {}", value, field, known));
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
  return message.GetReflection()->GetString(message, field);
}

bool IsOf(const std::vector<std::string>& fields, const FilterNode& node) {
  return node.kind == FilterNode::Kind::kTerm && std::count(fields.begin(), fields.end(), node.field) > 0;
}

// Whether the term can be compared after reading.
bool IsPlain(const FilterNode& term) {
  const bool equality = term.op == FilterOperator::kEqual || term.op == FilterOperator::kNotEqual || term.op == FilterOperator::kHas;
  return equality && !term.value.wild();
}

}  // namespace

absl::StatusOr<ListFilter> ListFilter::Parse(const ListRules& rules, const runtime::FilterFields& columns, int first_parameter,
                                             const Descriptor* type, const std::string& filter, const std::string& order_by) {
  if (!order_by.empty() && order_by != rules.order) {
    return runtime::InvalidFields({{"order_by", fmt::format("the only order is \"{}\"", rules.order)}},
                                  runtime::v1::ERROR_REASON_FILTER_INVALID);
  }
  ASSIGN_OR_RETURN(const FilterNode parsed, runtime::ParseFilter(filter));
  const bool joined = parsed.kind == FilterNode::Kind::kAnd;
  ListFilter out;
  FilterNode rest;
  for (const FilterNode& node : joined ? parsed.children : std::vector<FilterNode>{parsed}) {
    const FilterNode& term = node.kind == FilterNode::Kind::kNot ? node.children[0] : node;
    if (!IsOf(rules.fields, term) || !IsPlain(term)) {
      rest.children.push_back(node);
      continue;
    }
    ASSIGN_OR_RETURN(std::string value, Normalised(type, term.field, term.value.text));
    out.wanted_.push_back({term.field, std::move(value), (&term != &node) != (term.op == FilterOperator::kNotEqual)});
  }
  if (rest.children.size() == 1) {
    FilterNode only = std::move(rest.children[0]);
    rest = std::move(only);
  }
  // Without SQL: what is left of them is refused, and named among the known ones.
  runtime::FilterFields known = columns;
  for (const std::string& field : rules.fields) known.emplace(field, runtime::FilterField{});
  ASSIGN_OR_RETURN(out.sql_, runtime::CompileFilter(rest, known, first_parameter));
  return out;
}

bool ListFilter::Matches(const Message& message) const {
  return std::all_of(wanted_.begin(), wanted_.end(), [&](const Wanted& wanted) {
    const bool same = wanted.field == kExternalSystem ? HasExternalSystem(message, wanted.value)
                                                      : TextOf(message, wanted.field) == wanted.value;
    return same != wanted.differs;
  });
}

}  // namespace assay::scoring
