#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/viewer.h"

namespace assay::scoring {

// The reading half of ScorecardService. What is hidden is NOT_FOUND, in no list, and moves no page token.
class ScorecardReads {
 public:
  explicit ScorecardReads(ScoringParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::Scorecard> Get(const runtime::RequestContext& context, const v1::GetScorecardRequest& request);
  absl::StatusOr<v1::ListScorecardsResponse> List(const runtime::RequestContext& context,
                                                  const v1::ListScorecardsRequest& request);
  absl::StatusOr<v1::BatchGetScorecardsResponse> BatchGet(const runtime::RequestContext& context,
                                                          const v1::BatchGetScorecardsRequest& request);
  absl::StatusOr<v1::BatchGetScorecardsByExternalIdResponse> BatchGetByExternalId(
      const runtime::RequestContext& context, const v1::BatchGetScorecardsByExternalIdRequest& request);
  absl::StatusOr<v1::ListScorecardRevisionsResponse> ListRevisions(const runtime::RequestContext& context,
                                                                   const v1::ListScorecardRevisionsRequest& request);

 private:
  // The cards that the viewer may see, with as much as they may see, by name.
  absl::StatusOr<std::map<std::string, v1::Scorecard>> Visible(runtime::Tx& tx, const runtime::RequestContext& context,
                                                               const std::vector<CardRow>& rows, ReadTrail& trail,
                                                               bool break_glass);

  ScoringParts& parts_;
};

}  // namespace assay::scoring
