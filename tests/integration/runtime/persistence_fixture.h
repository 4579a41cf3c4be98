#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assay/persistence_test/migrations.h"
#include "services/runtime/base/error.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/mutation.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/service.h"
#include "tests/support/pg_cluster.h"

namespace assay::runtime {

// A database with the runtime's own schema, the two pools of a service and its codecs.
class PersistenceTest : public ::testing::Test {
 protected:
  static constexpr char kTenant[] = "acme";

  static Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

  static RequestContext Context(const std::string& subject = "dana", const std::string& tenant = kTenant) {
    RequestContext context;
    context.principal.tenant = tenant;
    context.principal.issuer = "test";
    context.principal.subject = subject;
    context.method = "assay.bank.v1.QuestionService/CreateQuestion";
    context.now = SystemClock().Now();
    context.deadline = Soon();
    return context;
  }

  std::unique_ptr<Pool> NewPool(const std::string& dsn, const std::string& role, int size = 8) {
    PoolOptions options;
    options.dsn = dsn;
    options.role = role;
    options.size = size;
    options.max_wait = std::chrono::milliseconds(10'000);
    return Pool::Create(options, metrics_);
  }

  int64_t Count(const std::string& from) {
    return std::stoll(assay::testing::RunSql(database_.admin_dsn(), "SELECT count(*) FROM " + from).at(0));
  }

  static OutboxEvent Event(const std::string& resource, int64_t version = 1,
                           v1::EventType type = v1::EVENT_TYPE_QUESTION_UPDATED) {
    OutboxEvent event;
    event.type = type;
    event.resource = resource;
    event.aggregate_type = "question";
    event.version = version;
    event.state = "DRAFT";
    return event;
  }

  // Commits events in a transaction of their own.
  absl::StatusOr<FeedPosition> Append(const std::vector<OutboxEvent>& events, const std::string& tenant = kTenant,
                                      Instant now = SystemClock().Now()) {
    return Transact<FeedPosition>(*pool_, TxMode::kReadWrite, tenant, Soon(),
                                  [&](Tx& tx) { return AppendEvents(tx, "dana", now, events); });
  }

  Metrics metrics_;
  assay::testing::TestDatabase database_{persistence_test::Migrations()};
  std::unique_ptr<Pool> pool_ = NewPool(database_.app_dsn(), "assay_app");
  std::unique_ptr<Pool> feed_pool_ = NewPool(database_.feed_dsn(), "assay_feed", 4);
  std::unique_ptr<Sealer> sealer_ = *Sealer::Create(std::string(32, 's'));
  std::string epoch_ = EnsureEpoch(*pool_, Soon()).value();
  CursorCodec cursors_{*sealer_, "bank", epoch_};
};

// Knows its tokens by heart.
class FixedAuthenticator final : public Authenticator {
 public:
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(std::string_view token, Instant now) override {
    const auto found = tokens_.find(std::string(token));
    if (found == tokens_.end()) return Error(v1::ERROR_REASON_UNAUTHENTICATED, "unknown token");
    return found->second;
  }
  void Add(const std::string& token, Principal principal) {
    tokens_[token] = std::make_shared<const Principal>(std::move(principal));
  }

 private:
  std::map<std::string, std::shared_ptr<const Principal>> tokens_;
};

// Serves one of our services on a loopback port of the system's choice.
class TestServer {
 public:
  TestServer(Metrics& metrics, const std::string& service_name)
      : pipeline_(authenticator, executor_, metrics, clock_), service(service_name, pipeline_) {}
  ~TestServer() {
    if (server_ == nullptr) return;
    pipeline_.DrainStreams();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    executor_.Stop();
  }

  void Start() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    client = *Client::Open({.target = "127.0.0.1:" + std::to_string(port_)});
  }

  static CallOptions As(const std::string& token) {
    CallOptions options;
    options.bearer = token;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    return options;
  }

  FixedAuthenticator authenticator;

 private:
  SystemClock clock_;
  Executor executor_{4, 64};
  Pipeline pipeline_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;

 public:
  Service service;
  std::unique_ptr<Client> client;
};

}  // namespace assay::runtime
