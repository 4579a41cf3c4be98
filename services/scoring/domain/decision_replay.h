#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/scoring/domain/policy_evaluate.h"

namespace assay::scoring {

// What an evaluation depended on, read back from its canonical inputs (policy_canonical.h).
struct ReplayMaterial {
  PolicySettings settings;
  CatalogueFacts facts;  // as far as an evaluation uses them
  EvaluationInput input;
};

// INVALID_ARGUMENT (unannotated) when `canonical_inputs` are not what CanonicalInputs writes.
absl::StatusOr<ReplayMaterial> ReadCanonicalInputs(std::string_view canonical_inputs);

// JSON pointers at which two JSON objects differ, in order; "" when one is no object.
std::vector<std::string> JsonDifferences(std::string_view before, std::string_view after);

}  // namespace assay::scoring
