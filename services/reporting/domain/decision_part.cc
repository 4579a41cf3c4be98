#include "services/reporting/domain/decision_part.h"

#include <fmt/format.h>

#include "services/reporting/domain/chart_model.h"
#include "services/reporting/domain/viewer.h"

namespace assay::reporting {
namespace {

using scoring::v1::Decision;
using scoring::v1::Evaluation;

constexpr const char* kGuideBasis = "From the guide, not validated for your job";

bool Stands(const Decision& decision) {
  return decision.state() != scoring::v1::DECISION_STATE_SUPERSEDED && decision.state() != scoring::v1::DECISION_STATE_VOIDED;
}

std::string BasisOf(const ReportSource& source, const std::string& competency) {
  const auto found = source.competencies.find(competency);
  if (found == source.competencies.end() || !found->second.basis().validated()) return kGuideBasis;
  const auto& basis = found->second.basis();
  return fmt::format("Validated for your job: {}{}", basis.method(), basis.date().empty() ? "" : ", " + basis.date());
}

// Figures of one competency, in the order of the policy. Whether it was excused is nobody's business here: it shows as not
// assessed (DOMAIN §9).
v1::CompetencyResult CompetencyOf(const ReportSource& source, const scoring::v1::CompetencyResult& result, const Names& names) {
  v1::CompetencyResult out;
  out.set_competency(result.id());
  out.set_display_name(names.Competency(result.id()));
  out.set_assessed(result.has_mean());
  *out.mutable_mean() = FigureOf(result.mean(), result.assessed(), "NOT_ASSESSED");
  out.set_weight(result.weight());
  out.set_threshold(result.threshold());
  out.set_meets_threshold(result.meets_threshold());
  out.set_below_floor(result.below_floor());
  out.set_basis(BasisOf(source, result.id()));
  for (const auto& mean : result.interviewer_means()) {
    v1::InterviewerMean& own = *out.add_interviewers();
    own.set_interviewer("interviewers/" + mean.interviewer());
    own.set_label(names.Interviewer(mean.interviewer()));
    *own.mutable_mean() = FigureOf(mean.mean(), mean.assessed(), "NOT_ASSESSED");
  }
  return out;
}

const scoring::v1::Scorecard* CardOf(const ReportSource& source, const scoring::v1::DecisionInput& input) {
  for (const auto& card : source.scorecards) {
    if (card.name() == input.scorecard() && card.revision() == input.revision()) return &card;
  }
  return nullptr;
}

// How many scored ratings of questions entered; 0 = not known, because a card has changed since or an earlier revision of it
// was used.
struct Counts {
  int questions = 0;
  int role_critical = 0;
};

Counts CountRatings(const ReportSource& source, const Decision& decision) {
  Counts counts;
  const auto bare = [](const std::string& name) { return name.substr(0, name.find('@')); };
  for (const auto& input : decision.inputs()) {
    const auto* card = CardOf(source, input);
    if (card == nullptr || input.before_exposure()) return {};
    for (const auto& rating : card->content().ratings()) {
      if (!rating.has_score() || rating.question().empty()) continue;
      ++counts.questions;
      for (const auto& interview : source.interviews) {
        if (card->name().rfind(interview.name() + "/", 0) != 0) continue;
        for (const auto& asked : interview.kit_questions())
          counts.role_critical += asked.role_critical() && bare(asked.question()) == bare(rating.question());
      }
    }
  }
  return counts;
}

void AddAverages(const ReportSource& source, const Evaluation& evaluation, const Decision& decision,
                 const bank::v1::Policy* policy, v1::CandidateReport& report) {
  int ratings = 0;
  for (const auto& result : evaluation.competencies()) ratings += result.assessed();
  const std::string reason = evaluation.weighted_average_reason().empty() ? "NO_RATINGS" : evaluation.weighted_average_reason();
  *report.mutable_weighted_average() = FigureOf(evaluation.weighted_average(), ratings, reason);
  if (decision.advice().has_standard_error()) {
    report.mutable_weighted_average()->set_standard_error(decision.advice().standard_error());
  } else if (report.weighted_average().reason().empty()) {
    const std::string& why = decision.advice().standard_error_reason();
    report.mutable_weighted_average()->set_reason(why.empty() ? "NO_VARIANCE_BASIS" : why);
  }
  const Counts counts = CountRatings(source, decision);
  *report.mutable_question_average() = FigureOf(evaluation.question_average(), counts.questions, "NO_RATINGS");
  *report.mutable_role_critical_average() = FigureOf(evaluation.role_critical_average(), counts.role_critical, "NO_RATINGS");
  if (policy != nullptr) report.set_hire_bar(Milli(policy->hire_bar_milli() == 0 ? 3500 : policy->hire_bar_milli()));
}

void AddSignature(const ReportSource& source, const Decision& decision, v1::CandidateReport& report) {
  if (decision.has_signature()) {
    report.set_signer_label(SubjectLabel(source, decision.signature().signer()));
    *report.mutable_sign_time() = decision.signature().sign_time();
    report.set_rationale(decision.signature().reason());
  }
  if (!decision.has_override()) return;
  report.set_rationale(decision.override().rationale());
  if (!decision.has_signature()) {
    report.set_signer_label(SubjectLabel(source, decision.override().by()));
    *report.mutable_sign_time() = decision.override().override_time();
  }
}

void AddCaveats(const Decision& decision, const Evaluation& evaluation, v1::CandidateReport& report) {
  if (decision.state() == scoring::v1::DECISION_STATE_SUPERSEDED) {
    report.add_caveats(fmt::format("This decision was superseded ({}); evaluate again before relying on it.", decision.end_reason()));
  } else if (decision.state() == scoring::v1::DECISION_STATE_VOIDED) {
    report.add_caveats("This decision was withdrawn and counts for nothing.");
  } else if (!decision.binding()) {
    report.add_caveats("A recommendation of the policy until a named person signs it.");
  }
  if (decision.override().second_person_needed() && decision.override().second_person().empty()) {
    report.add_caveats("The override awaits a second person.");
  }
  for (const auto& competency : report.competencies()) {
    if (competency.basis() != kGuideBasis) continue;
    report.add_caveats("Weights, thresholds and bars are from the guide, not validated for your job.");
    break;
  }
  if (!report.not_assessed().empty()) {
    std::vector<std::string> names(report.not_assessed().begin(), report.not_assessed().end());
    report.add_caveats(fmt::format("Not assessed is never zero: {} left the average, and the other weights were scaled up.",
                                   Listed(names)));
  }
  if (evaluation.interviewers() == 1) report.add_caveats("The decision rests on one interviewer.");
  if (evaluation.has_weighted_average() && !report.weighted_average().has_standard_error()) {
    report.add_caveats(fmt::format("No standard error is given for the weighted average ({}).",
                                   Spoken(report.weighted_average().reason())));
  }
}

}  // namespace

const Decision* CurrentDecision(const ReportSource& source) {
  const Decision* best = nullptr;
  for (const Decision& decision : source.decisions) {
    const auto rank = [](const Decision& d) { return std::pair(Stands(d), runtime::FromTimestamp(d.create_time())); };
    if (best == nullptr || rank(*best) < rank(decision)) best = &decision;
  }
  return best;
}

Names NamesOf(const ReportSource& source) {
  Names names;
  for (const auto& [id, competency] : source.competencies) names.competencies[id] = competency.display_name();
  for (const auto& [id, flag] : source.flags_known) names.flags[id] = flag.display_name();
  for (const auto& [name, interviewer] : source.interviewers) names.interviewers[LastSegment(name)] = interviewer.display_name();
  return names;
}

std::string SubjectLabel(const ReportSource& source, const std::string& subject) {
  for (const auto& [name, interviewer] : source.interviewers) {
    if (interviewer.subject() == subject && !interviewer.display_name().empty()) return interviewer.display_name();
  }
  return subject;
}

void AddDecision(const ReportSource& source, const Decision& decision, const Names& names, v1::CandidateReport& report) {
  const Evaluation& evaluation = decision.evaluation();
  const auto found = source.policies.find(evaluation.policy());
  const bank::v1::Policy* policy = found == source.policies.end() ? nullptr : &found->second;
  const auto final_outcome = decision.final_outcome() == scoring::v1::OUTCOME_UNSPECIFIED ? decision.recommendation()
                                                                                           : decision.final_outcome();
  report.set_outcome(Token(final_outcome));
  report.set_recommendation(Token(decision.recommendation()));
  report.set_rule(evaluation.rule());
  report.set_binding(decision.binding());
  report.set_decision(decision.name());
  report.set_decision_state(scoring::v1::DecisionState_Name(decision.state()).substr(sizeof("DECISION_STATE_") - 1));
  report.set_policy(evaluation.policy());
  report.set_engine_version(evaluation.engine_version());
  report.set_input_digest(evaluation.input_digest());
  AddSignature(source, decision, report);

  std::string why = WhySentence(evaluation, policy, names);
  if (final_outcome != decision.recommendation()) {
    why = fmt::format("{} by override of {}; the policy recommended {}", Spoken(report.outcome()),
                      report.signer_label().empty() ? "a person" : report.signer_label(), why);
  }
  report.set_why(why);
  report.set_how_sure(HowSureSentence(evaluation, names));
  AddAverages(source, evaluation, decision, policy, report);
  for (const auto& result : evaluation.competencies()) {
    *report.add_competencies() = CompetencyOf(source, result, names);
    if (!result.has_mean()) report.add_not_assessed(names.Competency(result.id()));
  }
  for (const auto& step : evaluation.trace()) {
    v1::TraceLine& line = *report.add_trace();
    line.set_rule(step.rule());
    line.set_fired(step.fired());
    line.set_why(step.why());
  }
  for (const auto& perturbation : evaluation.robustness().perturbations()) {
    v1::RobustnessLine& line = *report.add_robustness();
    line.set_variation(VariationText(perturbation, names));
    line.set_outcome(Token(perturbation.outcome()));
    line.set_flips(perturbation.flips());
  }
  if (evaluation.has_level_adjustment()) {
    report.set_level_adjustment_from(LevelText(evaluation.level_adjustment().from_level()));
    report.set_level_adjustment_to(LevelText(evaluation.level_adjustment().to_level()));
  }
  if (!report.competencies().empty()) *report.add_charts() = CompetencyChart(report.competencies());
  AddCaveats(decision, evaluation, report);
}

}  // namespace assay::reporting
