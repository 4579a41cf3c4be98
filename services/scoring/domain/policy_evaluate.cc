#include "services/scoring/domain/policy_evaluate.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/scoring/domain/policy_findings.h"

namespace assay::scoring {
namespace {

// What a rule makes of the findings.
struct Verdict {
  bool fired = false;
  Outcome outcome = Outcome::kHold;
  std::string comparison;
  std::map<std::string, std::string> inputs;
  std::string reason;
  std::vector<std::string> waived;
};

struct Rule {
  std::string_view name;
  Verdict (*apply)(const Findings&);
};

std::string Listed(const std::vector<std::string>& items) {
  return items.empty() ? "none" : fmt::format("{}", fmt::join(items, ", "));
}

// Only asked after INSUFFICIENT_EVIDENCE has let the evaluation pass, so there is an average.
const Rational& WeightedAverage(const Findings& findings) {
  return *findings.evidence.weighted_average;
}

std::string AgainstBar(const Findings& findings, const Rational& bar) {
  const Rational& average = WeightedAverage(findings);
  return fmt::format("weighted average {} {} {}", Shown(average),
                     average < bar ? "<" : ">=", Shown(bar));
}

std::map<std::string, std::string> AverageInputs(const Findings& findings, const Rational& bar) {
  return {{"weighted_average", runtime::ToString(WeightedAverage(findings))},
          {"bar", runtime::ToString(bar)},
          {"red_flags", Listed(findings.red)},
          {"seniority_gap", findings.seniority_gap ? "true" : "false"},
          {"under_threshold", Listed(findings.under_threshold)}};
}

// The conditions that rules 5 to 7 share, as text.
std::string Conditions(const Findings& findings, const Rational& bar) {
  std::string text = fmt::format("{}; under threshold: {}; red flags: {}; seniority gap: {}",
                                 AgainstBar(findings, bar), Listed(findings.under_threshold),
                                 Listed(findings.red), findings.seniority_gap ? "yes" : "no");
  if (!findings.must_haves_open.empty()) {
    text +=
        fmt::format("; must-haves not confirmed: {}", fmt::join(findings.must_haves_open, ", "));
  }
  return text;
}

Verdict AutoNoHire(const Findings& findings) {
  return {.fired = !findings.auto_no_hire.empty(),
          .outcome = Outcome::kNoHire,
          .comparison = fmt::format("automatic no-hire triggers confirmed and applicable: {}",
                                    Listed(findings.auto_no_hire)),
          .inputs = {{"auto_no_hire", Listed(findings.auto_no_hire)}},
          .reason = {},
          .waived = {}};
}

Verdict InsufficientEvidence(const Findings& findings) {
  const PolicySettings& settings = findings.settings;
  const std::string enough =
      fmt::format("assessed weight {} >= {}, interviewers {} >= {}",
                  Shown(findings.evidence.assessed_weight), Shown(settings.min_assessed_weight),
                  findings.evidence.interviewers.size(), settings.min_interviewers);
  std::string text =
      findings.gaps.empty() ? enough : fmt::format("{}", fmt::join(findings.gaps, "; "));
  if (!findings.not_assessed.empty())
    text += fmt::format("; not assessed: {}", Listed(findings.not_assessed));
  return {.fired = !findings.gaps.empty(),
          .outcome = Outcome::kHold,
          .comparison = std::move(text),
          .inputs = {{"assessed_weight", runtime::ToString(findings.evidence.assessed_weight)},
                     {"min_assessed_weight", runtime::ToString(settings.min_assessed_weight)},
                     {"interviewers", std::to_string(findings.evidence.interviewers.size())},
                     {"min_interviewers", std::to_string(settings.min_interviewers)},
                     {"not_assessed", Listed(findings.not_assessed)}},
          .reason = "INSUFFICIENT_EVIDENCE",
          .waived = {}};
}

Verdict BelowNoHireBar(const Findings& findings) {
  const Rational& bar = findings.settings.no_hire_below;
  return {.fired = WeightedAverage(findings) < bar || !findings.critical_red.empty(),
          .outcome = Outcome::kNoHire,
          .comparison = fmt::format("{}; critical red flags: {}", AgainstBar(findings, bar),
                                    Listed(findings.critical_red)),
          .inputs = {{"weighted_average", runtime::ToString(WeightedAverage(findings))},
                     {"bar", runtime::ToString(bar)},
                     {"critical_red_flags", Listed(findings.critical_red)}},
          .reason = {},
          .waived = {}};
}

Verdict CategoryFloor(const Findings& findings) {
  const Rational& floor = findings.settings.category_floor;
  return {.fired = !findings.below_floor.empty(),
          .outcome = Outcome::kHold,
          .comparison = fmt::format("assessed categories below {}: {}", Shown(floor),
                                    Listed(findings.below_floor)),
          .inputs = {{"floor", runtime::ToString(floor)},
                     {"below_floor", Listed(findings.below_floor)}},
          .reason = {},
          .waived = {}};
}

// What every hire needs besides its bar.
bool NothingAgainst(const Findings& findings) {
  return findings.red.empty() && findings.must_haves_open.empty();
}

bool FullLevel(const Findings& findings) {
  return findings.under_threshold.empty() && !findings.seniority_gap;
}

Verdict HireAtBar(const Findings& findings, const Rational& bar, Outcome outcome) {
  return {
      .fired = WeightedAverage(findings) >= bar && FullLevel(findings) && NothingAgainst(findings),
      .outcome = outcome,
      .comparison = Conditions(findings, bar),
      .inputs = AverageInputs(findings, bar),
      .reason = {},
      .waived = {}};
}

Verdict StrongHire(const Findings& findings) {
  return HireAtBar(findings, findings.settings.strong_hire_bar, Outcome::kStrongHire);
}

Verdict Hire(const Findings& findings) {
  return HireAtBar(findings, findings.settings.hire_bar, Outcome::kHire);
}

Verdict LevelAdjustment(const Findings& findings) {
  const Rational& bar = findings.settings.hire_bar;
  return {
      .fired = WeightedAverage(findings) >= bar && !FullLevel(findings) && NothingAgainst(findings),
      .outcome = Outcome::kHireWithLevelAdjustment,
      .comparison = Conditions(findings, bar),
      .inputs = AverageInputs(findings, bar),
      .reason = {},
      .waived = {}};
}

Verdict SignalOverride(const Findings& findings) {
  const Rational& bar = findings.settings.hire_bar;
  Verdict verdict{
      .fired = !findings.strong_hire_signals.empty() && NothingAgainst(findings),
      .outcome = FullLevel(findings) ? Outcome::kHire : Outcome::kHireWithLevelAdjustment,
      .comparison = fmt::format("strong-hire signals confirmed: {}; {}",
                                Listed(findings.strong_hire_signals), Conditions(findings, bar)),
      .inputs = AverageInputs(findings, bar),
      .reason = {},
      .waived = {}};
  verdict.inputs["strong_hire_signals"] = Listed(findings.strong_hire_signals);
  if (verdict.fired) {
    verdict.waived.push_back(fmt::format("hire bar {} on the weighted average {}", Shown(bar),
                                         Shown(WeightedAverage(findings))));
    verdict.comparison +=
        fmt::format("; waived: {}; the signature needs a reason", verdict.waived.front());
  }
  return verdict;
}

Verdict NextRound(const Findings& findings) {
  return {.fired = true,
          .outcome = Outcome::kHold,
          .comparison = fmt::format("no other rule applies, next round required ({})",
                                    Conditions(findings, findings.settings.hire_bar)),
          .inputs = AverageInputs(findings, findings.settings.hire_bar),
          .reason = findings.must_haves_open.empty() ? "" : "MUST_HAVES_NOT_CONFIRMED",
          .waived = {}};
}

// DOMAIN §3, in order.
constexpr std::array<Rule, 9> kRules = {{{"AUTO_NO_HIRE", AutoNoHire},
                                         {"INSUFFICIENT_EVIDENCE", InsufficientEvidence},
                                         {"BELOW_NO_HIRE_BAR", BelowNoHireBar},
                                         {"CATEGORY_FLOOR", CategoryFloor},
                                         {"STRONG_HIRE", StrongHire},
                                         {"HIRE", Hire},
                                         {"LEVEL_ADJUSTMENT", LevelAdjustment},
                                         {"SIGNAL_OVERRIDE", SignalOverride},
                                         {"NEXT_ROUND", NextRound}}};

// Names the level to offer instead: the highest allowed one below the requisition's.
void AdjustLevel(const EvaluationInput& input, Verdict& verdict, Evaluation& evaluation) {
  evaluation.from_level = input.level;
  for (const bank::v1::Level level : input.allowed_levels) {
    if (level < input.level && level > evaluation.to_level) evaluation.to_level = level;
  }
  if (input.allowed_levels.empty()) {
    verdict.comparison += "; no levels given";
    return;
  }
  if (evaluation.to_level == bank::v1::LEVEL_UNSPECIFIED) {
    verdict.outcome = Outcome::kHold;
    verdict.reason = "NO_LOWER_LEVEL";
    verdict.comparison +=
        fmt::format("; the requisition allows no level below {}", LevelName(input.level));
    return;
  }
  verdict.comparison +=
      fmt::format("; from {} to {}", LevelName(input.level), LevelName(evaluation.to_level));
}

// What DOMAIN §3 wants reported and lets change nothing.
std::string Reported(const Findings& findings) {
  const Evidence& evidence = findings.evidence;
  std::vector<std::string> parts;
  if (!findings.not_assessed.empty())
    parts.push_back("not assessed: " + Listed(findings.not_assessed));
  if (!findings.hold_signals.empty())
    parts.push_back("hold signals: " + Listed(findings.hold_signals));
  if (!findings.flags_not_counted.empty())
    parts.push_back("flags not counted: " + Listed(findings.flags_not_counted));
  if (evidence.critical_questions.mean) {
    parts.push_back(fmt::format("role-critical average {} over {} ratings (preferred >= {})",
                                Shown(*evidence.critical_questions.mean),
                                evidence.critical_questions.ratings,
                                Shown(findings.settings.role_critical_preferred)));
  }
  if (!findings.must_haves_reported.empty()) parts.push_back(findings.must_haves_reported);
  if (!findings.incomplete.empty()) {
    parts.push_back(fmt::format("left out, though the lowest score for it changes nothing: {}",
                                fmt::join(findings.incomplete, "; ")));
  }
  if (!evidence.unweighed.empty())
    parts.push_back("rated and not weighed: " + Listed(evidence.unweighed));
  std::vector<std::string> counts;
  for (const auto& [interviewer, ratings] : evidence.interviewers) {
    counts.push_back(fmt::format("{} n={}", interviewer, ratings));
  }
  if (!counts.empty()) parts.push_back("ratings counted: " + Listed(counts));
  return fmt::format("{}", fmt::join(parts, "; "));
}

void Describe(const Findings& findings, Evaluation& evaluation) {
  const Evidence& evidence = findings.evidence;
  const PolicySettings& settings = findings.settings;
  evaluation.weighted_average = evidence.weighted_average;
  if (!evidence.weighted_average) {
    evaluation.weighted_average_reason =
        evidence.anything_rated ? "NOTHING_ASSESSED" : "NOTHING_RATED";
  }
  evaluation.question_average = evidence.questions.mean;
  evaluation.question_average_met =
      evidence.questions.mean && *evidence.questions.mean >= settings.question_average;
  evaluation.assessed_weight = evidence.assessed_weight;
  evaluation.competencies = evidence.competencies;
  evaluation.not_assessed = findings.not_assessed;
  const QuestionAverage& critical = evidence.critical_questions;
  evaluation.role_critical = {
      .average = critical.mean,
      .preferred = settings.role_critical_preferred,
      .ratings = critical.ratings,
      .met = critical.mean && *critical.mean >= settings.role_critical_preferred};
}

// Runs the rules up to the first that fires.
void Apply(const Findings& findings, Evaluation& evaluation) {
  for (const Rule& rule : kRules) {
    Verdict verdict = rule.apply(findings);
    if (verdict.fired && verdict.outcome == Outcome::kHireWithLevelAdjustment) {
      AdjustLevel(findings.input, verdict, evaluation);
    }
    evaluation.trace.push_back(
        {.rule = std::string(rule.name),
         .fired = verdict.fired,
         .inputs = std::move(verdict.inputs),
         .comparison = std::move(verdict.comparison),
         .effect = verdict.fired ? std::string(OutcomeName(verdict.outcome)) : "next rule",
         .reported = verdict.fired ? Reported(findings) : ""});
    if (!verdict.fired) continue;
    evaluation.outcome = verdict.outcome;
    evaluation.rule = rule.name;
    evaluation.reason = std::move(verdict.reason);
    evaluation.waived = std::move(verdict.waived);
    break;
  }
}

// The input with the lowest score wherever a rating was left out. Whoever falls short of a colleague
// may have taken back ratings that no row tells of, of any required competency: each is filled up to
// as many.
EvaluationInput AtWorst(const Findings& findings) {
  constexpr int kLowestScore = 1;
  std::set<RatingKey> added;
  for (const CompetencyResult& result : findings.evidence.competencies)
    added.insert(result.left_out.begin(), result.left_out.end());
  for (const Shortfall& shortfall : findings.evidence.shortfalls) {
    for (const std::string& competency : findings.settings.required_competencies) {
      const auto known = std::count_if(added.begin(), added.end(), [&](const RatingKey& key) {
        return key.interview == shortfall.interview && key.interviewer == shortfall.interviewer &&
               key.competency == competency;
      });
      for (auto i = known; i < shortfall.ratings; ++i) {
        added.insert({.interview = shortfall.interview,
                      .interviewer = shortfall.interviewer,
                      .question = fmt::format("left out {}", i + 1),
                      .competency = competency});
      }
    }
  }
  EvaluationInput input = findings.input;
  std::erase_if(input.ratings, [&](const Rating& rating) { return added.count(rating.key) > 0; });
  for (const RatingKey& key : added)
    input.ratings.push_back({.key = key, .score = kLowestScore, .before_exposure = std::nullopt});
  return input;
}

// Ratings left out of required competencies are a gap where they could matter. They cannot where
// the lowest score for all of them gives what is given without them: no real score could then give
// less.
void SettleLeftOut(const CatalogueFacts& facts, const AssumedMeans& assumed, Findings& findings) {
  if (findings.incomplete.empty() || !findings.gaps.empty()) {
    for (const std::string& incomplete : findings.incomplete)
      findings.gaps.push_back(fmt::format("left out of required {}", incomplete));
    findings.incomplete.clear();
    return;
  }
  Evaluation as_given;
  Apply(findings, as_given);
  const EvaluationInput input = AtWorst(findings);
  Evaluation at_worst;
  Apply(Find(findings.settings, facts, input, assumed), at_worst);
  if (at_worst.outcome == as_given.outcome && at_worst.rule == as_given.rule) return;
  for (const std::string& incomplete : findings.incomplete) {
    findings.gaps.push_back(
        fmt::format("left out of required {} (at the lowest score for all that was left out {} by {}, "
                    "without it {} by {})",
                    incomplete, OutcomeName(at_worst.outcome), at_worst.rule,
                    OutcomeName(as_given.outcome), as_given.rule));
  }
  findings.incomplete.clear();
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNoHire:
      return "NO_HIRE";
    case Outcome::kHold:
      return "HOLD";
    case Outcome::kHireWithLevelAdjustment:
      return "HIRE_WITH_LEVEL_ADJUSTMENT";
    case Outcome::kHire:
      return "HIRE";
    case Outcome::kStrongHire:
      return "STRONG_HIRE";
  }
  return "HOLD";
}

std::string TraceStep::Why() const {
  std::string text = fmt::format("{} -> {}", comparison, effect);
  if (!reported.empty()) text += fmt::format(" [reported, without effect: {}]", reported);
  return text;
}

Evaluation Evaluate(const PolicySettings& settings, const CatalogueFacts& facts,
                    const EvaluationInput& input, const AssumedMeans& assumed) {
  Findings findings = Find(settings, facts, input, assumed);
  SettleLeftOut(facts, assumed, findings);
  Evaluation evaluation;
  Describe(findings, evaluation);
  Apply(findings, evaluation);
  return evaluation;
}

Evaluation Evaluate(const bank::v1::Policy& policy, const CatalogueFacts& facts,
                    const EvaluationInput& input) {
  return Evaluate(Settle(policy), facts, input);
}

}  // namespace assay::scoring
