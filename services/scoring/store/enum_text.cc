#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

constexpr std::string_view kUnspecified = "UNSPECIFIED";

}  // namespace

std::string EnumText(const google::protobuf::EnumValueDescriptor& value) {
  // The zero value carries the prefix that all values of the enum share.
  const size_t prefix = value.type()->value(0)->name().size() - kUnspecified.size();
  const std::string text = value.name().substr(prefix);
  return text == kUnspecified ? "" : text;
}

std::string EnumText(const google::protobuf::Message& message, std::string_view field) {
  const google::protobuf::FieldDescriptor* descriptor = message.GetDescriptor()->FindFieldByName(std::string(field));
  return EnumText(*message.GetReflection()->GetEnum(message, descriptor));
}

std::string IdOf(std::string_view name) { return std::string(name.substr(name.rfind('/') + 1)); }

}  // namespace assay::scoring
