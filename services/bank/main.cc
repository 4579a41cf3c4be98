#include "assay/bank/migrations.h"
#include "services/bank/api/bank_events.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/api/kit_api.h"
#include "services/bank/api/pack_api.h"
#include "services/bank/api/question_api.h"
#include "services/runtime/app/app.h"
#include "services/runtime/audit/audit_service.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/feed/retention.h"

namespace assay::bank {
namespace {

absl::StatusOr<runtime::AppService> Make(runtime::AppParts& app) {
  runtime::AppService bank;
  ASSIGN_OR_RETURN(const std::string epoch,
                   runtime::EnsureEpoch(app.pool, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  auto& cursors = bank.Make<runtime::CursorCodec>(app.sealer, "bank", epoch);
  auto& parts = bank.Make<BankParts>(BankParts{
      .pool = app.pool,
      .mutator = bank.Make<runtime::Mutator>(app.pool, cursors),
      .pages = bank.Make<runtime::PageTokens>(app.sealer),
      .cursors = cursors,
      .cache = bank.Make<QuestionCache>(),
      .catalogues = bank.Make<KitCatalogues>(),
  });
  // The cache hangs on this relay, so it looks often enough also while no stream is open, and not more than that needs.
  auto& relay = bank.Make<runtime::FeedRelay>(app.feed_pool, app.metrics,
                                              runtime::FeedRelay::Options{.busy = std::chrono::milliseconds(100)});
  auto& vault = bank.Make<runtime::PersonalVault>(app.sealer);
  auto& invalidator = bank.Make<CacheInvalidator>(parts, app.feed_pool, relay);
  auto& retention = bank.Make<runtime::Retention>(app.pool);

  const auto serve = [&](const char* name) -> runtime::Service& {
    auto service = std::make_unique<runtime::Service>(name, app.pipeline);
    runtime::Service& reference = *service;
    bank.services.push_back(std::move(service));
    return reference;
  };
  BindQuestions(serve("assay.bank.v1.QuestionService"), parts);
  BindCatalog(serve("assay.bank.v1.CatalogService"), parts);
  BindKits(serve("assay.bank.v1.KitService"), parts);
  BindPacks(serve("assay.bank.v1.PackService"), parts);
  BindEvents(serve("assay.bank.v1.EventService"), parts, app.feed_pool, relay);
  runtime::AddAuditService(serve("assay.runtime.v1.AuditService"), app.pool, vault, parts.pages);
  serve("assay.runtime.v1.TenantService");

  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { relay.Start(); }, [&] { relay.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { invalidator.Start(); }, [&] { invalidator.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { retention.Start(); }, [&] { retention.Stop(); }));
  return bank;
}

}  // namespace
}  // namespace assay::bank

int main(int argc, char** argv) {
  return assay::runtime::RunService(argc, argv,
                                    {.name = "bank",
                                     .health_name = "assay.bank.v1",
                                     .listen = "127.0.0.1:0",
                                     .settings = {},
                                     .migrations = assay::bank::Migrations(),
                                     .service_scopes = {},
                                     .make = assay::bank::Make});
}
