#pragma once

#include <string>
#include <string_view>

#include "services/runtime/base/canonical_json.h"
#include "services/scoring/domain/policy_evaluate.h"
#include "services/scoring/domain/policy_robustness.h"

namespace assay::scoring {

// Canonical JSON of everything an evaluation depends on: the policy with its defaults filled in,
// the catalogue facts that were used, ratings, flags and levels. Keys and lists whose order means
// nothing are sorted; no names, no text that people wrote.
std::string CanonicalInputs(const PolicySettings& settings, const CatalogueFacts& facts,
                            const EvaluationInput& input);

// SHA-256 of CanonicalInputs, hex. What a signature names; a different digest later means
// DECISION_STALE.
std::string InputDigest(const PolicySettings& settings, const CatalogueFacts& facts,
                        const EvaluationInput& input);

// The evaluation as JSON, rationals as strings.
runtime::Json::Object EvaluationJson(const Evaluation& evaluation);

// {"survives", "first_flip", "checks"}; first_flip is null when the outcome survives everything.
runtime::Json RobustnessJson(const Robustness& robustness);

// The bytes that a decision keeps and a replay must reproduce: the evaluation, the digest of its
// inputs and engine_version. Robustness, probabilities and advice stand outside them.
std::string CanonicalDecision(const Evaluation& evaluation, std::string_view input_digest);

}  // namespace assay::scoring
