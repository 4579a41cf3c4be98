#include "services/scoring/domain/decision_encoding.h"

#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "services/runtime/base/rational.h"

namespace assay::scoring {
namespace {

constexpr std::string_view kOutcomePrefix = "OUTCOME_";
constexpr std::string_view kStatePrefix = "DECISION_STATE_";

// The decimal beside a rational: exact where it ends within six places, else cut off there.
double Decimal(const Rational& value) { return std::strtod(runtime::DecimalString(value).c_str(), nullptr); }

v1::CompetencyResult ToProto(const CompetencyResult& result, const Rational& assessed_weight,
                             const std::set<std::string>& expected) {
  v1::CompetencyResult proto;
  proto.set_id(result.id);
  proto.set_assessed(result.ratings);
  proto.set_interviewers(static_cast<int>(result.interviewers.size()));
  proto.set_weight(runtime::ToString(result.weight));
  proto.set_threshold(runtime::ToString(result.threshold));
  if (result.mean) {
    proto.set_mean(runtime::ToString(*result.mean));
    proto.set_mean_decimal(Decimal(*result.mean));
    proto.set_meets_threshold(result.meets_threshold);
    proto.set_below_floor(result.below_floor);
    if (assessed_weight != Rational(0)) {
      const Rational effective = result.weight / assessed_weight;
      proto.set_effective_weight(runtime::ToString(effective));
    }
  }
  proto.set_excused(!result.mean && !expected.empty() && expected.count(result.id) == 0);
  for (const InterviewerShare& share : result.interviewers) {
    v1::InterviewerMean& mean = *proto.add_interviewer_means();
    mean.set_interviewer(share.interviewer);
    mean.set_mean(runtime::ToString(share.value));
    mean.set_assessed(share.ratings);
  }
  return proto;
}

v1::TraceStep ToProto(const TraceStep& step) {
  v1::TraceStep proto;
  proto.set_rule(step.rule);
  proto.set_fired(step.fired);
  proto.set_why(step.Why());
  proto.set_effect(step.effect);
  for (const auto& [quantity, value] : step.inputs) {
    v1::TraceComparison& comparison = *proto.add_comparisons();
    comparison.set_quantity(quantity);
    comparison.set_value(value);
  }
  return proto;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The checks name themselves in words; the contract wants kind and subject apart.
void SetKind(std::string_view change, v1::Perturbation& proto) {
  if (change == "median") return proto.set_kind(v1::PERTURBATION_KIND_MEDIAN);
  if (TakePrefix(change, "without interviewer ")) {
    proto.set_kind(v1::PERTURBATION_KIND_WITHOUT_INTERVIEWER);
  } else if (TakePrefix(change, "without question ")) {
    proto.set_kind(v1::PERTURBATION_KIND_WITHOUT_QUESTION);
  } else if (TakePrefix(change, "weight of ")) {
    proto.set_kind(change.find(" -") != std::string_view::npos ? v1::PERTURBATION_KIND_WEIGHT_DOWN
                                                               : v1::PERTURBATION_KIND_WEIGHT_UP);
  } else {
    proto.set_kind(change.find(" at 1 ") != std::string_view::npos ? v1::PERTURBATION_KIND_UNRATED_AT_ONE
                                                                   : v1::PERTURBATION_KIND_UNRATED_AT_FIVE);
  }
  proto.set_subject(std::string(change.substr(0, change.find(' '))));
}

v1::Robustness RobustnessProto(const Robustness& robustness) {
  v1::Robustness proto;
  proto.set_stable(robustness.survives);
  if (const RobustnessCheck* flip = robustness.FirstFlip())
    proto.set_first_flip(fmt::format("{}: {}", flip->change, OutcomeName(flip->outcome)));
  for (const RobustnessCheck& check : robustness.checks) {
    v1::Perturbation& perturbation = *proto.add_perturbations();
    SetKind(check.change, perturbation);
    perturbation.set_outcome(ToProto(check.outcome));
    perturbation.set_flips(!check.survives);
  }
  return proto;
}

}  // namespace

v1::Outcome ToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNoHire:
      return v1::OUTCOME_NO_HIRE;
    case Outcome::kHold:
      return v1::OUTCOME_HOLD;
    case Outcome::kHireWithLevelAdjustment:
      return v1::OUTCOME_HIRE_WITH_LEVEL_ADJUSTMENT;
    case Outcome::kHire:
      return v1::OUTCOME_HIRE;
    case Outcome::kStrongHire:
      return v1::OUTCOME_STRONG_HIRE;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

std::string OutcomeText(v1::Outcome outcome) {
  return outcome == v1::OUTCOME_UNSPECIFIED ? "" : v1::Outcome_Name(outcome).substr(kOutcomePrefix.size());
}

v1::Outcome OutcomeFromText(std::string_view text) {
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  v1::Outcome_Parse(std::string(kOutcomePrefix).append(text), &outcome);
  return outcome;
}

std::string StateText(v1::DecisionState state) { return v1::DecisionState_Name(state).substr(kStatePrefix.size()); }

v1::DecisionState DecisionStateFromText(std::string_view text) {
  v1::DecisionState state = v1::DECISION_STATE_UNSPECIFIED;
  v1::DecisionState_Parse(std::string(kStatePrefix).append(text), &state);
  return state;
}

v1::Evaluation ToProto(const Evaluation& evaluation, const Robustness& robustness, const EvaluationInput& input,
                       const EvaluationOrigin& origin) {
  v1::Evaluation proto;
  proto.set_outcome(ToProto(evaluation.outcome));
  proto.set_rule(evaluation.rule);
  proto.set_reason(evaluation.reason);
  if (evaluation.reason.empty() && !evaluation.waived.empty()) proto.set_reason("SIGNATURE_REASON_NEEDED");
  if (evaluation.weighted_average) {
    proto.set_weighted_average(runtime::ToString(*evaluation.weighted_average));
    proto.set_weighted_average_decimal(Decimal(*evaluation.weighted_average));
  } else {
    proto.set_weighted_average_reason("NO_RATINGS");
  }
  if (evaluation.question_average) {
    proto.set_question_average(runtime::ToString(*evaluation.question_average));
    proto.set_question_average_decimal(Decimal(*evaluation.question_average));
  }
  if (evaluation.role_critical.average) {
    proto.set_role_critical_average(runtime::ToString(*evaluation.role_critical.average));
    proto.set_role_critical_average_decimal(Decimal(*evaluation.role_critical.average));
  }
  std::set<std::string> expected;
  for (const RatingKey& key : input.expected) expected.insert(key.competency);
  std::set<std::string> interviewers;
  for (const CompetencyResult& result : evaluation.competencies) {
    *proto.add_competencies() = ToProto(result, evaluation.assessed_weight, expected);
    for (const InterviewerShare& share : result.interviewers) interviewers.insert(share.interviewer);
  }
  for (const TraceStep& step : evaluation.trace) *proto.add_trace() = ToProto(step);
  if (evaluation.outcome == Outcome::kHireWithLevelAdjustment) {
    proto.mutable_level_adjustment()->set_from_level(evaluation.from_level);
    proto.mutable_level_adjustment()->set_to_level(evaluation.to_level);
  }
  *proto.mutable_robustness() = RobustnessProto(robustness);
  proto.set_policy(origin.policy);
  proto.set_policy_digest(origin.policy_digest);
  proto.set_engine_version(origin.engine_version);
  proto.set_input_digest(origin.input_digest);
  proto.set_assessed_weight(runtime::ToString(evaluation.assessed_weight));
  proto.set_interviewers(static_cast<int>(interviewers.size()));
  std::set<std::string> flags;
  for (const ConfirmedFlag& flag : input.flags) flags.insert(flag.id);
  for (const std::string& flag : flags) proto.add_flags(flag);
  return proto;
}

}  // namespace assay::scoring
