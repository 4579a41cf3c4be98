#include "services/runtime/base/error.h"
#include "tests/integration/reporting/reporting_fixture.h"

namespace assay::reporting {
namespace {

using runtime::v1::EVENT_TYPE_APPLICATION_CREATED;
using runtime::v1::EVENT_TYPE_APPLICATION_DELETED;
using runtime::v1::EVENT_TYPE_APPLICATION_UPDATED;
using runtime::v1::EVENT_TYPE_CANDIDATE_ANONYMIZED;
using runtime::v1::EVENT_TYPE_CANDIDATE_CREATED;
using runtime::v1::EVENT_TYPE_CANDIDATE_UPDATED;
using runtime::v1::EVENT_TYPE_SCORECARD_DRAFT_SAVED;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ProjectorTest = ReportingTest;

TEST_F(ProjectorTest, BringsAWholeApplicationIntoTheReadModel) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  const auto source = Source("applications/a1");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(source->candidate.display_name(), "Ada Okafor");
  EXPECT_EQ(source->requisition.display_name(), "MLOps engineer");
  ASSERT_EQ(source->scorecards.size(), 1u);
  EXPECT_EQ(source->scorecards[0].content().overall_notes(), "Asks before she answers.");
  EXPECT_EQ(source->interviewers.at("interviewers/dana").display_name(), "Dana Reyes");
  EXPECT_EQ(Progress().events_applied, 6);
}

TEST_F(ProjectorTest, MovesTheCursorInTheTransactionThatApplies) {
  PlayProcess();
  // The database refuses the card, and with it the whole transaction.
  Sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57P01'; END $$;"
      "CREATE TRIGGER refuse BEFORE INSERT ON resource FOR EACH ROW WHEN (NEW.type = 'scorecard') EXECUTE FUNCTION refuse()");
  Sql("INSERT INTO projected_tenant VALUES ('scoring', 'acme', 1)");
  EXPECT_FALSE(ApplyAll().ok());
  EXPECT_EQ(Progress().cursor, "");
  EXPECT_EQ(One("SELECT count(*) FROM resource"), "0");
  Sql("DROP TRIGGER refuse ON resource");
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(Progress().cursor, scoring.events().back().cursor());
  EXPECT_EQ(Progress().events_applied, 6);
}

// The server process dies between applying a batch and moving the cursor, at every fifth try, and the projector starts anew
// each time: every event counts once and nothing is missing (RELIABILITY F22).
TEST_F(ProjectorTest, AppliesEveryEventOnceAcrossRestartsInTheMiddleOfBatches) {
  constexpr int kApplications = 20;
  constexpr int kVersions = 10;
  int64_t told = 0;
  for (int version = 1; version <= kVersions; ++version) {
    for (int i = 0; i < kApplications; ++i, ++told) {
      auto application = Application("a" + std::to_string(i));
      application.set_stage("stage-" + std::to_string(version));
      scoring.Put(application, version, version == 1 ? EVENT_TYPE_APPLICATION_CREATED : EVENT_TYPE_APPLICATION_UPDATED);
    }
  }
  // A sequence does not roll back, so it counts tries and not commits.
  Sql("CREATE SEQUENCE tries; CREATE SEQUENCE deaths;"
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      "  IF nextval('tries') % 5 = 0 THEN PERFORM nextval('deaths'); PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
      "  RETURN NEW; END $$;"
      "CREATE TRIGGER die BEFORE UPDATE ON feed_cursor FOR EACH ROW EXECUTE FUNCTION die()");
  const auto deaths = [&] { return std::stoi(One("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM deaths")); };
  while (Progress().events_applied < told) {
    const int before = deaths();
    auto projector = Follow();
    ASSERT_TRUE(Eventually([&] { return deaths() > before || Progress().events_applied == told; }));
    projector->Stop();
  }
  // Three events to a message: at least 67 commits.
  EXPECT_GE(deaths(), 10);
  EXPECT_EQ(Progress().events_applied, told);
  EXPECT_EQ(Progress().cursor, scoring.events().back().cursor());
  EXPECT_EQ(One("SELECT count(*) FROM applied_event"), std::to_string(told));
  EXPECT_EQ(One("SELECT count(*) FROM resource WHERE version = 10"), std::to_string(kApplications));
  EXPECT_EQ(Source("applications/a7")->application.stage(), "stage-10");
  EXPECT_EQ(One("SELECT count(*) FROM parked_event"), "0");
}

TEST_F(ProjectorTest, CountsAnEventThatComesTwiceOnce) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(Progress().events_applied, 6);
}

TEST_F(ProjectorTest, IgnoresAnOlderVersionThatComesLater) {
  scoring.Put(Candidate("Newest"), 3, EVENT_TYPE_CANDIDATE_UPDATED);
  ASSERT_TRUE(ApplyAll().ok());
  const int reads = scoring.reads("candidates/ada");
  scoring.Put(Candidate("Older"), 2, EVENT_TYPE_CANDIDATE_UPDATED);
  scoring.Put(Application(), 1, EVENT_TYPE_APPLICATION_CREATED);
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(scoring.reads("candidates/ada"), reads);
  EXPECT_EQ(Source("applications/a1")->candidate.display_name(), "Newest");
  EXPECT_EQ(Progress().events_applied, 3);
}

TEST_F(ProjectorTest, ParksAnEventThatAlwaysFailsAfterFiveTriesAndGoesOn) {
  Sql("INSERT INTO projected_tenant VALUES ('scoring', 'acme', 1)");
  PlayProcess();
  scoring.Fail("requisitions/r1", runtime::Internal("it breaks whoever reads it"), 1'000);
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(pauses, 4);
  EXPECT_THAT(Sql("SELECT resource || ' ' || tries FROM parked_event"), ElementsAre("requisitions/r1 5"));
  EXPECT_EQ(Source("applications/a1")->scorecards.size(), 1u);
  EXPECT_EQ(Progress().cursor, scoring.events().back().cursor());
  EXPECT_EQ(Progress().events_applied, 5);
  EXPECT_EQ(scoring.metrics().Counter("assay_projection_parked_total", "", {{"feed", "scoring"}}).Value(), 1);
}

TEST_F(ProjectorTest, SettlesWhatIsParkedWhenTheResourceChangesAgain) {
  Sql("INSERT INTO projected_tenant VALUES ('scoring', 'acme', 1)");
  PlayProcess();
  scoring.Fail("requisitions/r1", runtime::Internal("it breaks for a while"), 6);
  ASSERT_TRUE(ApplyAll().ok());
  ASSERT_EQ(One("SELECT count(*) FROM parked_event"), "1");
  scoring.Put(Requisition(), 2, runtime::v1::EVENT_TYPE_REQUISITION_UPDATED);
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(One("SELECT count(*) FROM parked_event"), "0");
  EXPECT_EQ(Source("applications/a1")->requisition.display_name(), "MLOps engineer");
}

TEST_F(ProjectorTest, WaitsForAServiceThatIsAwayAndParksNothing) {
  PlayProcess();
  scoring.Fail("interviews/i1", runtime::Error(runtime::v1::ERROR_REASON_OVERLOADED, "busy"), 1);
  EXPECT_FALSE(ApplyAll().ok());
  EXPECT_EQ(Progress().cursor, "");
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(One("SELECT count(*) FROM parked_event"), "0");
  EXPECT_EQ(Progress().events_applied, 6);
}

TEST_F(ProjectorTest, AppliesNothingOnceSomebodyElseFollowsTheFeed) {
  PlayProcess();
  FeedProgress stale = Progress();
  ASSERT_TRUE(ApplyAll().ok());
  scoring.Put(Candidate("Written by a leader of old"), 9, EVENT_TYPE_CANDIDATE_UPDATED);
  Applier applier = MakeApplier();
  const auto events = scoring.events();
  EXPECT_TRUE(absl::IsAborted(applier.Apply(stale, {events.back()}, events.back().cursor(), scoring.clock().Now())));
  EXPECT_EQ(Source("applications/a1")->candidate.display_name(), "Ada Okafor");
}

TEST_F(ProjectorTest, LetsOneProcessLeadAtATime) {
  auto first = LeaderLock::Try(database.app_dsn(), "assay_app", "scoring");
  ASSERT_TRUE(first.ok() && *first != nullptr) << first.status();
  EXPECT_EQ(*LeaderLock::Try(database.app_dsn(), "assay_app", "scoring"), nullptr);
  EXPECT_NE(*LeaderLock::Try(database.app_dsn(), "assay_app", "bank"), nullptr);
  EXPECT_TRUE((*first)->Held());
  first->reset();
  // The server frees the lock when it sees that the connection is gone, which is after we have closed it.
  EXPECT_TRUE(Eventually([&] { return *LeaderLock::Try(database.app_dsn(), "assay_app", "scoring") != nullptr; }));
}

TEST_F(ProjectorTest, NeverReadsADraft) {
  scoring.Put(Application(), 1, EVENT_TYPE_APPLICATION_CREATED);
  scoring.Tell("interviews/i1/scorecards/dana", 1, EVENT_TYPE_SCORECARD_DRAFT_SAVED, "DRAFT");
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(scoring.reads("interviews/i1/scorecards/dana"), 0);
  EXPECT_THAT(Source("applications/a1")->scorecards, IsEmpty());
}

TEST_F(ProjectorTest, TakesOutWhatWasDeletedAndDoesNotLetAnOldEventBringItBack) {
  scoring.Put(Application(), 1, EVENT_TYPE_APPLICATION_CREATED);
  ASSERT_TRUE(ApplyAll().ok());
  scoring.Tell("applications/a1", 3, EVENT_TYPE_APPLICATION_DELETED, "DELETED");
  scoring.Tell("applications/a1", 2, EVENT_TYPE_APPLICATION_UPDATED);
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(runtime::ReasonOf(Source("applications/a1").status()), runtime::v1::ERROR_REASON_NOT_FOUND);
}

TEST_F(ProjectorTest, StoresPersonalTextSealedAndErasesItWithThePerson) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  for (const char* text : {"Ada Okafor", "Asks before she answers", "Dana Reyes"}) {
    EXPECT_EQ(One(fmt::format("SELECT count(*) FROM resource WHERE position('{}'::bytea IN document) > 0 OR "
                              "position('{}'::bytea IN coalesce(ciphertext, '')) > 0", text, text)), "0") << text;
  }
  auto forgotten = Candidate("");
  forgotten.set_state(scoring::v1::CANDIDATE_STATE_ANONYMIZED);
  scoring.Put(forgotten, 2, EVENT_TYPE_CANDIDATE_ANONYMIZED, "ANONYMIZED");
  ASSERT_TRUE(ApplyAll().ok());
  const auto source = Source("applications/a1");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_THAT(source->candidate.display_name(), IsEmpty());
  EXPECT_THAT(source->scorecards[0].content().overall_notes(), IsEmpty());
  EXPECT_EQ(source->scorecards[0].content().ratings(0).score(), 4);
  EXPECT_EQ(One("SELECT count(*) FROM data_key WHERE key_id = 'candidates/ada'"), "0");
}

TEST_F(ProjectorTest, ShowsATenantNothingOfAnother) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(runtime::ReasonOf(Source("applications/a1", "globex").status()), runtime::v1::ERROR_REASON_NOT_FOUND);
}

TEST_F(ProjectorTest, ReadsATenantWholeWhenItFirstComesIntoView) {
  // Its candidate's event was pruned from the feed long ago.
  PlayProcess();
  scoring.Restore();
  scoring.Put(Application(), 2, EVENT_TYPE_APPLICATION_UPDATED);
  ASSERT_TRUE(ApplyAll().ok());
  EXPECT_EQ(Source("applications/a1")->candidate.display_name(), "Ada Okafor");
  EXPECT_EQ(Progress().events_applied, 1);
}

TEST_F(ProjectorTest, ReadsEverythingAnewWhenTheFeedHasANewEpoch) {
  PlayProcess();
  scoring.Put(Application("lost"), 5, EVENT_TYPE_APPLICATION_CREATED);
  auto projector = Follow();
  ASSERT_TRUE(Eventually([&] { return Progress().events_applied == 7; }));
  // Back to a state in which one application was not yet made and another was younger.
  projector->Stop();
  scoring.Forget("applications/lost");
  auto younger = Candidate("Ada, as restored");
  scoring.Put(younger, 1, EVENT_TYPE_CANDIDATE_CREATED);
  scoring.Restore();
  projector = Follow();
  EXPECT_TRUE(Eventually([&] {
    const auto source = Source("applications/a1");
    return source.ok() && source->candidate.display_name() == "Ada, as restored" && !Source("applications/lost").ok();
  }));
  scoring.Put(Candidate("Ada, later"), 2, EVENT_TYPE_CANDIDATE_UPDATED);
  EXPECT_TRUE(Eventually([&] { return Source("applications/a1")->candidate.display_name() == "Ada, later"; }));
}

TEST_F(ProjectorTest, PreparesEveryQueryAgainstTheSchema) {
  EXPECT_THAT(testing::UnpreparableQueries(database.owner_dsn()), IsEmpty());
}

}  // namespace
}  // namespace assay::reporting
