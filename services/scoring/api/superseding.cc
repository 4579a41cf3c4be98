#include "services/scoring/api/superseding.h"

#include "services/runtime/base/status_macros.h"
#include "services/scoring/domain/decision_encoding.h"

namespace assay::scoring {

absl::Status SupersedeBy(runtime::WriteTx& write, const std::string& application, const std::vector<std::string>& states,
                         std::string_view keep, std::string_view end_reason, runtime::Instant now) {
  const std::string superseded_by = keep.empty() ? "" : DecisionName(application, keep);
  ASSIGN_OR_RETURN(const std::vector<SupersededDecision> superseded,
                   SupersedeDecisions(write.tx(), application, states, keep, end_reason, superseded_by, now));
  for (const SupersededDecision& decision : superseded) {
    runtime::OutboxEvent event;
    event.type = runtime::v1::EVENT_TYPE_DECISION_SUPERSEDED;
    event.resource = decision.name;
    event.aggregate_type = "decision";
    event.version = decision.version;
    event.state = "SUPERSEDED";
    event.audience = runtime::v1::AUDIENCE_DECISION;
    event.related = {{"application", "applications/" + application}};
    if (!superseded_by.empty()) event.related["superseded_by"] = superseded_by;
    write.Emit(std::move(event));
  }
  return absl::OkStatus();
}

absl::Status Supersede(runtime::WriteTx& write, const std::string& application, std::string_view end_reason,
                       runtime::Instant now) {
  return SupersedeBy(write, application, StandingStates(), "", end_reason, now);
}

runtime::OutboxEvent DecisionEvent(const DecisionRow& row, runtime::v1::EventType type) {
  runtime::OutboxEvent event;
  event.type = type;
  event.resource = DecisionName(row.application, row.id);
  event.aggregate_type = "decision";
  event.version = row.version;
  event.state = StateText(row.decision.state());
  event.audience = runtime::v1::AUDIENCE_DECISION;
  event.related = {{"application", "applications/" + row.application},
                   {"candidate", row.decision.candidate()},
                   {"requisition", row.decision.requisition()}};
  event.annotations = {row.decision.annotations().begin(), row.decision.annotations().end()};
  return event;
}

}  // namespace assay::scoring
