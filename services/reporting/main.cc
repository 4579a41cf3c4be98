#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "assay/reporting/migrations.h"
#include "services/reporting/api/report_api.h"
#include "services/reporting/projector/projector.h"
#include "services/runtime/app/app.h"
#include "services/runtime/audit/audit_service.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/paging/page_token.h"

namespace assay::reporting {
namespace {

constexpr char kBank[] = "bank";
constexpr char kScoring[] = "scoring";
constexpr char kCursorSecret[] = "cursor-secret-file";

// The secret under which the other services seal their cursors; our own where they share it.
absl::StatusOr<std::shared_ptr<const runtime::Sealer>> CursorSealer(const runtime::AppParts& app) {
  const std::string& path = app.config.Extra(kCursorSecret);
  if (path.empty()) return std::shared_ptr<const runtime::Sealer>(&app.sealer, [](const auto*) {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(fmt::format("{}: cannot read {}", kCursorSecret, path));
  const std::string secret(std::istreambuf_iterator<char>(file), {});
  ASSIGN_OR_RETURN(std::unique_ptr<runtime::Sealer> sealer, runtime::Sealer::Create(secret));
  return std::shared_ptr<const runtime::Sealer>(std::move(sealer));
}

absl::StatusOr<std::unique_ptr<runtime::Client>> OpenClient(const runtime::Config& config, const char* service) {
  return runtime::Client::Open({.target = config.Extra(service),
                                .ca_file = config.peer_ca,
                                .certificate_file = config.peer_ca.empty() ? "" : config.tls_certificate,
                                .key_file = config.peer_ca.empty() ? "" : config.tls_key});
}

absl::StatusOr<runtime::AppService> Make(runtime::AppParts& app) {
  runtime::AppService reporting;
  ASSIGN_OR_RETURN(std::shared_ptr<const runtime::Sealer> cursor_sealer, CursorSealer(app));
  reporting.parts.push_back(std::const_pointer_cast<runtime::Sealer>(cursor_sealer));
  auto& vault = reporting.Make<runtime::PersonalVault>(app.sealer);
  auto& pages = reporting.Make<runtime::PageTokens>(app.sealer);
  auto& positions = reporting.Make<Positions>(app.pool, *cursor_sealer);
  auto& reads = reporting.Make<runtime::ReadAuditor>(app.pool, vault);
  ASSIGN_OR_RETURN(std::unique_ptr<runtime::Client> opened_scoring, OpenClient(app.config, kScoring));
  auto& scoring = reporting.Keep(std::shared_ptr<runtime::Client>(std::move(opened_scoring)));
  auto& parts = reporting.Make<ReportingParts>(ReportingParts{
      .pool = app.pool,
      .vault = vault,
      .executor = app.pipeline.executor(),
      .positions = positions,
      .reads = &reads,
      .exposures = reporting.Keep(std::shared_ptr<Exposures>(MakeExposures(scoring, app.tokens))),
      .clock = app.clock,
  });
  auto& projecting = reporting.Make<ProjectorParts>(ProjectorParts{
      .pool = app.pool, .vault = vault, .tokens = app.tokens, .clock = app.clock, .metrics = app.metrics});

  const auto serve = [&](const char* name) -> runtime::Service& {
    auto service = std::make_unique<runtime::Service>(name, app.pipeline);
    runtime::Service& reference = *service;
    reporting.services.push_back(std::move(service));
    return reference;
  };
  BindReports(serve("assay.reporting.v1.ReportService"), parts);
  runtime::AddAuditService(serve("assay.runtime.v1.AuditService"), app.pool, vault, pages);
  // Parts of the contract of which no method behaves yet: they answer NOT_AVAILABLE_YET.
  serve("assay.reporting.v1.ExportService");
  serve("assay.reporting.v1.OutcomeService");
  serve("assay.runtime.v1.TenantService");

  // What was read last is recorded while there still is a database to record it in.
  reporting.workers.push_back(std::make_unique<runtime::FunctionWorker>([] {}, [&reads] { (void)reads.Flush(); }));
  reporting.workers.push_back(
      std::make_unique<runtime::FunctionWorker>([&positions] { positions.Start(); }, [&positions] { positions.Stop(); }));
  for (const char* feed : {kBank, kScoring}) {
    ASSIGN_OR_RETURN(std::unique_ptr<runtime::Client> opened, OpenClient(app.config, feed));
    auto& client = reporting.Keep(std::shared_ptr<runtime::Client>(std::move(opened)));
    auto& projector = reporting.Make<Projector>(
        projecting, client,
        Projector::Options{.feed = feed,
                           .dsn = app.config.database,
                           .role = app.config.role,
                           .moved = [&positions](const FeedProgress& progress) { positions.Moved(progress); }});
    reporting.workers.push_back(
        std::make_unique<runtime::FunctionWorker>([&projector] { projector.Start(); }, [&projector] { projector.Stop(); }));
  }
  return reporting;
}

}  // namespace
}  // namespace assay::reporting

int main(int argc, char** argv) {
  using namespace assay::reporting;  // NOLINT(google-build-using-namespace)
  return assay::runtime::RunService(
      argc, argv,
      {.name = "reporting",
       .health_name = "assay.reporting.v1",
       .listen = "127.0.0.1:0",
       .settings = {{kBank, "Address of the bank (host:port), whose feed is followed", "127.0.0.1:7101"},
                    {kScoring, "Address of scoring (host:port), whose feed is followed", "127.0.0.1:7102"},
                    {kCursorSecret, "Secret under which the other services seal their cursors; empty = secret-file, shared", ""}},
       .migrations = Migrations(),
       .service_scopes = {"delegate", "feed.all", "projection.read"},
       .make = Make});
}
