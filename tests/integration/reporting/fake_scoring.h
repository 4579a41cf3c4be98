#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "assay/scoring/v1/application_service.pb.h"
#include "assay/scoring/v1/candidate_service.pb.h"
#include "assay/scoring/v1/decision_service.pb.h"
#include "assay/scoring/v1/event_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "assay/scoring/v1/requisition_service.pb.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/runtime/app/server.h"
#include "services/runtime/auth/authenticator.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/auth/token_source.h"
#include "services/runtime/base/error.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/service.h"
#include "tests/support/temporary_directory.h"

namespace assay::reporting {

// Scoring as the projector sees it: resources by name and a feed about them, of which a test says what goes wrong. Over
// real gRPC in this process.
class FakeScoring {
 public:
  static constexpr char kTenant[] = "acme";

  FakeScoring()
      : sealer_(*runtime::Sealer::Create("a secret that the services share, 32+")),
        key_(*runtime::LocalKey::OpenOrCreate(directory_.path())),
        keys_({key_->source()}),
        authenticator_(keys_),
        executor_(4, 16),
        pipeline_(authenticator_, executor_, metrics_, clock_),
        tokens_(key_, "reporting", {"delegate", "feed.all", "projection.read"}, clock_) {
    keys_.Start();
    Get<scoring::v1::GetCandidateRequest, scoring::v1::Candidate>("CandidateService", "GetCandidate");
    Get<scoring::v1::GetRequisitionRequest, scoring::v1::Requisition>("RequisitionService", "GetRequisition");
    Get<scoring::v1::GetApplicationRequest, scoring::v1::Application>("ApplicationService", "GetApplication");
    Get<scoring::v1::GetInterviewerRequest, scoring::v1::Interviewer>("InterviewService", "GetInterviewer");
    Get<scoring::v1::GetInterviewRequest, scoring::v1::Interview>("InterviewService", "GetInterview");
    Get<scoring::v1::GetScorecardRequest, scoring::v1::Scorecard>("ScorecardService", "GetScorecard");
    Get<scoring::v1::GetFlagRequest, scoring::v1::Flag>("ScorecardService", "GetFlag");
    Get<scoring::v1::GetDecisionRequest, scoring::v1::Decision>("DecisionService", "GetDecision");
    Service("ScorecardService")
        .Unary<scoring::v1::ListScorecardsRequest, scoring::v1::ListScorecardsResponse>(
            "ListScorecards",
            [this](const runtime::RequestContext& context, const scoring::v1::ListScorecardsRequest& request)
                -> absl::StatusOr<scoring::v1::ListScorecardsResponse> {
              std::lock_guard lock(mutex_);
              if (!listing_.ok()) return listing_;
              listed_.push_back(context.tenant() + " " + context.principal.effective_subject() + " " + request.parent());
              return scoring::v1::ListScorecardsResponse();
            });
    ServeFeed();
    std::vector<grpc::Service*> services;
    for (auto& [name, service] : services_) services.push_back(service.get());
    server_ = *runtime::Server::Start({.health_name = "assay.scoring.v1"}, services);
    client_ = *runtime::Client::Open(
        {.target = fmt::format("127.0.0.1:{}", server_->port()), .ca_file = "", .certificate_file = "", .key_file = ""});
  }
  ~FakeScoring() {
    pipeline_.DrainStreams();
    server_->Shutdown(std::chrono::steady_clock::now() + std::chrono::seconds(5));
  }

  // Stores the resource and tells the feed about it; returns the event's cursor.
  std::string Put(const google::protobuf::Message& message, int64_t version, runtime::v1::EventType type,
                  const std::string& state = "ACTIVE") {
    const auto* field = message.GetDescriptor()->FindFieldByName("name");
    const std::string name = message.GetReflection()->GetString(message, field);
    {
      std::lock_guard lock(mutex_);
      resources_[name] = message.SerializeAsString();
      versions_[name] = version;
    }
    return Tell(name, version, type, state);
  }
  // Only the event.
  std::string Tell(const std::string& name, int64_t version, runtime::v1::EventType type, const std::string& state = "ACTIVE") {
    std::lock_guard lock(mutex_);
    runtime::v1::Event event;
    event.set_id(fmt::format("event-{}-{}", epoch_, events_.size() + 1));
    event.set_type(type);
    event.set_type_text(runtime::EventTypeText(type));
    event.set_resource(name);
    event.set_resource_version(version);
    event.set_tenant(kTenant);
    event.set_state(state);
    *event.mutable_time() = runtime::ToTimestamp(clock_.Now());
    event.set_cursor(Codec().Seal({1, events_.size() + 1}));
    events_.push_back(event);
    return event.cursor();
  }
  void Forget(const std::string& name) {
    std::lock_guard lock(mutex_);
    resources_.erase(name);
    versions_.erase(name);
  }
  // The next `times` reads of the resource fail with `status`.
  void Fail(const std::string& name, absl::Status status, int times) {
    std::lock_guard lock(mutex_);
    failures_[name] = {std::move(status), times};
  }
  // What listing cards answers from now on.
  void FailListing(absl::Status status) {
    std::lock_guard lock(mutex_);
    listing_ = std::move(status);
  }
  // "tenant person interview" of every listing of cards.
  std::vector<std::string> listed() {
    std::lock_guard lock(mutex_);
    return listed_;
  }
  // A restored database: another epoch, whose feed is empty.
  void Restore() {
    std::lock_guard lock(mutex_);
    epoch_ = "00000000-0000-0000-0000-00000000000b";
    events_.clear();
  }

  std::vector<runtime::v1::Event> events() {
    std::lock_guard lock(mutex_);
    return events_;
  }
  int reads(const std::string& name) {
    std::lock_guard lock(mutex_);
    return reads_[name];
  }
  // A cursor behind everything told so far.
  std::string FutureCursor(uint64_t ahead) {
    std::lock_guard lock(mutex_);
    return Codec().Seal({1, events_.size() + ahead});
  }

  const runtime::Client& client() const { return *client_; }
  runtime::TokenSource& tokens() { return tokens_; }
  const runtime::LocalKey& key() const { return *key_; }
  const runtime::Sealer& sealer() const { return *sealer_; }
  runtime::Pipeline& pipeline() { return pipeline_; }
  runtime::Executor& executor() { return executor_; }
  runtime::Metrics& metrics() { return metrics_; }
  const runtime::Clock& clock() const { return clock_; }

 private:
  struct Failure {
    absl::Status status;
    int times = 0;
  };

  runtime::CursorCodec Codec() const { return {*sealer_, "scoring", epoch_}; }

  runtime::Service& Service(const std::string& name) {
    auto& service = services_[name];
    if (service == nullptr) service = std::make_unique<runtime::Service>("assay.scoring.v1." + name, pipeline_);
    return *service;
  }

  template <typename Request, typename Resource>
  void Get(const char* service, const char* method) {
    Service(service).Unary<Request, Resource>(
        method, [this](const runtime::RequestContext& context, const Request& request) -> absl::StatusOr<Resource> {
          std::lock_guard lock(mutex_);
          ++reads_[request.name()];
          EXPECT_EQ(context.tenant(), kTenant);
          const auto failure = failures_.find(request.name());
          if (failure != failures_.end() && failure->second.times-- > 0) return failure->second.status;
          const auto found = resources_.find(request.name());
          Resource resource;
          if (found == resources_.end() || !resource.ParseFromString(found->second)) return runtime::NotFound(request.name());
          return resource;
        });
  }

  // Sends what there is, three events to a message, then waits.
  class Source final : public runtime::StreamSource {
   public:
    Source(FakeScoring& fake, uint64_t next) : fake_(fake), next_(next) {}
    absl::StatusOr<runtime::Pull> Next(const runtime::RequestContext&) override {
      std::lock_guard lock(fake_.mutex_);
      if (next_ >= fake_.events_.size()) return runtime::Pull{.wait = std::chrono::milliseconds(5)};
      auto message = std::make_shared<runtime::v1::StreamEventsResponse>();
      for (int i = 0; i < 3 && next_ < fake_.events_.size(); ++i) *message->add_events() = fake_.events_[next_++];
      message->set_cursor(message->events().rbegin()->cursor());
      return runtime::Pull{.message = std::move(message)};
    }

   private:
    FakeScoring& fake_;
    uint64_t next_;
  };

  class Snapshot final : public runtime::StreamSource {
   public:
    explicit Snapshot(FakeScoring& fake) : fake_(fake) {}
    absl::StatusOr<runtime::Pull> Next(const runtime::RequestContext&) override {
      std::lock_guard lock(fake_.mutex_);
      auto message = std::make_shared<runtime::v1::StreamSnapshotResponse>();
      message->set_cursor(fake_.Codec().Seal({1, fake_.events_.size()}));
      for (const auto& [name, version] : fake_.versions_) {
        auto& resource = *message->add_resources();
        resource.set_resource(name);
        resource.set_resource_version(version);
        resource.set_state("ACTIVE");
      }
      return runtime::Pull{.message = std::move(message), .end = true};
    }

   private:
    FakeScoring& fake_;
  };

  void ServeFeed() {
    auto& feed = Service("EventService");
    feed.ServerStream<runtime::v1::StreamEventsRequest>(
        "StreamEvents",
        [this](runtime::ContextPtr, const runtime::v1::StreamEventsRequest& request)
            -> absl::StatusOr<std::unique_ptr<runtime::StreamSource>> {
          std::lock_guard lock(mutex_);
          const auto after = Codec().Open(request.after());
          if (!after.ok()) return after.status();
          return std::make_unique<Source>(*this, after->sequence);
        });
    feed.ServerStream<runtime::v1::StreamSnapshotRequest>(
        "StreamSnapshot",
        [this](runtime::ContextPtr, const runtime::v1::StreamSnapshotRequest&)
            -> absl::StatusOr<std::unique_ptr<runtime::StreamSource>> { return std::make_unique<Snapshot>(*this); });
  }

  testing::TemporaryDirectory directory_;
  const runtime::SystemClock clock_;
  std::unique_ptr<runtime::Sealer> sealer_;
  std::shared_ptr<const runtime::LocalKey> key_;
  runtime::KeyRing keys_;
  runtime::JwtAuthenticator authenticator_;
  runtime::Executor executor_;
  runtime::Metrics metrics_;
  runtime::Pipeline pipeline_;
  runtime::LocalTokenSource tokens_;

  absl::Status listing_;
  std::vector<std::string> listed_;
  std::mutex mutex_;
  std::string epoch_ = "00000000-0000-0000-0000-00000000000a";
  std::vector<runtime::v1::Event> events_;
  std::map<std::string, std::string> resources_;
  std::map<std::string, int64_t> versions_;
  std::map<std::string, Failure> failures_;
  std::map<std::string, int> reads_;
  std::map<std::string, std::unique_ptr<runtime::Service>> services_;
  std::unique_ptr<runtime::Server> server_;
  std::unique_ptr<runtime::Client> client_;
};

}  // namespace assay::reporting
