#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/runtime/mutation.h"
#include "services/scoring/store/decision_store.h"

namespace assay::scoring {

// Supersedes every standing decision of the application, in the same transaction as what took its ground away, and tells the
// feed. `end_reason` is a code of the contract: "scorecard-amended", "flag-confirmed" …
absl::Status Supersede(runtime::WriteTx& write, const std::string& application, std::string_view end_reason,
                       runtime::Instant now);
// The same for the states named, leaving out decision `keep`, which replaces them.
absl::Status SupersedeBy(runtime::WriteTx& write, const std::string& application, const std::vector<std::string>& states,
                         std::string_view keep, std::string_view end_reason, runtime::Instant now);

runtime::OutboxEvent DecisionEvent(const DecisionRow& row, runtime::v1::EventType type);

}  // namespace assay::scoring
