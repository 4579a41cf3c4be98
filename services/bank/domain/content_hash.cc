#include "services/bank/domain/content_hash.h"

#include <openssl/sha.h>

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AppendNumber(std::uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

// Length first, so that no two different lists of texts give the same bytes.
void AppendText(const std::string& text, std::string& out) {
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

// Digest over some fields of a message, under a name that keeps kinds of digest apart.
std::string HashOf(const Message& message, const std::string& name, std::initializer_list<const char*> chosen) {
  std::string bytes;
  AppendText(name, bytes);
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (std::find(chosen.begin(), chosen.end(), field->name()) != chosen.end()) AppendField(message, field, bytes);
  }
  return Sha256Hex(bytes);
}

}  // namespace

std::string Sha256Hex(const std::string& bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0xF];
  }
  return hex;
}

std::string WordingHash(const v1::QuestionContent& content) {
  return HashOf(content, "assay.question.wording/1", {"prompt", "scenario", "exemplars", "cue", "probes", "translations"});
}

std::string StructureHash(const v1::QuestionContent& content) {
  v1::QuestionContent ordered;
  *ordered.mutable_key_concepts() = content.key_concepts();
  *ordered.mutable_roles() = content.roles();
  ordered.set_competency(content.competency());
  ordered.set_level(content.level());
  ordered.set_kind(content.kind());
  std::sort(ordered.mutable_roles()->begin(), ordered.mutable_roles()->end(),
            [](const v1::RoleRelevance& a, const v1::RoleRelevance& b) { return a.role() < b.role(); });
  return HashOf(ordered, "assay.question.structure/1", {"key_concepts", "competency", "level", "kind", "roles"});
}

ContentDigests DigestsOf(const v1::QuestionContent& content) {
  return {WordingHash(content), StructureHash(content), ContentHash(content)};
}

std::string ContentHash(const Message& message) {
  std::string bytes;
  AppendText("assay.content/1", bytes);
  AppendText(message.GetDescriptor()->full_name(), bytes);
  AppendMessage(message, bytes);
  return Sha256Hex(bytes);
}

}  // namespace assay::bank
