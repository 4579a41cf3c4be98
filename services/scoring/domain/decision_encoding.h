#pragma once

#include <string>
#include <string_view>

#include "assay/scoring/v1/decision.pb.h"
#include "services/scoring/domain/policy_evaluate.h"
#include "services/scoring/domain/policy_robustness.h"

namespace assay::scoring {

v1::Outcome ToProto(Outcome outcome);
// "HIRE"; "" for UNSPECIFIED.
std::string OutcomeText(v1::Outcome outcome);
v1::Outcome OutcomeFromText(std::string_view text);
std::string StateText(v1::DecisionState state);
v1::DecisionState DecisionStateFromText(std::string_view text);

// What the evaluation stands on besides its own result.
struct EvaluationOrigin {
  std::string policy{};
  std::string policy_digest{};
  std::string input_digest{};
  std::string engine_version{kPolicyEngineVersion};
};

// The evaluation as the contract shows it.
v1::Evaluation ToProto(const Evaluation& evaluation, const Robustness& robustness, const EvaluationInput& input,
                       const EvaluationOrigin& origin);

}  // namespace assay::scoring
