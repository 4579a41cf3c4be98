#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "assay/scoring/v1/requisition.pb.h"

namespace assay::scoring {

// Whether an IANA time zone of this name exists.
using ZoneExists = std::function<bool(std::string_view)>;

// INVALID_FIELDS with everything that is wrong: stages with one id, levels unstated, kit plans that contradict their mode, an
// unknown zone.
absl::Status CheckRequisition(const v1::Requisition& requisition, const ZoneExists& zone_exists);

// A stage that has interviews keeps its id, its format and a kit once pinned. `used` are the stage ids with interviews.
// INVALID_STATE.
absl::Status CheckStageChange(const v1::Requisition& before, const v1::Requisition& after, const std::vector<std::string>& used);

// POLICY_FROZEN once a card is submitted.
absl::Status CheckPolicyChange(const v1::Requisition& before, const v1::Requisition& after, bool has_submitted_card);

// OPEN ↔ CLOSED. INVALID_STATE.
absl::Status CloseRequisition(v1::Requisition& requisition, google::protobuf::Timestamp now);
absl::Status ReopenRequisition(v1::Requisition& requisition);
// INVALID_STATE unless OPEN; `what` ends the sentence "… is closed and …".
absl::Status CheckOpen(const v1::Requisition& requisition, const std::string& what);

// Null where there is none.
const v1::Stage* FindStage(const v1::Requisition& requisition, std::string_view id);

// Every kit that a plan of the requisition names, each once.
std::vector<std::string> KitsOfStages(const v1::Requisition& requisition);

}  // namespace assay::scoring
