#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "tests/integration/bank/kit_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using runtime::ReasonOf;

TEST_F(KitTest, AKitSaysWhatItWasMadeForAndWhyEachQuestionIsInIt) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::AssembleKitRequest request = Asked();
  request.set_requisition("requisitions/r1");
  request.add_required_questions("t03");
  request.add_required_questions("questions/d01@1");
  (*request.mutable_annotations())["ats"] = "42";
  const auto kit = Assemble(request);
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_THAT(IdsOf(*kit), AllOf(Contains("t03"), Contains("d01"), SizeIs(5)));
  EXPECT_EQ(kit->requisition(), "requisitions/r1");
  EXPECT_GT(kit->objective(), 0);
  EXPECT_EQ(kit->annotations().at("ats"), "42");
  for (const auto& slot : kit->slots()) {
    for (const auto& question : slot.questions()) {
      EXPECT_THAT(question.why(), HasSubstr("unused in 90 days"));
      EXPECT_EQ(question.why().find("required by the request") != std::string::npos,
                question.question() == "questions/t03@1" || question.question() == "questions/d01@1");
    }
  }
  // What it holds counts from now on.
  v1::AssembleKitRequest again = Asked(2);
  again.add_required_questions("t03");
  const auto second = Assemble(again);
  ASSERT_TRUE(second.ok());
  for (const auto& question : second->slots(0).questions()) {
    if (question.question() == "questions/t03@1") {
      EXPECT_THAT(question.why(), HasSubstr("used once in 90 days"));
    }
  }
}

TEST_F(KitTest, WordsAreInTheLanguageAskedForAndSayWhereTheyAreNot) {
  v1::Pack pack = KitPack(2, 1, 2);
  v1::QuestionTranslation& translation = *pack.mutable_questions(0)->add_translations();
  translation.set_language_code("de");
  translation.set_prompt("Was sagt der erste Fall?");
  pack.mutable_questions(0)->set_scenario("In a warehouse");
  ASSERT_TRUE(Imported(pack));
  v1::AssembleKitRequest request = Asked();
  request.set_language_code("de");
  const auto kit = Assemble(request);
  ASSERT_TRUE(kit.ok()) << kit.status();
  EXPECT_EQ(kit->language_code(), "de");
  for (const auto& slot : kit->slots()) {
    for (const auto& question : slot.questions()) {
      const bool translated = question.question() == "questions/t00@1";
      EXPECT_EQ(question.language_code(), translated ? "" : "en") << question.question();
      EXPECT_EQ(question.prompt() == "Was sagt der erste Fall?", translated);
      if (translated) {
        EXPECT_EQ(question.scenario(), "In a warehouse");
      }
    }
  }
  request.set_language_code("German, please");
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("language_code"));
}

TEST_F(KitTest, NothingOfEarlierRoundsIsAskedAgain) {
  ASSERT_TRUE(Imported(KitPack()));
  std::set<std::string> asked;
  v1::AssembleKitRequest request = Asked();
  for (int round = 0; round < 4; ++round) {
    request.set_seed(static_cast<std::uint64_t>(round));
    const auto kit = Assemble(request);
    ASSERT_TRUE(kit.ok()) << kit.status();
    for (const std::string& id : IdsOf(*kit)) EXPECT_TRUE(asked.insert(id).second) << id << " in round " << round;
    request.add_excluded_kits(kit->name());
  }
  // Four designs are had; a fifth round has none left, and says so.
  const auto fifth = Assemble(request);
  EXPECT_EQ(ReasonOf(fifth.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(fifth.status().message()), HasSubstr("slot deep needs 1 questions and 0 fit (1 short); 4 more would fit but are excluded for this candidate"));
}

TEST_F(KitTest, BadRequestsNameEachFieldThatIsWrong) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::AssembleKitRequest request = Asked();
  request.add_excluded_questions("not a name");
  request.add_excluded_questions("questions/");
  request.add_excluded_kits("kits/00000000-0000-7000-8000-000000000000");
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("excluded_questions[0]", "excluded_questions[1]", "excluded_kits[0]"));
  request = Asked();
  request.add_excluded_questions("t02");
  for (const char* id : {"nobody", "t01@7", "t02", "t03", "questions/t03", "'; DROP TABLE kit; --"}) request.add_required_questions(id);
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("required_questions[0]", "required_questions[1]", "required_questions[2]",
                                                               "required_questions[4]", "required_questions[5]"));
  request = Asked();
  request.set_format("nine-days");
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("format"));
  request = Asked();
  request.set_minutes(3);
  request.clear_format();
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("minutes"));
  request.set_minutes(481);
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("minutes"));
  request = Asked();
  request.add_required_questions("s01");
  request.add_required_questions("s03");
  const auto both = Assemble(request);
  EXPECT_EQ(ReasonOf(both.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_EQ(Count("kit"), 0);
}

TEST_F(KitTest, ValidateOnlyDrawsAndLeavesNothing) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::AssembleKitRequest request = Asked();
  request.set_validate_only(true);
  request.set_request_id("look");
  const auto looked = Assemble(request);
  ASSERT_TRUE(looked.ok()) << looked.status();
  EXPECT_EQ(looked->name(), "");
  EXPECT_EQ(Count("kit"), 0);
  EXPECT_EQ(Count("kit_question"), 0);
  request.set_validate_only(false);
  const auto made = Assemble(request);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(NamesOf(*made), NamesOf(*looked));
  EXPECT_EQ(made->content_hash(), looked->content_hash());
}

TEST_F(KitTest, ARequestIdGivesTheSameKitEvenWhenNoneCouldBeDrawnByNow) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  v1::AssembleKitRequest request = Asked();
  request.set_request_id("once");
  const auto kit = Assemble(request);
  ASSERT_TRUE(kit.ok()) << kit.status();
  Retire("d00");
  const auto again = Assemble(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->name(), kit->name());
  EXPECT_EQ(Count("kit"), 1);
  request.set_request_id("another");
  EXPECT_EQ(ReasonOf(Assemble(request).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
}

TEST_F(KitTest, ARequestIdGivesTheSameKitEvenWhenWhatItNamesIsGoneByNow) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::AssembleKitRequest request = Asked();
  request.set_request_id("required");
  request.add_required_questions("questions/t03@1");
  const auto kit = Assemble(request);
  ASSERT_TRUE(kit.ok()) << kit.status();
  v1::SwapKitQuestionRequest swap;
  swap.set_name(kit->name());
  swap.set_question("questions/t03");
  swap.set_request_id("swap");
  for (const char* id : {"t00", "t01", "t02"}) {
    const std::vector<std::string> held = IdsOf(*kit);
    if (std::find(held.begin(), held.end(), id) == held.end()) swap.set_replacement(std::string("questions/") + id + "@1");
  }
  const auto swapped = Call<v1::Kit>("KitService/SwapKitQuestion", swap);
  ASSERT_TRUE(swapped.ok()) << swapped.status();
  Edit("t03", "Another wording?");
  Retire(swap.replacement().substr(10, 3));
  const auto again = Assemble(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), kit->SerializeAsString());
  const auto swapped_again = Call<v1::Kit>("KitService/SwapKitQuestion", swap);
  ASSERT_TRUE(swapped_again.ok()) << swapped_again.status();
  EXPECT_EQ(swapped_again->SerializeAsString(), swapped->SerializeAsString());
  EXPECT_EQ(Count("kit"), 2);
  // Who asks for the first time is told.
  request.set_request_id("another");
  EXPECT_THAT(FieldsOf(Assemble(request).status()), ElementsAre("required_questions[0]"));
  swap.set_request_id("another swap");
  EXPECT_THAT(FieldsOf(Call<v1::Kit>("KitService/SwapKitQuestion", swap).status()), ElementsAre("replacement"));
}

TEST_F(KitTest, WhatIsPublishedEditedOrRetiredIsDrawnSoFromTheNextKitOn) {
  ASSERT_TRUE(Imported(KitPack(2, 1, 2)));
  ASSERT_TRUE(Assemble(Asked()).ok());
  Edit("d00", "How would you build it by now?");
  const auto edited = Assemble(Asked());
  ASSERT_TRUE(edited.ok());
  EXPECT_THAT(NamesOf(*edited), Contains("questions/d00@2"));
  Retire("t00");
  EXPECT_THAT(std::string(Assemble(Asked()).status().message()), HasSubstr("slot core needs 2 questions and 1 fit (1 short)"));
  v1::CreateQuestionRequest create;
  *create.mutable_question()->mutable_content() = KitPack(3).questions(2);
  create.set_publish(true);
  ASSERT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", create).ok());
  const auto fresh = Assemble(Asked());
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_THAT(IdsOf(*fresh), Contains("t02"));
}

TEST_F(KitTest, ASwapIsANewKitThatDiffersInOneQuestion) {
  ASSERT_TRUE(Imported(KitPack()));
  v1::AssembleKitRequest request = Asked();
  request.set_requisition("requisitions/r9");
  const v1::Kit kit = *Assemble(request);
  const std::string removed = IdsOf(kit)[0];
  // What is kept is edited, retired and leaked meanwhile, and stays as it was.
  Edit(IdsOf(kit)[1], "Another wording?");
  Retire(IdsOf(kit)[2]);
  ASSERT_TRUE(Flag(IdsOf(kit)[3]).ok());
  const auto swapped = Swap(kit, removed);
  ASSERT_TRUE(swapped.ok()) << swapped.status();
  EXPECT_NE(swapped->name(), kit.name());
  EXPECT_EQ(swapped->swapped_from(), kit.name());
  EXPECT_EQ(swapped->requisition(), "requisitions/r9");
  EXPECT_NE(swapped->content_hash(), kit.content_hash());
  ASSERT_THAT(NamesOf(*swapped), SizeIs(5));
  EXPECT_THAT(IdsOf(*swapped), Not(Contains(removed)));
  for (int i = 1; i < 5; ++i) EXPECT_EQ(NamesOf(*swapped)[i], NamesOf(kit)[i]);
  EXPECT_EQ(swapped->slots(0).questions(1).prompt(), kit.slots(0).questions(1).prompt());
  v1::GetKitRequest get;
  get.set_name(kit.name());
  EXPECT_EQ(Call<v1::Kit>("KitService/GetKit", get)->SerializeAsString(), kit.SerializeAsString());
  // Only the new question was used once more.
  EXPECT_EQ(Sql("SELECT count(*) FROM kit_question WHERE counted AND kit = '" + swapped->name().substr(5) + "'"), std::vector<std::string>{"1"});
  // Swapping on never brings back what went out in the same kit.
  v1::Kit last = *swapped;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const std::string out = IdsOf(last)[0];
    const auto next = Swap(last, out, seed);
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_THAT(IdsOf(*next), Not(Contains(out)));
    last = *next;
  }
}

TEST_F(KitTest, WhatWentOutDoesNotComeBackInALaterSwap) {
  ASSERT_TRUE(Imported(KitPack(4, 3, 2)));
  const v1::Kit kit = *Assemble(Asked());
  const auto second = Swap(kit, IdsOf(kit)[2]);
  ASSERT_TRUE(second.ok()) << second.status();
  const auto third = Swap(*second, IdsOf(*second)[2]);
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_THAT((std::set<std::string>{IdsOf(kit)[2], IdsOf(*second)[2], IdsOf(*third)[2]}), SizeIs(3));
  // All three designs were in it.
  EXPECT_EQ(ReasonOf(Swap(*third, IdsOf(*third)[2]).status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  // Another slot of it can be swapped all the same.
  EXPECT_TRUE(Swap(*third, IdsOf(*third)[0]).ok());
}

TEST_F(KitTest, ASwapTakesTheReplacementThatFitsAndRefusesOthersWithTheReason) {
  ASSERT_TRUE(Imported(KitPack(4, 2, 2)));
  const v1::Kit kit = *Assemble(Asked());
  const std::vector<std::string> ids = IdsOf(kit);
  std::string spare;
  for (const char* id : {"t00", "t01", "t02", "t03"}) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) spare = id;
  }
  v1::SwapKitQuestionRequest request;
  request.set_name(kit.name());
  request.set_question(NamesOf(kit)[0]);
  request.set_replacement("questions/" + spare);
  const auto swapped = Call<v1::Kit>("KitService/SwapKitQuestion", request);
  ASSERT_TRUE(swapped.ok()) << swapped.status();
  EXPECT_EQ(IdsOf(*swapped)[0], spare);
  EXPECT_THAT(swapped->slots(0).questions(0).why(), HasSubstr("put in its place as asked"));

  const std::string other_design = ids[2] == "d00" ? "d01" : "d00";
  request.set_replacement("questions/" + other_design);
  const auto misfit = Call<v1::Kit>("KitService/SwapKitQuestion", request);
  EXPECT_EQ(ReasonOf(misfit.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_THAT(std::string(misfit.status().message()), HasSubstr("slot core: takes no design question"));
  ASSERT_TRUE(Flag(spare).ok());
  request.set_replacement("questions/" + spare);
  EXPECT_THAT(std::string(Call<v1::Kit>("KitService/SwapKitQuestion", request).status().message()), HasSubstr("it is marked as leaked"));
  request.set_replacement(NamesOf(kit)[1]);
  EXPECT_THAT(FieldsOf(Call<v1::Kit>("KitService/SwapKitQuestion", request).status()), ElementsAre("replacement"));
  request.set_replacement("questions/nobody");
  EXPECT_THAT(FieldsOf(Call<v1::Kit>("KitService/SwapKitQuestion", request).status()), ElementsAre("replacement"));
  request.clear_replacement();
  request.set_question("questions/nobody");
  EXPECT_THAT(FieldsOf(Call<v1::Kit>("KitService/SwapKitQuestion", request).status()), ElementsAre("question"));
  request.set_name("kits/none");
  EXPECT_EQ(Call<v1::Kit>("KitService/SwapKitQuestion", request).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(KitTest, AFindingNamesTheCheckOfTheCatalogue) {
  v1::Pack pack = KitPack();
  v1::HiringCheck& known = *pack.add_hiring_checks();
  known.set_id("production-untested");
  known.set_number(4);
  known.set_display_name("Production never tested");
  known.set_description("Only a question can show it.");
  known.set_remedy("Ask about what happened after release.");
  ASSERT_TRUE(Imported(pack));
  const auto kit = Assemble(Asked());
  ASSERT_TRUE(kit.ok()) << kit.status();
  v1::CheckKitRequest request;
  request.set_name(kit->name());
  const auto checked = Call<v1::CheckKitResponse>("KitService/CheckKit", request);
  ASSERT_TRUE(checked.ok()) << checked.status();
  for (const auto& findings : {kit->findings(), checked->findings()}) {
    std::map<int, std::string> checks;
    for (const auto& finding : findings) checks[finding.number()] = finding.check();
    EXPECT_EQ(checks[4], "production-untested");
    EXPECT_EQ(checks[6], "communication-not-rated");
  }
}

TEST_F(KitTest, AKitIsCheckedAnewEachTime) {
  ASSERT_TRUE(Imported(KitPack()));
  const v1::Kit kit = *Assemble(Asked());
  v1::CheckKitRequest request;
  request.set_name(kit.name());
  const auto first = Call<v1::CheckKitResponse>("KitService/CheckKit", request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_GT(first->findings_size(), 0);
  // As if it were a kit of before this check existed.
  v1::Kit stored = kit;
  stored.clear_findings();
  std::string hex;
  for (const char c : stored.SerializeAsString()) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  Sql("UPDATE kit SET document = '\\x" + hex + "' WHERE id = '" + kit.name().substr(5) + "'");
  EXPECT_EQ(Call<v1::CheckKitResponse>("KitService/CheckKit", request)->SerializeAsString(), first->SerializeAsString());
  request.set_name("kits/none");
  EXPECT_EQ(Call<v1::CheckKitResponse>("KitService/CheckKit", request).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay::bank
