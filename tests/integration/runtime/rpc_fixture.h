#pragma once

#include <fmt/format.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/rpc_method.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "assay/bank/v1/event_service.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "assay/bank/v1/question_service.pb.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "services/runtime/app/server.h"
#include "services/runtime/auth/authenticator.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/base/error.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/service.h"
#include "tests/support/temporary_directory.h"

namespace assay::runtime {

// Waits for something that other threads bring about; false when it does not come within ten seconds.
inline bool Eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A server in this process with contracts of the bank and handlers of the test, and a real channel to it.
class RpcServer {
 public:
  static constexpr char kGet[] = "assay.bank.v1.QuestionService/GetQuestion";
  static constexpr char kPublish[] = "assay.bank.v1.QuestionService/PublishQuestion";
  static constexpr char kRetire[] = "assay.bank.v1.QuestionService/RetireQuestion";
  static constexpr char kBatchGet[] = "assay.bank.v1.QuestionService/BatchGetQuestions";
  // Designed and not built.
  static constexpr char kListDue[] = "assay.scoring.v1.ScorecardService/ListDueScorecards";
  static constexpr char kStream[] = "assay.bank.v1.EventService/StreamEvents";
  static constexpr char kImport[] = "assay.bank.v1.PackService/ImportPack";
  static constexpr char kHealth[] = "grpc.health.v1.Health/Check";

  explicit RpcServer(int threads = 2, int waiting = 8)
      : key_(*LocalKey::OpenOrCreate(directory_.path())),
        keys_({key_->source()}),
        authenticator_(keys_),
        executor_(threads, waiting),
        pipeline_(authenticator_, executor_, metrics_, clock_),
        questions("assay.bank.v1.QuestionService", pipeline_),
        events("assay.bank.v1.EventService", pipeline_),
        packs("assay.bank.v1.PackService", pipeline_),
        scorecards("assay.scoring.v1.ScorecardService", pipeline_) {
    keys_.Start();
  }
  ~RpcServer() {
    if (server_ == nullptr) return;
    pipeline_.DrainStreams();
    server_->Shutdown(std::chrono::steady_clock::now() + std::chrono::seconds(5));
  }

  // Listens, once the test has bound its handlers.
  void Start(ServerOptions options = {}) {
    options.health_name = "assay.bank.v1";
    auto server = Server::Start(options, {&questions, &events, &packs, &scorecards});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->SetReady(true);
    client_ = *Client::Open({.target = address(), .ca_file = "", .certificate_file = "", .key_file = ""});
  }

  std::string address() const { return fmt::format("127.0.0.1:{}", server_->port()); }
  Server& server() { return *server_; }
  Client& client() { return *client_; }
  Executor& executor() { return executor_; }
  Pipeline& pipeline() { return pipeline_; }
  Metrics& metrics() { return metrics_; }
  const LocalKey& key() const { return *key_; }
  const testing::TemporaryDirectory& directory() const { return directory_; }

  std::string Token(std::vector<std::string> scopes, const std::string& tenant = "acme") const {
    return *key_->MintToken({.tenant = tenant, .subject = "dana", .scopes = std::move(scopes)}, clock_.Now());
  }
  CallOptions Options() const {
    CallOptions options;
    options.bearer = Token({"questions.read", "questions.publish", "events.read", "packs.import", "scorecards.read"});
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    return options;
  }
  absl::StatusOr<bank::v1::Question> Get(const CallOptions& options, const std::string& name = "questions/q001") {
    bank::v1::GetQuestionRequest request;
    request.set_name(name);
    return client().Call<bank::v1::Question>(kGet, request, options);
  }
  // Sends bytes as they are.
  absl::Status CallRaw(const char* method, const std::string& bytes, const CallOptions& options,
                       grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + options.bearer);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    context.set_compression_algorithm(compression);
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    const std::string path = std::string("/") + method;
    return FromGrpc(grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
        client().channel().get(), grpc::internal::RpcMethod(path.c_str(), nullptr, grpc::internal::RpcMethod::NORMAL_RPC), &context,
        request, &response));
  }
  grpc::health::v1::HealthCheckResponse::ServingStatus Health(const std::string& name) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    CallOptions options;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const auto response = client().Call<grpc::health::v1::HealthCheckResponse>(kHealth, request, options);
    return response.ok() ? response->status() : grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN;
  }

 private:
  const testing::TemporaryDirectory directory_;
  const SystemClock clock_;
  const std::shared_ptr<const LocalKey> key_;
  KeyRing keys_;
  JwtAuthenticator authenticator_;
  Metrics metrics_;
  Executor executor_;
  Pipeline pipeline_;

 public:
  Service questions;
  Service events;
  Service packs;
  Service scorecards;

 private:
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

// A handler that answers with the name it was asked for.
inline void BindEcho(RpcServer& server) {
  server.questions.Unary<bank::v1::GetQuestionRequest, bank::v1::Question>(
      "GetQuestion", [](const RequestContext&, const bank::v1::GetQuestionRequest& request) -> absl::StatusOr<bank::v1::Question> {
        bank::v1::Question question;
        question.set_name(request.name());
        return question;
      });
}

}  // namespace assay::runtime
