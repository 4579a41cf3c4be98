#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/question.pb.h"
#include "assay/scoring/v1/decision.pb.h"
#include "services/runtime/base/instant.h"

namespace assay::scoring {

// How things stand when somebody acts on a decision.
struct DecisionSituation {
  // Digests that today's cards, flags and policy give, one for each reading of the seniority gap a proposer may have had.
  std::set<std::string> current_digests;
  // Token subjects of the authors of the cards that entered.
  std::set<std::string> authors;
  // Token subjects who may sign and override; empty = whoever has the scope.
  std::set<std::string> deciders;
  // A red or automatic no-hire flag is confirmed.
  bool red_flag = false;
  bank::v1::Level target_level = bank::v1::LEVEL_UNSPECIFIED;
  std::vector<bank::v1::Level> allowed_levels;
};

// What a person says to a decision.
struct DecisionAction {
  std::string by;            // token subject of the person
  std::string input_digest;  // of the evaluation they saw
  std::string reason;
  std::string etag;  // "" = any
  runtime::Instant at{};
};

struct OverrideChoice {
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  bank::v1::Level to_level = bank::v1::LEVEL_UNSPECIFIED;
};

// PROPOSED → SIGNED, as recommended. ETAG_MISMATCH, INVALID_STATE, DECISION_STALE, SIGNER_NOT_ALLOWED (no decider of the
// requisition, or the only card's author), RATIONALE_REQUIRED (rule SIGNAL_OVERRIDE without a reason).
absl::StatusOr<v1::Decision> Sign(v1::Decision decision, const DecisionSituation& situation, const DecisionAction& action);

// PROPOSED → OVERRIDDEN; upward over a red flag it stays PROPOSED until a second person confirms. The overrider is a decider of
// the requisition, and neither the proposer nor the only card's author. The same errors, and INVALID_FIELDS for an outcome that is the recommendation or
// a level that the requisition does not allow.
absl::StatusOr<v1::Decision> OverrideOutcome(v1::Decision decision, const DecisionSituation& situation,
                                             const DecisionAction& action, const OverrideChoice& choice);

// Second person's agreement; neither the proposer, the overrider nor the only card's author, and no decider of need: a
// requisition may have one alone.
absl::StatusOr<v1::Decision> ConfirmOverride(v1::Decision decision, const DecisionSituation& situation,
                                             const DecisionAction& action);

// PROPOSED, SIGNED or OVERRIDDEN → VOIDED.
absl::StatusOr<v1::Decision> Void(v1::Decision decision, const DecisionAction& action);

// Whether the decision still stands, so that a change of its ground supersedes it.
bool Stands(v1::DecisionState state);

// From worst to best for the candidate.
int Rank(v1::Outcome outcome);

}  // namespace assay::scoring
