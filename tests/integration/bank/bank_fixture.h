#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "assay/bank/migrations.h"
#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/bank/v1/kit_service.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "assay/bank/v1/question_service.pb.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/api/exposure_api.h"
#include "services/bank/api/kit_api.h"
#include "services/bank/api/kit_export_api.h"
#include "services/bank/api/pack_api.h"
#include "services/bank/api/question_api.h"
#include "services/bank/api/search_api.h"
#include "services/runtime/base/error.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/service.h"
#include "tests/support/pg_cluster.h"

namespace assay::bank {

// Takes a token "tenant:subject" for that person, with every scope of the bank, or "tenant:subject without scope".
class OpenAuthenticator final : public runtime::Authenticator {
 public:
  absl::StatusOr<std::shared_ptr<const runtime::Principal>> Authenticate(std::string_view token, runtime::Instant) override {
    auto principal = std::make_shared<runtime::Principal>();
    principal->tenant = std::string(token.substr(0, token.find(':')));
    constexpr std::string_view kWithout = " without ";
    const size_t without = token.find(kWithout);
    principal->subject = std::string(token.substr(token.find(':') + 1, without - token.find(':') - 1));
    principal->issuer = "test";
    std::vector<std::string> scopes{"catalog.read", "events.read", "exposure.read", "exposure.write", "kits.read", "kits.write", "packs.export", "packs.import", "policies.write",
                         "questions.publish", "questions.read", "questions.write", "vignettes.read"};
    if (without != token.npos) std::erase(scopes, token.substr(without + kWithout.size()));
    principal->scopes = std::move(scopes);
    return principal;
  }
};

// A pack that is small and complete enough to draw a kit from.
inline v1::Pack SmallPack() {
  v1::Pack pack;
  pack.set_id("small");
  pack.set_display_name("Small pack");
  pack.set_version("1.0.0");
  pack.set_default_format("round-30");
  pack.set_default_policy("standard");
  v1::Competency& competency = *pack.add_competencies();
  competency.set_id("ml-fundamentals");
  competency.set_display_name("Fundamentals");
  competency.set_weight_basis_points(10000);
  competency.set_threshold_milli(3000);
  v1::RoleGuide& role = *pack.add_roles();
  role.set_id("core-ml");
  role.set_display_name("Core ML");
  role.set_policy("standard");
  v1::Format& format = *pack.add_formats();
  format.set_id("round-30");
  format.set_display_name("Half an hour");
  format.set_minutes(30);
  v1::FormatSlot& slot = *format.add_slots();
  slot.set_id("core");
  slot.set_minutes(30);
  slot.add_kinds(v1::QUESTION_KIND_THEORY);
  slot.set_min_questions(2);
  slot.set_max_questions(3);
  v1::Policy& policy = *pack.add_policies();
  policy.set_id("standard");
  v1::PolicyCompetency& weight = *policy.add_competencies();
  weight.set_competency("ml-fundamentals");
  weight.set_weight_basis_points(10000);
  weight.set_threshold_milli(3000);
  policy.set_no_hire_below_milli(3000);
  policy.set_category_floor_milli(3000);
  policy.set_hire_bar_milli(3500);
  policy.set_strong_hire_bar_milli(4000);
  const char* prompts[] = {"What does a confusion matrix show, and which figures do you read from it first?",
                           "How does gradient descent reach a minimum, and when does it not get there?",
                           "Why would you hold data back from training, and how much of it?",
                           "When would you prefer a linear model over a deep network?"};
  for (int i = 0; i < 4; ++i) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id("q00" + std::to_string(i + 1));
    question.set_level(v1::LEVEL_FRESHER);
    question.set_kind(v1::QUESTION_KIND_THEORY);
    question.set_prompt(prompts[i]);
    question.set_competency("ml-fundamentals");
    question.set_section("Section " + std::to_string(i));
    question.set_estimated_minutes(6);
    question.add_roles()->set_role("core-ml");
  }
  return pack;
}

// The bank over real gRPC and a real database.
class BankTest : public ::testing::Test {
 protected:
  static constexpr char kAda[] = "acme:ada";
  static constexpr char kOther[] = "globex:gus";

  BankTest() {
    BindQuestions(questions_, parts_);
    BindExposure(questions_, parts_);
    BindSearch(questions_, parts_);
    BindCatalog(catalog_, parts_);
    BindKits(kits_, parts_);
    BindKitExport(kits_, parts_);
    BindPacks(packs_, parts_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    for (runtime::Service* service : {&questions_, &catalog_, &kits_, &packs_}) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    client_ = *runtime::Client::Open({.target = "127.0.0.1:" + std::to_string(port_)});
  }
  ~BankTest() override {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    executor_.Stop();
  }

  runtime::CallOptions Options(const std::string& token) {
    runtime::CallOptions options;
    options.bearer = token;
    options.trailers = &trailers_;
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    trailers_.clear();
    return options;
  }
  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method, const google::protobuf::Message& request, const std::string& token = kAda) {
    return client_->Call<Response>("assay.bank.v1." + method, request, Options(token));
  }
  absl::StatusOr<v1::Question> Get(const std::string& name, const std::string& token = kAda) {
    v1::GetQuestionRequest request;
    request.set_name(name);
    return Call<v1::Question>("QuestionService/GetQuestion", request, token);
  }
  absl::StatusOr<v1::ImportReport> Import(const v1::Pack& pack, bool dry_run = false, const std::string& token = kAda) {
    v1::ImportHeader header;
    header.set_format(v1::PACK_FORMAT_PROTOBUF);
    header.set_publish(true);
    header.set_dry_run(dry_run);
    return ImportBytes(header, pack.SerializeAsString(), token);
  }
  absl::StatusOr<v1::ImportReport> ImportBytes(const v1::ImportHeader& header, const std::string& bytes, const std::string& token = kAda) {
    auto stream = client_->OpenClientStream<v1::ImportPackRequest, v1::ImportReport>("assay.bank.v1.PackService/ImportPack", Options(token));
    v1::ImportPackRequest message;
    *message.mutable_header() = header;
    stream.Write(message);
    // Small chunks: a document never arrives in one piece.
    for (size_t sent = 0; sent < bytes.size(); sent += 1000) {
      message.set_chunk(bytes.substr(sent, 1000));
      if (!stream.Write(message)) break;
    }
    return stream.Finish();
  }
  int64_t Count(const std::string& table) { return std::stoll(assay::testing::RunSql(database_.admin_dsn(), "SELECT count(*) FROM " + table).at(0)); }

  std::unique_ptr<runtime::Pool> NewPool() {
    runtime::PoolOptions options;
    options.dsn = database_.app_dsn();
    options.role = "assay_app";
    options.max_wait = std::chrono::milliseconds(10'000);
    return runtime::Pool::Create(options, metrics_);
  }

  runtime::Metrics metrics_;
  runtime::SystemClock clock_;
  assay::testing::TestDatabase database_{Migrations()};
  std::unique_ptr<runtime::Pool> pool_ = NewPool();
  std::unique_ptr<runtime::Sealer> sealer_ = *runtime::Sealer::Create(std::string(32, 's'));
  runtime::CursorCodec cursors_{
      *sealer_, "bank", runtime::EnsureEpoch(*pool_, std::chrono::steady_clock::now() + std::chrono::seconds(20)).value()};
  runtime::Mutator mutator_{*pool_, cursors_};
  runtime::PageTokens pages_{*sealer_};
  QuestionCache cache_;
  KitCatalogues catalogues_;
  BankParts parts_{*pool_, mutator_, pages_, cursors_, cache_, catalogues_};

  OpenAuthenticator authenticator_;
  runtime::Executor executor_{4, 64};
  runtime::Pipeline pipeline_{authenticator_, executor_, metrics_, clock_};
  runtime::Service questions_{"assay.bank.v1.QuestionService", pipeline_};
  runtime::Service catalog_{"assay.bank.v1.CatalogService", pipeline_};
  runtime::Service kits_{"assay.bank.v1.KitService", pipeline_};
  runtime::Service packs_{"assay.bank.v1.PackService", pipeline_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<runtime::Client> client_;
  std::multimap<std::string, std::string> trailers_;
};

}  // namespace assay::bank
