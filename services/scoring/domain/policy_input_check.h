#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/scoring/domain/policy_input.h"

namespace assay::scoring {

// One thing wrong: where ("ratings[3].score") and what.
struct PolicyViolation {
  std::string field;
  std::string message;
};

// A policy that cannot be evaluated: weights not summing to 10,000, repeated or unknown
// competencies, figures out of range. Fields are those of the Policy message.
std::vector<PolicyViolation> PolicyViolations(const bank::v1::Policy& policy,
                                              const CatalogueFacts& facts);

// Everything wrong with an input: unknown ids, repeated keys, scores outside 1..5, levels that make
// no sense together.
std::vector<PolicyViolation> InputViolations(const CatalogueFacts& facts,
                                             const EvaluationInput& input);

// Both of the above. INVALID_ARGUMENT naming all violations, one per line; OK where there is none.
absl::Status CheckEvaluation(const bank::v1::Policy& policy, const CatalogueFacts& facts,
                             const EvaluationInput& input);

}  // namespace assay::scoring
