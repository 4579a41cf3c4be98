#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/scoring/domain/policy_input.h"
#include "services/scoring/domain/policy_settings.h"

namespace assay::scoring {

// What one interviewer brought to a competency: how many ratings counted and what they came to.
struct InterviewerShare {
  std::string interviewer;
  int ratings = 0;
  Rational value;
};

// One competency of the policy as the ratings leave it.
struct CompetencyResult {
  std::string id;
  Rational weight;  // the policy's own, not renormalised
  Rational threshold;
  // Absent = not assessed: nothing rated, or fewer ratings than min_ratings_per_competency.
  std::optional<Rational> mean;
  // "" when assessed, else "NOT_RATED" or "TOO_FEW_RATINGS".
  std::string reason;
  // Ratings that counted.
  int ratings = 0;
  std::vector<InterviewerShare> interviewers;
  // Left out although asked for, in order; only for required competencies (see Evaluate).
  std::vector<RatingKey> left_out;
  bool meets_threshold = false;
  bool below_floor = false;
};

// Plain mean over scored question ratings, and how many there were.
struct QuestionAverage {
  std::optional<Rational> mean;
  int ratings = 0;
};

// An interviewer who lacks so many more ratings of required competencies than a colleague of the
// same interview.
struct Shortfall {
  std::string interview;
  std::string interviewer;
  int ratings = 0;
};

struct Evidence {
  std::vector<CompetencyResult> competencies;  // in the policy's order
  Rational assessed_weight;
  // Over assessed competencies, weights renormalised; absent when no weight was assessed.
  std::optional<Rational> weighted_average;
  // Ratings that counted, by interviewer.
  std::map<std::string, int> interviewers;
  std::vector<Shortfall> shortfalls;
  QuestionAverage questions;
  QuestionAverage critical_questions;
  // Competencies rated but not weighed by the policy.
  std::vector<std::string> unweighed;
  bool anything_rated = false;
};

// Means that a what-if question takes for given, by competency id.
using AssumedMeans = std::map<std::string, Rational>;

// Turns ratings into competency means (INTERFACES: the mean over interviewers of each interviewer's
// mean over that competency's rated questions). `median` replaces the mean at both of these levels;
// merging the rounds of one interviewer, or rounds as such, is always a mean. ROUNDS_RULE_LATEST
// takes, for each competency, the last interview in which it was rated.
Evidence Gather(const PolicySettings& settings, const CatalogueFacts& facts,
                const EvaluationInput& input, const AssumedMeans& assumed = {});

// The score that counts under the policy's exposure rule.
std::optional<int> CountedScore(const Rating& rating, bank::v1::ExposureRevisions rule);

}  // namespace assay::scoring
