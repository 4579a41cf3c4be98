#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/decision_service.pb.h"
#include "services/runtime/rpc/request_context.h"
#include "services/scoring/api/decision_material.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/viewer.h"

namespace assay::scoring {

struct DecisionKey {
  std::string application;
  std::string id;
};
// NOT_FOUND for what is malformed.
absl::StatusOr<DecisionKey> ParseDecisionName(const std::string& name);

// The reading half of DecisionService; replays and simulations change nothing and count as reads.
class DecisionReads {
 public:
  explicit DecisionReads(ScoringParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::Decision> Get(const runtime::RequestContext& context, const v1::GetDecisionRequest& request);
  absl::StatusOr<v1::ListDecisionsResponse> List(const runtime::RequestContext& context,
                                                 const v1::ListDecisionsRequest& request);
  absl::StatusOr<v1::BatchGetDecisionsResponse> BatchGet(const runtime::RequestContext& context,
                                                         const v1::BatchGetDecisionsRequest& request);
  absl::StatusOr<v1::ReplayDecisionResponse> Replay(const runtime::RequestContext& context,
                                                    const v1::ReplayDecisionRequest& request);
  absl::StatusOr<v1::SimulateDecisionResponse> Simulate(const runtime::RequestContext& context,
                                                        const v1::SimulateDecisionRequest& request);

 private:
  // Reads one decision that the caller may see. NOT_FOUND.
  absl::StatusOr<DecisionRow> Visible(runtime::Tx& tx, const runtime::RequestContext& context, const std::string& name,
                                      ReadTrail& trail);

  ScoringParts& parts_;
};

}  // namespace assay::scoring
