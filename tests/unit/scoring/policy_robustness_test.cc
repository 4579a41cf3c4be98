#include "services/scoring/domain/policy_robustness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

using namespace assay::scoring::testing;  // NOLINT(google-build-using-namespace): the words of
                                          // these tests

Robustness Of(const EvaluationInput& input, const bank::v1::Policy& policy = GuidePolicy()) {
  const PolicySettings settings = Settle(policy);
  return CheckRobustness(settings, Facts(), input, Evaluate(settings, Facts(), input));
}

const RobustnessCheck* Check(const Robustness& robustness, std::string_view change) {
  const auto found =
      std::find_if(robustness.checks.begin(), robustness.checks.end(),
                   [&](const RobustnessCheck& check) { return check.change == change; });
  return found == robustness.checks.end() ? nullptr : &*found;
}

EvaluationInput TwoWhoAgree(const std::vector<int>& scores) {
  EvaluationInput input = AllAt(scores);
  for (Rating rating : AllAt(scores).ratings) {
    rating.key.interviewer = "b";
    input.ratings.push_back(rating);
  }
  return input;
}

TEST(Robustness, OfAClearCaseSurvivesEverything) {
  const Robustness robustness = Of(TwoWhoAgree({5, 5}));
  EXPECT_TRUE(robustness.survives);
  EXPECT_EQ(robustness.FirstFlip(), nullptr);
  EXPECT_EQ(robustness.checks.size(), 1u + 2u + 2u + 12u);
}

TEST(Robustness, NamesTheFirstFlip) {
  EvaluationInput input = AllAt({4, 4});
  for (const std::string& competency : Competencies())
    input.ratings.push_back(Rate("b", "q001", competency, 3));
  // a: 4, b: 3, so 3.5 and Hire; without b Strong hire, without a under every 3.5 threshold.
  const Robustness robustness = Of(input);
  ASSERT_NE(robustness.FirstFlip(), nullptr);
  EXPECT_EQ(robustness.FirstFlip()->change, "without interviewer a");
  EXPECT_EQ(robustness.FirstFlip()->rule, "NEXT_ROUND");
  EXPECT_EQ(Check(robustness, "without interviewer b")->rule, "STRONG_HIRE");
  EXPECT_TRUE(Check(robustness, "median")->survives);
}

TEST(Robustness, TriesUnratedCompetenciesAtBothEnds) {
  const Robustness robustness = Of(Areas({4, 4, 4, 4, 4, std::nullopt}));
  EXPECT_EQ(Check(robustness, "communication at 1 (unrated)")->rule, "CATEGORY_FLOOR");
  EXPECT_TRUE(Check(robustness, "communication at 5 (unrated)")->survives);
}

TEST(Robustness, ScalesTheOtherWeights) {
  // ml 3, all else 4: 3.8. Strong hire is 4.0, so no 5 points reach it; at 15 points less it
  // is 3.85.
  const Robustness robustness = Of(Areas({3, 4, 4, 4, 4, 4}));
  EXPECT_TRUE(Check(robustness, "weight of ml-fundamentals -5 points")->survives);
  // Exactly at the bar, a weight flips it: 3.5 with two halves of the matrix at 3 and 4.
  EvaluationInput input = Areas({3, 3, 4, 4, 4, 3});  // 0.45·3 + 0.55·4 = 3.55
  const RobustnessCheck* up = nullptr;
  const Robustness edge = Of(input);
  up = Check(edge, "weight of communication +5 points");
  ASSERT_NE(up, nullptr);
  EXPECT_TRUE(up->survives);  // 0.15·3 + 0.85/0.9·(0.35·3 + 0.55·4) = 3.519…
  EXPECT_EQ(Check(edge, "weight of system-design -5 points")->rule, "HIRE");  // 3.515…
}

TEST(Robustness, DoesNotMistakeAMinimumForAFlip) {
  const Robustness robustness = Of(TwoWhoAgree({4, 4}), DefensiblePolicy());
  EXPECT_TRUE(Check(robustness, "without interviewer a")->survives);
  EXPECT_TRUE(Check(robustness, "without question q001")->survives);
  // But a Hold for too little evidence is not "flipped" by having even less.
  const Robustness held = Of(AllAt({5, 5}), DefensiblePolicy());
  EXPECT_TRUE(Check(held, "without question q001")->survives);
}

TEST(Robustness, DoesNotMissInADividedKitWhatIsLeftOutForTheTrial) {
  EvaluationInput input = AllAt({4, 4});
  for (Rating rating : AllAt({4, 4}).ratings) {
    rating.key.interviewer = "b";
    rating.key.question = rating.key.question == "q001" ? "q003" : "q004";
    input.ratings.push_back(rating);
  }
  const Robustness robustness = Of(input, DefensiblePolicy());
  EXPECT_TRUE(Check(robustness, "without question q001")->survives);
  EXPECT_TRUE(Check(robustness, "without interviewer b")->survives);
}

TEST(Robustness, HasNoMedianToTryWhereThePolicyUsesIt) {
  bank::v1::Policy policy = GuidePolicy();
  policy.mutable_parameters()->set_aggregation(bank::v1::AGGREGATION_MEDIAN);
  EXPECT_EQ(Check(Of(AllAt({4}), policy), "median"), nullptr);
}

}  // namespace
}  // namespace assay::scoring
