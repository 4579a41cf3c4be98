#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>

// How names of the schema are written in YAML, shared by the reader and the writer.
namespace assay::bank {

// Prefix that the values of an enum share ("QUESTION_KIND_"), taken from its zero value; may be empty.
std::string EnumPrefix(const google::protobuf::EnumDescriptor& type);

// "theory" or "QUESTION_KIND_THEORY", whatever the case; nullptr when it is neither.
const google::protobuf::EnumValueDescriptor* FindEnumValue(const google::protobuf::EnumDescriptor& type,
                                                           std::string_view text);

// "theory".
std::string ShortEnumName(const google::protobuf::EnumValueDescriptor& value);

// "opening, theory, …", without the unspecified one.
std::string EnumChoices(const google::protobuf::EnumDescriptor& type);

// What to say about a key that is no field: the nearest field where one is near, else the fields there are.
std::string UnknownFieldMessage(const google::protobuf::Descriptor& type, std::string_view key);

// At most 60 bytes of a text for a message, cut at a character.
std::string Excerpt(std::string_view text);

}  // namespace assay::bank
