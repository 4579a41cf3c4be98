#include <gmock/gmock.h>

#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;

v1::CreateQuestionRequest NewQuestion(const std::string& id) {
  v1::CreateQuestionRequest request;
  v1::QuestionContent& content = *request.mutable_question()->mutable_content();
  content.set_id(id);
  content.set_level(v1::LEVEL_FRESHER);
  content.set_kind(v1::QUESTION_KIND_THEORY);
  content.set_prompt("What is a gradient?");
  return request;
}

TEST_F(BankTest, EveryQueryPreparesAgainstTheSchema) {
  EXPECT_THAT(assay::testing::UnpreparableQueries(database_.app_dsn()), ::testing::IsEmpty());
}

TEST_F(BankTest, ADraftIsPublishedEditedAndItsRevisionsStay) {
  const auto draft = Call<v1::Question>("QuestionService/CreateQuestion", NewQuestion("x1"));
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->state(), v1::QUESTION_STATE_DRAFT);
  EXPECT_EQ(draft->revision(), 1);

  v1::PublishQuestionRequest publish;
  publish.set_name("questions/x1");
  publish.set_etag(draft->etag());
  ASSERT_TRUE(Call<v1::Question>("QuestionService/PublishQuestion", publish).ok());

  v1::UpdateQuestionRequest update;
  update.mutable_question()->set_name("questions/x1");
  *update.mutable_question()->mutable_content() = draft->content();
  update.mutable_question()->mutable_content()->set_prompt("What is a gradient, and what is it used for?");
  const auto edited = Call<v1::Question>("QuestionService/UpdateQuestion", update);
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->revision(), 2);
  EXPECT_EQ(edited->state(), v1::QUESTION_STATE_DRAFT);

  // Until the draft is published, the question is what was published.
  EXPECT_EQ(Get("questions/x1")->content().prompt(), "What is a gradient?");
  publish.set_etag("");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/PublishQuestion", publish).ok());
  EXPECT_EQ(Get("questions/x1")->revision(), 2);
  EXPECT_EQ(Get("questions/x1@1")->content().prompt(), "What is a gradient?");
  EXPECT_NE(Get("questions/x1@1")->wording_hash(), Get("questions/x1@2")->wording_hash());
  EXPECT_EQ(Get("questions/x1@1")->structure_hash(), Get("questions/x1@2")->structure_hash());
}

TEST_F(BankTest, AStaleEtagAndARetiredQuestionAreRefused) {
  ASSERT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", NewQuestion("x1")).ok());
  v1::PublishQuestionRequest publish;
  publish.set_name("questions/x1");
  publish.set_etag("\"99\"");
  const auto stale = Call<v1::Question>("QuestionService/PublishQuestion", publish);
  EXPECT_EQ(ReasonOf(stale.status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);

  v1::RetireQuestionRequest retire;
  retire.set_name("questions/x1");
  retire.set_reason("leaked");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  publish.set_etag("");
  EXPECT_EQ(ReasonOf(Call<v1::Question>("QuestionService/PublishQuestion", publish).status()), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(Get("questions/x1")->retire_reason(), "leaked");
}

TEST_F(BankTest, ARequestIdGivesTheSameReplyOnceAndRefusesAnotherBody) {
  v1::CreateQuestionRequest request = NewQuestion("x1");
  request.set_request_id("r-1");
  const auto first = Call<v1::Question>("QuestionService/CreateQuestion", request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Call<v1::Question>("QuestionService/CreateQuestion", request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
  EXPECT_EQ(Count("question_revision"), 1);
  request.mutable_question()->mutable_content()->set_prompt("Another one?");
  EXPECT_EQ(ReasonOf(Call<v1::Question>("QuestionService/CreateQuestion", request).status()), runtime::v1::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_F(BankTest, ValidateOnlyChecksAndStoresNothing) {
  v1::CreateQuestionRequest request = NewQuestion("x1");
  request.set_validate_only(true);
  ASSERT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", request).ok());
  EXPECT_EQ(Count("question"), 0);
  EXPECT_EQ(Count("outbox"), 0);
}

TEST_F(BankTest, BadFieldsAreNamedAllAtOnce) {
  v1::CreateQuestionRequest request = NewQuestion("Not An Id");
  request.mutable_question()->mutable_content()->clear_prompt();
  request.mutable_question()->mutable_content()->set_estimated_minutes(500);
  request.mutable_question()->mutable_content()->set_section(std::string("a\0b", 3));
  const auto refused = Call<v1::Question>("QuestionService/CreateQuestion", request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  std::vector<std::string> fields;
  for (const auto& violation : runtime::ViolationsOf(refused.status())) fields.push_back(violation.field);
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("question.content.id", "question.content.prompt", "question.content.estimated_minutes",
                                                      "question.content.section"));
  EXPECT_EQ(Count("question"), 0);
}

TEST_F(BankTest, AnotherTenantSeesNothing) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  ASSERT_TRUE(Get("questions/q001").ok());
  // Once from the database and once after it stands in the cache.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Get("questions/q001", kOther).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", v1::ListQuestionsRequest(), kOther)->questions_size(), 0);
}

TEST_F(BankTest, ACachedQuestionIsForgottenWhenItChanges) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  ASSERT_EQ(Get("questions/q001")->revision(), 1);
  ASSERT_EQ(Get("questions/q001")->revision(), 1);
  v1::Pack changed = SmallPack();
  changed.mutable_questions(0)->set_prompt("What does a confusion matrix hide?");
  ASSERT_TRUE(Import(changed).ok());
  EXPECT_EQ(Get("questions/q001")->content().prompt(), "What does a confusion matrix hide?");
}

TEST_F(BankTest, ListsPageByPageWithAFilter) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::ListQuestionsRequest request;
  request.set_page_size(3);
  request.set_filter("level = \"fresher\" AND competency = \"ml-fundamentals\"");
  const auto first = Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->questions_size(), 3);
  EXPECT_FALSE(first->as_of_cursor().empty());
  request.set_page_token(first->next_page_token());
  const auto second = Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", request);
  ASSERT_EQ(second->questions_size(), 1);
  EXPECT_EQ(second->questions(0).name(), "questions/q004");
  EXPECT_TRUE(second->next_page_token().empty());

  // A token belongs to its filter and to its tenant.
  request.set_filter("level = \"senior\"");
  EXPECT_EQ(ReasonOf(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", request).status()),
            runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  request.set_filter("colour = \"red\"");
  request.clear_page_token();
  EXPECT_EQ(ReasonOf(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", request).status()),
            runtime::v1::ERROR_REASON_FILTER_INVALID);
}

v1::AssembleKitRequest KitFor(const std::string& role) {
  v1::AssembleKitRequest request;
  request.set_role(role);
  request.set_level(v1::LEVEL_FRESHER);
  request.set_minutes(30);
  request.set_seed(1);
  return request;
}

TEST_F(BankTest, AKitIsDrawnPinnedAndTheSameForASeed) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  const auto kit = Call<v1::Kit>("KitService/AssembleKit", KitFor("core-ml"));
  ASSERT_TRUE(kit.ok()) << kit.status();
  ASSERT_EQ(kit->slots_size(), 1);
  EXPECT_GE(kit->slots(0).questions_size(), 2);
  EXPECT_THAT(kit->slots(0).questions(0).question(), ::testing::EndsWith("@1"));
  EXPECT_FALSE(kit->slots(0).questions(0).why().empty());
  EXPECT_EQ(kit->policy(), "policies/standard@1");
  EXPECT_EQ(Call<v1::Kit>("KitService/AssembleKit", KitFor("core-ml"))->content_hash(), kit->content_hash());
  v1::GetKitRequest get;
  get.set_name(kit->name());
  EXPECT_EQ(Call<v1::Kit>("KitService/GetKit", get)->SerializeAsString(), kit->SerializeAsString());
}

TEST_F(BankTest, AnUnknownRoleIsNamedWithTheKnownOnesAndAnEmptyBankSaysWhatIsMissing) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  const auto unknown = Call<v1::Kit>("KitService/AssembleKit", KitFor("astronaut"));
  EXPECT_EQ(ReasonOf(unknown.status()), runtime::v1::ERROR_REASON_UNKNOWN_ROLE);
  EXPECT_EQ(runtime::MetadataOf(unknown.status(), "role"), "astronaut");
  EXPECT_THAT(std::string(unknown.status().message()), ::testing::HasSubstr("core-ml"));
  v1::AssembleKitRequest request = KitFor("core-ml");
  for (const char* id : {"q001", "questions/q002", "q003@1"}) request.add_excluded_questions(id);
  const auto infeasible = Call<v1::Kit>("KitService/AssembleKit", request);
  EXPECT_EQ(ReasonOf(infeasible.status()), runtime::v1::ERROR_REASON_KIT_INFEASIBLE);
  EXPECT_EQ(Count("kit"), 0);
}

}  // namespace
}  // namespace assay::bank
