#include <thread>

#include "services/bank/api/question_changes.h"
#include "tests/integration/bank/question_fixture.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class PublishPlanTest : public QuestionLifeTest {};

TEST_F(PublishPlanTest, APlannedPublicationHappensAtItsTimeInTheNameOfWhoPlannedIt) {
  ASSERT_TRUE(Create("q1").ok());
  const runtime::Instant at = Now() + hours(48);
  const auto planned = Schedule("q1", at, "acme:ben");
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_EQ(runtime::FromTimestamp(planned->scheduled_publish_time()), at);
  EXPECT_EQ(planned->state(), v1::QUESTION_STATE_DRAFT);
  EXPECT_EQ(runtime::FromTimestamp(Get("questions/q1")->scheduled_publish_time()), at);
  time_.Set(at - std::chrono::microseconds(1));
  EXPECT_EQ(Look(), 0);
  EXPECT_EQ(Get("questions/q1")->state(), v1::QUESTION_STATE_DRAFT);
  time_.Set(at);
  EXPECT_EQ(Look(), 1);
  const auto published = Get("questions/q1");
  EXPECT_EQ(published->state(), v1::QUESTION_STATE_PUBLISHED);
  EXPECT_FALSE(published->has_scheduled_publish_time());
  EXPECT_EQ(runtime::FromTimestamp(published->publish_time()), at);
  EXPECT_THAT(Events("q1"), ElementsAre("question.updated 1 DRAFT by ada", "question.updated 2 DRAFT by ben", "question.published 3 PUBLISHED by ben"));
  EXPECT_THAT(Sql("SELECT actor || ' ' || resource FROM audit ORDER BY sequence DESC LIMIT 1"), ElementsAre("ben questions/q1@1"));
  EXPECT_EQ(Look(), 0);
  EXPECT_THAT(Events("q1"), SizeIs(3));
}

TEST_F(PublishPlanTest, AnEditKeepsThePlanAndWhatIsPublishedIsTheLatest) {
  ASSERT_TRUE(Create("q1", [](auto& request) { request.set_publish(true); }).ok());
  ASSERT_TRUE(Edit("q1", "Second?").ok());
  ASSERT_TRUE(Schedule("q1", Now() + hours(1)).ok());
  const auto edited = Edit("q1", "Third?");
  ASSERT_TRUE(edited->has_scheduled_publish_time());
  time_.Set(Now() + hours(2));
  EXPECT_EQ(Look(), 1);
  EXPECT_EQ(Get("questions/q1")->content().prompt(), "Third?");
  EXPECT_EQ(Get("questions/q1")->revision(), 3);
}

TEST_F(PublishPlanTest, ATimeThatIsPastOrTooFarIsRefused) {
  ASSERT_TRUE(Create("q1").ok());
  for (const runtime::Instant bad : {Now() - hours(1), Now() - std::chrono::seconds(1), Now() + hours(24 * 367), runtime::FromMicros(0)}) {
    const auto refused = Schedule("q1", bad);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(runtime::ViolationsOf(refused.status()).at(0).field, "publish_time");
  }
  v1::PublishQuestionRequest odd = Plan("q1", Now());
  odd.mutable_publish_time()->set_nanos(2'000'000'000);
  EXPECT_EQ(Call<v1::Question>("QuestionService/PublishQuestion", odd).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Get("questions/q1")->has_scheduled_publish_time());
}

TEST_F(PublishPlanTest, APlanIsMovedCanceledAndEndsWithPublicationOrRetirement) {
  ASSERT_TRUE(Create("q1").ok());
  EXPECT_EQ(ReasonOf(CancelPlan("q1").status()), runtime::v1::ERROR_REASON_INVALID_STATE);
  ASSERT_TRUE(Schedule("q1", Now() + hours(1)).ok());
  const auto moved = Schedule("q1", Now() + hours(5));
  ASSERT_TRUE(moved.ok());
  time_.Set(Now() + hours(2));
  EXPECT_EQ(Look(), 0);
  EXPECT_EQ(ReasonOf(CancelPlan("q1", "\"1\"").status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH);
  const auto canceled = CancelPlan("q1", moved->etag());
  ASSERT_TRUE(canceled.ok()) << canceled.status();
  EXPECT_FALSE(canceled->has_scheduled_publish_time());
  time_.Set(Now() + hours(6));
  EXPECT_EQ(Look(), 0);

  ASSERT_TRUE(Schedule("q1", Now() + hours(1)).ok());
  const auto published = Publish("q1");
  ASSERT_TRUE(published.ok());
  EXPECT_FALSE(published->has_scheduled_publish_time());
  EXPECT_EQ(Look(), 0);
  EXPECT_EQ(ReasonOf(Schedule("q1", Now() + hours(1)).status()), runtime::v1::ERROR_REASON_INVALID_STATE);  // nothing to publish

  ASSERT_TRUE(Create("q2").ok());
  ASSERT_TRUE(Schedule("q2", Now() + hours(1)).ok());
  EXPECT_FALSE(Retire("q2")->has_scheduled_publish_time());
  EXPECT_EQ(ReasonOf(Schedule("q2", Now() + hours(1)).status()), runtime::v1::ERROR_REASON_INVALID_STATE);
  ASSERT_TRUE(Create("q3").ok());
  ASSERT_TRUE(Schedule("q3", Now() + hours(1)).ok());
  ASSERT_TRUE(Delete("q3").ok());
  EXPECT_EQ(Look(), 0);
}

TEST_F(PublishPlanTest, ADraftThatAnImportBringsWaitsForAPersonWhateverWasPlanned) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  ASSERT_TRUE(Edit("q001", "Ours?").ok());
  ASSERT_TRUE(Schedule("q001", Now() + hours(1)).ok());
  v1::Pack changed = SmallPack();
  changed.mutable_questions(0)->set_prompt("Theirs, and new?");
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_PROTOBUF);
  header.set_publish(true);
  header.set_conflicts(v1::CONFLICT_RULE_DRAFT_DOCUMENT);
  const auto report = ImportBytes(header, changed.SerializeAsString());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->findings(), ::testing::Contains(::testing::Property(&v1::ImportFinding::reason, ::testing::HasSubstr("was planned to be published"))));
  EXPECT_EQ(Get("questions/q001@3")->content().prompt(), "Theirs, and new?");
  EXPECT_FALSE(Get("questions/q001")->has_scheduled_publish_time());
  time_.Set(Now() + hours(2));
  EXPECT_EQ(Look(), 0);
  EXPECT_EQ(Get("questions/q001")->revision(), 1);
}

TEST_F(PublishPlanTest, WhatWasPlannedThroughAServiceIsDoneInItsNameForThePerson) {
  ASSERT_TRUE(Create("q1").ok());
  QuestionChanges changes(parts_);
  const runtime::RequestContext context = ThroughAts("PublishQuestion");
  ASSERT_TRUE(changes.Publish(context, Plan("q1", Now() + hours(1))).ok());
  time_.Set(Now() + hours(2));
  EXPECT_EQ(Look(), 1);
  EXPECT_EQ(Events("q1").back(), "question.published 3 PUBLISHED by ats");
  EXPECT_THAT(Sql("SELECT actor || ' for ' || on_behalf_of FROM audit ORDER BY sequence DESC LIMIT 1"), ElementsAre("ats for dana"));
}

TEST_F(PublishPlanTest, ARepeatedPlanIsAnsweredAlsoWhenItsTimeHasPassed) {
  ASSERT_TRUE(Create("q1").ok());
  QuestionChanges changes(parts_);
  runtime::RequestContext context;
  context.principal.tenant = "acme";
  context.principal.subject = "ada";
  context.method = "assay.bank.v1.QuestionService/PublishQuestion";
  context.now = Now();
  v1::PublishQuestionRequest plan = Plan("q1", context.now + hours(1));
  plan.set_request_id("r-1");
  ASSERT_TRUE(changes.Publish(context, plan).ok());
  context.now += hours(2);
  const auto again = changes.Publish(context, plan);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->scheduled_publish_time().SerializeAsString(), plan.publish_time().SerializeAsString());
  EXPECT_THAT(Events("q1"), SizeIs(2));
  plan.set_request_id("r-2");
  EXPECT_EQ(changes.Publish(context, plan).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PublishPlanTest, SeveralWorkersPublishEachQuestionOnce) {
  constexpr int kQuestions = 120;  // more than one batch
  for (int i = 0; i < kQuestions; ++i) ASSERT_TRUE(Create("q" + std::to_string(i)).ok());
  Sql("UPDATE question SET scheduled_publish_time = now(), scheduled_by = 'ben'");
  time_.Set(Now() + hours(1));
  std::vector<std::unique_ptr<PublishWatch>> watches;
  for (int i = 0; i < 4; ++i) watches.push_back(std::make_unique<PublishWatch>(parts_, *feed_pool_, time_));
  std::atomic<int> published{0};
  std::vector<std::thread> workers;
  for (const auto& watch : watches) workers.emplace_back([&] { published += watch->Look().value_or(1000); });
  for (std::thread& worker : workers) worker.join();
  // One may have passed over what another held.
  published += Look();
  EXPECT_EQ(published, kQuestions);
  EXPECT_THAT(Sql("SELECT count(*) || ' ' || count(DISTINCT aggregate_id) FROM outbox WHERE type = 'question.published'"), ElementsAre("120 120"));
  EXPECT_THAT(Sql("SELECT DISTINCT version || ' ' || published_revision FROM question"), ElementsAre("2 1"));
}

TEST_F(PublishPlanTest, AWorkerAndAPersonPublishingAtOnceComeToOnePublication) {
  for (int round = 0; round < 8; ++round) {
    const std::string id = "q" + std::to_string(round);
    const std::string etag = Create(id)->etag();
    Sql("UPDATE question SET scheduled_publish_time = now(), scheduled_by = 'ben' WHERE id = '" + id + "'");
    time_.Set(Now() + hours(1));
    absl::Status by_hand;
    std::thread person([&] {
      v1::PublishQuestionRequest request;
      request.set_name("questions/" + id);
      request.set_etag(etag);
      runtime::CallOptions options;
      options.bearer = kAda;
      options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      by_hand = client_->Call<v1::Question>("assay.bank.v1.QuestionService/PublishQuestion", request, options).status();
    });
    Look();
    person.join();
    Look();
    if (!by_hand.ok()) {
      EXPECT_EQ(ReasonOf(by_hand), runtime::v1::ERROR_REASON_ETAG_MISMATCH) << by_hand;
    }
    EXPECT_THAT(Sql("SELECT count(*) FROM outbox WHERE type = 'question.published' AND aggregate_id = 'questions/" + id + "'"), ElementsAre("1"));
    EXPECT_EQ(Get("questions/" + id)->state(), v1::QUESTION_STATE_PUBLISHED);
  }
}

TEST_F(PublishPlanTest, EveryTenantsPlansAreKeptAndTheirNamesAreForTheFeedsRoleAlone) {
  ASSERT_TRUE(Create("q1").ok());
  v1::CreateQuestionRequest other;
  *other.mutable_question()->mutable_content() = Content("q1");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/CreateQuestion", other, kOther).ok());
  ASSERT_TRUE(Schedule("q1", Now() + hours(1)).ok());
  ASSERT_TRUE(Schedule("q1", Now() + hours(1), kOther).ok());
  time_.Set(Now() + hours(2));
  EXPECT_EQ(Look(), 2);
  EXPECT_THAT(Sql("SELECT tenant || ' ' || actor FROM outbox WHERE type = 'question.published' ORDER BY 1"), ElementsAre("acme ada", "globex gus"));
  const auto asked = pool_->Transact(runtime::TxMode::kReadOnly, "", std::chrono::steady_clock::now() + std::chrono::seconds(20),
                                     [&](runtime::Tx& tx) { return TenantsWithDuePlans(tx, Now()).status(); });
  EXPECT_FALSE(asked.ok());
}

TEST_F(PublishPlanTest, TheWorkerStartsLooksByItselfAndStops) {
  ASSERT_TRUE(Create("q1").ok());
  Sql("UPDATE question SET scheduled_publish_time = now(), scheduled_by = 'ben'");
  time_.Set(Now() + hours(1));
  watch_.Start();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (Get("questions/q1")->state() != v1::QUESTION_STATE_PUBLISHED && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  watch_.Stop();
  watch_.Stop();
  EXPECT_EQ(Get("questions/q1")->state(), v1::QUESTION_STATE_PUBLISHED);
}

TEST_F(PublishPlanTest, TheTimeOfPublicationIsThatOfTheRevisionThatIsPublished) {
  const auto first = Create("q1", [](auto& request) { request.set_publish(true); });
  ASSERT_TRUE(first.ok());
  const auto edited = Edit("q1", "Second?");
  EXPECT_FALSE(edited->has_publish_time()) << "of the draft";
  EXPECT_EQ(Get("questions/q1")->publish_time().SerializeAsString(), first->publish_time().SerializeAsString());
  const auto second = Publish("q1");
  EXPECT_NE(second->publish_time().SerializeAsString(), first->publish_time().SerializeAsString());
  EXPECT_EQ(Retire("q1")->publish_time().SerializeAsString(), second->publish_time().SerializeAsString());
}

}  // namespace
}  // namespace assay::bank
