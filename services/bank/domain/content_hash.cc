#include "services/bank/domain/content_hash.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/runtime/base/ids.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AppendNumber(std::uint64_t value, std::string& out) {
  std::array<char, sizeof value> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>((value >> (56 - 8 * i)) & 0xFF);
  out.append(bytes.data(), bytes.size());
}

// Length first, so that no two different lists of texts give the same bytes.
void AppendText(std::string_view text, std::string& out) {
  AppendNumber(text.size(), out);
  out += text;
}

void AppendMessage(const Message& message, std::string& out);

// The canonical bytes of one value; index < 0 for a singular field.
void AppendValue(const Message& message, const FieldDescriptor* field, int index, std::string& out) {
  const Reflection& r = *message.GetReflection();
  const bool many = index >= 0;
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      out += many ? r.GetRepeatedStringReference(message, field, index, &scratch) : r.GetStringReference(message, field, &scratch);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      AppendMessage(many ? r.GetRepeatedMessage(message, field, index) : r.GetMessage(message, field), out);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      AppendNumber(static_cast<std::uint64_t>(static_cast<std::int64_t>(
                       many ? r.GetRepeatedEnumValue(message, field, index) : r.GetEnumValue(message, field))),
                   out);
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      AppendNumber((many ? r.GetRepeatedBool(message, field, index) : r.GetBool(message, field)) ? 1 : 0, out);
      return;
    case FieldDescriptor::CPPTYPE_INT32:
      AppendNumber(static_cast<std::uint64_t>(static_cast<std::int64_t>(
                       many ? r.GetRepeatedInt32(message, field, index) : r.GetInt32(message, field))),
                   out);
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      AppendNumber(static_cast<std::uint64_t>(many ? r.GetRepeatedInt64(message, field, index)
                                                   : r.GetInt64(message, field)),
                   out);
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      AppendNumber(many ? r.GetRepeatedUInt32(message, field, index) : r.GetUInt32(message, field), out);
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      AppendNumber(many ? r.GetRepeatedUInt64(message, field, index) : r.GetUInt64(message, field), out);
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AppendNumber(std::bit_cast<std::uint64_t>(many ? r.GetRepeatedDouble(message, field, index)
                                                     : r.GetDouble(message, field)),
                   out);
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      AppendNumber(std::bit_cast<std::uint32_t>(many ? r.GetRepeatedFloat(message, field, index)
                                                     : r.GetFloat(message, field)),
                   out);
      return;
  }
}

// The value with its length before it.
void AppendSized(const Message& message, const FieldDescriptor* field, int index, std::string& out) {
  const std::size_t at = out.size();
  AppendNumber(0, out);
  AppendValue(message, field, index, out);
  const std::uint64_t length = out.size() - at - sizeof(std::uint64_t);
  for (std::size_t byte = 0; byte < sizeof(length); ++byte) out[at + byte] = static_cast<char>((length >> (56 - 8 * byte)) & 0xFF);
}

// Field number, count, then each value with its length.
void AppendField(const Message& message, const FieldDescriptor* field, std::string& out) {
  AppendNumber(static_cast<std::uint64_t>(field->number()), out);
  const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
  AppendNumber(static_cast<std::uint64_t>(count), out);
  if (!field->is_map()) {
    for (int i = 0; i < count; ++i) AppendSized(message, field, field->is_repeated() ? i : -1, out);
    return;
  }
  // In order of the bytes, for a map has none.
  std::vector<std::string> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) AppendValue(message, field, i, values[static_cast<std::size_t>(i)]);
  std::sort(values.begin(), values.end());
  for (const std::string& value : values) AppendText(value, out);
}

void AppendMessage(const Message& message, std::string& out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);  // In order of field number.
  for (const FieldDescriptor* field : fields) AppendField(message, field, out);
}

// The bytes of a message's fields, each once, to be put together to several digests.
class FieldBytes {
 public:
  explicit FieldBytes(const Message& message) {
    constexpr std::size_t kUsual = 8192;
    bytes_.reserve(kUsual);
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);  // In order of field number.
    for (const FieldDescriptor* field : fields) {
      parts_.push_back({field, bytes_.size()});
      AppendField(message, field, bytes_);
    }
  }
  const std::string& all() const { return bytes_; }
  // Of the fields that are chosen, in the same order; those in `instead` are taken from there.
  std::string Some(const std::set<std::string_view>& chosen, const std::map<std::string_view, std::string>& instead = {}) const {
    std::string some;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::string_view name = parts_[i].field->name();
      if (!chosen.contains(name)) continue;
      const auto other = instead.find(name);
      const std::size_t end = i + 1 < parts_.size() ? parts_[i + 1].begin : bytes_.size();
      some += other != instead.end() ? std::string_view(other->second) : std::string_view(bytes_).substr(parts_[i].begin, end - parts_[i].begin);
    }
    return some;
  }

 private:
  struct Part {
    const FieldDescriptor* field;
    std::size_t begin;
  };
  std::vector<Part> parts_;
  std::string bytes_;
};

// Under names that keep kinds of digest apart.
std::string Named(std::initializer_list<std::string_view> names, std::string_view fields) {
  std::string bytes;
  for (const std::string_view name : names) AppendText(name, bytes);
  return runtime::Sha256Hex({bytes, fields});
}

std::string OfContent(const Message& message, std::string_view fields) {
  return Named({"assay.content/1", message.GetDescriptor()->full_name()}, fields);
}

bool ByRole(const v1::RoleRelevance& a, const v1::RoleRelevance& b) { return a.role() < b.role(); }

}  // namespace

ContentDigests DigestsOf(const v1::QuestionContent& content) {
  static const std::set<std::string_view> kWording{"prompt", "scenario", "exemplars", "cue", "probes", "translations"};
  static const std::set<std::string_view> kStructure{"key_concepts", "competency", "level", "kind", "roles"};
  const FieldBytes fields(content);
  std::map<std::string_view, std::string> sorted;
  if (!std::is_sorted(content.roles().begin(), content.roles().end(), ByRole)) {
    v1::QuestionContent roles;
    *roles.mutable_roles() = content.roles();
    std::sort(roles.mutable_roles()->begin(), roles.mutable_roles()->end(), ByRole);
    sorted["roles"] = FieldBytes(roles).all();
  }
  return {Named({"assay.question.wording/1"}, fields.Some(kWording)), Named({"assay.question.structure/1"}, fields.Some(kStructure, sorted)),
          OfContent(content, fields.all())};
}

std::string ContentHash(const Message& message) { return OfContent(message, FieldBytes(message).all()); }

}  // namespace assay::bank
