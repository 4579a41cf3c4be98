#include "services/scoring/domain/policy_evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace assay::scoring::testing;  // NOLINT(google-build-using-namespace): the words of
                                          // these tests

std::vector<std::string> Rules(const Evaluation& evaluation) {
  std::vector<std::string> rules;
  for (const TraceStep& step : evaluation.trace) rules.push_back(step.rule);
  return rules;
}

void ExpectDecision(const Evaluation& evaluation, Outcome outcome, std::string_view rule) {
  EXPECT_EQ(OutcomeName(evaluation.outcome), OutcomeName(outcome));
  EXPECT_EQ(evaluation.rule, rule);
  ASSERT_FALSE(evaluation.trace.empty());
  EXPECT_EQ(evaluation.trace.back().rule, rule);
  for (const TraceStep& step : evaluation.trace)
    EXPECT_EQ(step.fired, step.rule == rule) << step.rule;
}

TEST(AutoNoHire, ComesBeforeEverythingElse) {
  const Evaluation evaluation = Decide(WithFlag(AllAt({5}), "cannot-reason"));
  ExpectDecision(evaluation, Outcome::kNoHire, "AUTO_NO_HIRE");
  EXPECT_THAT(Rules(evaluation), ElementsAre("AUTO_NO_HIRE"));
  EXPECT_EQ(evaluation.weighted_average, Rational(5));
}

TEST(AutoNoHire, NeedsNoRatingAtAll) {
  const Evaluation evaluation = Decide(WithFlag({}, "cannot-reason"));
  ExpectDecision(evaluation, Outcome::kNoHire, "AUTO_NO_HIRE");
  EXPECT_EQ(evaluation.weighted_average, std::nullopt);
  EXPECT_EQ(evaluation.weighted_average_reason, "NOTHING_RATED");
}

TEST(AutoNoHire, OfExperienceAppliesOnlyWhereTheJobAsksForIt) {
  EvaluationInput input = WithFlag(AllAt({5}), "never-built");
  EXPECT_EQ(Decide(input).rule, "AUTO_NO_HIRE");
  input.role = "intern";
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE");
  EXPECT_THAT(Decide(input).trace.back().Why(), HasSubstr("never-built (not applicable"));
  input.role = "mlops";
  EXPECT_EQ(Decide(input).rule, "AUTO_NO_HIRE");
  input.level = bank::v1::LEVEL_FRESHER;
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE");
  input.level = bank::v1::LEVEL_EXPERIENCED;
  EXPECT_EQ(Decide(input).rule, "AUTO_NO_HIRE");
}

TEST(InsufficientEvidence, IsHoldWhenNothingIsRated) {
  const Evaluation evaluation = Decide({});
  ExpectDecision(evaluation, Outcome::kHold, "INSUFFICIENT_EVIDENCE");
  EXPECT_EQ(evaluation.reason, "INSUFFICIENT_EVIDENCE");
  EXPECT_EQ(evaluation.not_assessed, Competencies());
}

TEST(InsufficientEvidence, StopsExactlyAtFourFifthsOfTheWeight) {
  EXPECT_EQ(Decide(Areas({std::nullopt, 4, 4, 4, 4, 4})).rule, "STRONG_HIRE");            // .80
  const Evaluation evaluation = Decide(Areas({4, std::nullopt, 4, 4, 4, std::nullopt}));  // .75
  ExpectDecision(evaluation, Outcome::kHold, "INSUFFICIENT_EVIDENCE");
  EXPECT_EQ(evaluation.weighted_average, Rational(4));
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("assessed weight 3/4 (0.75) < 4/5 (0.8)"));
}

TEST(InsufficientEvidence, ComesBeforeACriticalFlag) {
  const Evaluation evaluation = Decide(WithFlag(Areas({1}), "inflated", true));
  ExpectDecision(evaluation, Outcome::kHold, "INSUFFICIENT_EVIDENCE");
}

TEST(BelowNoHireBar, StartsJustUnderThree) {
  // communication weighs a tenth: all 3 but one 2 is 29/10.
  const Evaluation below = Decide(Areas({3, 3, 3, 3, 3, 2}));
  ExpectDecision(below, Outcome::kNoHire, "BELOW_NO_HIRE_BAR");
  EXPECT_EQ(runtime::ToString(*below.weighted_average), "29/10");
  EXPECT_NE(Decide(Areas({3, 3, 3, 3, 3, 3})).rule, "BELOW_NO_HIRE_BAR");
}

TEST(BelowNoHireBar, TakesACriticalRedFlagAtAnyAverage) {
  const Evaluation evaluation = Decide(WithFlag(AllAt({5}), "inflated", true));
  ExpectDecision(evaluation, Outcome::kNoHire, "BELOW_NO_HIRE_BAR");
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("critical red flags: inflated"));
}

TEST(CategoryFloor, HoldsOnAnyAssessedCategoryUnderThree) {
  const Evaluation evaluation = Decide(Areas({5, 5, 5, 5, 5, 2}));
  ExpectDecision(evaluation, Outcome::kHold, "CATEGORY_FLOOR");
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("communication 2"));
  EXPECT_TRUE(Of(evaluation, "communication").below_floor);
  EXPECT_EQ(Decide(Areas({5, 5, 5, 5, 5, 3})).rule, "STRONG_HIRE");
}

TEST(CategoryFloor, ForgivesWhatWasNotAssessed) {
  const Evaluation evaluation = Decide(Areas({5, 5, 5, 5, 5, std::nullopt}));
  ExpectDecision(evaluation, Outcome::kStrongHire, "STRONG_HIRE");
  EXPECT_THAT(evaluation.not_assessed, ElementsAre("communication"));
  EXPECT_FALSE(Of(evaluation, "communication").mean.has_value());
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("not assessed: communication"));
}

TEST(StrongHire, BeginsAtExactlyFour) {
  ExpectDecision(Decide(AllAt({4})), Outcome::kStrongHire, "STRONG_HIRE");
  // 4 everywhere but coding-tools at 11/3: 3.95.
  EvaluationInput input = AllAt({4, 4, 4});
  for (Rating& rating : input.ratings) {
    if (rating.key.competency == "coding-tools" && rating.key.question == "q001") rating.score = 3;
  }
  const Evaluation evaluation = Decide(input);
  ExpectDecision(evaluation, Outcome::kHire, "HIRE");
  EXPECT_EQ(runtime::ToString(*evaluation.weighted_average), "79/20");
}

TEST(Hire, PassesATrueThreeAndAHalf) {
  const Evaluation evaluation = Decide(AllAt({3, 4}));
  ExpectDecision(evaluation, Outcome::kHire, "HIRE");
  EXPECT_EQ(runtime::ToString(*evaluation.weighted_average), "7/2");
  EXPECT_TRUE(Of(evaluation, "system-design").meets_threshold);
}

TEST(Hire, PassesAHalfThatDoublesWouldMiss) {
  // Six interviewers' thirds and sixths that sum to 7/2 exactly.
  EvaluationInput input;
  for (const std::string& competency : Competencies()) {
    input.ratings.push_back(Rate("a", "q001", competency, 3));
    input.ratings.push_back(Rate("a", "q002", competency, 3));
    input.ratings.push_back(Rate("a", "q003", competency, 4));  // 10/3
    input.ratings.push_back(Rate("b", "q001", competency, 4));
    input.ratings.push_back(Rate("b", "q002", competency, 4));
    input.ratings.push_back(Rate("b", "q003", competency, 3));  // 11/3
  }
  const Evaluation evaluation = Decide(input);
  ExpectDecision(evaluation, Outcome::kHire, "HIRE");
  EXPECT_EQ(*Of(evaluation, "genai-llm").mean, runtime::Fraction(7, 2));
}

TEST(LevelAdjustment, OffersTheNextLowerAllowedLevel) {
  EvaluationInput input = Areas({5, 5, 3, 4, 4, 4});  // system-design under 3.5
  input.level = bank::v1::LEVEL_SENIOR;
  input.allowed_levels = {bank::v1::LEVEL_FRESHER, bank::v1::LEVEL_SENIOR,
                          bank::v1::LEVEL_EXPERIENCED};
  const Evaluation evaluation = Decide(input);
  ExpectDecision(evaluation, Outcome::kHireWithLevelAdjustment, "LEVEL_ADJUSTMENT");
  EXPECT_EQ(evaluation.from_level, bank::v1::LEVEL_SENIOR);
  EXPECT_EQ(evaluation.to_level, bank::v1::LEVEL_EXPERIENCED);
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("system-design 3 < 7/2 (3.5)"));
}

TEST(LevelAdjustment, SkipsLevelsThatTheRequisitionDoesNotAllow) {
  EvaluationInput input = AllAt({4});
  input.seniority_gap.emplace();
  input.level = bank::v1::LEVEL_SENIOR;
  input.allowed_levels = {bank::v1::LEVEL_SENIOR, bank::v1::LEVEL_FRESHER};
  EXPECT_EQ(Decide(input).to_level, bank::v1::LEVEL_FRESHER);
}

TEST(LevelAdjustment, HoldsWhereNoLowerLevelIsAllowed) {
  EvaluationInput input = AllAt({4});
  input.seniority_gap.emplace();
  input.level = bank::v1::LEVEL_EXPERIENCED;
  input.allowed_levels = {bank::v1::LEVEL_EXPERIENCED, bank::v1::LEVEL_SENIOR};
  const Evaluation evaluation = Decide(input);
  ExpectDecision(evaluation, Outcome::kHold, "LEVEL_ADJUSTMENT");
  EXPECT_EQ(evaluation.reason, "NO_LOWER_LEVEL");
}

TEST(LevelAdjustment, KeepsItsOutcomeWhereNoLevelsAreGiven) {
  EvaluationInput input = AllAt({4});
  input.seniority_gap.emplace();
  const Evaluation evaluation = Decide(input);
  ExpectDecision(evaluation, Outcome::kHireWithLevelAdjustment, "LEVEL_ADJUSTMENT");
  EXPECT_EQ(evaluation.to_level, bank::v1::LEVEL_UNSPECIFIED);
}

TEST(SignalOverride, WaivesTheBarAndSaysSo) {
  // 3.25 and every threshold met: 3, 3, 7/2, 7/2, 7/2, 3 is 3.275.
  EvaluationInput input = AllAt({3, 4});
  std::erase_if(input.ratings, [](const Rating& rating) {
    const std::string& id = rating.key.competency;
    return rating.key.question == "q002" &&
           (id == "ml-fundamentals" || id == "coding-tools" || id == "communication");
  });
  ExpectDecision(Decide(input), Outcome::kHold, "NEXT_ROUND");
  const Evaluation evaluation = Decide(WithFlag(input, "niche-depth"));
  ExpectDecision(evaluation, Outcome::kHire, "SIGNAL_OVERRIDE");
  EXPECT_THAT(evaluation.waived,
              ElementsAre("hire bar 7/2 (3.5) on the weighted average 131/40 (3.275)"));
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("waived: hire bar 7/2 (3.5)"));
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("the signature needs a reason"));
}

TEST(SignalOverride, WaivesNoThreshold) {
  EvaluationInput input = WithFlag(Areas({3, 3, 3, 3, 3, 3}), "niche-depth");
  ExpectDecision(Decide(input), Outcome::kHireWithLevelAdjustment, "SIGNAL_OVERRIDE");
  input.level = bank::v1::LEVEL_FRESHER;
  input.allowed_levels = {bank::v1::LEVEL_FRESHER};
  ExpectDecision(Decide(input), Outcome::kHold, "SIGNAL_OVERRIDE");
  EXPECT_EQ(Decide(input).reason, "NO_LOWER_LEVEL");
}

TEST(SignalOverride, StopsAtARedFlag) {
  const Evaluation evaluation =
      Decide(WithFlag(WithFlag(Areas({3, 3, 3, 3, 3, 3}), "niche-depth"), "buzzwords"));
  ExpectDecision(evaluation, Outcome::kHold, "NEXT_ROUND");
  EXPECT_THAT(evaluation.waived, IsEmpty());
}

TEST(NextRound, TakesTheGapThatTheGuideLeavesOpen) {
  const Evaluation evaluation = Decide(Areas({3, 3, 3, 3, 3, 3}));
  ExpectDecision(evaluation, Outcome::kHold, "NEXT_ROUND");
  EXPECT_THAT(
      Rules(evaluation),
      ElementsAre("AUTO_NO_HIRE", "INSUFFICIENT_EVIDENCE", "BELOW_NO_HIRE_BAR", "CATEGORY_FLOOR",
                  "STRONG_HIRE", "HIRE", "LEVEL_ADJUSTMENT", "SIGNAL_OVERRIDE", "NEXT_ROUND"));
}

TEST(NextRound, TakesAGoodAverageUnderARedFlag) {
  ExpectDecision(Decide(WithFlag(AllAt({5}), "buzzwords")), Outcome::kHold, "NEXT_ROUND");
}

TEST(NotAssessed, IsNeverZero) {
  EvaluationInput input;
  for (const std::string& competency : Competencies()) {
    input.ratings.push_back(Rate("a", "q001", competency, 5));
    input.ratings.push_back(Rate("a", "q002", competency, 5));
    input.ratings.push_back(Rate("a", "q003", competency, std::nullopt));
  }
  const Evaluation evaluation = Decide(input);
  EXPECT_EQ(evaluation.weighted_average, Rational(5));
  EXPECT_EQ(Of(evaluation, "genai-llm").ratings, 2);
  EXPECT_EQ(evaluation.question_average, Rational(5));
}

TEST(CompetencyMean, IsOverInterviewersWhateverEachRated) {
  EvaluationInput input = AllAt({4});
  input.ratings.push_back(Rate("b", "q001", "genai-llm", 1));
  input.ratings.push_back(Rate("b", "q002", "genai-llm", 2));
  const Evaluation evaluation = Decide(input);
  EXPECT_EQ(runtime::ToString(*Of(evaluation, "genai-llm").mean),
            "11/4");  // (4 + 3/2) / 2, not 7/3
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("ratings counted: a n=6, b n=2"));
}

TEST(Reported, ChangesNoOutcome) {
  EvaluationInput input = WithFlag(WithFlag(AllAt({4, 3}), "unexplained-gaps"), "curious");
  input.role = "mlops";
  const Evaluation evaluation = Decide(input);
  ExpectDecision(evaluation, Outcome::kHire, "HIRE");
  EXPECT_EQ(evaluation.role_critical.average, runtime::Fraction(7, 2));
  EXPECT_FALSE(evaluation.role_critical.met);
  EXPECT_TRUE(evaluation.question_average_met);
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("hold signals: unexplained-gaps"));
  EXPECT_THAT(evaluation.trace.back().Why(),
              HasSubstr("role-critical average 7/2 (3.5) over 12 ratings"));
}

TEST(Reported, NamesWhatThePolicyDoesNotWeigh) {
  EvaluationInput input = AllAt({4});
  input.ratings.push_back(Rate("a", "", "leadership", 1));
  const Evaluation evaluation = Decide(input);
  EXPECT_EQ(evaluation.weighted_average, Rational(4));
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("rated and not weighed: leadership"));
}

// The rules written a second time, on integers: scores × basis points, one area score per
// competency.
std::string_view RuleOnIntegers(const std::array<int, 6>& scores, bool red, bool critical, bool gap,
                                bool signal) {
  constexpr std::array<int, 6> kWeights = {20, 15, 20, 20, 15, 10};
  constexpr std::array<int, 6> kTenths = {30, 30, 35, 35, 35, 30};
  int weight = 0;
  int sum = 0;
  bool floor = false;
  bool under = false;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] == 0) continue;
    weight += kWeights[i];
    sum += kWeights[i] * scores[i];
    floor = floor || scores[i] < 3;
    under = under || scores[i] * 10 < kTenths[i];
  }
  if (weight < 80) return "INSUFFICIENT_EVIDENCE";
  if (sum < 3 * weight || critical) return "BELOW_NO_HIRE_BAR";
  if (floor) return "CATEGORY_FLOOR";
  const bool clean = !under && !gap && !red;
  if (sum >= 4 * weight && clean) return "STRONG_HIRE";
  if (2 * sum >= 7 * weight && clean) return "HIRE";
  if (2 * sum >= 7 * weight && !red) return "LEVEL_ADJUSTMENT";
  return signal && !red ? "SIGNAL_OVERRIDE" : "NEXT_ROUND";
}

TEST(Rules, AgreeWithTheSameRulesOnIntegers) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 6000; ++round) {
    std::array<int, 6> scores{};
    std::vector<std::optional<int>> areas;
    for (int& score : scores) {
      score = static_cast<int>(random() % 8);
      if (score > 5) score = 4;
      areas.push_back(score == 0 ? std::nullopt : std::optional<int>(score));
    }
    EvaluationInput input = Areas(areas);
    const bool red = random() % 4 == 0;
    const bool critical = red && random() % 3 == 0;
    const bool gap = random() % 4 == 0;
    const bool signal = random() % 2 == 0;
    if (red) input = WithFlag(std::move(input), "buzzwords", critical);
    if (signal) input = WithFlag(std::move(input), "niche-depth");
    if (gap) input.seniority_gap.emplace();
    ASSERT_EQ(Decide(input).rule, RuleOnIntegers(scores, red, critical, gap, signal))
        << ::testing::PrintToString(scores) << red << critical << gap << signal;
  }
}

}  // namespace
}  // namespace assay::scoring
