#include "services/scoring/domain/policy_input_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace assay::scoring::testing;  // NOLINT(google-build-using-namespace): the words of
                                          // these tests

std::string Refusal(const EvaluationInput& input, const bank::v1::Policy& policy = GuidePolicy()) {
  return std::string(CheckEvaluation(policy, Facts(), input).message());
}

TEST(EvaluationCheck, PassesWhatIsWellFormed) {
  EvaluationInput input = WithFlag(AllAt({3, 4}), "buzzwords", true);
  input.role = "mlops";
  input.level = bank::v1::LEVEL_SENIOR;
  input.allowed_levels = {bank::v1::LEVEL_EXPERIENCED};
  EXPECT_TRUE(CheckEvaluation(DefensiblePolicy(), Facts(), input).ok());
}

TEST(EvaluationCheck, NamesEverythingThatIsWrongAtOnce) {
  EvaluationInput input;
  input.ratings = {Rate("a", "q001", "genai-llm", 4), Rate("a", "q001", "genai-llm", 5),
                   Rate("", "q777", "gen-ai", 6), Rate("b", "", "communication", 0)};
  input = WithFlag(WithFlag(input, "no-such-flag"), "niche-depth", true);
  input.role = "poet";
  input.allowed_levels = {bank::v1::LEVEL_FRESHER};
  input.must_haves.met = {1};
  const std::string refusal = Refusal(input);
  for (const char* part :
       {"ratings[1]: the same rating twice: interviewer 'a', question 'q001', competency "
        "'genai-llm'",
        "ratings[2].interviewer: is missing", "ratings[2].question: unknown question 'q777'",
        "ratings[2].competency: unknown competency 'gen-ai'", "ratings[2].score: 6 is outside 1..5",
        "ratings[3].score: 0 is outside 1..5", "flags: unknown flag 'no-such-flag'",
        "'niche-depth' is not a red flag", "role: unknown role 'poet'", "level: is needed",
        "must_haves: 1 is not a must-have"}) {
    EXPECT_THAT(refusal, HasSubstr(part));
  }
}

TEST(EvaluationCheck, TakesOneQuestionForTwoCompetenciesAndTwoInterviews) {
  EvaluationInput input;
  input.ratings = {Rate("a", "q001", "genai-llm", 4), Rate("a", "q001", "communication", 4),
                   Rate("a", "q001", "genai-llm", 4, "r2")};
  EXPECT_THAT(Refusal(input), IsEmpty());
}

TEST(EvaluationCheck, RefusesAPolicyThatDoesNotAddUp) {
  bank::v1::Policy policy = GuidePolicy();
  policy.mutable_competencies(0)->set_weight_basis_points(1999);
  policy.mutable_competencies(1)->set_threshold_milli(0);
  policy.mutable_competencies(2)->set_competency("genai-llm");
  policy.mutable_parameters()->add_required_competencies("leadership");
  policy.mutable_parameters()->set_min_interviewers(0);
  const std::string refusal = Refusal({}, policy);
  for (const char* part :
       {"policy.competencies: weights sum to 9999", "policy.competencies[1].threshold_milli: 0",
        "policy.competencies[4].competency: 'genai-llm' is weighed twice",
        "'leadership' is not weighed", "policy.parameters.min_interviewers: 0"}) {
    EXPECT_THAT(refusal, HasSubstr(part));
  }
}

TEST(InputViolations, NameAnInterviewThatTheOrderLeavesOut) {
  EvaluationInput input;
  input.ratings = {Rate("a", "q001", "genai-llm", 4, "r1")};
  input.interviews = {"r1"};
  EXPECT_TRUE(InputViolations(Facts(), input).empty());
  input.expected = {{.interview = "r2", .interviewer = "a", .question = "q001", .competency = "genai-llm"}};
  ASSERT_EQ(InputViolations(Facts(), input).size(), 1u);
  EXPECT_EQ(InputViolations(Facts(), input)[0].field, "interviews");
}

}  // namespace
}  // namespace assay::scoring
