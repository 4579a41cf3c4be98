#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/bank/api/bank_events.h"
#include "services/runtime/feed/announcing_pool.h"
#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {

// One complete bank on a database that it shares with others: its own connections, memory, relay and port.
class BankReplica {
 public:
  BankReplica(const assay::testing::TestDatabase& database, const runtime::Sealer& sealer, const std::string& name)
      : pool_(NewPool(database.app_dsn(), "assay_app", 4)),
        feed_pool_(NewPool(database.feed_dsn(), "assay_feed", 3)),
        signal_({.dsn = database.feed_dsn(), .role = "", .application_name = name}, metrics_),
        announcing_(*pool_, signal_),
        cursors_(sealer, "bank", runtime::EnsureEpoch(*pool_, Soon()).value()),
        mutator_(announcing_, cursors_),
        pages_(sealer),
        parts_{announcing_, mutator_, pages_, cursors_, cache_, catalogues_},
        relay_(*feed_pool_, metrics_, {.gap = std::chrono::milliseconds(5)}, &signal_),
        invalidator_(parts_, *feed_pool_, relay_) {
    for (const char* service : {"QuestionService", "CatalogService", "KitService", "PackService", "EventService"}) {
      services_.push_back(std::make_unique<runtime::Service>("assay.bank.v1." + std::string(service), pipeline_));
    }
    BindQuestions(*services_[0], parts_);
    BindExposure(*services_[0], parts_);
    BindCatalog(*services_[1], parts_);
    BindKits(*services_[2], parts_);
    BindPacks(*services_[3], parts_);
    BindEvents(*services_[4], parts_, *feed_pool_, relay_);
    relay_.Start();
    signal_.Start();
    invalidator_.Start();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    client_ = *runtime::Client::Open({.target = "127.0.0.1:" + std::to_string(port_)});
  }
  ~BankReplica() {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    invalidator_.Stop();
    signal_.Stop();
    relay_.Stop();
    executor_.Stop();
  }

  // Thread-safe.
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request) const {
    return client_->Call<Response>("assay.bank.v1." + method, request, Options());
  }
  // All messages of a server stream.
  template <typename Response>
  absl::StatusOr<std::vector<Response>> Stream(const std::string& method, const google::protobuf::Message& request) const {
    auto stream = client_->OpenServerStream<Response>("assay.bank.v1." + method, request, Options());
    std::vector<Response> messages;
    Response message;
    while (true) {
      const absl::StatusOr<bool> more = stream.Read(message);
      if (!more.ok()) return more.status();
      if (!*more) return messages;
      messages.push_back(message);
    }
  }

  static runtime::CallOptions Options() {
    runtime::CallOptions options;
    options.bearer = "acme:ada";
    options.deadline = Soon();
    return options;
  }

  static runtime::Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

 private:
  std::unique_ptr<runtime::Pool> NewPool(const std::string& dsn, const std::string& role, int size) {
    runtime::PoolOptions options;
    options.dsn = dsn;
    options.role = role;
    options.size = size;
    options.max_wait = std::chrono::milliseconds(10'000);
    return runtime::Pool::Create(options, metrics_);
  }

  runtime::Metrics metrics_;
  runtime::SystemClock clock_;
  std::unique_ptr<runtime::Pool> pool_;
  std::unique_ptr<runtime::Pool> feed_pool_;
  runtime::FeedSignal signal_;
  runtime::AnnouncingPool announcing_;
  runtime::CursorCodec cursors_;
  runtime::Mutator mutator_;
  runtime::PageTokens pages_;
  QuestionCache cache_;
  KitCatalogues catalogues_;
  BankParts parts_;
  runtime::FeedRelay relay_;
  CacheInvalidator invalidator_;
  OpenAuthenticator authenticator_;
  runtime::Executor executor_{4, 64};
  runtime::Pipeline pipeline_{authenticator_, executor_, metrics_, clock_};
  std::vector<std::unique_ptr<runtime::Service>> services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<runtime::Client> client_;
};

}  // namespace assay::bank
