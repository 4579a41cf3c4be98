#include "services/scoring/domain/policy_canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/runtime/base/ids.h"
#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

using ::testing::HasSubstr;
using namespace assay::scoring::testing;  // NOLINT(google-build-using-namespace): the words of
                                          // these tests

EvaluationInput Golden() {
  EvaluationInput input = Areas({4, std::nullopt, 3, 4, 4, 4});
  input.ratings.push_back(Rate("b", "q001", "coding-tools", std::nullopt));
  input = WithFlag(WithFlag(std::move(input), "unexplained-gaps"), "niche-depth");
  input.level = bank::v1::LEVEL_SENIOR;
  input.allowed_levels = {bank::v1::LEVEL_SENIOR, bank::v1::LEVEL_EXPERIENCED};
  return input;
}

std::string DigestOf(const EvaluationInput& input, const bank::v1::Policy& policy = GuidePolicy()) {
  return InputDigest(Settle(policy), Facts(), input);
}

// These bytes are what decisions were signed on. They change only together with
// kPolicyEngineVersion.
TEST(CanonicalDecision, KeepsItsBytes) {
  const std::string digest = DigestOf(Golden());
  EXPECT_EQ(digest, "f71718ffae60667304330008763a415573d76560ade5ceadb6563ab7d4763cd6");
  const std::string bytes = CanonicalDecision(Decide(Golden()), digest);
  EXPECT_EQ(runtime::Sha256Hex(bytes), "0b4608432d1a8e69b51ed5688846ee7d81fd4169b2226595d23368062bd295d4") << bytes;
  EXPECT_THAT(bytes, HasSubstr(R"("engine_version":"1","from_level":"SENIOR")"));
  EXPECT_THAT(bytes, HasSubstr(R"("outcome":"HIRE_WITH_LEVEL_ADJUSTMENT")"));
  EXPECT_THAT(bytes, HasSubstr(R"("weighted_average":"64/17")"));
  EXPECT_THAT(bytes, HasSubstr(R"("mean":null,"meets_threshold":null,"reason":"NOT_RATED")"));
}

TEST(CanonicalInputs, DoNotDependOnOrder) {
  EvaluationInput input = Golden();
  std::mt19937 random(3);
  for (int i = 0; i < 20; ++i) {
    EvaluationInput shuffled = input;
    std::shuffle(shuffled.ratings.begin(), shuffled.ratings.end(), random);
    std::shuffle(shuffled.flags.begin(), shuffled.flags.end(), random);
    std::reverse(shuffled.allowed_levels.begin(), shuffled.allowed_levels.end());
    EXPECT_EQ(DigestOf(shuffled), DigestOf(input));
    EXPECT_EQ(CanonicalDecision(Decide(shuffled), ""), CanonicalDecision(Decide(input), ""));
  }
}

TEST(CanonicalInputs, ChangeWithAnythingThatWasEvaluated) {
  const std::string digest = DigestOf(Golden());
  EvaluationInput other = Golden();
  other.ratings[0].score = 5;
  EXPECT_NE(DigestOf(other), digest);
  other = Golden();
  other.ratings.back().score = 1;
  EXPECT_NE(DigestOf(other), digest);
  other = Golden();
  other.flags.pop_back();
  EXPECT_NE(DigestOf(other), digest);
  other = Golden();
  other.seniority_gap.emplace();
  EXPECT_NE(DigestOf(other), digest);
  EXPECT_NE(DigestOf(Golden(), DefensiblePolicy()), digest);
}

TEST(CanonicalInputs, TakeAStatedDefaultAndAnUnstatedOneForTheSame) {
  bank::v1::Policy stated = GuidePolicy();
  stated.set_hire_bar_milli(3500);
  stated.mutable_parameters()->set_min_interviewers(1);
  stated.mutable_parameters()->set_aggregation(bank::v1::AGGREGATION_MEAN);
  EXPECT_EQ(DigestOf(Golden(), stated), DigestOf(Golden()));
}

TEST(CanonicalJson, SortsKeysAndEscapes) {
  const runtime::Json json(
      runtime::Json::Object{{"b", runtime::Fraction(193, 50)},
                            {"a", runtime::Json::List{1, true, runtime::Json()}},
                            {"c", "\"\\\n"},
                            {"d", runtime::Json::Decimal(runtime::Fraction(193, 50))}});
  EXPECT_EQ(json.Canonical(),
            "{\"a\":[1,true,null],\"b\":\"193/50\",\"c\":\"\\\"\\\\\\u000a\",\"d\":3.86}");
}

TEST(RationalText, IsReducedAndTruncated) {
  using runtime::DecimalString;
  using runtime::Fraction;
  EXPECT_EQ(runtime::ToString(Fraction(386, 100)), "193/50");
  EXPECT_EQ(runtime::ToString(Fraction(8, 2)), "4");
  EXPECT_EQ(DecimalString(Fraction(193, 50)), "3.86");
  EXPECT_EQ(DecimalString(Fraction(4, 1)), "4");
  EXPECT_EQ(DecimalString(Fraction(11, 3)), "3.666666");
  EXPECT_EQ(DecimalString(Fraction(1, 10)), "0.1");
  EXPECT_EQ(DecimalString(Fraction(-11, 3)), "-3.666666");
  EXPECT_EQ(DecimalString(Fraction(30000001, 10000000)), "3");
}

TEST(RationalText, IsReadBack) {
  for (const auto& [text, value] : {std::pair{"193/50", runtime::Fraction(193, 50)},
                                    {".80", runtime::Fraction(4, 5)},
                                    {"-4", runtime::Fraction(-4, 1)},
                                    {"08.5", runtime::Fraction(17, 2)}}) {
    ASSERT_TRUE(runtime::ParseRational(text).ok()) << text;
    EXPECT_EQ(*runtime::ParseRational(text), value);
  }
  for (const char* text : {"", "-", ".", "1.", "1/0", "1/-2", "0x10", "1e3", "4 ", "nan"}) {
    EXPECT_FALSE(runtime::ParseRational(text).ok()) << text;
  }
}

}  // namespace
}  // namespace assay::scoring
