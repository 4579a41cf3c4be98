#pragma once

#include <string_view>

#include <absl/status/status.h>
#include <google/protobuf/message.h>

namespace assay::bank {

// Reads one JSON text into an empty message: protobuf's JSON mapping, with field names in camelCase or snake_case and enum values
// also in short ("theory"). It goes by the schema, so nesting is as deep as the schema and no tree is built on the way; a large
// bank is read with it line by line.
//
// Refuses what is no JSON, invalid UTF-8, NUL and other raw control characters, lone surrogates, unknown or repeated fields, values
// of another type and numbers out of range. INVALID_ARGUMENT says where ("line 3, column 7: questions[2].level: …"; lines count
// from `first_line`); OUT_OF_RANGE instead when the text ends before the value does. Of messages of the well-known types (Timestamp
// and the like) none can be read; no pack holds one.
absl::Status ReadJson(std::string_view json, google::protobuf::Message& into, int first_line = 1);

}  // namespace assay::bank
