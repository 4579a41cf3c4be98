#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

// Single values of a message as text and back, for formats whose cells and elements hold text.
namespace assay::bank {

// Text of a string, enum ("design"), integer or bool ("true") field; of item `index` where the field is repeated.
std::string FieldText(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int index = -1);

// The reverse: sets the field, or adds to it where it is repeated. Strings are taken as they are; around the others blanks do not
// count. Returns what is wrong with the text, empty when nothing is.
std::string SetFieldText(std::string_view text, const google::protobuf::FieldDescriptor& field, google::protobuf::Message& message);

// "Key concepts" of key_concepts.
std::string FieldLabel(const google::protobuf::FieldDescriptor& field);

}  // namespace assay::bank
