// Under `ai-engineer-defensible` leaving a rating out never beats giving it (the claim is stated at
// Evaluate).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "services/scoring/domain/policy_evaluate.h"
#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

using namespace assay::scoring::testing;  // NOLINT(google-build-using-namespace): the words of
                                          // these tests

constexpr int kInputs = 4000;

class Omission : public ::testing::Test {
 protected:
  int Draw(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  // A panel of two or three on one or two kits; scores high enough that hires are common, with some
  // rows unscored and some area ratings besides the questions.
  EvaluationInput RandomInput() {
    EvaluationInput input;
    const int rounds = 1 + Draw(2);
    const int panel = 2 + Draw(2);
    const int unscored = Draw(3) == 0 ? 2 : 0;
    const int high = 3 + Draw(2);
    for (int round = 0; round < rounds; ++round) {
      for (const std::string& competency : Competencies()) {
        const int questions = 1 + Draw(3);
        for (int question = Draw(2); question <= questions; ++question) {
          for (int person = 0; person < panel; ++person) {
            const std::string name = question == 0 ? "" : "q00" + std::to_string(question);
            const bool skip = Draw(100) < unscored;
            const int score = Draw(12) == 0 ? 1 + Draw(2) : high + Draw(6 - high);
            input.ratings.push_back(
                Rate(std::string(1, static_cast<char>('a' + person)), name, competency,
                     skip ? std::nullopt : std::optional<int>(score), "r" + std::to_string(round)));
          }
        }
      }
    }
    if (Draw(6) == 0) input = WithFlag(std::move(input), "niche-depth");
    if (Draw(10) == 0) input = WithFlag(std::move(input), "buzzwords", Draw(2) == 0);
    if (Draw(20) == 0) input = WithFlag(std::move(input), "cannot-reason");
    if (Draw(8) == 0) input.seniority_gap.emplace();
    input.interviews =
        rounds == 1 ? std::vector<std::string>{"r0"} : std::vector<std::string>{"r0", "r1"};
    return input;
  }

  bank::v1::Policy RandomVariant() {
    bank::v1::Policy policy = DefensiblePolicy();
    bank::v1::PolicyParameters& parameters = *policy.mutable_parameters();
    parameters.set_area_ratings(static_cast<bank::v1::AreaRatings>(1 + Draw(3)));
    parameters.set_rounds(static_cast<bank::v1::RoundsRule>(1 + Draw(3)));
    parameters.set_aggregation(static_cast<bank::v1::Aggregation>(1 + Draw(2)));
    return policy;
  }

  // Takes away some scores, some whole rows.
  EvaluationInput Omit(EvaluationInput input) {
    for (int omitted = 1 + Draw(3); omitted > 0 && !input.ratings.empty(); --omitted) {
      const auto at = input.ratings.begin() + Draw(static_cast<int>(input.ratings.size()));
      if (Draw(2) == 0) {
        at->score.reset();
      } else {
        input.ratings.erase(at);
      }
    }
    return input;
  }

  static void ExpectNoGain(const Evaluation& given, const Evaluation& omitted) {
    if (omitted.rule == "INSUFFICIENT_EVIDENCE") {
      ASSERT_EQ(omitted.outcome, Outcome::kHold);
      return;
    }
    ASSERT_EQ(omitted.rule, given.rule);
    ASSERT_EQ(OutcomeName(omitted.outcome), OutcomeName(given.outcome));
    if (given.rule == "AUTO_NO_HIRE") return;  // stands on a flag, whatever the average
    ASSERT_EQ(omitted.weighted_average, given.weighted_average) << "what was taken did not count";
  }

  std::mt19937 random_{7};
};

void ExpectKeys(EvaluationInput& input) {
  for (const Rating& rating : input.ratings) input.expected.push_back(rating.key);
}

TEST_F(Omission, NeverBeatsGivingUnderTheDefensiblePolicy) {
  int hires = 0;
  int held = 0;
  for (int i = 0; i < kInputs; ++i) {
    EvaluationInput input = RandomInput();
    ExpectKeys(input);
    const Evaluation given = Evaluate(DefensiblePolicy(), Facts(), input);
    const Evaluation omitted = Evaluate(DefensiblePolicy(), Facts(), Omit(input));
    ASSERT_NO_FATAL_FAILURE(ExpectNoGain(given, omitted)) << i;
    ASSERT_FALSE(ProposesHire(omitted.outcome) && omitted.outcome > given.outcome);
    hires += ProposesHire(given.outcome) ? 1 : 0;
    held += omitted.outcome == Outcome::kHold && omitted.outcome > given.outcome ? 1 : 0;
  }
  // The inputs must be such that the property could fail: hires are common, and so is No hire that
  // turns to Hold.
  EXPECT_GT(hires, kInputs / 10);
  EXPECT_GT(held, 0);
}

TEST_F(Omission, NeverBeatsGivingWhateverTheAggregation) {
  for (int i = 0; i < kInputs; ++i) {
    const bank::v1::Policy policy = RandomVariant();
    EvaluationInput input = RandomInput();
    ExpectKeys(input);
    ASSERT_NO_FATAL_FAILURE(
        ExpectNoGain(Evaluate(policy, Facts(), input), Evaluate(policy, Facts(), Omit(input))))
        << i << policy.parameters().ShortDebugString();
  }
}

TEST_F(Omission, OfAScoreIsSeenWithoutBeingToldTheKit) {
  for (int i = 0; i < kInputs; ++i) {
    const EvaluationInput input = RandomInput();
    EvaluationInput less = input;
    less.ratings[static_cast<std::size_t>(Draw(static_cast<int>(less.ratings.size())))]
        .score.reset();
    ASSERT_NO_FATAL_FAILURE(ExpectNoGain(Evaluate(DefensiblePolicy(), Facts(), input),
                                         Evaluate(DefensiblePolicy(), Facts(), less)));
  }
}

TEST_F(Omission, OfARowIsSeenWhereAPeerRatedTheSame) {
  for (int i = 0; i < kInputs; ++i) {
    const EvaluationInput input =
        RandomInput();  // everybody on a panel of two or more has every row
    EvaluationInput less = input;
    less.ratings.erase(less.ratings.begin() + Draw(static_cast<int>(less.ratings.size())));
    ASSERT_NO_FATAL_FAILURE(ExpectNoGain(Evaluate(DefensiblePolicy(), Facts(), input),
                                         Evaluate(DefensiblePolicy(), Facts(), less)));
  }
}

TEST_F(Omission, PaysUnderAPolicyThatRequiresNothing) {
  // Why the defensible policy exists: the guide's own lets a bad competency be left out.
  EXPECT_EQ(Evaluate(GuidePolicy(), Facts(), Areas({1, 5, 5, 5, 5, 5})).rule, "CATEGORY_FLOOR");
  EXPECT_EQ(Evaluate(GuidePolicy(), Facts(), Areas({std::nullopt, 5, 5, 5, 5, 5})).rule,
            "STRONG_HIRE");
}

}  // namespace
}  // namespace assay::scoring
