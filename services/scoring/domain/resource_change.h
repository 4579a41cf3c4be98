#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace assay::scoring {

// Fields that an update may not touch, each with what to do instead: {"panel", "use ChangeInterviewPanel"}.
using FixedFields = std::map<std::string, std::string>;

// Clears what only the server sets, at any depth, and `name` and `etag`.
void ClearServerFields(google::protobuf::Message& message);

// Copies the fields of `wanted` that `mask` names into `target`: an empty mask names the populated ones, "*" all of them, a
// path "annotations.team" one key of a map. Output-only fields are passed over. A fixed field may be named only with the
// value it has. Returns the fields whose value changed. INVALID_FIELDS, with `prefix` before each field ("candidate.").
absl::StatusOr<std::vector<std::string>> ApplyUpdate(const google::protobuf::Message& wanted,
                                                     const google::protobuf::FieldMask& mask, const FixedFields& fixed,
                                                     const std::string& prefix, google::protobuf::Message& target);

}  // namespace assay::scoring
