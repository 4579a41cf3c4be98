#include "services/scoring/domain/policy_settings.h"

#include <cstdint>
#include <utility>

namespace assay::scoring {
namespace {

constexpr int kNoHireBelowMilli = 3000;
constexpr int kCategoryFloorMilli = 3000;
constexpr int kHireBarMilli = 3500;
constexpr int kStrongHireBarMilli = 4000;
constexpr int kRoleCriticalPreferredMilli = 4000;
constexpr int kQuestionAverageMilli = 3500;
constexpr int kMinAssessedWeightBasisPoints = 8000;

// The bars are plain int32 in the contract, so 0 is "not stated"; no bar on a 1..5 scale can be 0.
Rational Bar(std::int32_t milli, int fallback) {
  return runtime::FromMilli(milli == 0 ? fallback : milli);
}

template <typename Enum>
Enum Or(Enum value, Enum fallback) {
  return static_cast<int>(value) == 0 ? fallback : value;
}

}  // namespace

PolicySettings Settle(const bank::v1::Policy& policy) {
  PolicySettings settings;
  settings.id = policy.id();
  for (const auto& competency : policy.competencies()) {
    settings.competencies.push_back(
        {.id = competency.competency(),
         .weight = runtime::FromBasisPoints(competency.weight_basis_points()),
         .threshold = runtime::FromMilli(competency.threshold_milli())});
  }
  settings.no_hire_below = Bar(policy.no_hire_below_milli(), kNoHireBelowMilli);
  settings.category_floor = Bar(policy.category_floor_milli(), kCategoryFloorMilli);
  settings.hire_bar = Bar(policy.hire_bar_milli(), kHireBarMilli);
  settings.strong_hire_bar = Bar(policy.strong_hire_bar_milli(), kStrongHireBarMilli);
  settings.role_critical_preferred =
      Bar(policy.role_critical_preferred_milli(), kRoleCriticalPreferredMilli);
  settings.question_average = Bar(policy.question_average_milli(), kQuestionAverageMilli);

  const bank::v1::PolicyParameters& given = policy.parameters();
  settings.min_assessed_weight = runtime::FromBasisPoints(
      given.has_min_assessed_weight_basis_points() ? given.min_assessed_weight_basis_points()
                                                   : kMinAssessedWeightBasisPoints);
  settings.required_competencies.insert(given.required_competencies().begin(),
                                        given.required_competencies().end());
  if (given.has_min_interviewers()) settings.min_interviewers = given.min_interviewers();
  if (given.has_min_ratings_per_competency())
    settings.min_ratings_per_competency = given.min_ratings_per_competency();
  if (given.has_flag_corroboration()) settings.flag_corroboration = given.flag_corroboration();
  settings.area_ratings = Or(given.area_ratings(), settings.area_ratings);
  settings.rounds = Or(given.rounds(), settings.rounds);
  settings.aggregation = Or(given.aggregation(), settings.aggregation);
  settings.must_haves = Or(given.must_haves(), settings.must_haves);
  settings.exposure_revisions = Or(given.exposure_revisions(), settings.exposure_revisions);
  return settings;
}

bank::v1::Policy WithParameters(bank::v1::Policy policy,
                                const bank::v1::PolicyParameters& changes) {
  // MergeFrom appends to lists; a list that is given replaces the policy's.
  if (changes.required_competencies_size() > 0)
    policy.mutable_parameters()->clear_required_competencies();
  policy.mutable_parameters()->MergeFrom(changes);
  return policy;
}

}  // namespace assay::scoring
