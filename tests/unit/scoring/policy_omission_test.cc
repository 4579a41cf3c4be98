// Under `ai-engineer-defensible` leaving a rating out never beats giving it (the claim is stated at
// Evaluate).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

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

  // A panel of two or three on one or two kits, nothing left out: per competency everybody rates
  // every question, or equally many of them each, or two halve the competencies; some area ratings
  // besides. Scores are high enough that hires are common.
  EvaluationInput RandomInput() {
    EvaluationInput input;
    const int rounds = 1 + Draw(2);
    const int panel = 2 + Draw(2);
    const int high = 3 + Draw(2);
    for (int round = 0; round < rounds; ++round) {
      const bool halved = panel == 2 && Draw(4) == 0;
      const int halved_each = 2 + Draw(2);
      for (std::size_t c = 0; c < Competencies().size(); ++c) {
        const std::string& competency = Competencies()[c];
        const bool area = !halved && Draw(2) == 0;
        const int each = halved ? halved_each : 1 + Draw(3);
        const int shift = Draw(2) == 0 ? Draw(4) : 0;  // 0 = the same questions for all
        for (int person = 0; person < panel; ++person) {
          if (halved && static_cast<int>(c % 2) != person) continue;
          const std::string who(1, static_cast<char>('a' + person));
          const std::string where = "r" + std::to_string(round);
          const auto score = [&] { return Draw(12) == 0 ? 1 + Draw(2) : high + Draw(6 - high); };
          if (area) input.ratings.push_back(Rate(who, "", competency, score(), where));
          for (int i = 0; i < each; ++i) {
            const std::string question = "q00" + std::to_string(1 + person * shift + i);
            input.ratings.push_back(Rate(who, question, competency, score(), where));
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

  // One interviewer takes back up to four scores or whole rows.
  EvaluationInput OneTakesBack(EvaluationInput input) {
    const std::string who(1, static_cast<char>('a' + Draw(2)));
    const int tries = 4 + Draw(8);
    for (int i = 0, left = 4; i < tries && left > 0; ++i) {
      const auto at = input.ratings.begin() + Draw(static_cast<int>(input.ratings.size()));
      if (at->key.interviewer != who) continue;
      --left;
      if (Draw(2) == 0) {
        at->score.reset();
      } else {
        input.ratings.erase(at);
      }
    }
    return input;
  }

  // Everybody leaves the same question or area out.
  EvaluationInput AllLeaveOut(EvaluationInput input) {
    const RatingKey gone =
        input.ratings[static_cast<std::size_t>(Draw(static_cast<int>(input.ratings.size())))].key;
    std::erase_if(input.ratings, [&](const Rating& rating) {
      return rating.key.interview == gone.interview && rating.key.question == gone.question &&
             rating.key.competency == gone.competency;
    });
    return input;
  }

  // Leaving out is worth no more than giving; Hold for want of the rating is no result.
  void ExpectNoGain(const Evaluation& given, const Evaluation& omitted) {
    hires_ += ProposesHire(given.outcome) ? 1 : 0;
    if (omitted.rule == "INSUFFICIENT_EVIDENCE") {
      ASSERT_EQ(omitted.outcome, Outcome::kHold);
      ++held_;
      return;
    }
    decided_ += ProposesHire(omitted.outcome) ? 1 : 0;
    ASSERT_LE(omitted.outcome, given.outcome)
        << omitted.trace.back().Why() << " | " << given.trace.back().Why();
  }

  // The inputs must be such that the property could fail.
  void ExpectAllKindsTried() const {
    EXPECT_GT(hires_, kInputs / 10);
    EXPECT_GT(held_, kInputs / 10);
    EXPECT_GT(decided_, kInputs / 100);
  }

  int hires_ = 0;    // given
  int held_ = 0;     // omitted
  int decided_ = 0;  // omitted, and a hire nevertheless
  std::mt19937 random_{7};
};

// The kit, told: every question of the interview, of everybody on its panel.
void ExpectKeys(EvaluationInput& input) {
  std::set<RatingKey> expected;
  for (const Rating& rating : input.ratings) {
    for (const Rating& colleague : input.ratings) {
      if (colleague.key.interview != rating.key.interview) continue;
      RatingKey key = rating.key;
      key.interviewer = colleague.key.interviewer;
      expected.insert(key);
    }
  }
  input.expected.assign(expected.begin(), expected.end());
}

TEST_F(Omission, ByOneNeverBeatsGivingUnderTheDefensiblePolicy) {
  for (int i = 0; i < kInputs; ++i) {
    EvaluationInput input = RandomInput();
    if (Draw(2) == 0) ExpectKeys(input);
    const Evaluation given = Evaluate(DefensiblePolicy(), Facts(), input);
    const Evaluation omitted = Evaluate(DefensiblePolicy(), Facts(), OneTakesBack(input));
    ASSERT_NO_FATAL_FAILURE(ExpectNoGain(given, omitted)) << i;
  }
  ExpectAllKindsTried();
}

TEST_F(Omission, ByAllNeverBeatsGivingWhereTheKitIsTold) {
  for (int i = 0; i < kInputs; ++i) {
    EvaluationInput input = RandomInput();
    ExpectKeys(input);
    const Evaluation given = Evaluate(DefensiblePolicy(), Facts(), input);
    const Evaluation omitted = Evaluate(DefensiblePolicy(), Facts(), AllLeaveOut(input));
    ASSERT_NO_FATAL_FAILURE(ExpectNoGain(given, omitted)) << i;
  }
  ExpectAllKindsTried();
}

TEST_F(Omission, NeverBeatsGivingWhateverTheAggregation) {
  for (int i = 0; i < kInputs; ++i) {
    const bank::v1::Policy policy = RandomVariant();
    EvaluationInput input = RandomInput();
    if (Draw(2) == 0) ExpectKeys(input);
    ASSERT_NO_FATAL_FAILURE(ExpectNoGain(Evaluate(policy, Facts(), input),
                                         Evaluate(policy, Facts(), OneTakesBack(input))))
        << i << policy.parameters().ShortDebugString();
  }
}

TEST_F(Omission, OfARequiredCompetencyIsAlwaysHold) {
  for (int i = 0; i < kInputs / 10; ++i) {
    EvaluationInput input = RandomInput();
    std::erase_if(input.flags, [](const ConfirmedFlag& flag) { return flag.id == "cannot-reason"; });
    for (const std::string& competency : Competencies()) {
      EvaluationInput less = input;
      std::erase_if(less.ratings, [&](const Rating& r) { return r.key.competency == competency; });
      ASSERT_EQ(Evaluate(DefensiblePolicy(), Facts(), less).rule, "INSUFFICIENT_EVIDENCE");
    }
  }
}

TEST_F(Omission, ByTwoOfDifferentQuestionsLooksLikeADividedKit) {
  // The limit of the claim: two who each take another of two questions back cannot be told from two
  // who divided them.
  EvaluationInput input;
  for (const std::string& competency : Competencies()) {
    for (const auto& [who, question, score] :
         {std::tuple{"a", "q001", 5}, {"a", "q002", 1}, {"b", "q001", 1}, {"b", "q002", 5}})
      input.ratings.push_back(Rate(who, question, competency, score));
  }
  ExpectKeys(input);
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "NEXT_ROUND");
  std::erase_if(input.ratings, [](const Rating& rating) { return rating.score == 1; });
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "STRONG_HIRE");
}

TEST_F(Omission, PaysUnderAPolicyThatRequiresNothing) {
  // Why the defensible policy exists: the guide's own lets a bad competency be left out.
  EXPECT_EQ(Evaluate(GuidePolicy(), Facts(), Areas({1, 5, 5, 5, 5, 5})).rule, "CATEGORY_FLOOR");
  EXPECT_EQ(Evaluate(GuidePolicy(), Facts(), Areas({std::nullopt, 5, 5, 5, 5, 5})).rule,
            "STRONG_HIRE");
}

}  // namespace
}  // namespace assay::scoring
