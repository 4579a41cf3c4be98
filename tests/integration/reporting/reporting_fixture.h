#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "assay/reporting/migrations.h"
#include "services/reporting/projector/projector.h"
#include "services/reporting/store/resource_store.h"
#include "tests/integration/reporting/fake_scoring.h"
#include "tests/support/pg_cluster.h"

namespace assay::reporting {

// A database of the read model and a scoring to follow.
class ReportingTest : public ::testing::Test {
 protected:
  std::unique_ptr<Projector> Follow(std::function<void(const FeedProgress&)> moved = nullptr) {
    auto projector = std::make_unique<Projector>(
        parts, scoring.client(),
        Projector::Options{.feed = "scoring", .dsn = database.app_dsn(), .role = "assay_app", .moved = std::move(moved)});
    projector->Start();
    return projector;
  }
  Applier MakeApplier() {
    return Applier(parts, scoring.client(), "scoring", [this](std::chrono::milliseconds) { ++pauses; return true; });
  }

  FeedProgress Progress() {
    return *runtime::Transact<FeedProgress>(*pool, runtime::TxMode::kReadOnly, "", Soon(),
                                            [](runtime::Tx& tx) { return ReadProgressOf(tx, "scoring"); });
  }
  // Applies all that the feed holds in one batch.
  absl::Status ApplyAll() {
    Applier applier = MakeApplier();
    FeedProgress progress = Progress();
    const auto events = scoring.events();
    return applier.Apply(progress, events, events.back().cursor(), scoring.clock().Now());
  }
  absl::StatusOr<ReportSource> Source(const std::string& application, const std::string& tenant = FakeScoring::kTenant) {
    return runtime::Transact<ReportSource>(*pool, runtime::TxMode::kReadOnly, tenant, Soon(),
                                           [&](runtime::Tx& tx) { return ReadReportSource(tx, vault, application); });
  }
  // First column, as an administrator sees it.
  std::vector<std::string> Sql(const std::string& sql) { return testing::RunSql(database.admin_dsn(), sql); }
  std::string One(const std::string& sql) {
    const auto rows = Sql(sql);
    return rows.empty() ? "" : rows[0];
  }
  static runtime::Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }
  // Waits for what other threads bring about.
  static bool Eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static scoring::v1::Candidate Candidate(const std::string& display_name = "Ada Okafor") {
    scoring::v1::Candidate candidate;
    candidate.set_name("candidates/ada");
    candidate.set_display_name(display_name);
    return candidate;
  }
  static scoring::v1::Application Application(const std::string& id = "a1") {
    scoring::v1::Application application;
    application.set_name("applications/" + id);
    application.set_candidate("candidates/ada");
    application.set_requisition("requisitions/r1");
    return application;
  }
  static scoring::v1::Requisition Requisition() {
    scoring::v1::Requisition requisition;
    requisition.set_name("requisitions/r1");
    requisition.set_display_name("MLOps engineer");
    requisition.add_deciders("sam");
    return requisition;
  }
  static scoring::v1::Interview Interview() {
    scoring::v1::Interview interview;
    interview.set_name("interviews/i1");
    interview.set_application("applications/a1");
    interview.set_candidate("candidates/ada");
    interview.add_panel()->set_interviewer("interviewers/dana");
    return interview;
  }
  static scoring::v1::Interviewer Dana() {
    scoring::v1::Interviewer interviewer;
    interviewer.set_name("interviewers/dana");
    interviewer.set_subject("dana");
    interviewer.set_display_name("Dana Reyes");
    return interviewer;
  }
  static scoring::v1::Scorecard Card(const std::string& note) {
    scoring::v1::Scorecard card;
    card.set_name("interviews/i1/scorecards/dana");
    card.set_interviewer("interviewers/dana");
    card.set_application("applications/a1");
    card.mutable_content()->set_overall_notes(note);
    auto& rating = *card.mutable_content()->add_ratings();
    rating.set_competency("system-design");
    rating.set_score(4);
    return card;
  }
  // A process up to a submitted card.
  void PlayProcess() {
    using namespace runtime::v1;  // NOLINT(google-build-using-namespace)
    scoring.Put(Candidate(), 1, EVENT_TYPE_CANDIDATE_CREATED);
    scoring.Put(Requisition(), 1, EVENT_TYPE_REQUISITION_CREATED);
    scoring.Put(Application(), 1, EVENT_TYPE_APPLICATION_CREATED);
    scoring.Put(Dana(), 1, EVENT_TYPE_INTERVIEWER_CREATED);
    scoring.Put(Interview(), 1, EVENT_TYPE_INTERVIEW_CREATED);
    scoring.Put(Card("Asks before she answers."), 1, EVENT_TYPE_SCORECARD_SUBMITTED, "SUBMITTED");
  }

  std::unique_ptr<runtime::Pool> OpenPool() {
    runtime::PoolOptions options;
    options.dsn = database.app_dsn();
    options.size = 4;
    return runtime::Pool::Create(options, scoring.metrics());
  }

  testing::TestDatabase database{Migrations()};
  FakeScoring scoring;
  std::unique_ptr<runtime::Pool> pool = OpenPool();
  runtime::PersonalVault vault{scoring.sealer()};
  ProjectorParts parts{*pool, vault, scoring.tokens(), scoring.clock(), scoring.metrics()};
  int pauses = 0;
};

}  // namespace assay::reporting
