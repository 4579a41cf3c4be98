#include "assay/scoring/migrations.h"
#include "services/runtime/app/app.h"
#include "services/runtime/audit/audit_service.h"
#include "services/runtime/audit/read_auditor.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/announcing_pool.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/feed/retention.h"
#include "services/runtime/rpc/client.h"
#include "services/scoring/api/bank_client.h"
#include "services/scoring/api/overdue_watch.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/scorecard_api.h"
#include "services/scoring/api/scoring_events.h"
#include "services/scoring/api/viewer.h"

namespace assay::scoring {
namespace {

constexpr char kBank[] = "bank";

absl::StatusOr<std::unique_ptr<runtime::Client>> OpenBank(const runtime::Config& config) {
  return runtime::Client::Open({.target = config.Extra(kBank),
                                .ca_file = config.peer_ca,
                                .certificate_file = config.peer_ca.empty() ? "" : config.tls_certificate,
                                .key_file = config.peer_ca.empty() ? "" : config.tls_key});
}

absl::StatusOr<runtime::AppService> Make(runtime::AppParts& app) {
  runtime::AppService scoring;
  ASSIGN_OR_RETURN(const std::string epoch,
                   runtime::EnsureEpoch(app.pool, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  ASSIGN_OR_RETURN(std::unique_ptr<runtime::Client> channel, OpenBank(app.config));
  auto& bank = scoring.Keep(std::shared_ptr<runtime::Client>(std::move(channel)));
  auto& cursors = scoring.Make<runtime::CursorCodec>(app.sealer, "scoring", epoch);
  auto& vault = scoring.Make<runtime::PersonalVault>(app.sealer);
  auto& reads = scoring.Make<runtime::ReadAuditor>(app.pool, vault);
  // Submissions come by the thousand: a notification in a while is enough for whoever streams.
  auto& signal = scoring.Make<runtime::FeedSignal>(runtime::FeedSignal::Options{.dsn = app.config.database,
                                                                                .role = app.config.feed_role,
                                                                                .application_name = "assay-scoring-signal",
                                                                                .gap = std::chrono::milliseconds(20)},
                                                   app.metrics);
  auto& pool = scoring.Make<runtime::AnnouncingPool>(app.pool, signal);
  auto& parts = scoring.Make<ScoringParts>(ScoringParts{
      .mutator = scoring.Make<runtime::Mutator>(pool, cursors),
      .pool = pool,
      .vault = vault,
      .pages = scoring.Make<runtime::PageTokens>(app.sealer),
      .cursors = cursors,
      .bank = scoring.Keep(std::shared_ptr<BankClient>(MakeBankClient(bank))),
      .reads = &reads,
      .clock = app.clock,
  });
  auto& relay = scoring.Make<runtime::FeedRelay>(app.feed_pool, app.metrics, runtime::FeedRelay::Options{}, &signal);
  auto& retention = scoring.Make<runtime::Retention>(app.pool);
  auto& overdue = scoring.Make<OverdueWatch>(parts, app.feed_pool);

  const auto serve = [&](const char* name) -> runtime::Service& {
    auto service = std::make_unique<runtime::Service>(name, app.pipeline);
    runtime::Service& reference = *service;
    scoring.services.push_back(std::move(service));
    return reference;
  };
  BindCandidates(serve("assay.scoring.v1.CandidateService"), parts);
  BindRequisitions(serve("assay.scoring.v1.RequisitionService"), parts);
  BindApplications(serve("assay.scoring.v1.ApplicationService"), parts);
  BindInterviews(serve("assay.scoring.v1.InterviewService"), parts);
  BindScorecards(serve("assay.scoring.v1.ScorecardService"), parts, scoring.Make<SubmitCoalescer>(parts));
  BindDecisions(serve("assay.scoring.v1.DecisionService"), parts);
  BindEvents(serve("assay.scoring.v1.EventService"), parts, app.feed_pool, relay,
             [&parts](const runtime::RequestContext& context, const runtime::v1::Event& event) {
               return MayLearnOf(parts, context, event);
             });
  runtime::AddAuditService(serve("assay.runtime.v1.AuditService"), app.pool, vault, parts.pages);
  // Parts of the contract of which no method behaves yet: they answer NOT_AVAILABLE_YET.
  serve("assay.scoring.v1.CalibrationService");
  serve("assay.scoring.v1.PrivacyService");
  serve("assay.scoring.v1.DemographicsService");
  serve("assay.scoring.v1.AssistService");
  serve("assay.runtime.v1.TenantService");

  // What was read last is recorded while there still is a database to record it in.
  scoring.workers.push_back(std::make_unique<runtime::FunctionWorker>([] {}, [&] { (void)reads.Flush(); }));
  scoring.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { relay.Start(); }, [&] { relay.Stop(); }));
  scoring.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { signal.Start(); }, [&] { signal.Stop(); }));
  scoring.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { retention.Start(); }, [&] { retention.Stop(); }));
  scoring.workers.push_back(std::make_unique<runtime::FunctionWorker>([&] { overdue.Start(); }, [&] { overdue.Stop(); }));
  return scoring;
}

}  // namespace
}  // namespace assay::scoring

int main(int argc, char** argv) {
  return assay::runtime::RunService(
      argc, argv,
      {.name = "scoring",
       .health_name = "assay.scoring.v1",
       .listen = "127.0.0.1:0",
       .settings = {{assay::scoring::kBank, "Address of the bank (host:port), asked for kits, policies and roles",
                     "127.0.0.1:7101"}},
       .migrations = assay::scoring::Migrations(),
       .service_scopes = {},
       .make = assay::scoring::Make});
}
