#include "tests/integration/scoring/judgement_fixture.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace assay::scoring {
namespace {

using runtime::ReasonOf;
using runtime::v1::ErrorReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace errors = runtime::v1;

template <typename T>
ErrorReason Why(const absl::StatusOr<T>& answer) {
  return ReasonOf(answer.status());
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : runtime::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

// ---- submitting

TEST_F(JudgementTest, ASubmittedCardIsReadBackAsItWasAnswered) {
  v1::SubmitScorecardRequest request = Submission("i1", "dana", "once");
  request.mutable_content()->mutable_ratings(0)->set_note("asked for the loss curve");
  request.mutable_content()->mutable_ratings(0)->add_concepts_covered("bias");
  request.mutable_content()->mutable_ratings(0)->add_concepts_covered("variance");
  request.mutable_content()->add_strengths("clear");
  request.mutable_content()->set_overall_notes("would work with again");
  request.mutable_content()->mutable_external_recommendation()->set_system("greenhouse");
  request.mutable_content()->mutable_external_recommendation()->set_value("yes");
  request.add_external_ids()->set_system("greenhouse");
  request.mutable_external_ids(0)->set_id("sc-1");
  (*request.mutable_annotations())["team"] = "platform";
  std::string cursor;
  const auto card = Submit(request, "acme:dana", &cursor);
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_FALSE(cursor.empty());
  EXPECT_EQ(card->state(), v1::SCORECARD_STATE_SUBMITTED);
  EXPECT_EQ(card->revision(), 1);
  EXPECT_EQ(card->submitted_by(), "dana");
  EXPECT_EQ(card->content().ratings(0).question(), "questions/q001@2");
  EXPECT_EQ(card->content().recommendation(), v1::RECOMMENDATION_HIRE);
  const auto read = Get(request.name(), "acme:dana");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->DebugString(), card->DebugString());
  v1::BatchGetScorecardsByExternalIdRequest by_id;
  *by_id.add_external_ids() = request.external_ids(0);
  EXPECT_EQ(Must<v1::BatchGetScorecardsByExternalIdResponse>("ScorecardService/BatchGetScorecardsByExternalId", by_id,
                                                             "acme:dana")
                .scorecards_size(),
            1);
}

TEST_F(JudgementTest, WhatIsPersonalStandsEncryptedAndInNoEvent) {
  v1::SubmitScorecardRequest request = Submission("i1", "dana");
  request.mutable_content()->mutable_ratings(0)->set_note("Lovelace");
  v1::RaisedFlag& flag = *request.mutable_content()->add_flags_raised();
  flag.set_flag_id("no-trade-offs");
  flag.set_evidence("Lovelace");
  ASSERT_TRUE(Submit(request, "acme:dana").ok());
  EXPECT_EQ(Count("scorecard_personal"), 1);
  EXPECT_EQ(Count("flag_personal"), 1);
  for (const char* where : {"scorecard_personal WHERE position('Lovelace'::bytea IN ciphertext) > 0",
                            "flag WHERE position('Lovelace'::bytea IN document) > 0",
                            "scorecard WHERE position('Lovelace'::bytea IN document) > 0",
                            "outbox WHERE payload::text LIKE '%Lovelace%'", "audit WHERE resource LIKE '%Lovelace%'"}) {
    EXPECT_EQ(Count(where), 0) << where;
  }
  EXPECT_THAT(Sql("SELECT type FROM outbox WHERE aggregate_type IN ('scorecard', 'flag') ORDER BY sequence"),
              ElementsAre("scorecard.submitted", "flag.raised"));
}

TEST_F(JudgementTest, ARefusedCardLeavesNothingBehind) {
  v1::CancelInterviewRequest cancel;
  cancel.set_name("interviews/i2");
  cancel.set_cancel_reason("no-show");
  Must<v1::Interview>("InterviewService/CancelInterview", cancel);
  ASSERT_TRUE(Submit(Submission("i1", "eli"), "acme:eli").ok());
  const auto before = Sql("SELECT (SELECT count(*) FROM scorecard) + (SELECT count(*) FROM scorecard_revision) + "
                          "(SELECT count(*) FROM rating) + (SELECT count(*) FROM scorecard_personal) + (SELECT count(*) FROM flag) "
                          "+ (SELECT count(*) FROM outbox) + (SELECT count(*) FROM audit) + (SELECT count(*) FROM idempotency)");

  const auto refused = [&](const std::function<void(v1::SubmitScorecardRequest&)>& spoil, const std::string& interview,
                           const std::string& who) {
    v1::SubmitScorecardRequest request = Submission(interview, who, "refused");
    spoil(request);
    return Submit(request, "acme:" + who);
  };
  const auto score = [](int value) {
    return [value](v1::SubmitScorecardRequest& request) { request.mutable_content()->mutable_ratings(1)->set_score(value); };
  };
  const auto as_is = [](v1::SubmitScorecardRequest&) {};

  const auto zero = refused(score(0), "i1", "dana");
  EXPECT_EQ(Why(zero), errors::ERROR_REASON_INVALID_FIELDS);
  EXPECT_THAT(FieldsOf(zero.status()), ElementsAre("content.ratings[1].score"));
  EXPECT_EQ(Why(refused(score(6), "i1", "dana")), errors::ERROR_REASON_INVALID_FIELDS);
  const auto outside = refused(
      [](auto& request) { request.mutable_content()->mutable_ratings(0)->set_question("questions/q099"); }, "i1", "dana");
  EXPECT_EQ(Why(outside), errors::ERROR_REASON_QUESTION_NOT_IN_KIT);
  EXPECT_THAT(FieldsOf(outside.status()), ElementsAre("content.ratings[0].question"));
  const auto again = refused(as_is, "i1", "eli");
  EXPECT_EQ(Why(again), errors::ERROR_REASON_ALREADY_SUBMITTED);
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("AmendScorecard"));
  EXPECT_EQ(Why(refused(as_is, "i2", "gil")), errors::ERROR_REASON_INTERVIEW_CANCELED);
  EXPECT_EQ(Why(refused(as_is, "i1", "gil")), errors::ERROR_REASON_NOT_ON_PANEL);
  EXPECT_EQ(Why(refused(as_is, "i9", "dana")), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_EQ(Why(refused([](auto& request) { request.mutable_content()->set_overall_notes(std::string("a\0b", 3)); }, "i1",
                        "dana")),
            errors::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(Why(refused([](auto& request) { request.clear_content(); }, "i1", "dana")), errors::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(Why(refused([](auto& request) { request.set_etag("\"1\""); }, "i1", "dana")), errors::ERROR_REASON_ETAG_MISMATCH);

  const auto all = refused(
      [](v1::SubmitScorecardRequest& request) {
        v1::ScorecardContent& content = *request.mutable_content();
        content.mutable_ratings(0)->set_question("questions/q099");
        content.mutable_ratings(1)->set_competency("communication");
        *content.add_ratings() = content.ratings(2);
        content.add_flags_raised()->set_flag_id("unheard-of");
        content.mutable_flags_raised(0)->set_evidence("said so");
      },
      "i1", "dana");
  EXPECT_THAT(FieldsOf(all.status()), ElementsAre("content.ratings[0].question", "content.ratings[1].competency",
                                                  "content.ratings[3]", "content.flags_raised[0].flag_id"));

  EXPECT_EQ(Sql("SELECT (SELECT count(*) FROM scorecard) + (SELECT count(*) FROM scorecard_revision) + "
                "(SELECT count(*) FROM rating) + (SELECT count(*) FROM scorecard_personal) + (SELECT count(*) FROM flag) "
                "+ (SELECT count(*) FROM outbox) + (SELECT count(*) FROM audit) + (SELECT count(*) FROM idempotency)"),
            before);
}

TEST_F(JudgementTest, OnlyTheAuthorOrWhoMaySubmitForOthersSubmits) {
  EXPECT_EQ(Why(Submit(Submission("i1", "dana"), "acme:eli")), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_EQ(Why(Submit(Submission("i1", "dana"), "globex:dana")), errors::ERROR_REASON_NOT_FOUND);
  const auto card = Submit(Submission("i1", "dana"), kAts);
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(card->interviewer(), "interviewers/dana");
  EXPECT_EQ(card->submitted_by(), "ats");
}

TEST_F(JudgementTest, ARequestIdAnswersTheSameForEverAndRefusesAnotherBody) {
  std::string first_cursor, second_cursor;
  const auto first = Submit(Submission("i1", "dana", "rid"), "acme:dana", &first_cursor);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(Amend(*first, Rated(2, 2, 2), "acme:dana").ok());
  const auto second = Submit(Submission("i1", "dana", "rid"), "acme:dana", &second_cursor);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->DebugString(), first->DebugString());
  EXPECT_EQ(second_cursor.size(), first_cursor.size());
  v1::SubmitScorecardRequest other = Submission("i1", "dana", "rid");
  other.mutable_content()->mutable_ratings(0)->set_score(1);
  EXPECT_EQ(Why(Submit(other, "acme:dana")), errors::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_EQ(Count("scorecard_revision"), 2);
}

TEST_F(JudgementTest, ValidateOnlyChecksEverythingAndStoresNothing) {
  v1::SubmitScorecardRequest request = Submission("i1", "dana", "v");
  request.set_validate_only(true);
  EXPECT_TRUE(Submit(request, "acme:dana").ok());
  request.mutable_content()->mutable_ratings(0)->set_question("questions/q099");
  EXPECT_EQ(Why(Submit(request, "acme:dana")), errors::ERROR_REASON_QUESTION_NOT_IN_KIT);
  EXPECT_EQ(Count("scorecard"), 0);
  EXPECT_EQ(Count("idempotency WHERE method LIKE '%SubmitScorecard'"), 0);
  request = Submission("i1", "dana", "v");
  EXPECT_TRUE(Submit(request, "acme:dana").ok());
}

// Every card once, whatever is sent how often and whatever happens to the connections meanwhile.
TEST_F(JudgementTest, ManyThreadsWithRetriesStoreEveryCardExactlyOnce) {
  constexpr int kInterviews = 12;
  constexpr int kThreads = 32;
  for (int i = 0; i < kInterviews; ++i) {
    const std::string id = "n" + std::to_string(i);
    NewApplication("app-" + id, "cand-" + id);
    NewInterview(id, "app-" + id, {"dana", "eli", "gil"}, {});
  }
  std::mutex mutex;
  std::condition_variable progress;
  int told = 0;
  std::map<std::string, std::set<std::string>> answers;  // card and request_id → answers
  std::atomic<int> refused{0}, spoiled{0}, unexpected{0};
  const auto submit = [&](const v1::SubmitScorecardRequest& request, const std::string& who) {
    while (true) {
      const auto card = Submit(request, "acme:" + who);
      {
        std::lock_guard lock(mutex);
        ++told;
      }
      progress.notify_one();
      if (card.ok()) {
        std::lock_guard lock(mutex);
        answers[request.name() + " " + request.request_id()].insert(card->SerializeAsString());
        return;
      }
      switch (Why(card)) {
        case errors::ERROR_REASON_ALREADY_SUBMITTED:
          ++refused;
          return;
        case errors::ERROR_REASON_QUESTION_NOT_IN_KIT:
          ++spoiled;
          return;
        case errors::ERROR_REASON_UNAVAILABLE:
        case errors::ERROR_REASON_COMMIT_IN_DOUBT:
        case errors::ERROR_REASON_OVERLOADED:
        case errors::ERROR_REASON_DEADLINE_EXCEEDED:
        case errors::ERROR_REASON_CONFLICT:
          continue;  // the same request_id again
        default:
          ADD_FAILURE() << card.status();
          ++unexpected;
          return;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kInterviews; ++i) {
        const std::string id = "n" + std::to_string((i + t) % kInterviews);
        const std::string who = std::vector<std::string>{"dana", "eli", "gil"}[t % 3];
        // Four intents per card, each sent by two or three threads; and among them cards that are wrong.
        const int intent = t / 3 % 4;
        v1::SubmitScorecardRequest request = Submission(id, who, id + "-intent-" + std::to_string(intent));
        if (intent == 3) request.mutable_content()->mutable_ratings(0)->set_question("questions/q099");
        submit(request, who);
      }
    });
  }
  std::thread chaos([&] {
    for (int kill = 1; kill <= 6; ++kill) {
      {
        std::unique_lock lock(mutex);
        progress.wait(lock, [&] { return told >= kill * 40; });
      }
      Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'assay_login'");
    }
  });
  for (std::thread& thread : threads) thread.join();
  chaos.join();
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(Count("scorecard"), kInterviews * 3);
  EXPECT_EQ(Count("scorecard_revision"), kInterviews * 3);
  EXPECT_EQ(Count("rating"), kInterviews * 9);
  EXPECT_EQ(Count("outbox WHERE type = 'scorecard.submitted'"), kInterviews * 3);
  EXPECT_EQ(Count("idempotency WHERE method LIKE '%SubmitScorecard'"), kInterviews * 3);
  // One intent won each card; whoever repeated it was told the same.
  EXPECT_EQ(answers.size(), static_cast<size_t>(kInterviews * 3));
  for (const auto& [card, told] : answers) EXPECT_THAT(told, SizeIs(1)) << card;
  EXPECT_GT(refused, 0);
  EXPECT_GT(spoiled, 0);
  // The audit chain has one entry per card and no gap.
  EXPECT_EQ(Count("audit WHERE method LIKE '%SubmitScorecard'"), kInterviews * 3);
  EXPECT_THAT(Sql("SELECT count(*) = max(sequence) FROM audit WHERE tenant = 'acme'"), ElementsAre("t"));
}

// ---- drafts

TEST_F(JudgementTest, ADraftIsItsAuthorsAloneUntilItIsHandedIn) {
  v1::SaveScorecardDraftRequest save;
  save.set_name(CardOf("i1", "dana"));
  *save.mutable_content() = Rated(3, 3, 3);
  save.mutable_content()->mutable_ratings(0)->set_note("not sure yet");
  const v1::Scorecard draft = Must<v1::Scorecard>("ScorecardService/SaveScorecardDraft", save, "acme:dana");
  EXPECT_EQ(draft.state(), v1::SCORECARD_STATE_DRAFT);
  EXPECT_EQ(Get(draft.name(), "acme:dana")->content().ratings(0).note(), "not sure yet");
  for (const char* other : {"acme:eli", "acme:rika", "acme:sam", kAdmin, kAts})
    EXPECT_EQ(Why(Get(draft.name(), other)), errors::ERROR_REASON_NOT_FOUND) << other;
  EXPECT_THAT(List("interviews/i1", kAdmin).scorecards(), IsEmpty());
  EXPECT_THAT(List("interviews/i1", "acme:dana").scorecards(), SizeIs(1));
  // Nor may an ATS hand it in without having seen it.
  v1::SubmitScorecardRequest submit;
  submit.set_name(draft.name());
  EXPECT_EQ(Why(Submit(submit, kAts)), errors::ERROR_REASON_INVALID_FIELDS);
  submit.set_etag(draft.etag());
  const auto card = Submit(submit, "acme:dana");
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(card->uid(), draft.uid());
  EXPECT_EQ(card->etag(), "\"2\"");
  EXPECT_EQ(card->content().ratings(0).note(), "not sure yet");
  EXPECT_EQ(Get(draft.name(), kAdmin)->DebugString(), card->DebugString());
  EXPECT_EQ(Count("scorecard_personal WHERE revision = 0"), 0);
}

}  // namespace
}  // namespace assay::scoring
