#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/kit_coverage.h"
#include "tests/unit/bank/kit_pack_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(AssembleKit, MeetsEveryHardConstraintForEverySeedAndLevel) {
  const v1::Pack pack = RichPack();
  const KitCatalogue catalogue = KitCatalogue::FromPack(pack);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    KitRequest request = ForMlops(seed * 7919);
    request.level = seed % 2 == 0 ? v1::LEVEL_EXPERIENCED : v1::LEVEL_FRESHER;
    request.excluded = {"story-0", "e-design-1", "f-scenario-0"};
    const auto kit = AssembleKit(request, catalogue);
    ASSERT_TRUE(kit.ok()) << kit.status();
    const std::vector<std::string> ids = Ids(*kit);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
    for (const std::string& id : request.excluded) EXPECT_THAT(ids, Each(Not(id)));
    ASSERT_THAT(kit->slots, SizeIs(5));
    for (std::size_t i = 0; i < kit->slots.size(); ++i) {
      const KitSlot& slot = kit->slots[i];
      const v1::FormatSlot& rule = pack.formats(0).slots(static_cast<int>(i));
      int minutes = 0;
      std::multiset<int> stories;
      for (const KitPick& pick : slot.picks) {
        const v1::QuestionContent& question = Question(pack, pick.question);
        minutes += pick.minutes;
        stories.insert(question.story());
        EXPECT_TRUE(LevelAllows(question.level(), question.kind(), request.level)) << pick.question;
        EXPECT_FALSE(pick.why.empty());
        if (slot.id == "technical") {
          EXPECT_NE(question.kind(), v1::QUESTION_KIND_DESIGN);
        }
        if (slot.id == "deep") {
          EXPECT_EQ(question.kind(), request.level == v1::LEVEL_FRESHER ? v1::QUESTION_KIND_SCENARIO
                                                                        : v1::QUESTION_KIND_DESIGN);
        }
      }
      EXPECT_LE(minutes, rule.minutes()) << slot.id;
      EXPECT_GE(static_cast<int>(slot.picks.size()), rule.min_questions()) << slot.id;
      EXPECT_LE(static_cast<int>(slot.picks.size()), rule.max_questions()) << slot.id;
      if (slot.id == "stories") {
        EXPECT_THAT(stories, ElementsAre(v1::STORY_KIND_FAILURE, v1::STORY_KIND_IMPROVEMENT));
      }
    }
  }
}

TEST(AssembleKit, IsTheSameForASeedWhateverTheOrderOfTheBank) {
  v1::Pack pack = RichPack();
  const auto first = AssembleKit(ForMlops(42), KitCatalogue::FromPack(pack));
  std::reverse(pack.mutable_questions()->begin(), pack.mutable_questions()->end());
  const auto second = AssembleKit(ForMlops(42), KitCatalogue::FromPack(pack));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
}

TEST(AssembleKit, ChoosesOtherQuestionsForOtherSeeds) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(RichPack());
  std::set<std::vector<std::string>> kits;
  for (std::uint64_t seed = 0; seed < 20; ++seed) kits.insert(Ids(*AssembleKit(ForMlops(seed), catalogue)));
  EXPECT_GE(kits.size(), 15u);
}

TEST(AssembleKit, PinsRevisionsAndSaysWhyForEachPick) {
  KitCatalogue::Parts parts;
  const v1::Pack pack = RichPack();
  for (const auto& question : pack.questions()) parts.questions.push_back(FactsOf(question, 3));
  parts.formats.assign(pack.formats().begin(), pack.formats().end());
  parts.roles.assign(pack.roles().begin(), pack.roles().end());
  parts.weights = {{"design", 2000}, {"production", 1250}};
  parts.default_format = "round-60";
  const auto kit = AssembleKit(ForMlops(), KitCatalogue(std::move(parts)));
  ASSERT_TRUE(kit.ok());
  const KitPick& deep = kit->slots[2].picks.at(0);
  EXPECT_EQ(deep.Name(), "questions/e-design-1@3");
  EXPECT_THAT(deep.why, AllOf(HasSubstr("named by the format"), HasSubstr("experienced level")));
  EXPECT_THAT(kit->slots[3].picks.at(0).why, AllOf(HasSubstr("a story of failure"), HasSubstr("production (12.50 %)")));
  EXPECT_THAT(kit->overall_competencies, ElementsAre("communication"));
  EXPECT_EQ(kit->slots[0].script, "Hello");
}

TEST(AssembleKit, PrefersRoleCriticalAndFocusQuestions) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(RichPack());
  int critical = 0;
  int plain = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<std::string> ids = Ids(*AssembleKit(ForMlops(seed), catalogue));
    critical += std::count(ids.begin(), ids.end(), "e-technical-2");
    plain += std::count(ids.begin(), ids.end(), "e-technical-4");
  }
  EXPECT_GE(critical, 90);
  EXPECT_LT(plain, critical / 2);
}

TEST(AssembleKit, PrefersTheLeastUsed) {
  const v1::Pack pack = RichPack();
  KitCatalogue::Parts parts;
  for (const auto& question : pack.questions()) {
    parts.questions.push_back(FactsOf(question, 1));
    if (question.id() < "f-theory-3") parts.questions.back().exposure = 50;
  }
  parts.formats.assign(pack.formats().begin(), pack.formats().end());
  parts.roles.assign(pack.roles().begin(), pack.roles().end());
  parts.default_format = "round-60";
  const KitCatalogue catalogue(std::move(parts));
  int worn = 0;
  int fresh = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    KitRequest request = ForMlops(seed);
    request.level = v1::LEVEL_FRESHER;
    request.format = "screen-30";
    for (const std::string& id : Ids(*AssembleKit(request, catalogue))) ++(id < "f-theory-3" ? worn : fresh);
  }
  EXPECT_LT(worn * 3, fresh);
}

TEST(AssembleKit, NeverPutsTwoVariantsOfOneQuestionTogether) {
  v1::Pack pack = Catalogue();
  AddQuestion(pack, "a", v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 5);
  v1::QuestionLink& link = *AddQuestion(pack, "b", v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 5).add_links();
  link.set_question("a");
  link.set_relation(v1::QUESTION_RELATION_HARDER_VARIANT_OF);
  KitRequest request = ForMlops();
  request.level = v1::LEVEL_FRESHER;
  request.format = "screen-30";
  std::vector<KitShortfall> shortfalls;
  EXPECT_TRUE(absl::IsFailedPrecondition(AssembleKit(request, KitCatalogue::FromPack(pack), &shortfalls).status()));
  ASSERT_THAT(shortfalls, SizeIs(1));
  EXPECT_EQ(shortfalls[0].constraint, "COMPETITION");
  EXPECT_EQ(shortfalls[0].slot, "fundamentals");
  EXPECT_EQ(shortfalls[0].needed, 2);
  EXPECT_EQ(shortfalls[0].available, 1);
  EXPECT_THAT(shortfalls[0].message, HasSubstr("slot fundamentals needs 2 questions and of those that fit 1 go together, the others are variants of them (1 short)"));
  AddQuestion(pack, "c", v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 5);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    request.seed = seed;
    EXPECT_THAT(Ids(*AssembleKit(request, KitCatalogue::FromPack(pack))), testing::Contains("c"));
  }
}

TEST(AssembleKit, KeepsLockedQuestionsSoThatOneCanBeSwapped) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(RichPack());
  const Kit before = *AssembleKit(ForMlops(5), catalogue);
  const std::string swapped = before.slots[1].picks[0].question;
  KitRequest request = ForMlops(6);
  request.excluded = {swapped};
  for (const KitSlot& slot : before.slots) {
    for (const KitPick& pick : slot.picks) {
      if (pick.question != swapped) request.locked.push_back({pick.question, slot.id});
    }
  }
  const auto after = AssembleKit(request, catalogue);
  ASSERT_TRUE(after.ok()) << after.status();
  for (const LockedQuestion& locked : request.locked) EXPECT_THAT(Ids(*after), testing::Contains(locked.id));
  EXPECT_THAT(Ids(*after), Not(testing::Contains(swapped)));
  EXPECT_THAT(Ids(*after), SizeIs(testing::Ge(Ids(before).size())));
}

TEST(FormatFor, TakesTheFormatOfThatLengthElseScalesTheDefault) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(RichPack());
  KitRequest request = ForMlops();
  request.minutes = 30;
  EXPECT_EQ(FormatFor(request, catalogue)->id(), "screen-30");
  request.minutes = 45;
  const v1::Format scaled = *FormatFor(request, catalogue);
  EXPECT_EQ(scaled.id(), "round-60");
  std::vector<int> minutes;
  for (const v1::FormatSlot& slot : scaled.slots()) minutes.push_back(slot.minutes());
  EXPECT_THAT(minutes, ElementsAre(4, 15, 11, 9, 6));
  EXPECT_EQ(scaled.slots(1).min_questions(), 2);
  for (const int length : {5, 7, 31, 59, 61, 90, 480}) {
    request.minutes = length;
    const v1::Format format = *FormatFor(request, catalogue);
    int sum = 0;
    for (const v1::FormatSlot& slot : format.slots()) sum += slot.minutes();
    EXPECT_EQ(sum, length);
  }
}

// The best value over all kits of a small bank, by trying each.
std::int64_t BestByTryingAll(const KitRequest& request, const v1::Pack& pack) {
  std::int64_t best = -1;
  std::vector<std::string> theory;
  std::vector<std::string> stories;
  for (const auto& question : pack.questions()) {
    (question.kind() == v1::QUESTION_KIND_BEHAVIOURAL ? stories : theory).push_back(question.id());
  }
  const KitCatalogue catalogue = KitCatalogue::FromPack(pack);
  // Locking every question of a kit makes AssembleKit evaluate just that kit.
  std::function<void(std::size_t, std::vector<std::string>&)> choose = [&](std::size_t from,
                                                                           std::vector<std::string>& chosen) {
    if (chosen.size() >= 2) {
      for (const std::string& a : stories) {
        for (const std::string& b : stories) {
          if (a >= b) continue;
          KitRequest locked = request;
          for (const std::string& id : chosen) locked.locked.push_back({id, "core"});
          locked.locked.push_back({a, "stories"});
          locked.locked.push_back({b, "stories"});
          const auto kit = AssembleKit(locked, catalogue);
          if (kit.ok() && Ids(*kit).size() == chosen.size() + 2) best = std::max(best, kit->value);
        }
      }
    }
    if (chosen.size() == 3) return;
    for (std::size_t i = from; i < theory.size(); ++i) {
      chosen.push_back(theory[i]);
      choose(i + 1, chosen);
      chosen.pop_back();
    }
  };
  std::vector<std::string> chosen;
  choose(0, chosen);
  return best;
}

TEST(AssembleKit, ComesWithinTwoPercentOfTheBestKitOfASmallBank) {
  v1::Pack pack = Catalogue();
  ASSERT_TRUE(ReadYaml("id: small\nminutes: 30\nslots:\n"
                       "  - {id: core, minutes: 18, kinds: [theory, technical], min_questions: 2, max_questions: 3}\n"
                       "  - {id: stories, minutes: 12, kinds: [behavioural], min_questions: 2, max_questions: 2, "
                       "stories: [failure, improvement]}\n",
                       "f", *pack.add_formats())
                  .ok());
  const char* competencies[] = {"ml", "design", "production", "genai", "tools"};
  for (int i = 0; i < 9; ++i) {
    AddQuestion(pack, "t" + std::to_string(i), i % 2 == 0 ? v1::LEVEL_EXPERIENCED : v1::LEVEL_FRESHER,
                i % 3 == 0 ? v1::QUESTION_KIND_THEORY : v1::QUESTION_KIND_TECHNICAL, competencies[i % 5], 4 + i % 4);
  }
  for (int i = 0; i < 5; ++i) {
    AddQuestion(pack, "s" + std::to_string(i), v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_BEHAVIOURAL,
                competencies[i % 3], 5 + i % 3)
        .set_story(i % 2 == 0 ? v1::STORY_KIND_FAILURE : v1::STORY_KIND_IMPROVEMENT);
  }
  const KitCatalogue catalogue = KitCatalogue::FromPack(pack);
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    KitRequest request = ForMlops(seed);
    request.format = "small";
    const std::int64_t best = BestByTryingAll(request, pack);
    ASSERT_GT(best, 0);
    EXPECT_GE(AssembleKit(request, catalogue)->value, best * 98 / 100) << "seed " << seed;
  }
}

TEST(FindCoverageGaps, NamesWhatRunsOutInLaterRounds) {
  const KitCatalogue rich = KitCatalogue::FromPack(RichPack());
  std::vector<std::string> served;
  for (const CoverageGap& gap : FindCoverageGaps(rich, {"mlops"}, 2)) {
    if (gap.level == v1::LEVEL_EXPERIENCED) served.push_back(gap.message);
  }
  EXPECT_THAT(served, IsEmpty());
  v1::Pack thin = Catalogue();
  for (int i = 0; i < 3; ++i) {
    AddQuestion(thin, "t" + std::to_string(i), v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 5);
  }
  const auto gaps = FindCoverageGaps(KitCatalogue::FromPack(thin), {"core-ml"}, 3);
  const auto gap = std::find_if(gaps.begin(), gaps.end(), [](const CoverageGap& g) { return g.format == "screen-30"; });
  ASSERT_NE(gap, gaps.end());
  EXPECT_EQ(gap->rounds, 1);
  EXPECT_THAT(gap->message, HasSubstr("needs 2 questions and 1 fit"));
}

}  // namespace
}  // namespace assay::bank
