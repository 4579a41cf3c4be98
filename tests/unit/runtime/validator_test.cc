#include "services/runtime/rpc/validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "assay/bank/v1/question_service.pb.h"
#include "assay/scoring/v1/candidate_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "assay/scoring/v1/scorecard_service.pb.h"

namespace assay::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

template <typename Message>
std::vector<std::string> WrongFields(const Message& message) {
  std::vector<std::string> fields;
  for (const Violation& violation : ViolationsOf(Validator(Message::descriptor()).Check(message))) fields.push_back(violation.field);
  return fields;
}

bank::v1::CreateQuestionRequest GoodQuestion() {
  bank::v1::CreateQuestionRequest request;
  auto& content = *request.mutable_question()->mutable_content();
  content.set_id("q001");
  content.set_level(bank::v1::LEVEL_FRESHER);
  content.set_kind(bank::v1::QUESTION_KIND_THEORY);
  content.set_prompt("What is overfitting?");
  return request;
}

TEST(Validator, TakesAGoodRequest) { EXPECT_THAT(WrongFields(GoodQuestion()), IsEmpty()); }

TEST(Validator, ReportsEveryViolationAtOnceWithItsPath) {
  auto request = GoodQuestion();
  auto& content = *request.mutable_question()->mutable_content();
  content.set_id("Q 1");
  content.clear_prompt();
  content.set_estimated_minutes(500);
  content.add_tags("a");
  content.add_tags("a");
  content.add_exemplars()->set_score(9);
  request.set_request_id(std::string(65, 'x'));
  const auto fields = WrongFields(request);
  for (const char* field : {"question.content.id", "question.content.prompt", "question.content.estimated_minutes",
                            "question.content.tags[1]", "question.content.exemplars[0].score", "request_id"}) {
    EXPECT_THAT(fields, Contains(field));
  }
}

TEST(Validator, RefusesNulWhereverTextIs) {
  auto request = GoodQuestion();
  request.mutable_question()->mutable_content()->set_prompt(std::string("ab\0cd", 5));
  (*request.mutable_question()->mutable_annotations())["a"] = std::string("\0", 1);
  EXPECT_THAT(WrongFields(request), UnorderedElementsAre("question.content.prompt", "question.annotations[0]"));
}

TEST(Validator, RefusesMalformedUtf8InMessagesThatWereNotParsed) {
  bank::v1::GetQuestionRequest request;
  request.set_name("questions/\xff");
  EXPECT_THAT(WrongFields(request), ElementsAre("name"));
}

TEST(Validator, CountsCharactersNotBytes) {
  bank::v1::PublishQuestionRequest request;
  request.set_name("questions/q001");
  std::string etag;
  for (int i = 0; i < 100; ++i) etag += "ä";
  request.set_etag(etag);
  EXPECT_THAT(WrongFields(request), IsEmpty());
  request.set_etag(etag + "ä");
  EXPECT_THAT(WrongFields(request), ElementsAre("etag"));
}

TEST(Validator, RefusesUnknownEnumValues) {
  auto request = GoodQuestion();
  request.mutable_question()->mutable_content()->set_level(static_cast<bank::v1::Level>(77));
  EXPECT_THAT(WrongFields(request), ElementsAre("question.content.level"));
}

TEST(Validator, SkipsWhatTheServerSets) {
  auto request = GoodQuestion();
  request.mutable_question()->set_wording_hash(std::string("\0", 1));
  request.mutable_question()->set_retire_reason(std::string(5000, 'x'));
  EXPECT_THAT(WrongFields(request), IsEmpty());
}

TEST(Validator, TreatsZeroAsAbsentOnlyWhereTheRangeLeavesItOut) {
  auto request = GoodQuestion();
  request.mutable_question()->mutable_content()->set_estimated_minutes(0);
  request.mutable_question()->mutable_content()->add_exemplars();
  EXPECT_THAT(WrongFields(request), Contains("question.content.exemplars[0].score"));
  bank::v1::ListQuestionsRequest list;
  EXPECT_THAT(WrongFields(list), IsEmpty());
  list.set_page_size(-1);
  EXPECT_THAT(WrongFields(list), ElementsAre("page_size"));
}

TEST(Validator, RefusesTimesThatNoCalendarHolds) {
  scoring::v1::CreateInterviewRequest request;
  auto* interview = request.mutable_interview();
  interview->mutable_start_time()->set_seconds(std::numeric_limits<int64_t>::max());
  EXPECT_THAT(WrongFields(request), Contains("interview.start_time"));
}

struct NameCase {
  std::string name;
  bool good;
};

TEST(Validator, HoldsNamesToTheirPattern) {
  for (const auto& [name, good] : std::vector<NameCase>{
           {"questions/q037", true}, {"questions/q037@3", true}, {"questions/", false}, {"questions/Q1", false},
           {"questions/-", false},   {"questions/q1/x", false},  {"kits/q037", false},  {"questions/q037@x", false}}) {
    bank::v1::GetQuestionRequest request;
    request.set_name(name);
    EXPECT_EQ(WrongFields(request).empty(), good) << name;
  }
}

TEST(Validator, TakesAWildcardForAParentButNotForTheResourceItself) {
  scoring::v1::GetScorecardRequest card;
  for (const auto& [name, good] : std::vector<NameCase>{{"interviews/i1/scorecards/dana", true},
                                                        {"interviews/-/scorecards/dana", true},
                                                        {"interviews/i1/scorecards/-", false},
                                                        {"interviews/i1/scorecards", false}}) {
    card.set_name(name);
    EXPECT_EQ(WrongFields(card).empty(), good) << name;
  }
  scoring::v1::ListScorecardsRequest list;
  list.set_parent("interviews/-");
  EXPECT_THAT(WrongFields(list), IsEmpty());
  list.set_parent("interviews/-x");
  EXPECT_THAT(WrongFields(list), ElementsAre("parent"));
}

TEST(Validator, AsksOnlyForTheFieldsAnUpdateNames) {
  scoring::v1::UpdateCandidateRequest request;
  request.mutable_candidate()->set_name("candidates/ada");
  request.mutable_candidate()->set_email("ada@example.com");
  request.mutable_update_mask()->add_paths("email");
  EXPECT_THAT(WrongFields(request), IsEmpty());
  request.mutable_update_mask()->add_paths("display_name");
  EXPECT_THAT(WrongFields(request), ElementsAre("candidate.display_name"));
  request.mutable_update_mask()->clear_paths();
  request.mutable_update_mask()->add_paths("*");
  EXPECT_THAT(WrongFields(request), ElementsAre("candidate.display_name"));
}

TEST(Validator, WithoutAMaskLooksAtThePopulatedFieldsOfAnUpdate) {
  scoring::v1::UpdateCandidateRequest request;
  request.mutable_candidate()->set_name("candidates/ada");
  request.mutable_candidate()->set_email(std::string(321, 'x'));
  EXPECT_THAT(WrongFields(request), ElementsAre("candidate.email"));
  bank::v1::UpdateQuestionRequest question;
  question.mutable_question()->set_name("questions/q001");
  question.mutable_question()->mutable_content()->set_id("q001");
  EXPECT_THAT(WrongFields(question), Contains("question.content.prompt"));
}

TEST(Validator, LooksInsideWhatTheMaskReaches) {
  bank::v1::UpdateQuestionRequest request;
  request.mutable_question()->set_name("questions/q001");
  request.mutable_question()->mutable_content()->set_section("Basics");
  request.mutable_update_mask()->add_paths("content.section");
  EXPECT_THAT(WrongFields(request), IsEmpty());
  request.mutable_update_mask()->add_paths("content.prompt");
  EXPECT_THAT(WrongFields(request), ElementsAre("question.content.prompt"));
}

TEST(Validator, RefusesMaskPathsThatNameNoField) {
  scoring::v1::UpdateCandidateRequest request;
  request.mutable_candidate()->set_name("candidates/ada");
  request.mutable_update_mask()->add_paths("email");
  request.mutable_update_mask()->add_paths("shoe_size");
  request.mutable_update_mask()->add_paths("annotations.team");
  EXPECT_THAT(WrongFields(request), ElementsAre("update_mask.paths[1]"));
}

TEST(Validator, StopsCountingAtAHundred) {
  bank::v1::CreateQuestionRequest request = GoodQuestion();
  auto& content = *request.mutable_question()->mutable_content();
  for (int i = 0; i < 20; ++i) {
    content.add_exemplars()->set_score(9);
    content.add_red_flags(std::string("\0", 1));
    content.add_stronger(std::string("\0", 1));
    content.add_probes();
    content.add_key_concepts();
    content.add_links();
  }
  const size_t count = WrongFields(request).size();
  EXPECT_GE(count, 100u);
  EXPECT_LE(count, 110u);
}

}  // namespace
}  // namespace assay::runtime
