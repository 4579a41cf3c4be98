#include "assay/bank/migrations.h"
#include "services/bank/api/bank_events.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/api/exposure_api.h"
#include "services/bank/api/import_watch.h"
#include "services/bank/api/kit_api.h"
#include "services/bank/api/kit_export_api.h"
#include "services/bank/api/pack_api.h"
#include "services/bank/api/publish_watch.h"
#include "services/bank/api/question_api.h"
#include "services/bank/api/search_api.h"
#include "services/bank/api/search_indexer.h"
#include "services/runtime/app/app.h"
#include "services/runtime/audit/audit_service.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/announcing_pool.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/feed/retention.h"

// Read by jemalloc. Few arenas keep a bank small that has nothing to do; what a burst needed goes back to the system within a
// second of its end.
extern "C" {
const char* malloc_conf = "narenas:4,background_thread:true,max_background_threads:1,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

namespace assay::bank {
namespace {

absl::StatusOr<runtime::AppService> Make(runtime::AppParts& app) {
  runtime::AppService bank;
  ASSIGN_OR_RETURN(const std::string epoch,
                   runtime::EnsureEpoch(app.pool, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  auto& cursors = bank.Make<runtime::CursorCodec>(app.sealer, "bank", epoch);
  // A replica answers from memory, so it hears of the others' writes at once.
  auto& signal = bank.Make<runtime::FeedSignal>(runtime::FeedSignal::Options{.dsn = app.config.database,
                                                                             .role = app.config.feed_role,
                                                                             .application_name = "assay-bank-signal"},
                                                app.metrics);
  auto& pool = bank.Make<runtime::AnnouncingPool>(app.pool, signal);
  auto& parts = bank.Make<BankParts>(BankParts{
      .pool = pool,
      .mutator = bank.Make<runtime::Mutator>(pool, cursors),
      .pages = bank.Make<runtime::PageTokens>(app.sealer),
      .cursors = cursors,
      .cache = bank.Make<QuestionCache>(),
      .catalogues = bank.Make<KitCatalogues>(),
  });
  auto& relay = bank.Make<runtime::FeedRelay>(app.feed_pool, app.metrics,
                                              runtime::FeedRelay::Options{.gap = std::chrono::milliseconds(5)}, &signal);
  auto& vault = bank.Make<runtime::PersonalVault>(app.sealer);
  auto& invalidator = bank.Make<CacheInvalidator>(parts, app.feed_pool, relay);
  auto& retention = bank.Make<runtime::Retention>(app.pool);
  auto& publisher = bank.Make<PublishWatch>(parts, app.feed_pool, app.clock);
  auto& imports = bank.Make<ImportWatch>(parts);
  auto& indexer = bank.Make<SearchIndexer>(app.pool);

  const auto serve = [&](const char* name) -> runtime::Service& {
    auto service = std::make_unique<runtime::Service>(name, app.pipeline);
    runtime::Service& reference = *service;
    bank.services.push_back(std::move(service));
    return reference;
  };
  auto& questions = serve("assay.bank.v1.QuestionService");
  BindQuestions(questions, parts);
  BindSearch(questions, parts);
  BindExposure(questions, parts);
  BindCatalog(serve("assay.bank.v1.CatalogService"), parts);
  auto& kits = serve("assay.bank.v1.KitService");
  BindKits(kits, parts);
  BindKitExport(kits, parts);
  BindPacks(serve("assay.bank.v1.PackService"), parts);
  BindEvents(serve("assay.bank.v1.EventService"), parts, app.feed_pool, relay);
  runtime::AddAuditService(serve("assay.runtime.v1.AuditService"), app.pool, vault, parts.pages);
  serve("assay.runtime.v1.TenantService");

  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { relay.Start(); }, [&] { relay.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { signal.Start(); }, [&] { signal.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { invalidator.Start(); }, [&] { invalidator.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { retention.Start(); }, [&] { retention.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { publisher.Start(); }, [&] { publisher.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { imports.Start(); }, [&] { imports.Stop(); }));
  bank.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { indexer.Start(); }, [&] { indexer.Stop(); }));
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
