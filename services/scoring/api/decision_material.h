#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"
#include "services/scoring/domain/decision_inputs.h"
#include "services/scoring/domain/decision_rules.h"
#include "services/scoring/domain/policy_evaluate.h"
#include "services/scoring/domain/policy_robustness.h"

namespace assay::scoring {

// Everything stored that decides an application, read within one transaction from scoring's own tables and copies.
struct LoadedMaterial {
  DecisionMaterial material;
  std::string candidate;    // id
  std::string requisition;  // id
  std::string application_state;  // "ACTIVE" …
  std::set<std::string> deciders;
};
// NOT_FOUND.
absl::StatusOr<LoadedMaterial> LoadMaterial(runtime::Tx& tx, const std::string& application);

// An evaluation with what it stands on.
struct Evaluated {
  PolicySettings settings;
  DecisionInputs inputs;
  Evaluation evaluation;
  Robustness robustness;
  std::string canonical_inputs;
  std::string input_digest;
  std::string canonical;  // bytes of the decision

  v1::Evaluation ToProto(const DecisionMaterial& material) const;
};
// INTERNAL where stored data do not pass the evaluator's own checks.
absl::StatusOr<Evaluated> EvaluateMaterial(const DecisionMaterial& material, std::optional<bool> seniority_gap);
absl::StatusOr<Evaluated> EvaluateInputs(const bank::v1::Policy& policy, DecisionInputs inputs);

// How things stand now, for a signature.
DecisionSituation SituationFor(const LoadedMaterial& loaded);

}  // namespace assay::scoring
