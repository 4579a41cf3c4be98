#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/scoring/domain/policy_evidence.h"

namespace assay::scoring {

// Changes whenever the same policy and inputs could give other bytes; decisions pin it.
inline constexpr std::string_view kPolicyEngineVersion = "1";

// From worst to best for the candidate.
enum class Outcome { kNoHire, kHold, kHireWithLevelAdjustment, kHire, kStrongHire };

// "HIRE_WITH_LEVEL_ADJUSTMENT".
std::string_view OutcomeName(Outcome outcome);

// Whether the outcome proposes to hire.
constexpr bool ProposesHire(Outcome outcome) {
  return outcome >= Outcome::kHireWithLevelAdjustment;
}

// One rule as it was looked at. Holds ids and figures only, no names and no free text.
struct TraceStep {
  std::string rule;
  bool fired = false;
  std::map<std::string, std::string> inputs;
  // What was compared with what, as found.
  std::string comparison;
  // "HIRE", or "next rule".
  std::string effect;
  // Said with the rule that fired: what is reported and changed nothing.
  std::string reported;

  // comparison, effect and what is reported, as one text.
  std::string Why() const;
};

// Average on role-critical questions; preferred, never blocking.
struct RoleCritical {
  std::optional<Rational> average;
  Rational preferred;
  int ratings = 0;
  bool met = false;
};

struct Evaluation {
  Outcome outcome = Outcome::kHold;
  // Name of the rule that fired (DOMAIN §3).
  std::string rule;
  // "", "INSUFFICIENT_EVIDENCE", "NO_LOWER_LEVEL" or "MUST_HAVES_NOT_CONFIRMED".
  std::string reason;
  std::optional<Rational> weighted_average;
  // "" or why there is no weighted average: "NOTHING_RATED", "NOTHING_ASSESSED".
  std::string weighted_average_reason;
  std::optional<Rational> question_average;
  bool question_average_met = false;
  Rational assessed_weight;
  std::vector<CompetencyResult> competencies;
  RoleCritical role_critical;
  std::vector<std::string> not_assessed;
  // Bars that a strong-hire signal waived; the signature then needs a reason.
  std::vector<std::string> waived;
  // Only where a level adjustment was looked for.
  bank::v1::Level from_level = bank::v1::LEVEL_UNSPECIFIED;
  bank::v1::Level to_level = bank::v1::LEVEL_UNSPECIFIED;
  // Rules in order, up to the one that fired.
  std::vector<TraceStep> trace;
};

// The decision policy: pure and exact, first matching rule wins. Takes what CheckEvaluation found
// nothing against.
//
// Leaving out, under a policy that names required_competencies (`ai-engineer-defensible` names all
// six). A required competency that is not assessed is INSUFFICIENT_EVIDENCE, whatever the weight.
// Within one that is assessed, a rating is left out where
//  - a question or area that `expected` or a row of the input names got no score from anybody of
//    that interview, or
//  - one interviewer lacks more ratings of required competencies than a colleague of the same
//    interview, with all that this one lacks: colleagues who lack equally many, as when two rate two
//    each of the four questions in the kit, or each half the competencies, divided it.
// What is left out is INSUFFICIENT_EVIDENCE too, unless the outcome and rule stay the same with the
// lowest score in each of these places and, in each required competency, for as many ratings as
// somebody falls short by; then no score could have given less, and the trace reports it.
//
// The claim, which property tests hold to: from a panel of which nothing is left out, whatever any
// one interviewer takes back, or all of them take back of what `expected` names, gives
// INSUFFICIENT_EVIDENCE or an outcome no better than with it. So omission never makes or improves a
// hire. It can turn No hire by BELOW_NO_HIRE_BAR into that Hold, since DOMAIN §3 puts rule 2 before
// rule 3; such a Hold is a request for the missing rating. Three things cannot be seen: without
// `expected`, what nobody of that interview gave, and an interviewer who gave nothing at all; and
// two colleagues who each take back another question, equally many, for that is what a divided kit
// looks like (a rule that saw it would have to refuse every divided kit). Under a policy that
// requires no competency none of this holds: there a rating not given is just not assessed.
Evaluation Evaluate(const PolicySettings& settings, const CatalogueFacts& facts,
                    const EvaluationInput& input, const AssumedMeans& assumed = {});

// The same for a policy as stored.
Evaluation Evaluate(const bank::v1::Policy& policy, const CatalogueFacts& facts,
                    const EvaluationInput& input);

}  // namespace assay::scoring
