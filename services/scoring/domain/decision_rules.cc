#include "services/scoring/domain/decision_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/domain/decision_encoding.h"

namespace assay::scoring {
namespace {

using runtime::Error;
namespace reason = runtime::v1;

absl::Status SignerNotAllowed(std::string message) {
  return Error(reason::ERROR_REASON_SIGNER_NOT_ALLOWED, std::move(message));
}

absl::Status RationaleRequired(std::string_view field, std::string_view why) {
  return runtime::InvalidFields({{std::string(field), fmt::format("needed, because {}", why)}},
                                reason::ERROR_REASON_RATIONALE_REQUIRED);
}

absl::Status CheckEtag(const v1::Decision& decision, const DecisionAction& action) {
  if (!action.etag.empty() && action.etag != decision.etag()) return runtime::EtagMismatch(decision.name());
  return absl::OkStatus();
}

// What holds for every signature: still proposed, and about what is the case today.
absl::Status CheckGround(const v1::Decision& decision, const DecisionSituation& situation, const DecisionAction& action) {
  RETURN_IF_ERROR(CheckEtag(decision, action));
  // A decision whose ground was taken away says so, rather than that its state is wrong.
  if (decision.state() == v1::DECISION_STATE_SUPERSEDED ||
      (decision.state() == v1::DECISION_STATE_PROPOSED &&
       (action.input_digest != decision.evaluation().input_digest() ||
        situation.current_digests.count(action.input_digest) == 0))) {
    return Error(reason::ERROR_REASON_DECISION_STALE,
                 fmt::format("the inputs of {} have changed; evaluate again", decision.name()),
                 {{"resource", decision.name()}});
  }
  if (decision.state() != v1::DECISION_STATE_PROPOSED) {
    const std::string state = StateText(decision.state());
    return runtime::InvalidState(decision.name(), state, fmt::format("{} is {} and cannot be signed", decision.name(), state));
  }
  return absl::OkStatus();
}

absl::Status CheckDecider(const DecisionSituation& situation, std::string_view by) {
  if (!situation.deciders.empty() && situation.deciders.count(std::string(by)) == 0)
    return SignerNotAllowed("only a decider of the requisition signs and overrides");
  return absl::OkStatus();
}

bool SaysNothing(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

absl::Status CheckNotOnlyAuthor(const DecisionSituation& situation, std::string_view by) {
  if (situation.authors.size() == 1 && *situation.authors.begin() == by)
    return SignerNotAllowed("the author of the only scorecard cannot sign");
  return absl::OkStatus();
}

void Bind(v1::Decision& decision, v1::DecisionState state, v1::Outcome outcome) {
  decision.set_state(state);
  decision.set_binding(true);
  decision.set_final_outcome(outcome);
}

// The level an override to HIRE_WITH_LEVEL_ADJUSTMENT hires at: the one chosen, or the next lower that is allowed.
absl::StatusOr<v1::LevelAdjustment> Adjustment(const DecisionSituation& situation, bank::v1::Level chosen) {
  v1::LevelAdjustment adjustment;
  adjustment.set_from_level(situation.target_level);
  const auto& allowed = situation.allowed_levels;
  if (chosen != bank::v1::LEVEL_UNSPECIFIED) {
    if (chosen >= situation.target_level)
      return runtime::InvalidField("to_level", "must be lower than the requisition's level");
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), chosen) == allowed.end())
      return runtime::InvalidField("to_level", "the requisition does not allow this level");
    adjustment.set_to_level(chosen);
    return adjustment;
  }
  bank::v1::Level next = bank::v1::LEVEL_UNSPECIFIED;
  for (const bank::v1::Level level : allowed) {
    if (level < situation.target_level && level > next) next = level;
  }
  if (!allowed.empty() && next == bank::v1::LEVEL_UNSPECIFIED)
    return runtime::InvalidField("to_level", "the requisition allows no lower level");
  adjustment.set_to_level(next);
  return adjustment;
}

}  // namespace

int Rank(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_NO_HIRE:
      return 1;
    case v1::OUTCOME_HOLD:
      return 2;
    case v1::OUTCOME_HIRE_WITH_LEVEL_ADJUSTMENT:
      return 3;
    case v1::OUTCOME_HIRE:
      return 4;
    case v1::OUTCOME_STRONG_HIRE:
      return 5;
    default:
      return 0;
  }
}

bool Stands(v1::DecisionState state) {
  return state == v1::DECISION_STATE_PROPOSED || state == v1::DECISION_STATE_SIGNED ||
         state == v1::DECISION_STATE_OVERRIDDEN;
}

absl::StatusOr<v1::Decision> Sign(v1::Decision decision, const DecisionSituation& situation, const DecisionAction& action) {
  RETURN_IF_ERROR(CheckGround(decision, situation, action));
  RETURN_IF_ERROR(CheckDecider(situation, action.by));
  RETURN_IF_ERROR(CheckNotOnlyAuthor(situation, action.by));
  if (decision.evaluation().rule() == "SIGNAL_OVERRIDE" && SaysNothing(action.reason))
    return RationaleRequired("reason", "a strong-hire signal waived a bar");
  v1::Signature& signature = *decision.mutable_signature();
  signature.set_signer(action.by);
  *signature.mutable_sign_time() = runtime::ToTimestamp(action.at);
  signature.set_reason(action.reason);
  signature.set_input_digest(action.input_digest);
  decision.clear_override();  // one that awaited a second person lapses
  Bind(decision, v1::DECISION_STATE_SIGNED, decision.recommendation());
  return decision;
}

absl::StatusOr<v1::Decision> OverrideOutcome(v1::Decision decision, const DecisionSituation& situation,
                                             const DecisionAction& action, const OverrideChoice& choice) {
  RETURN_IF_ERROR(CheckGround(decision, situation, action));
  if (SaysNothing(action.reason)) return RationaleRequired("rationale", "another outcome than the recommendation is signed");
  if (choice.outcome == decision.recommendation())
    return runtime::InvalidField("outcome", "is the recommendation; use SignDecision");
  RETURN_IF_ERROR(CheckDecider(situation, action.by));
  if (action.by == decision.proposer()) return SignerNotAllowed("the proposer of a decision cannot override it");
  RETURN_IF_ERROR(CheckNotOnlyAuthor(situation, action.by));
  decision.clear_signature();
  decision.clear_override();
  v1::Override& override_ = *decision.mutable_override();
  override_.set_outcome(choice.outcome);
  override_.set_rationale(action.reason);
  override_.set_by(action.by);
  *override_.mutable_override_time() = runtime::ToTimestamp(action.at);
  if (choice.outcome == v1::OUTCOME_HIRE_WITH_LEVEL_ADJUSTMENT) {
    ASSIGN_OR_RETURN(*override_.mutable_level_adjustment(), Adjustment(situation, choice.to_level));
  } else if (choice.to_level != bank::v1::LEVEL_UNSPECIFIED) {
    return runtime::InvalidField("to_level", "belongs to HIRE_WITH_LEVEL_ADJUSTMENT alone");
  }
  if (situation.red_flag && Rank(choice.outcome) > Rank(decision.recommendation())) {
    override_.set_second_person_needed(true);
    return decision;
  }
  v1::Signature& signature = *decision.mutable_signature();
  signature.set_signer(action.by);
  *signature.mutable_sign_time() = runtime::ToTimestamp(action.at);
  signature.set_input_digest(action.input_digest);
  Bind(decision, v1::DECISION_STATE_OVERRIDDEN, choice.outcome);
  return decision;
}

absl::StatusOr<v1::Decision> ConfirmOverride(v1::Decision decision, const DecisionSituation& situation,
                                             const DecisionAction& action) {
  RETURN_IF_ERROR(CheckGround(decision, situation, action));
  if (!decision.has_override() || !decision.override().second_person_needed()) {
    return runtime::InvalidState(decision.name(), StateText(decision.state()),
                                 fmt::format("{} awaits no second person", decision.name()));
  }
  if (action.by == decision.override().by()) return SignerNotAllowed("overriding upward over a red flag takes two people");
  if (action.by == decision.proposer()) return SignerNotAllowed("the proposer of a decision cannot confirm its override");
  RETURN_IF_ERROR(CheckNotOnlyAuthor(situation, action.by));
  v1::Override& override_ = *decision.mutable_override();
  override_.set_second_person(action.by);
  *override_.mutable_confirm_time() = runtime::ToTimestamp(action.at);
  override_.set_confirm_reason(action.reason);
  v1::Signature& signature = *decision.mutable_signature();
  signature.set_signer(override_.by());
  *signature.mutable_sign_time() = runtime::ToTimestamp(action.at);
  signature.set_input_digest(action.input_digest);
  Bind(decision, v1::DECISION_STATE_OVERRIDDEN, override_.outcome());
  return decision;
}

absl::StatusOr<v1::Decision> Void(v1::Decision decision, const DecisionAction& action) {
  RETURN_IF_ERROR(CheckEtag(decision, action));
  if (!Stands(decision.state())) {
    const std::string state = StateText(decision.state());
    return runtime::InvalidState(decision.name(), state, fmt::format("{} is {} already", decision.name(), state));
  }
  decision.set_state(v1::DECISION_STATE_VOIDED);
  decision.set_binding(false);
  decision.set_end_reason("voided");
  decision.set_void_reason(action.reason);
  return decision;
}

}  // namespace assay::scoring
