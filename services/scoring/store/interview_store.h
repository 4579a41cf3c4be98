#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/interview.pb.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {

// An interview's document holds its panel and kit questions. The content hash of the kit (`kit_copy`) is the column
// kit_hash: ReadKitHash. Filter terms: state, application id, candidate id, requisition id, stage, panel interviewer id.
const Documents<v1::Interview>& Interviews();

// Makes the panel rows say what the document says.
absl::Status WritePanel(runtime::Tx& tx, const Stored<v1::Interview>& row);
// Refers to the copy of the kit of this name, which must have been made.
absl::Status SetKit(runtime::Tx& tx, std::string_view interview_id, std::string_view kit_name);
// "" while no kit is pinned. NOT_FOUND.
absl::StatusOr<std::string> ReadKitHash(runtime::Tx& tx, std::string_view interview_id);

// All interviews of an application, by id.
absl::StatusOr<std::vector<Stored<v1::Interview>>> InterviewsOfApplication(runtime::Tx& tx, std::string_view application_id);

// Interviewer ids whose card of this interview is submitted or amended, sorted.
absl::StatusOr<std::vector<std::string>> SubmittedCards(runtime::Tx& tx, std::string_view interview_id);

// Those of `interviewer_ids` who have read a peer's card about this candidate, on any application.
absl::StatusOr<std::vector<std::string>> ExposedInterviewers(runtime::Tx& tx, std::string_view candidate_id,
                                                             const std::vector<std::string>& interviewer_ids);

// Name of the kit of the earliest interview of the stage; "" where no kit is pinned yet.
absl::StatusOr<std::string> FirstKitOfStage(runtime::Tx& tx, std::string_view requisition_id, std::string_view stage);
// Stage ids of the requisition that have interviews.
absl::StatusOr<std::vector<std::string>> StagesWithInterviews(runtime::Tx& tx, std::string_view requisition_id);
// Interviews of the stage so far, for PARALLEL forms given in turn.
absl::StatusOr<int> CountOfStage(runtime::Tx& tx, std::string_view requisition_id, std::string_view stage);

}  // namespace assay::scoring
