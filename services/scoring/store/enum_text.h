#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace assay::scoring {

// "IN_PROGRESS" for INTERVIEW_STATE_IN_PROGRESS: how states stand in columns, events and filters. "" for UNSPECIFIED.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);
// Of the enum field `field` of `message`.
std::string EnumText(const google::protobuf::Message& message, std::string_view field);

// "d1" of "applications/a1/decisions/d1"; revisions stay on.
std::string IdOf(std::string_view name);

}  // namespace assay::scoring
