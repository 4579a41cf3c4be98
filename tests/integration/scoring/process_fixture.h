#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "assay/scoring/migrations.h"
#include "assay/scoring/v1/application_service.pb.h"
#include "assay/scoring/v1/candidate_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "assay/scoring/v1/requisition_service.pb.h"
#include "services/runtime/base/error.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/feed/relay.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/service.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/scoring_events.h"
#include "tests/integration/scoring/fake_bank.h"
#include "tests/support/pg_cluster.h"

namespace assay::scoring {

// Takes a token "tenant:subject" for that person, with every scope that the process needs.
class OpenAuthenticator final : public runtime::Authenticator {
 public:
  absl::StatusOr<std::shared_ptr<const runtime::Principal>> Authenticate(std::string_view token, runtime::Instant) override {
    auto principal = std::make_shared<runtime::Principal>();
    principal->tenant = std::string(token.substr(0, token.find(':')));
    principal->subject = std::string(token.substr(token.find(':') + 1));
    principal->issuer = "test";
    principal->scopes = {"applications.read",  "applications.write", "candidates.read",   "candidates.write",
                         "events.read",        "interviewers.read",  "interviewers.write", "interviews.read",
                         "interviews.write",   "requisitions.read",  "requisitions.write"};
    return principal;
  }
};

// The process half of scoring over real gRPC and a real database; only the bank is faked.
class ProcessTest : public ::testing::Test {
 protected:
  static constexpr char kAda[] = "acme:ada";
  static constexpr char kOther[] = "globex:gus";

  ProcessTest() {
    BindCandidates(candidates_, parts_);
    BindRequisitions(requisitions_, parts_);
    BindApplications(applications_, parts_);
    BindInterviews(interviews_, parts_);
    BindEvents(events_, parts_, *feed_pool_, relay_, [](const auto&, const auto&) { return false; });
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (runtime::Service* service : {&candidates_, &requisitions_, &applications_, &interviews_, &events_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    client_ = *runtime::Client::Open({.target = "127.0.0.1:" + std::to_string(port_)});
  }

  ~ProcessTest() override {
    pipeline_.DrainStreams();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    executor_.Stop();
  }

  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request,
                                const std::string& token = kAda) {
    runtime::CallOptions options;
    options.bearer = token;
    options.trailers = &trailers_;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    trailers_.clear();
    return client_->Call<Response>("assay.scoring.v1." + method, request, options);
  }

  v1::Candidate NewCandidate(const std::string& id, const std::string& token = kAda) {
    v1::CreateCandidateRequest request;
    request.set_candidate_id(id);
    request.mutable_candidate()->set_display_name("Person " + id);
    return Call<v1::Candidate>("CandidateService/CreateCandidate", request, token).value();
  }

  static v1::CreateRequisitionRequest RequisitionRequest(const std::string& id) {
    v1::CreateRequisitionRequest request;
    request.set_requisition_id(id);
    request.mutable_requisition()->set_display_name("MLOps engineer");
    request.mutable_requisition()->set_role("mlops");
    request.mutable_requisition()->set_target_level(bank::v1::LEVEL_EXPERIENCED);
    request.mutable_requisition()->add_stages()->set_id("screen");
    v1::Stage& technical = *request.mutable_requisition()->add_stages();
    technical.set_id("technical");
    technical.mutable_kit_plan()->set_kit("kits/k1");
    return request;
  }
  v1::Requisition NewRequisition(const std::string& id) {
    return Call<v1::Requisition>("RequisitionService/CreateRequisition", RequisitionRequest(id)).value();
  }

  v1::Application NewApplication(const std::string& id, const std::string& candidate, const std::string& requisition) {
    v1::CreateApplicationRequest request;
    request.set_application_id(id);
    request.mutable_application()->set_candidate("candidates/" + candidate);
    request.mutable_application()->set_requisition("requisitions/" + requisition);
    return Call<v1::Application>("ApplicationService/CreateApplication", request).value();
  }

  v1::Interviewer NewInterviewer(const std::string& id) {
    v1::CreateInterviewerRequest request;
    request.set_interviewer_id(id);
    request.mutable_interviewer()->set_subject(id + "@acme");
    request.mutable_interviewer()->set_display_name("Interviewer " + id);
    return Call<v1::Interviewer>("InterviewService/CreateInterviewer", request).value();
  }

  static v1::CreateInterviewRequest InterviewRequest(const std::string& id, const std::string& application,
                                                     const std::string& stage, const std::vector<std::string>& panel) {
    v1::CreateInterviewRequest request;
    request.set_interview_id(id);
    v1::Interview& interview = *request.mutable_interview();
    interview.set_application("applications/" + application);
    interview.set_stage(stage);
    interview.mutable_start_time()->set_seconds(1'800'000'000);
    interview.set_time_zone("Europe/Berlin");
    for (const std::string& member : panel) interview.add_panel()->set_interviewer("interviewers/" + member);
    return request;
  }

  // Candidate c1 applies to r1; dana and eli interview.
  void SetUpLoop() {
    NewCandidate("c1");
    NewRequisition("r1");
    NewApplication("a1", "c1", "r1");
    NewInterviewer("dana");
    NewInterviewer("eli");
  }
  v1::Interview NewInterview(const std::string& id, const std::vector<std::string>& panel) {
    return Call<v1::Interview>("InterviewService/CreateInterview", InterviewRequest(id, "a1", "technical", panel)).value();
  }

  // A submitted card behind the service's back.
  void SubmitCard(const std::string& interview, const std::string& interviewer) {
    Sql("INSERT INTO scorecard (tenant, interview, interviewer, uid, version, state, revision, application, candidate, requisition,"
        " panel_role, submitted_by, create_time, update_time, document) VALUES ('acme', '" + interview + "', '" + interviewer +
        "', gen_random_uuid(), 1, 'SUBMITTED', 1, 'a1', 'c1', 'r1', 'PANELIST', '', now(), now(), '')");
  }
  std::vector<std::string> Sql(const std::string& sql) { return assay::testing::RunSql(database_.admin_dsn(), sql); }

  std::unique_ptr<runtime::Pool> NewPool(const std::string& dsn, const std::string& role) {
    runtime::PoolOptions options;
    options.dsn = dsn;
    options.role = role;
    options.max_wait = std::chrono::milliseconds(10'000);
    return runtime::Pool::Create(options, metrics_);
  }

  runtime::Metrics metrics_;
  runtime::SystemClock clock_;
  assay::testing::TestDatabase database_{Migrations()};
  std::unique_ptr<runtime::Pool> pool_ = NewPool(database_.app_dsn(), "assay_app");
  std::unique_ptr<runtime::Pool> feed_pool_ = NewPool(database_.feed_dsn(), "assay_feed");
  std::unique_ptr<runtime::Sealer> sealer_ = *runtime::Sealer::Create(std::string(32, 's'));
  runtime::CursorCodec cursors_{
      *sealer_, "scoring", runtime::EnsureEpoch(*pool_, std::chrono::steady_clock::now() + std::chrono::seconds(20)).value()};
  runtime::Mutator mutator_{*pool_, cursors_};
  runtime::PersonalVault vault_{*sealer_};
  runtime::PageTokens pages_{*sealer_};
  runtime::FeedRelay relay_{*feed_pool_, metrics_};
  FakeBank bank_;
  ScoringParts parts_{mutator_, *pool_, vault_, pages_, cursors_, bank_, nullptr, clock_};

  OpenAuthenticator authenticator_;
  runtime::Executor executor_{4, 64};
  runtime::Pipeline pipeline_{authenticator_, executor_, metrics_, clock_};
  runtime::Service candidates_{"assay.scoring.v1.CandidateService", pipeline_};
  runtime::Service requisitions_{"assay.scoring.v1.RequisitionService", pipeline_};
  runtime::Service applications_{"assay.scoring.v1.ApplicationService", pipeline_};
  runtime::Service interviews_{"assay.scoring.v1.InterviewService", pipeline_};
  runtime::Service events_{"assay.scoring.v1.EventService", pipeline_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<runtime::Client> client_;
  std::multimap<std::string, std::string> trailers_;
};

}  // namespace assay::scoring
