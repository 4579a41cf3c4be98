#include <thread>

#include "services/runtime/base/text.h"
#include "tests/integration/bank/question_fixture.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(QuestionLifeTest, AQuestionOfADeletedOnesIdGoesOnFromItsVersion) {
  ASSERT_TRUE(Create("q1").ok());
  const std::string etag = Edit("q1", "Once?")->etag();
  ASSERT_TRUE(Delete("q1").ok());
  const auto anew = Create("q1");
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_EQ(anew->revision(), 1);
  EXPECT_EQ(anew->etag(), "\"4\"");
  EXPECT_EQ(ReasonOf(Edit("q1", "Of another question?", etag).status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  std::vector<std::string> versions;
  for (const std::string& event : Events("q1")) versions.push_back(event.substr(event.find(' ') + 1, 1));
  EXPECT_THAT(versions, ElementsAre("1", "2", "3", "4"));
  // An import's, too.
  ASSERT_TRUE(Create("q001").ok());
  ASSERT_TRUE(Delete("q001").ok());
  ASSERT_TRUE(Import(SmallPack()).ok());
  EXPECT_EQ(Get("questions/q001")->etag(), "\"3\"");
}

TEST_F(QuestionLifeTest, ADraftIsDeletedWithEverythingOfItAndItsIdsAreFree) {
  const auto with_id = [](auto& request) {
    auto& external = *request.mutable_question()->add_external_ids();
    external.set_system("ats");
    external.set_id("77");
    request.mutable_question()->mutable_content()->add_links()->set_question("q9");
    request.mutable_question()->mutable_content()->mutable_links(0)->set_relation(v1::QUESTION_RELATION_RELATED);
  };
  ASSERT_TRUE(Create("q1", with_id).ok());
  ASSERT_TRUE(Edit("q1", "Another?").ok());
  ASSERT_EQ(Create("q2", with_id).status().code(), absl::StatusCode::kAlreadyExists);
  const auto deleted = Delete("q1");
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->content().prompt(), "Another?");
  EXPECT_EQ(Get("questions/q1").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get("questions/q1@1").status().code(), absl::StatusCode::kNotFound);
  for (const char* table : {"question", "question_revision", "question_external_id", "question_link"}) EXPECT_EQ(Count(table), 0) << table;
  EXPECT_EQ(Events("q1").back(), "question.deleted 3 DRAFT by ada");
  EXPECT_TRUE(Create("q2", with_id).ok());
  EXPECT_TRUE(Create("q1").ok());
  EXPECT_EQ(Get("questions/q1")->content().prompt(), "What is q1?");
}

TEST_F(QuestionLifeTest, DeletingIsRefusedOnceItWasPublishedAndWithAStaleEtag) {
  ASSERT_TRUE(Create("q1").ok());
  EXPECT_EQ(ReasonOf(Delete("q1", "\"9\"").status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(Delete("q1", "", "", kOther).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Delete("q1@1").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Delete("q9").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(Publish("q1").ok());
  EXPECT_EQ(ReasonOf(Delete("q1").status()), runtime::v1::ERROR_REASON_INVALID_STATE);
  ASSERT_TRUE(Edit("q1", "A draft beside it?").ok());
  EXPECT_EQ(ReasonOf(Delete("q1").status()), runtime::v1::ERROR_REASON_INVALID_STATE);
  ASSERT_TRUE(Create("q2").ok());
  ASSERT_TRUE(Retire("q2").ok());
  EXPECT_EQ(ReasonOf(Delete("q2").status()), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(Count("question"), 2);
  EXPECT_EQ(Count("question_revision"), 3);
}

TEST_F(QuestionLifeTest, TheDatabaseItselfLetsNoRevisionAndNoPublishedQuestionGo) {
  ASSERT_TRUE(Create("q1", [](auto& request) { request.set_publish(true); }).ok());
  static const runtime::Query kDeleteQuestion{"test_delete_question", "DELETE FROM question WHERE id = $1"};
  static const runtime::Query kDeleteRevision{"test_delete_revision", "DELETE FROM question_revision WHERE id = $1"};
  const auto run = [&](const runtime::Query& query) {
    return runtime::Transact<int>(*pool_, runtime::TxMode::kReadWrite, "acme", std::chrono::steady_clock::now() + std::chrono::seconds(20),
                                  [&](runtime::Tx& tx) { return tx.Execute(query, {"q1"}); });
  };
  EXPECT_EQ(run(kDeleteQuestion).value(), 0);
  EXPECT_FALSE(run(kDeleteRevision).ok());
  EXPECT_EQ(Count("question_revision"), 1);
}

TEST_F(QuestionLifeTest, WhatIsReferredToIsNotDeletedAndTheReferenceIsNamed) {
  ASSERT_TRUE(Create("q1").ok());
  ASSERT_TRUE(Create("q2", [](auto& request) {
                auto& link = *request.mutable_question()->mutable_content()->add_links();
                link.set_question("q1");
                link.set_relation(v1::QUESTION_RELATION_RELATED);
              }).ok());
  const auto linked = Delete("q1");
  EXPECT_EQ(linked.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(linked.status().message()), HasSubstr("questions/q2"));
  // Also from an older revision: that one stays readable.
  v1::UpdateQuestionRequest update;
  update.mutable_question()->set_name("questions/q2");
  *update.mutable_question()->mutable_content() = Content("q2");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", update).ok());
  EXPECT_EQ(Delete("q1").status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Delete("q2").ok());
  ASSERT_TRUE(Delete("q1").ok());

  // A question may refer to itself.
  ASSERT_TRUE(Create("q3", [](auto& request) {
                auto& link = *request.mutable_question()->mutable_content()->add_links();
                link.set_question("q3");
                link.set_relation(v1::QUESTION_RELATION_RELATED);
              }).ok());
  EXPECT_TRUE(Delete("q3").ok());

  ASSERT_TRUE(Create("q4").ok());
  v1::Format format = SmallPack().formats(0);
  format.mutable_slots(0)->add_preferred_questions("q4");
  Sql(fmt::format("INSERT INTO catalog_entry (tenant, collection, id, revision, pack, content, content_hash, create_time) "
                  "VALUES ('acme', 'formats', 'round-30', 1, '', '\\x{}', '', now())",
                  runtime::Hex(format.SerializeAsString())));
  const auto preferred = Delete("q4");
  EXPECT_EQ(preferred.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(preferred.status().message()), HasSubstr("formats/round-30@1"));
}

TEST_F(QuestionLifeTest, ARepeatedDeletionIsAnsweredWithTheNameAndDoesNothing) {
  ASSERT_TRUE(Create("q1").ok());
  ASSERT_TRUE(Delete("q1", "", "r-1").ok());
  ASSERT_TRUE(Create("q1").ok());
  const auto again = Delete("q1", "", "r-1");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->name(), "questions/q1");
  EXPECT_EQ(Count("question"), 1);
  EXPECT_EQ(Delete("q1", "", "r-2")->content().id(), "q1");
}

TEST_F(QuestionLifeTest, ADeletionAndANewReferenceNeverPassEachOther) {
  for (int round = 0; round < 8; ++round) {
    const std::string target = "t" + std::to_string(round);
    const std::string other = "o" + std::to_string(round);
    ASSERT_TRUE(Create(target).ok());
    absl::Status deleted, linked;
    const auto call = [&](const std::string& method, const google::protobuf::Message& request) {
      runtime::CallOptions options;
      options.bearer = kAda;
      options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      return client_->Call<v1::Question>("assay.bank.v1.QuestionService/" + method, request, options).status();
    };
    std::thread deleter([&] {
      v1::DeleteQuestionRequest request;
      request.set_name("questions/" + target);
      deleted = call("DeleteQuestion", request);
    });
    std::thread linker([&] {
      v1::CreateQuestionRequest request;
      *request.mutable_question()->mutable_content() = Content(other);
      auto& link = *request.mutable_question()->mutable_content()->add_links();
      link.set_question(target);
      link.set_relation(v1::QUESTION_RELATION_RELATED);
      linked = call("CreateQuestion", request);
    });
    deleter.join();
    linker.join();
    // A link to nothing may be written, so that both may succeed, one after the other; what must not be is a refused link.
    EXPECT_TRUE(linked.ok()) << linked;
    if (!deleted.ok()) {
      EXPECT_EQ(deleted.code(), absl::StatusCode::kFailedPrecondition) << deleted;
    }
  }
}

}  // namespace
}  // namespace assay::bank
