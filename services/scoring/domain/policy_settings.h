#pragma once

#include <set>
#include <string>
#include <vector>

#include "assay/bank/v1/catalog.pb.h"
#include "services/runtime/base/rational.h"

namespace assay::scoring {

using runtime::Rational;

struct WeighedCompetency {
  std::string id;
  // Fraction of 1.
  Rational weight;
  Rational threshold;
};

// A policy with every default of DOMAIN §3 filled in and every figure exact. What-if questions
// change a copy.
struct PolicySettings {
  std::string id;
  std::vector<WeighedCompetency> competencies;  // in the policy's order
  Rational no_hire_below;
  Rational category_floor;
  Rational hire_bar;
  Rational strong_hire_bar;
  Rational role_critical_preferred;
  Rational question_average;
  Rational min_assessed_weight;
  std::set<std::string> required_competencies;
  int min_interviewers = 1;
  int min_ratings_per_competency = 1;
  int flag_corroboration = 1;
  bank::v1::AreaRatings area_ratings = bank::v1::AREA_RATINGS_QUESTIONS_FIRST;
  bank::v1::RoundsRule rounds = bank::v1::ROUNDS_RULE_POOL_INTERVIEWERS;
  bank::v1::Aggregation aggregation = bank::v1::AGGREGATION_MEAN;
  bank::v1::MustHavesRule must_haves = bank::v1::MUST_HAVES_RULE_REPORT;
  bank::v1::ExposureRevisions exposure_revisions = bank::v1::EXPOSURE_REVISIONS_LAST;
};

// Takes a policy that PolicyViolations found nothing against.
PolicySettings Settle(const bank::v1::Policy& policy);

// `policy` with the fields that `changes` sets replaced (lists as a whole), as `parameters` of an
// input asks.
bank::v1::Policy WithParameters(bank::v1::Policy policy, const bank::v1::PolicyParameters& changes);

}  // namespace assay::scoring
