#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "assay/bank/v1/question.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace assay::bank {

// draft → published → retired. Nothing comes back from retired; a published question gets new drafts beside it.

// INVALID_STATE when there is no draft to publish.
absl::Status CheckPublish(const std::string& name, v1::QuestionState state, int published_revision, int latest_revision);
absl::Status CheckRetire(const std::string& name, v1::QuestionState state);
absl::Status CheckEdit(const std::string& name, v1::QuestionState state);

// ETAG_MISMATCH when `given` is neither empty nor `current`.
absl::Status CheckEtag(const std::string& name, const std::string& given, const std::string& current);

// Writes what the mask names (paths `content`, `content.x`, `annotations`, `external_ids`; empty = every populated one of
// them) from `change` into `question`. INVALID_FIELDS names unknown paths; the id never changes.
absl::Status ApplyUpdate(const v1::Question& change, const google::protobuf::FieldMask& mask, v1::Question& question);

}  // namespace assay::bank
