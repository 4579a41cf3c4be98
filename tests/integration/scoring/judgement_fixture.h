#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "assay/scoring/migrations.h"
#include "assay/scoring/v1/application_service.pb.h"
#include "assay/scoring/v1/candidate_service.pb.h"
#include "assay/scoring/v1/decision_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "assay/scoring/v1/requisition_service.pb.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/runtime/audit/read_auditor.h"
#include "services/runtime/base/error.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/service.h"
#include "services/scoring/api/decision_api.h"
#include "services/scoring/api/scorecard_api.h"
#include "tests/support/pg_cluster.h"

namespace assay::scoring {

// A bank with one role, one policy of three competencies, one kit and three flags.
class JudgingBank final : public BankClient {
 public:
  JudgingBank() {
    guide_.set_name("roleGuides/mlops@1");
    guide_.mutable_role_guide()->set_id("mlops");
    guide_.mutable_role_guide()->set_policy("ai-engineer");
    guide_.set_content_hash("role");
    policy_.set_name("policies/ai-engineer@1");
    policy_.set_revision(1);
    policy_.set_content_hash("policy");
    policy_.mutable_policy()->set_id("ai-engineer");
    AddCompetency("ml-fundamentals", 4000);
    AddCompetency("system-design", 4000);
    AddCompetency("communication", 2000);
    AddFlag("no-trade-offs", bank::v1::FLAG_KIND_RED, false);
    AddFlag("niche-depth", bank::v1::FLAG_KIND_STRONG_HIRE_SIGNAL, false);
    AddFlag("fabricated-credentials", bank::v1::FLAG_KIND_AUTO_NO_HIRE, true);
    kit_.set_name("kits/k1");
    kit_.set_minutes(60);
    kit_.set_content_hash("hash-k1");
    bank::v1::KitSlot& slot = *kit_.add_slots();
    slot.set_id("core");
    AddQuestion(slot, "questions/q001@2", "ml-fundamentals");
    AddQuestion(slot, "questions/q037@3", "system-design");
    kit_.add_overall_competencies("communication");
  }

  absl::StatusOr<bank::v1::Kit> GetKit(const runtime::RequestContext&, const std::string&) override { return kit_; }
  absl::StatusOr<bank::v1::CatalogPolicy> GetPolicy(const runtime::RequestContext&, const std::string&) override {
    return policy_;
  }
  absl::StatusOr<bank::v1::CatalogRoleGuide> GetRoleGuide(const runtime::RequestContext&, const std::string&) override {
    return guide_;
  }
  absl::StatusOr<std::vector<bank::v1::CatalogRoleGuide>> ListRoleGuides(const runtime::RequestContext&) override {
    return std::vector<bank::v1::CatalogRoleGuide>{guide_};
  }
  absl::StatusOr<std::vector<bank::v1::CatalogFlagDefinition>> ListFlagDefinitions(const runtime::RequestContext&) override {
    return flags_;
  }

 private:
  void AddCompetency(const std::string& id, int weight) {
    bank::v1::PolicyCompetency& competency = *policy_.mutable_policy()->add_competencies();
    competency.set_competency(id);
    competency.set_weight_basis_points(weight);
    competency.set_threshold_milli(3000);
  }
  void AddFlag(const std::string& id, bank::v1::FlagKind kind, bool always_corroborated) {
    bank::v1::CatalogFlagDefinition& flag = flags_.emplace_back();
    flag.set_name("flagDefinitions/" + id + "@1");
    flag.set_content_hash(id);
    flag.mutable_flag_definition()->set_id(id);
    flag.mutable_flag_definition()->set_kind(kind);
    flag.mutable_flag_definition()->set_always_corroborated(always_corroborated);
  }
  static void AddQuestion(bank::v1::KitSlot& slot, const std::string& name, const std::string& competency) {
    bank::v1::KitQuestion& question = *slot.add_questions();
    question.set_question(name);
    question.set_competency(competency);
    question.set_minutes(10);
  }

  bank::v1::CatalogRoleGuide guide_;
  bank::v1::CatalogPolicy policy_;
  bank::v1::Kit kit_;
  std::vector<bank::v1::CatalogFlagDefinition> flags_;
};

// Takes a token "tenant:subject", with what everyone in a process may do, or "tenant:subject:scope scope" with these besides.
class NamedAuthenticator final : public runtime::Authenticator {
 public:
  absl::StatusOr<std::shared_ptr<const runtime::Principal>> Authenticate(std::string_view token, runtime::Instant) override {
    auto principal = std::make_shared<runtime::Principal>();
    const size_t first = token.find(':');
    const size_t second = token.find(':', first + 1);
    principal->tenant = std::string(token.substr(0, first));
    principal->subject = std::string(token.substr(first + 1, second - first - 1));
    principal->issuer = "test";
    std::vector<std::string> scopes = {"applications.write", "candidates.write",   "decisions.override", "decisions.propose",
                                       "decisions.read",     "decisions.sign",     "flags.confirm",      "flags.read",
                                       "flags.write",        "interviewers.write", "interviews.read",    "interviews.write",
                                       "requisitions.write", "scorecards.read",    "scorecards.write"};
    if (second != std::string_view::npos) {
      std::istringstream more{std::string(token.substr(second + 1))};
      for (std::string scope; more >> scope;) scopes.push_back(scope);
    }
    principal->scopes = std::move(scopes);
    return principal;
  }
};

// Scoring over real gRPC and a real database; only the bank is faked. Candidate c1 applies to r1 (application a1): hana is its
// hiring manager, rika its recruiter, sam and kim decide; dana and eli interview in i1, fay shadows, gil interviews in i2.
class JudgementTest : public ::testing::Test {
 protected:
  static constexpr char kAdmin[] = "acme:root:scorecards.read_any";
  static constexpr char kAts[] = "acme:ats:scorecards.read_any scorecards.write_any";

  JudgementTest() {
    BindCandidates(candidates_, parts_);
    BindRequisitions(requisitions_, parts_);
    BindApplications(applications_, parts_);
    BindInterviews(interviews_, parts_);
    BindScorecards(scorecards_, parts_, coalescer_);
    BindDecisions(decisions_, parts_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (runtime::Service* service : {&candidates_, &requisitions_, &applications_, &interviews_, &scorecards_, &decisions_})
      builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    client_ = *runtime::Client::Open({.target = "127.0.0.1:" + std::to_string(port_)});
  }

  ~JudgementTest() override {
    pipeline_.DrainStreams();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    executor_.Stop();
    coalescer_.Stop();
  }

  void SetUp() override {
    v1::CreateRequisitionRequest requisition;
    requisition.set_requisition_id("r1");
    v1::Requisition& r1 = *requisition.mutable_requisition();
    r1.set_display_name("MLOps engineer");
    r1.set_role("mlops");
    r1.set_target_level(bank::v1::LEVEL_EXPERIENCED);
    r1.add_stages()->set_id("technical");
    r1.mutable_stages(0)->mutable_kit_plan()->set_kit("kits/k1");
    r1.add_hiring_managers("hana");
    r1.add_recruiters("rika");
    r1.add_deciders("sam");
    r1.add_deciders("kim");
    Must<v1::Requisition>("RequisitionService/CreateRequisition", requisition);
    for (const char* id : {"dana", "eli", "fay", "gil"}) NewInterviewer(id);
    NewApplication("a1", "c1");
    NewInterview("i1", "a1", {"dana", "eli"}, {"fay"});
    NewInterview("i2", "a1", {"gil"}, {});
  }

  void NewInterviewer(const std::string& id) {
    v1::CreateInterviewerRequest request;
    request.set_interviewer_id(id);
    request.mutable_interviewer()->set_subject(id);
    request.mutable_interviewer()->set_display_name("Interviewer " + id);
    Must<v1::Interviewer>("InterviewService/CreateInterviewer", request);
  }

  void NewApplication(const std::string& id, const std::string& candidate) {
    v1::CreateCandidateRequest person;
    person.set_candidate_id(candidate);
    person.mutable_candidate()->set_display_name("Person " + candidate);
    Must<v1::Candidate>("CandidateService/CreateCandidate", person);
    v1::CreateApplicationRequest request;
    request.set_application_id(id);
    request.mutable_application()->set_candidate("candidates/" + candidate);
    request.mutable_application()->set_requisition("requisitions/r1");
    Must<v1::Application>("ApplicationService/CreateApplication", request);
  }

  v1::Interview NewInterview(const std::string& id, const std::string& application, const std::vector<std::string>& panel,
                             const std::vector<std::string>& shadows) {
    v1::CreateInterviewRequest request;
    request.set_interview_id(id);
    v1::Interview& interview = *request.mutable_interview();
    interview.set_application("applications/" + application);
    interview.set_stage("technical");
    interview.mutable_start_time()->set_seconds(4'000'000'000);  // no card is due
    interview.set_time_zone("Europe/Berlin");
    for (const std::string& member : panel) interview.add_panel()->set_interviewer("interviewers/" + member);
    for (const std::string& member : shadows) {
      interview.add_panel()->set_interviewer("interviewers/" + member);
      interview.mutable_panel(interview.panel_size() - 1)->set_role(v1::PANEL_ROLE_SHADOW);
    }
    return Must<v1::Interview>("InterviewService/CreateInterview", request);
  }

  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request, const std::string& token,
                                std::string* cursor = nullptr) const {
    runtime::CallOptions options;
    options.bearer = token;
    std::multimap<std::string, std::string> trailers;
    options.trailers = &trailers;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    auto answer = client_->Call<Response>("assay.scoring.v1." + method, request, options);
    const auto found = trailers.find("assay-cursor");
    if (cursor != nullptr) *cursor = found == trailers.end() ? "" : found->second;
    return answer;
  }

  template <typename Response>
  Response Must(const std::string& method, const google::protobuf::Message& request, const std::string& token = kAdmin) {
    const auto answer = Call<Response>(method, request, token);
    EXPECT_TRUE(answer.ok()) << method << ": " << answer.status();
    return answer.ok() ? *answer : Response();
  }

  static std::string CardOf(const std::string& interview, const std::string& who) {
    return "interviews/" + interview + "/scorecards/" + who;
  }

  // Ratings of both questions and of communication.
  static v1::ScorecardContent Rated(int ml, int design, int communication) {
    v1::ScorecardContent content;
    const auto add = [&](const char* question, const char* competency, int score) {
      v1::Rating& rating = *content.add_ratings();
      rating.set_question(question);
      rating.set_competency(competency);
      rating.set_score(score);
    };
    add("questions/q001", "ml-fundamentals", ml);
    add("questions/q037", "system-design", design);
    add("", "communication", communication);
    return content;
  }

  static v1::SubmitScorecardRequest Submission(const std::string& interview, const std::string& who,
                                               const std::string& request_id = "") {
    v1::SubmitScorecardRequest request;
    request.set_name(CardOf(interview, who));
    *request.mutable_content() = Rated(4, 4, 4);
    request.set_request_id(request_id);
    return request;
  }

  absl::StatusOr<v1::Scorecard> Submit(const v1::SubmitScorecardRequest& request, const std::string& token,
                                       std::string* cursor = nullptr) const {
    return Call<v1::Scorecard>("ScorecardService/SubmitScorecard", request, token, cursor);
  }
  v1::Scorecard SubmitAs(const std::string& interview, const std::string& who) {
    return Must<v1::Scorecard>("ScorecardService/SubmitScorecard", Submission(interview, who), "acme:" + who);
  }

  absl::StatusOr<v1::Scorecard> Get(const std::string& name, const std::string& token, const std::string& glass = "") const {
    v1::GetScorecardRequest request;
    request.set_name(name);
    request.set_break_glass_reason(glass);
    return Call<v1::Scorecard>("ScorecardService/GetScorecard", request, token);
  }
  v1::ListScorecardsResponse List(const std::string& parent, const std::string& token, int page_size = 0) {
    v1::ListScorecardsRequest request;
    request.set_parent(parent);
    request.set_page_size(page_size);
    return Must<v1::ListScorecardsResponse>("ScorecardService/ListScorecards", request, token);
  }

  absl::StatusOr<v1::Scorecard> Amend(const v1::Scorecard& card, const v1::ScorecardContent& content, const std::string& token) {
    v1::AmendScorecardRequest request;
    request.set_name(card.name());
    request.set_etag(card.etag());
    *request.mutable_content() = content;
    return Call<v1::Scorecard>("ScorecardService/AmendScorecard", request, token);
  }

  absl::StatusOr<v1::Decision> Evaluate(const std::string& token) const {
    v1::EvaluateDecisionRequest request;
    request.set_parent("applications/a1");
    return Call<v1::Decision>("DecisionService/EvaluateDecision", request, token);
  }
  absl::StatusOr<v1::Decision> GetDecision(const std::string& name, const std::string& token) const {
    v1::GetDecisionRequest request;
    request.set_name(name);
    return Call<v1::Decision>("DecisionService/GetDecision", request, token);
  }
  absl::StatusOr<v1::Decision> Sign(const v1::Decision& decision, const std::string& token) const {
    v1::SignDecisionRequest request;
    request.set_name(decision.name());
    request.set_input_digest(decision.evaluation().input_digest());
    return Call<v1::Decision>("DecisionService/SignDecision", request, token);
  }

  std::vector<std::string> Sql(const std::string& sql) const { return assay::testing::RunSql(database_.admin_dsn(), sql); }
  int Count(const std::string& from) const { return std::stoi(Sql("SELECT count(*) FROM " + from).at(0)); }

  std::unique_ptr<runtime::Pool> NewPool(const std::string& dsn, const std::string& role) {
    runtime::PoolOptions options;
    options.dsn = dsn;
    options.role = role;
    options.max_wait = std::chrono::milliseconds(1000);
    return runtime::Pool::Create(options, metrics_);
  }

  runtime::Metrics metrics_;
  runtime::SystemClock clock_;
  assay::testing::TestDatabase database_{Migrations()};
  std::unique_ptr<runtime::Pool> pool_ = NewPool(database_.app_dsn(), "assay_app");
  std::unique_ptr<runtime::Sealer> sealer_ = *runtime::Sealer::Create(std::string(32, 's'));
  runtime::CursorCodec cursors_{
      *sealer_, "scoring", runtime::EnsureEpoch(*pool_, std::chrono::steady_clock::now() + std::chrono::seconds(20)).value()};
  runtime::Mutator mutator_{*pool_, cursors_};
  runtime::PersonalVault vault_{*sealer_};
  runtime::PageTokens pages_{*sealer_};
  JudgingBank bank_;
  runtime::ReadAuditor reads_{*pool_, vault_};
  ScoringParts parts_{mutator_, *pool_, vault_, pages_, cursors_, bank_, &reads_, clock_};
  SubmitCoalescer coalescer_{parts_};

  NamedAuthenticator authenticator_;
  runtime::Executor executor_{4, 256};
  runtime::Pipeline pipeline_{authenticator_, executor_, metrics_, clock_};
  runtime::Service candidates_{"assay.scoring.v1.CandidateService", pipeline_};
  runtime::Service requisitions_{"assay.scoring.v1.RequisitionService", pipeline_};
  runtime::Service applications_{"assay.scoring.v1.ApplicationService", pipeline_};
  runtime::Service interviews_{"assay.scoring.v1.InterviewService", pipeline_};
  runtime::Service scorecards_{"assay.scoring.v1.ScorecardService", pipeline_};
  runtime::Service decisions_{"assay.scoring.v1.DecisionService", pipeline_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<runtime::Client> client_;
};

}  // namespace assay::scoring
