#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "assay/bank/v1/question.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "services/runtime/base/instant.h"

namespace assay::bank {

// draft → published → retired. Nothing comes back from retired; a published question gets new drafts beside it; a draft that was
// never published may be deleted.

// INVALID_STATE when there is no draft to publish.
absl::Status CheckPublish(const std::string& name, v1::QuestionState state, int published_revision, int latest_revision);
absl::Status CheckRetire(const std::string& name, v1::QuestionState state);
absl::Status CheckEdit(const std::string& name, v1::QuestionState state);
// INVALID_STATE when it was ever published, or is retired.
absl::Status CheckDelete(const std::string& name, v1::QuestionState state, int published_revision);
// INVALID_STATE naming what refers to the question, unless that is nothing.
absl::Status CheckUnreferenced(const std::string& name, const std::vector<std::string>& references);

// When a publication is planned for: INVALID_FIELDS unless it is after `now` and at most a year ahead.
absl::StatusOr<runtime::Instant> CheckPublishTime(const google::protobuf::Timestamp& time, runtime::Instant now);
// INVALID_STATE when no publication is planned.
absl::Status CheckPlanned(const std::string& name, v1::QuestionState state, bool planned);

// "7" of a question's latest revision, "7-r1" of an older one: who read that has not seen the latest.
std::string EtagOf(int64_t version, int revision, int latest_revision);
// ETAG_MISMATCH when `given` is neither empty nor `current`.
absl::Status CheckEtag(const std::string& name, const std::string& given, const std::string& current);
// ETAG_MISMATCH when `given` is not empty and of another version than `current`, whatever the revision.
absl::Status CheckVersion(const std::string& name, const std::string& given, const std::string& current);
// ETAG_MISMATCH when `given`, of this version, is of another revision than the latest, naming that.
absl::Status CheckSawLatest(const std::string& name, const std::string& given, const std::string& current, int latest_revision);

// Rules of a content beyond those of its single fields: each concept, role and link once, tags without control characters, every
// translation in another language. INVALID_FIELDS with paths below `path`.
absl::Status CheckContent(const v1::QuestionContent& content, const std::string& path);

// Writes what the mask names (paths `content`, `content.x`, `annotations`, `external_ids`; empty = every populated one of
// them) from `change` into `question`. INVALID_FIELDS names unknown paths; the id never changes.
absl::Status ApplyUpdate(const v1::Question& change, const google::protobuf::FieldMask& mask, v1::Question& question);

// INVALID_FIELDS when an external id is given twice.
absl::Status CheckExternalIds(const v1::Question& question, const std::string& path);

// Says of an imported question whether its content still is what was imported.
void MarkOverridden(v1::Question& question);

// Whether a message (a catalogue entry, a kit plan) refers to the question: by id, by name or at a revision, in a field that has
// "question" in its name.
bool RefersTo(const google::protobuf::Message& message, const std::string& question_id);

}  // namespace assay::bank
