#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/bank/domain/kit.h"
#include "tests/unit/bank/kit_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kCatalogue[] = R"(
competencies: [{id: ml, weight_basis_points: 5000}, {id: design, weight_basis_points: 5000}]
roles: [{id: mlops}]
formats:
  - {id: two, minutes: 20, slots: [{id: core, minutes: 20, kinds: [theory], min_questions: 2, max_questions: 2}]}
  - id: mixed
    minutes: 40
    slots:
      - {id: core, minutes: 20, kinds: [theory, technical, design], min_questions: 1, max_questions: 3}
      - {id: deep, minutes: 20, kinds: [design], min_questions: 1, max_questions: 1}
)";

SmallBank BankOf(int theory) {
  SmallBank bank(kCatalogue);
  for (int i = 0; i < theory; ++i) bank.Add("t" + std::to_string(i), v1::QUESTION_KIND_THEORY);
  return bank;
}

std::string Message(const absl::StatusOr<Kit>& kit) { return std::string(kit.status().message()); }

TEST(KitRules, ARoleCriticalQuestionIsInEveryKitWhereOneSuits) {
  SmallBank bank = BankOf(12);
  bank["t7"].roles[0].critical = true;
  // Worn and dull: worth less than any other.
  bank["t7"].exposure = 50;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto kit = AssembleKit(RequestFor("two", seed), bank.Catalogue());
    ASSERT_TRUE(kit.ok()) << kit.status();
    EXPECT_THAT(IdsOf(*kit), Contains("t7"));
  }
  // A candidate who has had one was asked what the role is about.
  KitRequest request = RequestFor("two");
  request.excluded = {"t7"};
  const auto kit = AssembleKit(request, bank.Catalogue());
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_THAT(IdsOf(*kit), Not(Contains("t7")));
}

TEST(KitRules, SaysThatLeaksOrTheCapTookTheRolesCriticalQuestions) {
  SmallBank bank = BankOf(5);
  bank["t1"].roles[0].critical = true;
  bank["t1"].leaked = true;
  std::vector<KitShortfall> shortfalls;
  const auto leaked = AssembleKit(RequestFor("two"), bank.Catalogue(), &shortfalls);
  EXPECT_THAT(Message(leaked), AllOf(HasSubstr("needs a role-critical question and none fits (1 short)"), HasSubstr("1 more would fit but are marked as leaked")));
  ASSERT_THAT(shortfalls, SizeIs(1));
  EXPECT_EQ(shortfalls[0].constraint, "LEAK");
  bank["t1"].leaked = false;
  bank["t1"].exposure = 4;
  bank.parts().cap.max_uses = 4;
  EXPECT_THAT(Message(AssembleKit(RequestFor("two"), bank.Catalogue(), &shortfalls)), HasSubstr("reached the exposure cap"));
  EXPECT_EQ(shortfalls[0].constraint, "EXPOSURE_CAP");
  bank.parts().cap.max_uses = 5;
  EXPECT_TRUE(AssembleKit(RequestFor("two"), bank.Catalogue()).ok());
}

TEST(KitRules, WhatIsLeakedOrAtItsCapIsNotDrawnWhateverItIsWorth) {
  SmallBank bank = BankOf(6);
  bank.parts().formats[0].mutable_slots(0)->add_preferred_questions("t0");
  bank.parts().formats[0].mutable_slots(0)->add_preferred_questions("t1");
  bank["t0"].leaked = true;
  bank["t1"].exposure = 3;
  bank.parts().cap = {.max_uses = 3, .days = 30};
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const auto kit = AssembleKit(RequestFor("two", seed), bank.Catalogue());
    ASSERT_TRUE(kit.ok()) << kit.status();
    EXPECT_THAT(IdsOf(*kit), Not(Contains("t0")));
    EXPECT_THAT(IdsOf(*kit), Not(Contains("t1")));
  }
}

TEST(KitRules, SaysByHowMuchTheCapMakesAKitInfeasible) {
  SmallBank bank = BankOf(4);
  for (const char* id : {"t0", "t1", "t2"}) bank[id].exposure = 9;
  bank.parts().cap = {.max_uses = 9, .days = 30};
  std::vector<KitShortfall> shortfalls;
  const auto kit = AssembleKit(RequestFor("two"), bank.Catalogue(), &shortfalls);
  EXPECT_TRUE(absl::IsFailedPrecondition(kit.status()));
  EXPECT_THAT(Message(kit), HasSubstr("slot core needs 2 questions and 1 fit (1 short); 3 more would fit but have reached the exposure cap"));
  ASSERT_THAT(shortfalls, SizeIs(1));
  EXPECT_EQ(shortfalls[0].constraint, "EXPOSURE_CAP");
  EXPECT_EQ(shortfalls[0].needed, 2);
  EXPECT_EQ(shortfalls[0].available, 1);
}

TEST(KitRules, AQuestionThatIsTakenIsNotDrawn) {
  SmallBank bank = BankOf(4);
  KitRequest request = RequestFor("two");
  request.taken = {"t0", "t2"};
  const auto kit = AssembleKit(request, bank.Catalogue());
  ASSERT_TRUE(kit.ok());
  EXPECT_THAT(IdsOf(*kit), ::testing::UnorderedElementsAre("t1", "t3"));
}

TEST(KitRules, SpreadsDifficultyRatherThanAskingOneGradeTwice) {
  SmallBank bank(kCatalogue);
  // Of equal worth but for the seed's share, which is less than what they differ by below.
  bank.parts().formats[0].mutable_slots(0)->add_kinds(v1::QUESTION_KIND_TECHNICAL);
  for (int i = 0; i < 3; ++i) bank.Add("t" + std::to_string(i), v1::QUESTION_KIND_THEORY);
  bank.Add("u0", v1::QUESTION_KIND_TECHNICAL);
  int spread = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto kit = AssembleKit(RequestFor("two", seed), bank.Catalogue());
    ASSERT_TRUE(kit.ok());
    const auto ids = IdsOf(*kit);
    spread += std::count(ids.begin(), ids.end(), "u0");
  }
  // By chance it would be in half of them.
  EXPECT_GT(spread, 60);
  EXPECT_EQ(GradeOf(v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY), 1);
  EXPECT_EQ(GradeOf(v1::LEVEL_SENIOR, v1::QUESTION_KIND_DESIGN), 6);
  EXPECT_EQ(GradeOf(v1::LEVEL_SENIOR, v1::QUESTION_KIND_BEHAVIOURAL), 0);
}

TEST(KitRules, ExplainsAPickWithItsUsesAndDifficulty) {
  SmallBank bank = BankOf(2);
  bank["t0"].exposure = 3;
  bank["t1"].exposure = 1;
  bank.parts().cap.days = 45;
  const auto kit = AssembleKit(RequestFor("two"), bank.Catalogue());
  ASSERT_TRUE(kit.ok());
  EXPECT_THAT(kit->slots[0].picks[0].why, AllOf(HasSubstr("relevant for mlops"), HasSubstr("covers ml (50 %)"), HasSubstr("difficulty 2 of 6"),
                                                HasSubstr("used 3 times in 45 days")));
  EXPECT_THAT(kit->slots[0].picks[1].why, HasSubstr("used once in 45 days"));
}

// Why a question that is asked for cannot be in the kit, with the reason of each slot.
struct Misfit {
  const char* what;
  std::function<void(SmallBank&)> make;
  const char* said;
};

TEST(KitRules, SaysOfAQuestionThatIsAskedForWhyItFitsNowhere) {
  const std::vector<Misfit> misfits{
      {"kind", [](SmallBank& bank) { bank["x"].kind = v1::QUESTION_KIND_BEHAVIOURAL; }, "slot core: takes no behavioural question; slot deep: takes no behavioural"},
      {"design in the core", [](SmallBank& bank) { bank["x"].kind = v1::QUESTION_KIND_DESIGN; bank["x"].minutes = 25; }, "slot core: takes no design question; slot deep: it takes 25 minutes and 20 are left (5 too long)"},
      {"level", [](SmallBank& bank) { bank["x"].level = v1::LEVEL_SENIOR; }, "a technical question of level senior is not for level experienced"},
      {"leak", [](SmallBank& bank) { bank["x"].leaked = true; }, "it is marked as leaked"},
      {"cap", [](SmallBank& bank) { bank["x"].exposure = 7; bank.parts().cap = {.max_uses = 6, .days = 10}; }, "it was used 7 times in 10 days, at most 6 are allowed"},
      {"competency", [](SmallBank& bank) { bank.parts().formats[1].mutable_slots(0)->add_competencies("design"); bank["t0"].competency = "design"; }, "takes questions of design only, it is of ml"},
      {"role", [](SmallBank& bank) { bank.parts().formats[1].mutable_slots(0)->set_role_specific(true); bank["x"].roles = {{"other", false}}; }, "takes the role's own questions only"},
      {"minutes", [](SmallBank& bank) { bank["x"].minutes = 21; }, "it takes 21 minutes and 15 are left (6 too long)"},
      {"variant", [](SmallBank& bank) { bank["x"].variants = {"t0"}; }, "the kit holds its variant t0"},
  };
  for (const Misfit& misfit : misfits) {
    SmallBank bank = BankOf(3);
    bank.Add("d0", v1::QUESTION_KIND_DESIGN);
    bank.Add("x", v1::QUESTION_KIND_TECHNICAL);
    misfit.make(bank);
    KitRequest request = RequestFor("mixed");
    request.locked = {{.id = "t0", .slot = "core"}, {.id = "x"}};
    std::vector<KitShortfall> shortfalls;
    const auto kit = AssembleKit(request, bank.Catalogue(), &shortfalls);
    EXPECT_TRUE(absl::IsFailedPrecondition(kit.status())) << misfit.what;
    EXPECT_THAT(Message(kit), AllOf(HasSubstr("question x fits no slot"), HasSubstr(misfit.said))) << misfit.what;
    ASSERT_THAT(shortfalls, SizeIs(1));
    EXPECT_EQ(shortfalls[0].constraint, "LOCKED");
  }
}

TEST(KitRules, ManyQuestionsThatAreNeededAreFoundOrMissedInReasonableTime) {
  // Thirty questions of which no two may be together but for one pair: the search must not try all subsets.
  SmallBank bank = BankOf(30);
  for (int i = 0; i < 30; ++i) {
    for (int j = 0; j < i; ++j) {
      if (i != 29 || j != 28) bank["t" + std::to_string(i)].variants.push_back("t" + std::to_string(j));
    }
  }
  const auto kit = AssembleKit(RequestFor("two"), bank.Catalogue());
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_THAT(IdsOf(*kit), ::testing::UnorderedElementsAre("t28", "t29"));
  bank["t29"].variants.push_back("t28");
  EXPECT_TRUE(absl::IsFailedPrecondition(AssembleKit(RequestFor("two"), bank.Catalogue()).status()));
}

}  // namespace
}  // namespace assay::bank
