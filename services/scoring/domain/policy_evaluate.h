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
// Leaving a rating out. No score can be a mean and also never rise when its lowest rating is
// dropped, so a policy that names required_competencies (`ai-engineer-defensible` names all six)
// treats a rating that was asked for and not given as incomplete evidence, however many others
// there are: INSUFFICIENT_EVIDENCE, Hold. "Asked for" is every rating of the input, scored or not,
// and every key of `expected` (see EvaluationInput). The claim, which a property test holds to, is
// then: with `expected` naming what was asked, taking away any set of ratings or scores leaves the
// outcome and rule as they were (nothing that counted was taken, or AUTO_NO_HIRE stands) or makes
// it Hold by INSUFFICIENT_EVIDENCE. So omission never makes a hire, never improves one and never
// reaches a Hold on the merits. It can turn No hire by BELOW_NO_HIRE_BAR into that Hold, since
// DOMAIN §3 puts rule 2 before rule 3; such a Hold is not a result but a request for the missing
// rating. Without `expected`, a rating that nobody of that interview gave cannot be missed. Under a
// policy that requires no competency none of this holds: there a rating not given is just not
// assessed.
Evaluation Evaluate(const PolicySettings& settings, const CatalogueFacts& facts,
                    const EvaluationInput& input, const AssumedMeans& assumed = {});

// The same for a policy as stored.
Evaluation Evaluate(const bank::v1::Policy& policy, const CatalogueFacts& facts,
                    const EvaluationInput& input);

}  // namespace assay::scoring
