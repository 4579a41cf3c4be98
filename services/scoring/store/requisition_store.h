#pragma once

#include "absl/status/statusor.h"
#include "assay/scoring/v1/requisition.pb.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {

// Filter terms: state, role, policy.
const Documents<v1::Requisition>& Requisitions();

// Whether any card of the requisition is submitted; from then on its policy is frozen.
absl::StatusOr<bool> HasSubmittedCard(runtime::Tx& tx, std::string_view requisition_id);

}  // namespace assay::scoring
