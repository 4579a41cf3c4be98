#include "services/scoring/domain/flag_rules.h"

#include <gtest/gtest.h>

#include "services/runtime/base/error.h"

namespace assay::scoring {
namespace {

namespace reason = runtime::v1;
using runtime::ReasonOf;

const runtime::Instant kNow = runtime::FromMicros(1'700'000'000'000'000);

JudgedContent Catalogue(int corroboration = 1) {
  JudgedContent content;
  content.flags["no-trade-offs"] = {.kind = bank::v1::FLAG_KIND_RED};
  content.flags["niche-depth"] = {.kind = bank::v1::FLAG_KIND_STRONG_HIRE_SIGNAL};
  content.flags["fabricated-credentials"] = {.kind = bank::v1::FLAG_KIND_AUTO_NO_HIRE, .always_corroborated = true};
  content.flag_corroboration = corroboration;
  return content;
}

v1::RaisedFlag Of(const std::string& id, bool critical = false) {
  v1::RaisedFlag raised;
  raised.set_flag_id(id);
  raised.set_evidence("said so twice");
  raised.set_critical(critical);
  return raised;
}

v1::Flag Raised(const std::string& id, int corroboration = 1) { return *RaiseFlag(Catalogue(corroboration), Of(id)); }

FlagAction By(const std::string& who) { return {.by = who, .reason = "I heard it too", .at = kNow}; }

TEST(RaiseFlag, KnowsItsKindAndHowManyPeopleItNeeds) {
  EXPECT_EQ(Raised("no-trade-offs").kind(), bank::v1::FLAG_KIND_RED);
  EXPECT_EQ(Raised("no-trade-offs").people_needed(), 1);
  EXPECT_EQ(Raised("no-trade-offs", 2).people_needed(), 2);
  EXPECT_EQ(Raised("fabricated-credentials").people_needed(), 2);
  EXPECT_EQ(Raised("fabricated-credentials", 3).people_needed(), 3);
}

TEST(RaiseFlag, RefusesWhatTheCatalogueLacksAndWhatHasNoEvidenceAtOnce) {
  v1::RaisedFlag raised;
  raised.set_flag_id("unheard-of");
  const auto flag = RaiseFlag(Catalogue(), raised);
  EXPECT_EQ(ReasonOf(flag.status()), reason::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(runtime::ViolationsOf(flag.status()).size(), 2u);
  EXPECT_FALSE(RaiseFlag(Catalogue(), Of("niche-depth", /*critical=*/true)).ok());
}

TEST(ConfirmFlag, OnePersonIsEnoughWhereThePolicySaysSoTheRaiserIncluded) {
  const auto flag = ConfirmFlag(Raised("no-trade-offs"), "dana", By("dana"), std::nullopt);
  ASSERT_TRUE(flag.ok());
  EXPECT_EQ(flag->state(), v1::FLAG_STATE_CONFIRMED);
}

TEST(ConfirmFlag, TheRaiserIsNotTheirOwnSecondPerson) {
  const auto flag = ConfirmFlag(Raised("fabricated-credentials"), "dana", By("dana"), std::nullopt);
  EXPECT_EQ(ReasonOf(flag.status()), reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
}

TEST(ConfirmFlag, ASecondPersonConfirmsTogetherWithTheRaiser) {
  const auto flag = ConfirmFlag(Raised("fabricated-credentials"), "dana", By("eli"), std::nullopt);
  ASSERT_TRUE(flag.ok());
  EXPECT_EQ(flag->state(), v1::FLAG_STATE_CONFIRMED);
  EXPECT_EQ(PeopleBehind(*flag, "dana"), (std::set<std::string>{"dana", "eli"}));
}

TEST(ConfirmFlag, WaitsUntilEnoughDifferentPeopleStandBehindIt) {
  auto flag = ConfirmFlag(Raised("no-trade-offs", 3), "dana", By("eli"), std::nullopt);
  ASSERT_TRUE(flag.ok());
  EXPECT_EQ(flag->state(), v1::FLAG_STATE_RAISED);
  EXPECT_EQ(ReasonOf(ConfirmFlag(*flag, "dana", By("eli"), std::nullopt).status()), reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
  flag = ConfirmFlag(*flag, "dana", By("noor"), std::nullopt);
  EXPECT_EQ(flag->state(), v1::FLAG_STATE_CONFIRMED);
}

TEST(ConfirmFlag, DecidesWhetherARedFlagIsCritical) {
  EXPECT_TRUE(ConfirmFlag(Raised("no-trade-offs"), "dana", By("eli"), true)->critical());
  EXPECT_FALSE(ConfirmFlag(Raised("niche-depth"), "dana", By("eli"), true).ok());
}

TEST(DismissFlag, EndsARaisedOrConfirmedFlagOnce) {
  const auto dismissed = DismissFlag(Raised("no-trade-offs"), By("eli"));
  ASSERT_TRUE(dismissed.ok());
  EXPECT_EQ(dismissed->dismissal().by(), "eli");
  const auto confirmed = ConfirmFlag(Raised("no-trade-offs"), "dana", By("eli"), std::nullopt);
  EXPECT_TRUE(DismissFlag(*confirmed, By("noor")).ok());
  EXPECT_EQ(ReasonOf(DismissFlag(*dismissed, By("eli")).status()), reason::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(ReasonOf(ConfirmFlag(*dismissed, "dana", By("eli"), std::nullopt).status()), reason::ERROR_REASON_INVALID_STATE);
}

}  // namespace
}  // namespace assay::scoring
