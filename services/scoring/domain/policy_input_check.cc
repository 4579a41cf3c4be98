#include "services/scoring/domain/policy_input_check.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace assay::scoring {
namespace {

using Violations = std::vector<PolicyViolation>;

constexpr int kLowestScore = 1;
constexpr int kHighestScore = 5;
constexpr int kLowestBarMilli = 1000;
constexpr int kHighestBarMilli = 5000;
constexpr int kWholeBasisPoints = 10000;
constexpr std::size_t kLongestId = 255;

void RequireRange(std::int64_t value, std::int64_t low, std::int64_t high, std::string field,
                  Violations& found) {
  if (value < low || value > high) {
    found.push_back({std::move(field), fmt::format("{} is outside {}..{}", value, low, high)});
  }
}

void CheckBar(std::int32_t milli, std::string field, Violations& found) {
  if (milli != 0) RequireRange(milli, kLowestBarMilli, kHighestBarMilli, std::move(field), found);
}

void CheckParameters(const bank::v1::Policy& policy, const std::set<std::string>& weighed,
                     Violations& found) {
  const bank::v1::PolicyParameters& given = policy.parameters();
  const auto field = [](std::string_view name) { return fmt::format("parameters.{}", name); };
  if (given.has_min_assessed_weight_basis_points()) {
    RequireRange(given.min_assessed_weight_basis_points(), 0, kWholeBasisPoints,
                 field("min_assessed_weight_basis_points"), found);
  }
  if (given.has_min_interviewers())
    RequireRange(given.min_interviewers(), 1, 20, field("min_interviewers"), found);
  if (given.has_min_ratings_per_competency()) {
    RequireRange(given.min_ratings_per_competency(), 1, 50, field("min_ratings_per_competency"),
                 found);
  }
  if (given.has_flag_corroboration()) {
    RequireRange(given.flag_corroboration(), 1, 5, field("flag_corroboration"), found);
  }
  for (const auto& required : given.required_competencies()) {
    if (!weighed.count(required)) {
      found.push_back({field("required_competencies"),
                       fmt::format("'{}' is not weighed by this policy", required)});
    }
  }
  const auto known = [&](bool valid, std::string_view name) {
    if (!valid) found.push_back({field(name), "is not a value this version knows"});
  };
  known(bank::v1::AreaRatings_IsValid(given.area_ratings()), "area_ratings");
  known(bank::v1::RoundsRule_IsValid(given.rounds()), "rounds");
  known(bank::v1::Aggregation_IsValid(given.aggregation()), "aggregation");
  known(bank::v1::MustHavesRule_IsValid(given.must_haves()), "must_haves");
  known(bank::v1::ExposureRevisions_IsValid(given.exposure_revisions()), "exposure_revisions");
}

void CheckKey(const RatingKey& key, const CatalogueFacts& facts, const std::string& field,
              Violations& found) {
  if (key.interviewer.empty()) found.push_back({field + ".interviewer", "is missing"});
  if (key.interviewer.size() > kLongestId)
    found.push_back({field + ".interviewer", "is over 255 bytes long"});
  if (key.interview.size() > kLongestId)
    found.push_back({field + ".interview", "is over 255 bytes long"});
  if (key.competency.empty()) {
    found.push_back({field + ".competency", "is missing"});
  } else if (!facts.competencies.count(key.competency)) {
    found.push_back(
        {field + ".competency", fmt::format("unknown competency '{}'", key.competency)});
  }
  if (!key.question.empty() && !facts.questions.count(key.question)) {
    found.push_back({field + ".question", fmt::format("unknown question '{}'", key.question)});
  }
}

std::string Spoken(const RatingKey& key) {
  return fmt::format(
      "{}interviewer '{}', {}, competency '{}'",
      key.interview.empty() ? "" : fmt::format("interview '{}', ", key.interview), key.interviewer,
      key.question.empty() ? "no question" : fmt::format("question '{}'", key.question),
      key.competency);
}

void CheckScore(std::optional<int> score, std::string field, Violations& found) {
  if (score) RequireRange(*score, kLowestScore, kHighestScore, std::move(field), found);
}

void CheckRatings(const CatalogueFacts& facts, const EvaluationInput& input, Violations& found) {
  std::set<RatingKey> seen;
  for (std::size_t i = 0; i < input.ratings.size(); ++i) {
    const Rating& rating = input.ratings[i];
    const std::string field = fmt::format("ratings[{}]", i);
    CheckKey(rating.key, facts, field, found);
    CheckScore(rating.score, field + ".score", found);
    if (rating.before_exposure) {
      CheckScore(rating.before_exposure->score, field + ".score_before_exposure", found);
    }
    if (!seen.insert(rating.key).second) {
      found.push_back({field, fmt::format("the same rating twice: {}", Spoken(rating.key))});
    }
  }
  std::set<RatingKey> expected;
  for (std::size_t i = 0; i < input.expected.size(); ++i) {
    const std::string field = fmt::format("expected[{}]", i);
    CheckKey(input.expected[i], facts, field, found);
    if (!expected.insert(input.expected[i]).second) {
      found.push_back({field, fmt::format("the same key twice: {}", Spoken(input.expected[i]))});
    }
  }
}

void CheckInterviews(const EvaluationInput& input, Violations& found) {
  std::set<std::string> order;
  for (std::size_t i = 0; i < input.interviews.size(); ++i) {
    if (!order.insert(input.interviews[i]).second) {
      found.push_back({fmt::format("interviews[{}]", i),
                       fmt::format("'{}' is listed twice", input.interviews[i])});
    }
  }
  std::set<std::string> unlisted;
  for (const Rating& rating : input.ratings) {
    if (!order.count(rating.key.interview)) unlisted.insert(rating.key.interview);
  }
  for (const RatingKey& key : input.expected) {
    if (!order.count(key.interview)) unlisted.insert(key.interview);
  }
  // One round needs no order; several do, unless the caller left the order out altogether (then
  // LATEST is by id).
  if (input.interviews.empty()) return;
  for (const std::string& interview : unlisted) {
    found.push_back({"interviews", fmt::format("'{}' has ratings or expected ones and is not listed", interview)});
  }
}

void CheckFlags(const CatalogueFacts& facts, const EvaluationInput& input, Violations& found) {
  std::set<std::string> seen;
  for (const ConfirmedFlag& flag : input.flags) {
    const auto known = facts.flags.find(flag.id);
    if (known == facts.flags.end()) {
      found.push_back({"flags", fmt::format("unknown flag '{}'", flag.id)});
      continue;
    }
    if (!seen.insert(flag.id).second)
      found.push_back({"flags", fmt::format("'{}' is given twice", flag.id)});
    if (flag.critical && known->second.kind != bank::v1::FLAG_KIND_RED) {
      found.push_back(
          {"flags", fmt::format("'{}' is not a red flag and cannot be critical", flag.id)});
    }
    if (flag.corroboration.people && *flag.corroboration.people < 1) {
      found.push_back({"flags", fmt::format("'{}': people must be 1 or more", flag.id)});
    }
  }
}

void CheckRoleAndLevels(const CatalogueFacts& facts, const EvaluationInput& input,
                        Violations& found) {
  const auto role = facts.roles.find(input.role);
  if (!input.role.empty() && role == facts.roles.end()) {
    found.push_back({"role", fmt::format("unknown role '{}'", input.role)});
  }
  const int must_haves = role == facts.roles.end() ? 0 : role->second.must_haves;
  for (const std::set<int>* numbers : {&input.must_haves.met, &input.must_haves.unmet}) {
    for (const int number : *numbers) {
      if (number < 1 || number > must_haves) {
        found.push_back({"must_haves", fmt::format("{} is not a must-have of the role (it has {})",
                                                   number, must_haves)});
      }
    }
  }
  for (const int number : input.must_haves.met) {
    if (input.must_haves.unmet.count(number)) {
      found.push_back({"must_haves", fmt::format("{} is both met and unmet", number)});
    }
  }
  if (!bank::v1::Level_IsValid(input.level)) found.push_back({"level", "unknown level"});
  if (input.allowed_levels.empty()) return;
  if (input.level == bank::v1::LEVEL_UNSPECIFIED) {
    found.push_back({"level", "is needed where allowed_levels are given"});
  }
  std::set<bank::v1::Level> seen;
  for (const bank::v1::Level level : input.allowed_levels) {
    if (level == bank::v1::LEVEL_UNSPECIFIED || !bank::v1::Level_IsValid(level)) {
      found.push_back({"allowed_levels", "unknown level"});
    } else if (!seen.insert(level).second) {
      found.push_back({"allowed_levels", fmt::format("{} is listed twice", LevelName(level))});
    }
  }
}

}  // namespace

Violations PolicyViolations(const bank::v1::Policy& policy, const CatalogueFacts& facts) {
  Violations found;
  if (policy.competencies().empty())
    found.push_back({"competencies", "a policy weighs at least one competency"});
  std::int64_t total = 0;
  std::set<std::string> weighed;
  for (int i = 0; i < policy.competencies_size(); ++i) {
    const auto& competency = policy.competencies(i);
    const std::string field = fmt::format("competencies[{}]", i);
    if (!facts.competencies.count(competency.competency())) {
      found.push_back(
          {field + ".competency", fmt::format("unknown competency '{}'", competency.competency())});
    }
    if (!weighed.insert(competency.competency()).second) {
      found.push_back(
          {field + ".competency", fmt::format("'{}' is weighed twice", competency.competency())});
    }
    RequireRange(competency.weight_basis_points(), 0, kWholeBasisPoints,
                 field + ".weight_basis_points", found);
    RequireRange(competency.threshold_milli(), kLowestBarMilli, kHighestBarMilli,
                 field + ".threshold_milli", found);
    total += competency.weight_basis_points();
  }
  if (!policy.competencies().empty() && total != kWholeBasisPoints) {
    found.push_back(
        {"competencies", fmt::format("weights sum to {} basis points, not 10000", total)});
  }
  CheckBar(policy.no_hire_below_milli(), "no_hire_below_milli", found);
  CheckBar(policy.category_floor_milli(), "category_floor_milli", found);
  CheckBar(policy.hire_bar_milli(), "hire_bar_milli", found);
  CheckBar(policy.strong_hire_bar_milli(), "strong_hire_bar_milli", found);
  CheckBar(policy.role_critical_preferred_milli(), "role_critical_preferred_milli", found);
  CheckBar(policy.question_average_milli(), "question_average_milli", found);
  CheckParameters(policy, weighed, found);
  return found;
}

Violations InputViolations(const CatalogueFacts& facts, const EvaluationInput& input) {
  Violations found;
  CheckRatings(facts, input, found);
  CheckInterviews(input, found);
  CheckFlags(facts, input, found);
  CheckRoleAndLevels(facts, input, found);
  return found;
}

absl::Status CheckEvaluation(const bank::v1::Policy& policy, const CatalogueFacts& facts,
                             const EvaluationInput& input) {
  Violations found = PolicyViolations(policy, facts);
  for (PolicyViolation& violation : found) violation.field = "policy." + violation.field;
  const Violations of_input = InputViolations(facts, input);
  found.insert(found.end(), of_input.begin(), of_input.end());
  if (found.empty()) return absl::OkStatus();
  std::string text;
  for (const PolicyViolation& violation : found) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{}: {}", violation.field, violation.message);
  }
  return absl::InvalidArgumentError(text);
}

}  // namespace assay::scoring
