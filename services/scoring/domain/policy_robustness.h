#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/scoring/domain/policy_evaluate.h"

namespace assay::scoring {

// One change that was tried.
struct RobustnessCheck {
  // "median", "without interviewer a", "without question q037", "weight of genai-llm -5 points",
  // "communication at 1 (unrated)" …
  std::string change;
  Outcome outcome = Outcome::kHold;
  std::string rule;
  bool survives = true;
};

struct Robustness {
  bool survives = true;
  std::vector<RobustnessCheck> checks;

  // The first change, in the order tried, that gives another outcome; nullptr when none does.
  const RobustnessCheck* FirstFlip() const;
};

// Whether the outcome survives, in this order: the median in place of the mean (nothing to try
// under a policy that uses it); each interviewer left out; each question left out; each weight 5
// points down, then up; each competency that was not assessed at 1, then at 5.
//
// Left out means never on the panel or in the kit: nothing of it is missed. Unless the outcome
// itself rests on too little evidence, the minimum numbers of interviewers and ratings are set to 1
// for these, so that a flip says what the ratings say and not that two of two are no longer two. A
// weight moves by 500 basis points, held to 0..10,000, and the other weights are scaled in
// proportion so that all still sum to 10,000.
Robustness CheckRobustness(const PolicySettings& settings, const CatalogueFacts& facts,
                           const EvaluationInput& input, const Evaluation& evaluation);

}  // namespace assay::scoring
