#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/scoring/domain/policy_evaluate.h"

// The guide's matrix and a small catalogue for the tests of the decision policy.
namespace assay::scoring::testing {

inline const std::vector<std::string>& Competencies() {
  static const std::vector<std::string> ids = {"ml-fundamentals",  "coding-tools", "system-design",
                                               "production-mlops", "genai-llm",    "communication"};
  return ids;
}

inline bank::v1::Policy GuidePolicy() {
  bank::v1::Policy policy;
  policy.set_id("ai-engineer");
  const int weights[] = {2000, 1500, 2000, 2000, 1500, 1000};
  const int thresholds[] = {3000, 3000, 3500, 3500, 3500, 3000};
  for (std::size_t i = 0; i < Competencies().size(); ++i) {
    auto* competency = policy.add_competencies();
    competency->set_competency(Competencies()[i]);
    competency->set_weight_basis_points(weights[i]);
    competency->set_threshold_milli(thresholds[i]);
  }
  return policy;
}

inline bank::v1::Policy DefensiblePolicy() {
  bank::v1::Policy policy = GuidePolicy();
  policy.set_id("ai-engineer-defensible");
  bank::v1::PolicyParameters& parameters = *policy.mutable_parameters();
  parameters.set_min_assessed_weight_basis_points(9000);
  for (const std::string& id : Competencies()) parameters.add_required_competencies(id);
  parameters.set_min_interviewers(2);
  parameters.set_min_ratings_per_competency(2);
  parameters.set_flag_corroboration(2);
  return policy;
}

inline CatalogueFacts Facts() {
  CatalogueFacts facts;
  facts.competencies.insert(Competencies().begin(), Competencies().end());
  facts.competencies.insert("leadership");
  for (int i = 1; i <= 9; ++i) facts.questions.insert("q00" + std::to_string(i));
  facts.flags["cannot-reason"] = {.kind = bank::v1::FLAG_KIND_AUTO_NO_HIRE};
  facts.flags["never-built"] = {.kind = bank::v1::FLAG_KIND_AUTO_NO_HIRE,
                                .experienced_roles_only = true};
  facts.flags["fabricated"] = {.kind = bank::v1::FLAG_KIND_AUTO_NO_HIRE,
                               .always_corroborated = true};
  facts.flags["buzzwords"] = {.kind = bank::v1::FLAG_KIND_RED};
  facts.flags["inflated"] = {.kind = bank::v1::FLAG_KIND_RED};
  facts.flags["niche-depth"] = {.kind = bank::v1::FLAG_KIND_STRONG_HIRE_SIGNAL};
  facts.flags["unexplained-gaps"] = {.kind = bank::v1::FLAG_KIND_HOLD_SIGNAL};
  facts.flags["curious"] = {.kind = bank::v1::FLAG_KIND_GREEN};
  facts.roles["mlops"] = {
      .critical_questions = {"q001", "q002"}, .needs_experience = true, .must_haves = 2};
  facts.roles["intern"] = {.critical_questions = {}, .needs_experience = false, .must_haves = 0};
  return facts;
}

inline Rating Rate(std::string_view interviewer, std::string_view question,
                   std::string_view competency, std::optional<int> score,
                   std::string_view interview = "") {
  return {.key = {.interview = std::string(interview),
                  .interviewer = std::string(interviewer),
                  .question = std::string(question),
                  .competency = std::string(competency)},
          .score = score,
          .before_exposure = std::nullopt};
}

// One interviewer's area scores in the matrix's order; nullopt = not assessed, no row.
inline EvaluationInput Areas(const std::vector<std::optional<int>>& scores,
                             std::string_view interviewer = "a") {
  EvaluationInput input;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i]) input.ratings.push_back(Rate(interviewer, "", Competencies()[i], scores[i]));
  }
  return input;
}

// Every competency rated by question `numerator / denominator`, spelled out as whole scores: {3, 4}
// is 7/2.
inline EvaluationInput AllAt(const std::vector<int>& scores) {
  EvaluationInput input;
  for (const std::string& competency : Competencies()) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      input.ratings.push_back(Rate("a", "q00" + std::to_string(i + 1), competency, scores[i]));
    }
  }
  return input;
}

inline EvaluationInput WithFlag(EvaluationInput input, std::string_view id, bool critical = false) {
  input.flags.push_back({.id = std::string(id), .critical = critical, .corroboration = {}});
  return input;
}

inline const CompetencyResult& Of(const Evaluation& evaluation, std::string_view id) {
  for (const CompetencyResult& result : evaluation.competencies) {
    if (result.id == id) return result;
  }
  static const CompetencyResult none;
  return none;
}

inline Evaluation Decide(const EvaluationInput& input) {
  return Evaluate(GuidePolicy(), Facts(), input);
}

}  // namespace assay::scoring::testing
