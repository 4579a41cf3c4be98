#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/unit/bank/kit_pack_support.h"

// What AssembleKit refuses, and what it says is missing.
namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(AssembleKit, RefusesLocksThatCannotBe) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(RichPack());
  KitRequest request = ForMlops();
  request.locked = {{"nobody", ""}};
  EXPECT_TRUE(absl::IsInvalidArgument(AssembleKit(request, catalogue).status()));
  request.locked = {{"e-theory-0", ""}};
  request.excluded = {"e-theory-0"};
  EXPECT_THAT(Message(AssembleKit(request, catalogue)), HasSubstr("both locked and excluded"));
  request.excluded.clear();
  request.locked = {{"e-theory-0", "stories"}};
  std::vector<KitShortfall> shortfalls;
  EXPECT_TRUE(absl::IsFailedPrecondition(AssembleKit(request, catalogue, &shortfalls).status()));
  EXPECT_EQ(shortfalls.at(0).constraint, "LOCKED");
}

// `core` has room for two questions of ten minutes, `deep` for one of a quarter of an hour; scenarios suit both.
v1::Pack PackOfTwoSlots() {
  v1::Pack pack = Catalogue();
  EXPECT_TRUE(ReadYaml("id: two\nminutes: 35\nslots:\n"
                       "  - {id: core, minutes: 20, kinds: [theory, scenario], min_questions: 2, max_questions: 2}\n"
                       "  - {id: deep, minutes: 15, kinds: [scenario], min_questions: 1, max_questions: 1}\n",
                       "f", *pack.add_formats())
                  .ok());
  for (int i = 0; i < 4; ++i) AddQuestion(pack, "t" + std::to_string(i), v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_THEORY, "ml", 10);
  for (int i = 0; i < 3; ++i) AddQuestion(pack, "s" + std::to_string(i), v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_SCENARIO, "design", 10);
  AddQuestion(pack, "long", v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_SCENARIO, "design", 12);
  return pack;
}

TEST(AssembleKit, PutsALockedQuestionWhereTheOthersStillFit) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(PackOfTwoSlots());
  KitRequest request = ForMlops();
  request.format = "two";
  // In the first slot that takes it nothing fits beside it.
  request.locked = {{"long"}};
  const auto kit = AssembleKit(request, catalogue);
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_EQ(kit->slots[1].picks.at(0).question, "long");
  // Whatever is named first.
  for (const auto& locked : std::vector<std::vector<LockedQuestion>>{{{"s0"}, {"t1"}, {"t2"}}, {{"t1"}, {"t2"}, {"s0"}}, {{"s0"}, {"long"}}, {{"long"}, {"s0"}}}) {
    request.locked = locked;
    const auto full = AssembleKit(request, catalogue);
    ASSERT_TRUE(full.ok()) << full.status();
    for (const LockedQuestion& question : locked) EXPECT_THAT(Ids(*full), testing::Contains(question.id));
  }
  // What cannot be is still refused, with what stands against it in each slot.
  request.locked = {{"t0"}, {"t1"}, {"t2"}};
  std::vector<KitShortfall> shortfalls;
  EXPECT_THAT(Message(AssembleKit(request, catalogue, &shortfalls)),
              AllOf(HasSubstr("question t2 fits no slot: slot core: holds its 2 questions"), HasSubstr("slot deep: takes no theory question")));
  EXPECT_EQ(shortfalls.at(0).constraint, "LOCKED");
}

TEST(AssembleKit, SaysWhatIsMissingAndByHowMuch) {
  v1::Pack pack = Catalogue();
  AddQuestion(pack, "t0", v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_THEORY, "ml", 5);
  AddQuestion(pack, "d0", v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_DESIGN, "design", 18);
  for (int i = 0; i < 3; ++i) {
    AddQuestion(pack, "s" + std::to_string(i), v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_BEHAVIOURAL, "ml", 5)
        .set_story(v1::STORY_KIND_FAILURE);
  }
  KitRequest request = ForMlops();
  request.excluded = {"t0"};
  std::vector<KitShortfall> shortfalls;
  const auto kit = AssembleKit(request, KitCatalogue::FromPack(pack), &shortfalls);
  EXPECT_THAT(Message(kit), AllOf(HasSubstr("slot technical needs 3 questions and 0 fit (3 short); 1 more would fit"),
                                  HasSubstr("slot deep has 15 minutes and its 1 shortest questions take 18 (3 too"),
                                  HasSubstr("slot stories needs a story of improvement and none fits")));
  ASSERT_THAT(shortfalls, SizeIs(3));
  EXPECT_EQ(shortfalls[0].constraint, "SLOT_COUNT");
  EXPECT_EQ(shortfalls[0].needed - shortfalls[0].available, 3);
  EXPECT_EQ(shortfalls[1].constraint, "TIME_BOX");
  EXPECT_EQ(shortfalls[2].constraint, "STORY");
}

TEST(AssembleKit, SaysByHowManyMinutesWhatMustGoTogetherIsTooLong) {
  v1::Pack pack = Catalogue();
  AddQuestion(pack, "a", v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 5);
  v1::QuestionLink& link = *AddQuestion(pack, "b", v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 5).add_links();
  link.set_question("a");
  link.set_relation(v1::QUESTION_RELATION_HARDER_VARIANT_OF);
  // The two short ones are variants, and the long one fits beside neither.
  AddQuestion(pack, "c", v1::LEVEL_FRESHER, v1::QUESTION_KIND_THEORY, "ml", 13);
  KitRequest request = ForMlops();
  request.level = v1::LEVEL_FRESHER;
  request.format = "screen-30";
  std::vector<KitShortfall> shortfalls;
  EXPECT_FALSE(AssembleKit(request, KitCatalogue::FromPack(pack), &shortfalls).ok());
  ASSERT_THAT(shortfalls, SizeIs(1));
  EXPECT_EQ(shortfalls[0].constraint, "TIME_BOX");
  EXPECT_EQ(shortfalls[0].slot, "fundamentals");
  EXPECT_EQ(shortfalls[0].needed, 18);
  EXPECT_EQ(shortfalls[0].available, 15);
}

TEST(AssembleKit, NoticesWhenSlotsCompeteForTheSameQuestions) {
  v1::Pack pack = Catalogue();
  v1::Format& format = *pack.add_formats();
  ASSERT_TRUE(ReadYaml("id: twin\nminutes: 20\nslots:\n"
                       "  - {id: a, minutes: 10, kinds: [theory], min_questions: 1, max_questions: 1}\n"
                       "  - {id: b, minutes: 10, kinds: [theory], min_questions: 1, max_questions: 1}\n",
                       "f", format)
                  .ok());
  AddQuestion(pack, "only", v1::LEVEL_EXPERIENCED, v1::QUESTION_KIND_THEORY, "ml", 5);
  KitRequest request = ForMlops();
  request.format = "twin";
  std::vector<KitShortfall> shortfalls;
  EXPECT_FALSE(AssembleKit(request, KitCatalogue::FromPack(pack), &shortfalls).ok());
  ASSERT_THAT(shortfalls, SizeIs(1));
  EXPECT_EQ(shortfalls[0].constraint, "COMPETITION");
  EXPECT_EQ(shortfalls[0].needed, 2);
  EXPECT_EQ(shortfalls[0].available, 1);
}

TEST(AssembleKit, RefusesWhatTheCatalogueDoesNotKnow) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(RichPack());
  KitRequest request = ForMlops();
  request.role = "astronaut";
  EXPECT_TRUE(absl::IsNotFound(AssembleKit(request, catalogue).status()));
  request = ForMlops();
  request.format = "nine-days";
  EXPECT_TRUE(absl::IsNotFound(AssembleKit(request, catalogue).status()));
  request = ForMlops();
  request.level = v1::LEVEL_UNSPECIFIED;
  EXPECT_TRUE(absl::IsInvalidArgument(AssembleKit(request, catalogue).status()));
  request = ForMlops();
  request.minutes = 4;
  EXPECT_TRUE(absl::IsInvalidArgument(AssembleKit(request, catalogue).status()));
}

}  // namespace
}  // namespace assay::bank
