#include "bench/bank_host.h"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iterator>

#include "services/bank/api/kit_api.h"
#include "services/bank/api/question_api.h"
#include "services/bank/api/search_api.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/rpc/service.h"

namespace assay::bench {
namespace {

class AnyToken final : public runtime::Authenticator {
 public:
  explicit AnyToken(std::string tenant) : tenant_(std::move(tenant)) {}

  absl::StatusOr<std::shared_ptr<const runtime::Principal>> Authenticate(std::string_view, runtime::Instant) override {
    auto principal = std::make_shared<runtime::Principal>();
    principal->tenant = tenant_;
    principal->issuer = "bench";
    principal->subject = "author";
    principal->scopes = {"kits.read", "kits.write", "questions.read"};
    return principal;
  }

 private:
  const std::string tenant_;
};

runtime::PoolOptions Options(const Rig& rig) {
  runtime::PoolOptions options;
  options.dsn = rig.Dsn("bank", "assay_login");
  options.role = "assay_app";
  options.size = 2;
  return options;
}

class Host final : public BankHost {
 public:
  Host(const std::string& tenant, std::unique_ptr<runtime::Sealer> sealer, std::unique_ptr<runtime::Pool> pool,
       const std::string& epoch)
      : sealer_(std::move(sealer)), pool_(std::move(pool)), cursors_(*sealer_, "bank", epoch), authenticator_(tenant) {
    bank::BindQuestions(questions_, parts_);
    bank::BindSearch(questions_, parts_);
    bank::BindKits(kits_, parts_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&questions_);
    builder.RegisterService(&kits_);
    server_ = builder.BuildAndStart();
    client_ = *runtime::Client::Open({.target = "127.0.0.1:" + std::to_string(port)});
  }
  ~Host() override {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    executor_.Stop();
  }

  void Forget() override { cache_.Clear(); }

 private:
  RecordingPool& recording() override { return recording_; }
  runtime::Client& client() override { return *client_; }

  runtime::Metrics metrics_;
  runtime::SystemClock clock_;
  std::unique_ptr<runtime::Sealer> sealer_;
  std::unique_ptr<runtime::Pool> pool_;
  RecordingPool recording_{*pool_};
  runtime::CursorCodec cursors_;
  runtime::Mutator mutator_{recording_, cursors_};
  runtime::PageTokens pages_{*sealer_};
  bank::QuestionCache cache_;
  bank::KitCatalogues catalogues_;
  bank::BankParts parts_{recording_, mutator_, pages_, cursors_, cache_, catalogues_};
  AnyToken authenticator_;
  runtime::Executor executor_{2, 16};
  runtime::Pipeline pipeline_{authenticator_, executor_, metrics_, clock_};
  runtime::Service questions_{"assay.bank.v1.QuestionService", pipeline_};
  runtime::Service kits_{"assay.bank.v1.KitService", pipeline_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<runtime::Client> client_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<BankHost>> BankHost::Start(Rig& rig, const std::string& tenant) {
  std::ifstream file(rig.SecretFile("bank"), std::ios::binary);
  ASSIGN_OR_RETURN(auto sealer, runtime::Sealer::Create(std::string(std::istreambuf_iterator<char>(file), {})));
  static runtime::Metrics metrics;
  auto pool = runtime::Pool::Create(Options(rig), metrics);
  ASSIGN_OR_RETURN(const std::string epoch, runtime::EnsureEpoch(*pool, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  return std::make_unique<Host>(tenant, std::move(sealer), std::move(pool), epoch);
}

}  // namespace assay::bench
