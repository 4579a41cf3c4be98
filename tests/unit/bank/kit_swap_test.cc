#include "services/bank/domain/kit_swap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "services/bank/domain/kit_forms.h"
#include "tests/unit/bank/kit_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kCatalogue[] = R"(
competencies: [{id: ml, weight_basis_points: 10000}]
default_format: round
roles: [{id: mlops}]
formats:
  - id: round
    minutes: 45
    slots:
      - {id: core, minutes: 20, kinds: [theory, technical], min_questions: 2, max_questions: 3}
      - {id: deep, minutes: 15, kinds: [design], min_questions: 1, max_questions: 1}
      - {id: stories, minutes: 10, kinds: [behavioural], min_questions: 2, max_questions: 2, stories: [failure, improvement]}
)";

SmallBank Bank(int theory = 8, int design = 3, int stories = 6) {
  SmallBank bank(kCatalogue);
  for (int i = 0; i < theory; ++i) bank.Add("t" + std::to_string(i), v1::QUESTION_KIND_THEORY);
  for (int i = 0; i < design; ++i) bank.Add("d" + std::to_string(i), v1::QUESTION_KIND_DESIGN, v1::LEVEL_EXPERIENCED, 12);
  for (int i = 0; i < stories; ++i) {
    bank.Add("s" + std::to_string(i), v1::QUESTION_KIND_BEHAVIOURAL).story = i % 2 == 0 ? v1::STORY_KIND_FAILURE : v1::STORY_KIND_IMPROVEMENT;
  }
  return bank;
}

// The kit as the service stores it.
v1::Kit Stored(const Kit& kit) {
  v1::Kit stored;
  stored.set_role(kit.role);
  stored.set_level(kit.level);
  stored.set_format(kit.format);
  stored.set_minutes(kit.minutes);
  for (const KitSlot& slot : kit.slots) {
    v1::KitSlot& out = *stored.add_slots();
    out.set_id(slot.id);
    out.set_minutes(slot.minutes);
    for (const KitPick& pick : slot.picks) {
      v1::KitQuestion& question = *out.add_questions();
      question.set_question(pick.Name());
      question.set_minutes(pick.minutes);
      question.set_role_critical(pick.critical);
    }
  }
  return stored;
}

KitSwap SwapOf(const v1::Kit& kit, SmallBank bank, const std::string& removed, std::uint64_t seed = 3) {
  KitSwap swap;
  swap.kit = &kit;
  swap.removed = removed;
  swap.seed = seed;
  for (const auto& slot : kit.slots()) {
    for (const auto& question : slot.questions()) {
      const std::string id = question.question().substr(10, question.question().find('@') - 10);
      swap.pinned[question.question()] = bank[id];
    }
  }
  return swap;
}

TEST(SwapQuestion, ChangesThatQuestionAndNothingElse) {
  const SmallBank bank = Bank();
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  for (const std::string& removed : IdsOf(before)) {
    const auto after = SwapQuestion(SwapOf(stored, bank, removed), bank.Catalogue());
    ASSERT_TRUE(after.ok()) << removed << ": " << after.status();
    const std::vector<std::string> ids = IdsOf(*after);
    EXPECT_THAT(ids, Not(Contains(removed)));
    ASSERT_EQ(ids.size(), IdsOf(before).size());
    std::set<std::string> kept(ids.begin(), ids.end());
    int same = 0;
    for (const std::string& id : IdsOf(before)) same += static_cast<int>(kept.count(id));
    EXPECT_EQ(same, static_cast<int>(ids.size()) - 1) << removed;
    for (std::size_t i = 0; i < after->slots.size(); ++i) EXPECT_EQ(after->slots[i].picks.size(), before.slots[i].picks.size());
  }
}

TEST(SwapQuestion, KeepsPinnedRevisionsOfWhatWasEditedRetiredLeakedOrUsedUpMeanwhile) {
  SmallBank bank = Bank();
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  const KitSwap swap = SwapOf(stored, bank, before.slots[0].picks[0].question);
  // What is kept has changed kind, length, is over the cap, or is gone.
  for (std::size_t s = 0; s < before.slots.size(); ++s) {
    for (const KitPick& pick : before.slots[s].picks) {
      QuestionFacts& facts = bank[pick.question];
      facts.revision = 9;
      facts.minutes = 60;
      facts.leaked = s == 1;
      facts.exposure = 100;
      if (s == 2) facts.kind = v1::QUESTION_KIND_CLOSING;
    }
  }
  bank.parts().cap.max_uses = 50;
  const auto after = SwapQuestion(swap, bank.Catalogue());
  ASSERT_TRUE(after.ok()) << after.status();
  for (std::size_t s = 0; s < before.slots.size(); ++s) {
    for (const KitPick& pick : before.slots[s].picks) {
      if (pick.question == swap.removed) continue;
      const auto& picks = after->slots[s].picks;
      const auto kept = std::find_if(picks.begin(), picks.end(), [&](const KitPick& p) { return p.question == pick.question; });
      ASSERT_NE(kept, picks.end()) << pick.question;
      EXPECT_EQ(kept->revision, pick.revision);
      EXPECT_EQ(kept->minutes, pick.minutes);
    }
  }
}

TEST(SwapQuestion, ReplacesAStoryByOneOfTheSameKind) {
  const SmallBank bank = Bank();
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  SmallBank copy = bank;
  for (const KitPick& pick : before.slots[2].picks) {
    const auto after = SwapQuestion(SwapOf(stored, bank, pick.question), bank.Catalogue());
    ASSERT_TRUE(after.ok());
    std::set<int> stories;
    for (const KitPick& story : after->slots[2].picks) stories.insert(copy[story.question].story);
    EXPECT_THAT(stories, SizeIs(2));
  }
}

TEST(SwapQuestion, TakesTheReplacementThatFitsAndSaysWhyAnotherDoesNot) {
  const SmallBank bank = Bank();
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  std::vector<std::string> ids = IdsOf(before);
  std::string spare;
  for (int i = 0; i < 8; ++i) {
    if (std::find(ids.begin(), ids.end(), "t" + std::to_string(i)) == ids.end()) spare = "t" + std::to_string(i);
  }
  KitSwap swap = SwapOf(stored, bank, before.slots[0].picks[0].question);
  swap.replacement = spare;
  const auto after = SwapQuestion(swap, bank.Catalogue());
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_THAT(IdsOf(*after), Contains(spare));
  swap.replacement = std::find(ids.begin(), ids.end(), "d0") == ids.end() ? "d0" : "d1";
  EXPECT_THAT(std::string(SwapQuestion(swap, bank.Catalogue()).status().message()), HasSubstr("fits no slot: slot core: takes no design question"));
  swap.replacement = swap.removed;
  EXPECT_TRUE(absl::IsInvalidArgument(SwapQuestion(swap, bank.Catalogue()).status()));
  swap.replacement = before.slots[0].picks[1].question;
  EXPECT_TRUE(absl::IsInvalidArgument(SwapQuestion(swap, bank.Catalogue()).status()));
  swap = SwapOf(stored, bank, "elsewhere");
  EXPECT_THAT(std::string(SwapQuestion(swap, bank.Catalogue()).status().message()), HasSubstr("elsewhere is not in the kit"));
}

TEST(SwapQuestion, SaysWhenNothingIsLeftAndMindsWhatTheCandidateHasHad) {
  const SmallBank bank = Bank(3, 2, 4);
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  const std::string design = before.slots[1].picks[0].question;
  KitSwap swap = SwapOf(stored, bank, design);
  ASSERT_TRUE(SwapQuestion(swap, bank.Catalogue()).ok());
  swap.excluded = {design == "d0" ? "d1" : "d0"};
  std::vector<KitShortfall> shortfalls;
  const auto none = SwapQuestion(swap, bank.Catalogue(), &shortfalls);
  EXPECT_TRUE(absl::IsFailedPrecondition(none.status()));
  EXPECT_THAT(std::string(none.status().message()), AllOf(HasSubstr("slot deep needs 1 questions and 0 fit (1 short)"), HasSubstr("1 more would fit but are excluded")));
  EXPECT_EQ(shortfalls.at(0).slot, "deep");
}

TEST(SwapQuestion, BringsNothingBackThatWentOutBefore) {
  const SmallBank bank = Bank(8, 2, 4);
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  const std::string design = before.slots[1].picks[0].question;
  KitSwap swap = SwapOf(stored, bank, design);
  swap.gone = {design == "d0" ? "d1" : "d0"};
  std::vector<KitShortfall> shortfalls;
  const auto none = SwapQuestion(swap, bank.Catalogue(), &shortfalls);
  EXPECT_TRUE(absl::IsFailedPrecondition(none.status()));
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("2 more would fit but are swapped out"));
  swap.replacement = swap.gone[0];
  EXPECT_THAT(std::string(SwapQuestion(swap, bank.Catalogue()).status().message()), HasSubstr("it is not to be drawn again"));
}

TEST(SwapQuestion, WantsARoleCriticalQuestionOnlyForOne) {
  SmallBank bank = Bank();
  for (const char* id : {"t3", "t5"}) bank[id].roles[0].critical = true;
  // The candidate has had one, so that the kit is without.
  KitRequest request = RequestFor("round");
  request.excluded = {"t3", "t5"};
  const Kit without = *AssembleKit(request, bank.Catalogue());
  const v1::Kit stored = Stored(without);
  for (const std::string& removed : IdsOf(without)) {
    const auto after = SwapQuestion(SwapOf(stored, bank, removed), bank.Catalogue());
    EXPECT_TRUE(after.ok()) << removed << ": " << after.status();
  }
  // A kit that has one keeps one.
  request.excluded = {"t5"};
  const Kit with = *AssembleKit(request, bank.Catalogue());
  ASSERT_THAT(IdsOf(with), Contains("t3"));
  const v1::Kit stored_with = Stored(with);
  KitSwap swap = SwapOf(stored_with, bank, "t3");
  EXPECT_THAT(IdsOf(*SwapQuestion(swap, bank.Catalogue())), Contains("t5"));
  swap.excluded = {"t5"};
  EXPECT_TRUE(SwapQuestion(swap, bank.Catalogue()).ok());
  swap.excluded = {};
  for (int i = 0; i < 8 && swap.replacement.empty(); ++i) {
    const std::string id = "t" + std::to_string(i);
    const std::vector<std::string> held = IdsOf(with);
    if (id != "t5" && std::find(held.begin(), held.end(), id) == held.end()) swap.replacement = id;
  }
  std::vector<KitShortfall> shortfalls;
  EXPECT_FALSE(SwapQuestion(swap, bank.Catalogue(), &shortfalls).ok());
  ASSERT_FALSE(shortfalls.empty());
  EXPECT_EQ(shortfalls[0].constraint, "ROLE_CRITICAL");
}

TEST(SwapQuestion, AsksForTheSameKindWhereTheFormatIsGone) {
  SmallBank bank = Bank();
  const Kit before = *AssembleKit(RequestFor("round"), bank.Catalogue());
  const v1::Kit stored = Stored(before);
  bank.parts().formats[0].set_id("another");
  const auto after = SwapQuestion(SwapOf(stored, bank, before.slots[1].picks[0].question), bank.Catalogue());
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->slots[1].picks[0].question[0], 'd');
}

std::set<std::string> Common(const KitForms& drawn) {
  std::set<std::string> common;
  const std::vector<std::string> first = IdsOf(drawn.forms[0]);
  for (const std::string& id : first) {
    const bool everywhere = std::all_of(drawn.forms.begin(), drawn.forms.end(), [&](const Kit& form) {
      const std::vector<std::string> ids = IdsOf(form);
      return std::find(ids.begin(), ids.end(), id) != ids.end();
    });
    if (everywhere) common.insert(id);
  }
  return common;
}

TEST(DrawForms, ShareAnchorsAndNothingElse) {
  const SmallBank bank = Bank(30, 8, 20);
  for (const int percent : {30, 50, 67, 100}) {
    for (const int count : {2, 3, 5}) {
      const auto drawn = DrawForms(RequestFor("round", 11), count, percent, bank.Catalogue());
      ASSERT_TRUE(drawn.ok()) << percent << " % of " << count << ": " << drawn.status();
      ASSERT_THAT(drawn->forms, SizeIs(count));
      EXPECT_EQ(Common(*drawn), std::set<std::string>(drawn->anchors.begin(), drawn->anchors.end()));
      std::set<std::string> others;
      for (const Kit& form : drawn->forms) {
        const std::vector<std::string> ids = IdsOf(form);
        EXPECT_GE(static_cast<int>(drawn->anchors.size()) * 100, percent * static_cast<int>(ids.size()));
        EXPECT_EQ(ids.size(), IdsOf(drawn->forms[0]).size());
        for (const std::string& id : ids) {
          if (Common(*drawn).count(id) > 0) continue;
          EXPECT_TRUE(others.insert(id).second) << id << " is in two forms";
        }
        for (const KitSlot& slot : form.slots) {
          for (const KitPick& pick : slot.picks) {
            EXPECT_EQ(pick.why.find("anchor, in every form") != std::string::npos, Common(*drawn).count(pick.question) > 0);
          }
        }
      }
    }
  }
}

TEST(DrawForms, SpreadsAnchorsOverTheSlots) {
  const SmallBank bank = Bank(30, 8, 20);
  const auto drawn = DrawForms(RequestFor("round"), 2, 45, bank.Catalogue());
  ASSERT_TRUE(drawn.ok()) << drawn.status();
  // Three of six, or of five, and one in each slot before a second one in any.
  ASSERT_THAT(drawn->anchors, SizeIs(3));
  std::set<char> kinds;
  for (const std::string& id : drawn->anchors) kinds.insert(id[0]);
  EXPECT_THAT(kinds, SizeIs(3));
}

TEST(DrawForms, HoldARoleCriticalQuestionEachAlsoWhereThereIsOnlyOne) {
  SmallBank bank = Bank(30, 8, 20);
  bank["t3"].roles[0].critical = true;
  const auto drawn = DrawForms(RequestFor("round"), 3, 30, bank.Catalogue());
  ASSERT_TRUE(drawn.ok()) << drawn.status();
  EXPECT_THAT(drawn->anchors, Contains("t3"));
}

TEST(DrawForms, ShareMoreWhereTheBankRunsOutAndSayByHowMuchWhenThatIsNotEnough) {
  // Two design questions cannot be apart in three forms, so one of them is an anchor.
  const auto shared = DrawForms(RequestFor("round"), 3, 30, Bank(30, 2, 20).Catalogue());
  ASSERT_TRUE(shared.ok()) << shared.status();
  EXPECT_THAT(shared->anchors, Contains(AllOf(HasSubstr("d"), SizeIs(2))));
  // Nothing is left to tell the forms apart.
  std::vector<KitShortfall> shortfalls;
  const auto none = DrawForms(RequestFor("round"), 2, 30, Bank(2, 1, 2).Catalogue(), &shortfalls);
  EXPECT_TRUE(absl::IsFailedPrecondition(none.status()));
  EXPECT_THAT(std::string(none.status().message()), AllOf(HasSubstr("form 2 of 2 cannot be drawn apart from the others"), HasSubstr("short")));
  EXPECT_FALSE(shortfalls.empty());
}

TEST(DrawForms, AreNeverAlikeUnlessAllOfThemIsToBeShared) {
  // Three theory questions are enough for two forms: one with three of them, one with two.
  const KitCatalogue catalogue = Bank(3, 1, 2).Catalogue();
  const auto two = DrawForms(RequestFor("round"), 2, 30, catalogue);
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_NE(IdsOf(two->forms[0]), IdsOf(two->forms[1]));
  std::vector<KitShortfall> shortfalls;
  const auto three = DrawForms(RequestFor("round"), 3, 30, catalogue, &shortfalls);
  EXPECT_TRUE(absl::IsFailedPrecondition(three.status())) << three.status();
  EXPECT_THAT(std::string(three.status().message()),
              AllOf(HasSubstr("form 3 of 3 cannot be drawn apart from the others"), HasSubstr("the 5 of form 2"), HasSubstr("(1 short)")));
  ASSERT_THAT(shortfalls, SizeIs(1));
  EXPECT_EQ(shortfalls[0].constraint, "COMPETITION");
  EXPECT_EQ(shortfalls[0].needed - shortfalls[0].available, 1);
  EXPECT_TRUE(DrawForms(RequestFor("round"), 3, 100, catalogue).ok());
}

TEST(DrawForms, AreTheSameForASeedAndMindExclusions) {
  const SmallBank bank = Bank(30, 8, 20);
  KitRequest request = RequestFor("round", 5);
  request.excluded = {"t1", "t2", "d0"};
  const auto first = DrawForms(request, 4, 40, bank.Catalogue());
  const auto second = DrawForms(request, 4, 40, bank.Catalogue());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->forms, second->forms);
  for (const Kit& form : first->forms) {
    for (const std::string& id : request.excluded) EXPECT_THAT(IdsOf(form), Each(Not(id)));
  }
}

}  // namespace
}  // namespace assay::bank
