#include <thread>

#include "tests/integration/bank/question_fixture.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Revisions

TEST_F(QuestionLifeTest, EveryRevisionSaysWhoWroteItWhenAndWhy) {
  ASSERT_TRUE(Create("q1", [](auto& request) { request.set_change_note("first words"); }).ok());
  ASSERT_TRUE(Edit("q1", "What is a loss?", "", "clearer", "acme:ben").ok());
  ASSERT_TRUE(Edit("q1", "What is a loss function?").ok());
  v1::ListQuestionRevisionsRequest request;
  request.set_name("questions/q1");
  request.set_page_size(2);
  const auto first = Call<v1::ListQuestionRevisionsResponse>("QuestionService/ListQuestionRevisions", request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->revisions_size(), 2);
  EXPECT_EQ(first->revisions(0).name(), "questions/q1@3");
  EXPECT_EQ(first->revisions(0).author(), "ada");
  EXPECT_EQ(first->revisions(0).change_note(), "");
  EXPECT_EQ(first->revisions(1).author(), "ben");
  EXPECT_EQ(first->revisions(1).change_note(), "clearer");
  EXPECT_LT(first->revisions(1).revision_time().seconds() * 1'000'000'000 + first->revisions(1).revision_time().nanos(),
            first->revisions(0).revision_time().seconds() * 1'000'000'000 + first->revisions(0).revision_time().nanos());
  request.set_page_token(first->next_page_token());
  const auto second = Call<v1::ListQuestionRevisionsResponse>("QuestionService/ListQuestionRevisions", request);
  ASSERT_EQ(second->revisions_size(), 1);
  EXPECT_EQ(second->revisions(0).change_note(), "first words");
  EXPECT_EQ(Get("questions/q1@2")->author(), "ben");
}

TEST_F(QuestionLifeTest, RevisionsAreComparedTheTwoNewestUnlessSaidOtherwise) {
  ASSERT_TRUE(Create("q1").ok());
  EXPECT_EQ(Diff("q1")->diffs_size(), 0);  // there is one alone
  ASSERT_TRUE(Edit("q1", "Second?").ok());
  ASSERT_TRUE(Publish("q1").ok());
  ASSERT_TRUE(Edit("q1", "Third?").ok());
  const auto newest = Diff("q1");
  ASSERT_TRUE(newest.ok()) << newest.status();
  ASSERT_EQ(newest->diffs_size(), 1);
  EXPECT_EQ(newest->diffs(0).path(), "prompt");
  EXPECT_EQ(newest->diffs(0).before(), "Second?");
  EXPECT_EQ(newest->diffs(0).after(), "Third?");
  EXPECT_EQ(Diff("q1", 1)->diffs(0).before(), "What is q1?");
  EXPECT_EQ(Diff("q1", 0, 2)->diffs(0).before(), "What is q1?");
  EXPECT_EQ(Diff("q1", 3, 1)->diffs(0).after(), "What is q1?");
  EXPECT_EQ(Diff("q1", 2, 2)->diffs_size(), 0);
  EXPECT_EQ(Diff("q1", 1, 4).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Diff("q9").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Diff("q1", -1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Diff("q1@2").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(QuestionLifeTest, TranslationsAreCheckedOnEveryWay) {
  const auto twice = Create("q1", [](auto& request) {
    for (int i = 0; i < 2; ++i) {
      auto& translation = *request.mutable_question()->mutable_content()->add_translations();
      translation.set_language_code("de");
      translation.set_prompt("Was?");
    }
  });
  ASSERT_EQ(twice.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(runtime::ViolationsOf(twice.status()).at(0).field, "question.content.translations[1].language_code");
  const auto created = Create("q1", [](auto& request) {
    auto& translation = *request.mutable_question()->mutable_content()->add_translations();
    translation.set_language_code("de");
    translation.set_prompt("Was?");
  });
  ASSERT_TRUE(created.ok()) << created.status();
  // The question's own language moves onto the translation's.
  v1::UpdateQuestionRequest update;
  update.mutable_question()->set_name("questions/q1");
  update.mutable_question()->mutable_content()->set_language_code("de");
  update.mutable_update_mask()->add_paths("content.language_code");
  EXPECT_EQ(Call<v1::Question>("QuestionService/UpdateQuestion", update).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Get("questions/q1")->revision(), 1);
}

TEST_F(QuestionLifeTest, ACallerCannotSetWhatTheServerSays) {
  const auto created = Create("q1", [](auto& request) {
    v1::Question& question = *request.mutable_question();
    question.mutable_upstream()->set_pack("forged");
    question.set_author("somebody");
    question.set_state(v1::QUESTION_STATE_PUBLISHED);
    question.mutable_scheduled_publish_time()->set_seconds(1);
  });
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_FALSE(created->has_upstream());
  EXPECT_EQ(created->author(), "ada");
  EXPECT_EQ(created->state(), v1::QUESTION_STATE_DRAFT);
  EXPECT_FALSE(created->has_scheduled_publish_time());
}

TEST_F(QuestionLifeTest, AnImportedQuestionSaysWhetherItWasOverridden) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  EXPECT_FALSE(Get("questions/q001")->upstream().overridden());
  const std::string original = Get("questions/q001")->content().prompt();
  ASSERT_TRUE(Edit("q001", "Our own words?").ok());
  ASSERT_TRUE(Publish("q001").ok());
  EXPECT_TRUE(Get("questions/q001")->upstream().overridden());
  v1::ListQuestionsRequest list;
  list.set_filter("overridden");
  EXPECT_EQ(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list)->questions_size(), 1);
  ASSERT_TRUE(Edit("q001", original).ok());
  EXPECT_EQ(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list)->questions_size(), 0);
}

TEST_F(QuestionLifeTest, LabelsAndForeignIdsChangeWithoutANewRevision) {
  ASSERT_TRUE(Create("q1", [](auto& request) { request.set_publish(true); }).ok());
  v1::UpdateQuestionRequest update;
  update.mutable_question()->set_name("questions/q1");
  (*update.mutable_question()->mutable_annotations())["team"] = "search";
  auto& external = *update.mutable_question()->add_external_ids();
  external.set_system("ats");
  external.set_id("77");
  const auto labelled = Call<v1::Question>("QuestionService/UpdateQuestion", update);
  ASSERT_TRUE(labelled.ok()) << labelled.status();
  EXPECT_EQ(labelled->revision(), 1);
  EXPECT_EQ(labelled->state(), v1::QUESTION_STATE_PUBLISHED);
  EXPECT_EQ(labelled->etag(), "\"2\"");
  EXPECT_EQ(Get("questions/q1")->annotations().at("team"), "search");
  EXPECT_EQ(Get("questions/q1")->external_ids(0).id(), "77");
  EXPECT_EQ(Events("q1").back(), "question.updated 2 PUBLISHED by ada");
  // The same content again is none either.
  v1::UpdateQuestionRequest same;
  same.mutable_question()->set_name("questions/q1");
  *same.mutable_question()->mutable_content() = labelled->content();
  EXPECT_EQ(Call<v1::Question>("QuestionService/UpdateQuestion", same)->revision(), 1);
  EXPECT_EQ(Count("question_revision"), 1);
}

// Concurrency

TEST_F(QuestionLifeTest, OfTwoEditsWithTheSameEtagOneWins) {
  const std::string etag = Create("q1")->etag();
  for (int round = 0; round < 5; ++round) {
    const std::string current = round == 0 ? etag : Get("questions/q1")->etag();
    std::vector<absl::Status> statuses(4);
    std::vector<std::thread> writers;
    for (size_t i = 0; i < statuses.size(); ++i) {
      writers.emplace_back([&, i] {
        v1::UpdateQuestionRequest request;
        request.mutable_question()->set_name("questions/q1");
        request.mutable_question()->set_etag(current);
        *request.mutable_question()->mutable_content() = Content("q1");
        request.mutable_question()->mutable_content()->set_prompt("By writer " + std::to_string(i) + " in " + std::to_string(round));
        runtime::CallOptions options;
        options.bearer = kAda;
        options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        statuses[i] = client_->Call<v1::Question>("assay.bank.v1.QuestionService/UpdateQuestion", request, options).status();
      });
    }
    for (std::thread& writer : writers) writer.join();
    int won = 0;
    for (const absl::Status& status : statuses) {
      won += status.ok();
      if (!status.ok()) {
        EXPECT_EQ(ReasonOf(status), runtime::v1::ERROR_REASON_ETAG_MISMATCH) << status;
      }
    }
    EXPECT_EQ(won, 1);
  }
  EXPECT_EQ(Count("question_revision"), 6);
}

TEST_F(QuestionLifeTest, WhoReadThePublishedRevisionDoesNotOverwriteTheDraftAboveIt) {
  ASSERT_TRUE(Create("q1", [](auto& request) { request.set_publish(true); }).ok());
  const auto draft = Edit("q1", "Ada's words?");
  ASSERT_TRUE(draft.ok());
  EXPECT_EQ(draft->etag(), "\"2\"");
  const auto published = Get("questions/q1");
  EXPECT_EQ(published->revision(), 1);
  EXPECT_EQ(published->latest_revision(), 2);
  EXPECT_EQ(published->etag(), "\"2-r1\"");
  const absl::Status refused = Edit("q1", "Ben's words?", published->etag()).status();
  EXPECT_EQ(ReasonOf(refused), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("questions/q1@2"));
  EXPECT_EQ(Get("questions/q1@2")->etag(), "\"2\"");
  // Labels are of no revision, and to publish is to take the latest.
  v1::UpdateQuestionRequest label;
  label.mutable_question()->set_name("questions/q1");
  label.mutable_question()->set_etag(published->etag());
  (*label.mutable_question()->mutable_annotations())["team"] = "search";
  EXPECT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", label).ok());
  EXPECT_EQ(ReasonOf(Publish("q1", published->etag()).status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH) << "another version by now";
  ASSERT_TRUE(Publish("q1", Get("questions/q1")->etag()).ok());
  EXPECT_EQ(Get("questions/q1")->content().prompt(), "Ada's words?");
}

TEST_F(QuestionLifeTest, ARepeatedEditThatWasOvertakenDoesNotGiveTheEtagOfTheLatest) {
  ASSERT_TRUE(Create("q1").ok());
  v1::UpdateQuestionRequest edit;
  edit.mutable_question()->set_name("questions/q1");
  edit.mutable_question()->mutable_content()->set_prompt("First?");
  edit.mutable_update_mask()->add_paths("content.prompt");
  edit.set_request_id("once");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", edit).ok());
  ASSERT_TRUE(Edit("q1", "Second?").ok());
  const auto again = Call<v1::Question>("QuestionService/UpdateQuestion", edit);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->revision(), 2);
  EXPECT_EQ(ReasonOf(Edit("q1", "Third?", again->etag()).status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
}

TEST_F(QuestionLifeTest, EveryRevisionSaysWhetherAndWhenItWasPublished) {
  ASSERT_TRUE(Create("q1", [](auto& request) { request.set_publish(true); }).ok());
  const auto first = Get("questions/q1")->publish_time();
  ASSERT_TRUE(Edit("q1", "Never published?").ok());
  ASSERT_TRUE(Edit("q1", "Published?").ok());
  ASSERT_TRUE(Publish("q1").ok());
  EXPECT_EQ(Get("questions/q1@1")->state(), v1::QUESTION_STATE_PUBLISHED);
  EXPECT_EQ(Get("questions/q1@1")->publish_time().SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Get("questions/q1@2")->state(), v1::QUESTION_STATE_DRAFT);
  EXPECT_FALSE(Get("questions/q1@2")->has_publish_time());
  EXPECT_EQ(Get("questions/q1@3")->state(), v1::QUESTION_STATE_PUBLISHED);
  EXPECT_NE(Get("questions/q1@3")->publish_time().SerializeAsString(), first.SerializeAsString());
  // A publication that is overtaken is kept by the database itself.
  EXPECT_THAT(Sql("SELECT id || '@' || revision FROM question_publication"), ElementsAre("q1@1"));
  v1::ListQuestionRevisionsRequest all;
  all.set_name("questions/q1");
  const auto revisions = Call<v1::ListQuestionRevisionsResponse>("QuestionService/ListQuestionRevisions", all);
  ASSERT_TRUE(revisions.ok());
  EXPECT_EQ(revisions->revisions(1).state(), v1::QUESTION_STATE_DRAFT);
  EXPECT_FALSE(revisions->as_of_cursor().empty());
}

TEST_F(QuestionLifeTest, ToCreateAPublishedQuestionNeedsTheScopeToPublish) {
  v1::CreateQuestionRequest request;
  *request.mutable_question()->mutable_content() = Content("q1");
  const std::string editor = std::string(kAda) + " without questions.publish";
  request.set_publish(true);
  EXPECT_EQ(ReasonOf(Call<v1::Question>("QuestionService/CreateQuestion", request, editor).status()), runtime::v1::ERROR_REASON_SCOPE_MISSING);
  EXPECT_EQ(Get("questions/q1").status().code(), absl::StatusCode::kNotFound);
  request.set_publish(false);
  EXPECT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", request, editor).ok());
  EXPECT_EQ(ReasonOf(Publish("q1", "", editor).status()), runtime::v1::ERROR_REASON_SCOPE_MISSING);
}

TEST_F(QuestionLifeTest, WhatAContentMustNotHoldTwiceIsNamed) {
  const absl::Status refused = Create("q1", [](auto& request) {
                                 v1::QuestionContent& content = *request.mutable_question()->mutable_content();
                                 for (const char* role : {"mlops", "core-ml", "mlops"}) content.add_roles()->set_role(role);
                                 content.add_tags("a\x1f" "b");
                                 content.set_language_code("english");
                               }).status();
  std::vector<std::string> fields;
  for (const auto& violation : runtime::ViolationsOf(refused)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("question.content.language_code")) << "of single fields first";
  const absl::Status twice = Create("q1", [](auto& request) {
                               v1::QuestionContent& content = *request.mutable_question()->mutable_content();
                               for (const char* role : {"mlops", "core-ml", "mlops"}) content.add_roles()->set_role(role);
                               content.add_tags("a\x1f" "b");
                             }).status();
  fields.clear();
  for (const auto& violation : runtime::ViolationsOf(twice)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("question.content.roles[2].role", "question.content.tags[0]"));
}

TEST_F(QuestionLifeTest, AForeignIdFindsItsQuestionAndAClashNamesIt) {
  const auto with = [](const std::string& id) {
    return [id](v1::CreateQuestionRequest& request) {
      auto& external = *request.mutable_question()->add_external_ids();
      external.set_system("ats");
      external.set_id(id);
    };
  };
  ASSERT_TRUE(Create("q1", with("a:7")).ok());
  ASSERT_TRUE(Create("q2", with("a:8")).ok());
  const absl::Status clash = Create("q3", with("a:7")).status();
  EXPECT_EQ(clash.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(clash.message()), HasSubstr("questions/q1"));
  const absl::Status twice = Create("q3", [&](v1::CreateQuestionRequest& request) {
                               with("b")(request);
                               with("b")(request);
                             }).status();
  EXPECT_EQ(twice.code(), absl::StatusCode::kInvalidArgument);
  v1::ListQuestionsRequest list;
  list.set_filter("external_id = \"ats:a:7\"");
  const auto found = Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->questions_size(), 1);
  EXPECT_EQ(found->questions(0).name(), "questions/q1");
  list.set_filter("NOT external_id = \"ats:a:7\" AND external_id != \"other:a:8\"");
  EXPECT_EQ(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list)->questions_size(), 1);
  list.set_filter("external_id = \"ats:*\"");
  EXPECT_EQ(ReasonOf(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list).status()), runtime::v1::ERROR_REASON_FILTER_INVALID);
}

TEST_F(QuestionLifeTest, AnEditForAPersonIsThatPersons) {
  ASSERT_TRUE(Create("q1").ok());
  QuestionChanges changes(parts_);
  const runtime::RequestContext context = ThroughAts("UpdateQuestion");
  v1::UpdateQuestionRequest edit;
  edit.mutable_question()->set_name("questions/q1");
  edit.mutable_question()->mutable_content()->set_prompt("Dana's words?");
  edit.mutable_update_mask()->add_paths("content.prompt");
  const auto edited = changes.Update(context, edit);
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->author(), "dana");
}

TEST_F(QuestionLifeTest, OfTwoCreationsOfOneIdOneWins) {
  std::vector<absl::Status> statuses(6);
  std::vector<std::thread> writers;
  for (size_t i = 0; i < statuses.size(); ++i) {
    writers.emplace_back([&, i] {
      v1::CreateQuestionRequest request;
      *request.mutable_question()->mutable_content() = Content("q1");
      request.mutable_question()->mutable_content()->set_cue("By writer " + std::to_string(i));
      runtime::CallOptions options;
      options.bearer = kAda;
      options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      statuses[i] = client_->Call<v1::Question>("assay.bank.v1.QuestionService/CreateQuestion", request, options).status();
    });
  }
  for (std::thread& writer : writers) writer.join();
  int won = 0;
  for (const absl::Status& status : statuses) {
    won += status.ok();
    if (!status.ok()) {
      EXPECT_EQ(ReasonOf(status), runtime::v1::ERROR_REASON_ALREADY_EXISTS) << status;
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(Count("question_revision"), 1);
}

TEST_F(QuestionLifeTest, AValidateOnlyEditSaysWhatItWouldAndChangesNothing) {
  ASSERT_TRUE(Create("q1").ok());
  v1::UpdateQuestionRequest request;
  request.mutable_question()->set_name("questions/q1");
  *request.mutable_question()->mutable_content() = Content("q1");
  request.mutable_question()->mutable_content()->set_prompt("Second?");
  request.set_validate_only(true);
  const auto checked = Call<v1::Question>("QuestionService/UpdateQuestion", request);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->revision(), 2);
  EXPECT_EQ(Get("questions/q1")->revision(), 1);
  request.mutable_question()->set_etag("\"7\"");
  EXPECT_EQ(ReasonOf(Call<v1::Question>("QuestionService/UpdateQuestion", request).status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  EXPECT_EQ(Count("question_revision"), 1);
}

}  // namespace
}  // namespace assay::bank
