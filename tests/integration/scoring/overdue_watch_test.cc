#include "services/scoring/api/overdue_watch.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/integration/scoring/judgement_fixture.h"

namespace assay::scoring {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SetClock final : public runtime::Clock {
 public:
  runtime::Instant Now() const override { return runtime::FromMicros(now_); }
  void Set(runtime::Instant now) { now_ = runtime::ToMicros(now); }

 private:
  std::atomic<int64_t> now_{0};
};

// i1 is interviewed by dana and eli, shadowed by fay; i2 by gil. All cards are due at due_.
class OverdueTest : public JudgementTest {
 protected:
  void SetUp() override {
    JudgementTest::SetUp();
    due_ = runtime::FromMicros(std::stoll(Sql("SELECT (extract(epoch FROM due_time) * 1000000)::bigint FROM interview").at(0)));
    time_.Set(due_);
  }

  int Look() {
    const auto told = watch_.Look();
    EXPECT_TRUE(told.ok()) << told.status();
    return told.value_or(-1);
  }
  std::vector<std::string> Told(const std::string& column = "aggregate_id") {
    return Sql("SELECT " + column + " FROM outbox WHERE type = 'scorecard.overdue' ORDER BY tenant, aggregate_id");
  }

  runtime::Instant due_{};
  SetClock time_;
  std::unique_ptr<runtime::Pool> feed_pool_ = NewPool(database_.feed_dsn(), "assay_feed");
  ScoringParts timed_{mutator_, *pool_, vault_, pages_, cursors_, bank_, &reads_, time_};
  OverdueWatch watch_{timed_, *feed_pool_};
};

TEST_F(OverdueTest, EveryCardThatIsNotInIsToldOfOnceWhenItsTimePasses) {
  SubmitAs("i1", "eli");
  time_.Set(due_ - microseconds(1));
  EXPECT_EQ(Look(), 0);
  EXPECT_THAT(Told(), IsEmpty());
  time_.Set(due_);
  EXPECT_EQ(Look(), 3);
  EXPECT_THAT(Told(), ElementsAre(CardOf("i1", "dana"), CardOf("i1", "fay"), CardOf("i2", "gil")));
  time_.Set(due_ + hours(1));
  EXPECT_EQ(Look(), 0);
  EXPECT_THAT(Told(), SizeIs(3));
}

TEST_F(OverdueTest, TheEventIsForTheAuthorAndNamesEverythingRelated) {
  Look();
  EXPECT_EQ(Told("audience::text || ' ' || actor || ' ' || aggregate_type || ' ' || aggregate_version || ' ' || state").at(0),
            "3 assay-scoring scorecard 0 ");
  EXPECT_EQ(Told("payload->>'related'").at(0),
            R"({"candidate": "candidates/c1", "interview": "interviews/i1", "application": "applications/a1", )"
            R"("interviewer": "interviewers/dana", "requisition": "requisitions/r1"})");
}

TEST_F(OverdueTest, ADraftIsNotInAndSaysItsVersion) {
  v1::SaveScorecardDraftRequest save;
  save.set_name(CardOf("i2", "gil"));
  *save.mutable_content() = Rated(3, 3, 3);
  Must<v1::Scorecard>("ScorecardService/SaveScorecardDraft", save, "acme:gil");
  Must<v1::Scorecard>("ScorecardService/SaveScorecardDraft", save, "acme:gil");
  EXPECT_EQ(Look(), 4);
  EXPECT_EQ(Told("state || ' ' || aggregate_version").back(), "DRAFT 2");
  SubmitAs("i2", "gil");
  EXPECT_EQ(Look(), 0);
}

TEST_F(OverdueTest, WhoJoinsThePanelLaterIsToldAsWellAndTheOthersAreNotToldAgain) {
  EXPECT_EQ(Look(), 4);
  v1::ChangeInterviewPanelRequest change;
  change.set_name("interviews/i2");
  for (const char* id : {"gil", "eli"}) change.add_panel()->set_interviewer(std::string("interviewers/") + id);
  Must<v1::Interview>("InterviewService/ChangeInterviewPanel", change);
  EXPECT_EQ(Look(), 1);
  EXPECT_THAT(Told(), ::testing::Contains(CardOf("i2", "eli")));
}

TEST_F(OverdueTest, NobodyIsRemindedOfACanceledInterview) {
  v1::CancelInterviewRequest cancel;
  cancel.set_name("interviews/i1");
  cancel.set_cancel_reason("candidate-no-show");
  Must<v1::Interview>("InterviewService/CancelInterview", cancel);
  EXPECT_EQ(Look(), 1);
  EXPECT_THAT(Told(), ElementsAre(CardOf("i2", "gil")));
}

TEST_F(OverdueTest, SeveralProcessesTellOfEachCardOnce) {
  std::vector<std::unique_ptr<OverdueWatch>> watches;
  for (int i = 0; i < 4; ++i) watches.push_back(std::make_unique<OverdueWatch>(timed_, *feed_pool_));
  std::atomic<int> told{0};
  std::vector<std::thread> processes;
  for (const auto& watch : watches) processes.emplace_back([&] { told += watch->Look().value_or(100); });
  for (std::thread& process : processes) process.join();
  // One may have passed over what another held and had not told of yet.
  told += Look();
  EXPECT_EQ(told, 4);
  EXPECT_THAT(Told(), SizeIs(4));
}

TEST_F(OverdueTest, EveryTenantIsSeenAndOnlyByTheFeedsRole) {
  Sql("SET session_replication_role = replica;"  // without the rest of the tenant's rows
      "INSERT INTO interview SELECT 'globex', id, uid, version, state, application, candidate, requisition, stage, kit_hash,"
      " start_time, due_time, document, create_time, update_time FROM interview;"
      "INSERT INTO interview_panel SELECT 'globex', interview, interviewer, role, rated_after_exposure FROM interview_panel");
  EXPECT_EQ(Look(), 8);
  EXPECT_THAT(Told("tenant"), ElementsAre("acme", "acme", "acme", "acme", "globex", "globex", "globex", "globex"));

  const std::string tenants = "SELECT tenants_past_due('-infinity', 'infinity')";
  EXPECT_THAT(assay::testing::RunSql(database_.feed_dsn(), "SET ROLE assay_feed; " + tenants), SizeIs(2));
  EXPECT_ANY_THROW(assay::testing::RunSql(database_.app_dsn(), "SET ROLE assay_app; " + tenants));
  EXPECT_ANY_THROW(assay::testing::RunSql(database_.feed_dsn(), "SET ROLE assay_feed; SELECT id FROM interview"));
  // The function leaves nothing open behind it, for its owner either.
  EXPECT_THAT(assay::testing::RunSql(database_.owner_dsn(), "SELECT * FROM tenants_past_due('-infinity', 'infinity')"), SizeIs(2));
  EXPECT_THAT(assay::testing::RunSql(database_.owner_dsn(), tenants + "; SELECT id FROM interview"), IsEmpty());
}

TEST_F(OverdueTest, TheWatchLooksWhenItIsStartedAndStopsAtOnce) {
  watch_.Start();
  while (Told().size() < 4) std::this_thread::yield();
  const auto before = std::chrono::steady_clock::now();
  watch_.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

}  // namespace
}  // namespace assay::scoring
