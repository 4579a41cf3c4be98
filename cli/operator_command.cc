#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "assay/reporting/v1/report_service.pb.h"
#include "cli/commands.h"
#include "cli/dynamic.h"
#include "cli/local_tokens.h"
#include "cli/print.h"
#include "grpc/health/v1/health.pb.h"

namespace assay::cli {
namespace {

using std::chrono::steady_clock;

struct MintOptions {
  std::string keys_dir;
  std::string tenant = "demo";
  std::string subject;
  std::vector<std::string> scopes;
  std::string ttl = "1h";
};

// "90s", "15m", "1h", "1d".
absl::StatusOr<std::chrono::seconds> ParseDuration(const std::string& text) {
  static const std::map<char, int> kUnits{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  if (text.size() < 2 || kUnits.count(text.back()) == 0 || text.find_first_not_of("0123456789") != text.size() - 1 || text.size() > 8) {
    return absl::InvalidArgumentError(fmt::format("\"{}\" is no duration; write 90s, 15m, 1h or 1d", text));
  }
  return std::chrono::seconds(std::stoll(text) * kUnits.at(text.back()));
}

void Mint(const MintOptions& options, Session& session) {
  const auto ttl = ParseDuration(options.ttl);
  if (!ttl.ok()) return session.Usage(std::string(ttl.status().message()));
  std::string scopes;
  for (const std::string& scope : options.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  const auto token = MintLocalToken(options.keys_dir, options.tenant, options.subject, scopes, *ttl);
  if (!token.ok()) return session.Usage(std::string(token.status().message()));
  session.Write(*token);
}

// Asks one service for its readiness until it serves or `until` comes.
bool Healthy(Session& session, const std::string& service, steady_clock::time_point until, std::string& finding) {
  const auto client = session.ClientFor("assay." + service + ".");
  if (!client.ok()) {
    finding = std::string(client.status().message());
    return false;
  }
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("assay." + service + ".v1");
  while (true) {
    runtime::CallOptions call;
    call.deadline = steady_clock::now() + std::chrono::seconds(2);
    const auto health = (*client)->Call<grpc::health::v1::HealthCheckResponse>("grpc.health.v1.Health/Check", request, call);
    if (health.ok() && health->status() == grpc::health::v1::HealthCheckResponse::SERVING) {
      finding = "serving";
      return true;
    }
    finding = health.ok() ? "up, not ready (is the schema migrated?)" : std::string(health.status().message());
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Doctor(const std::string& wait, Session& session) {
  const auto patience = ParseDuration(wait);
  if (!patience.ok()) return session.Usage(std::string(patience.status().message()));
  const auto until = steady_clock::now() + *patience;
  bool well = true;
  std::string text;
  for (const char* service : {"bank", "scoring", "reporting"}) {
    std::string finding;
    const bool healthy = Healthy(session, service, until, finding);
    well = well && healthy;
    text += fmt::format("{:<10} {}  {}\n", service, healthy ? "ok " : "BAD", finding);
  }
  if (well) {
    // Readiness says nothing about this token; a read through it does, and brings the projector's lag.
    const auto client = session.ClientFor("assay.reporting.");
    const auto status = (*client)->Call<reporting::v1::ProjectionStatus>("assay.reporting.v1.ReportService/GetProjectionStatus",
                                                                       reporting::v1::GetProjectionStatusRequest(), session.CallDefaults());
    if (status.ok()) {
      for (const auto& feed : status->feeds()) text += fmt::format("{:<10} ok   feed {:.1f} s behind, {} events applied\n", feed.feed(), feed.lag_seconds(), feed.events_applied());
    } else {
      well = false;
      text += fmt::format("{:<10} BAD  {}\n", "token", std::string(status.status().message()));
    }
  }
  session.Write(text);
  if (!well) session.exit_code = ExitCode::kNegative;
}

}  // namespace

void AddOperatorCommands(CLI::App& app, Session& session) {
  auto* token = app.add_subcommand("token", "Tokens of a local instance")->require_subcommand(1)->fallthrough();
  auto mint_options = std::make_shared<MintOptions>();
  auto* mint = token->add_subcommand("mint", "Mints a token with the local development key")->fallthrough();
  mint->add_option("--keys-dir", mint_options->keys_dir, "Folder of the local keys")->envname("ASSAY_KEYS_DIR")->required();
  mint->add_option("--tenant", mint_options->tenant)->capture_default_str();
  mint->add_option("--subject", mint_options->subject)->required();
  mint->add_option("--scope", mint_options->scopes, "Scopes; \"all\" for every one")->required();
  mint->add_option("--ttl", mint_options->ttl)->capture_default_str();
  mint->callback([mint_options, &session] { Mint(*mint_options, session); });

  auto wait = std::make_shared<std::string>("0s");
  auto* doctor = app.add_subcommand("doctor", "Checks that the services are reachable, ready and accept the token")->fallthrough();
  doctor->add_option("--wait", *wait, "How long to wait for readiness")->capture_default_str();
  doctor->callback([wait, &session] { Doctor(*wait, session); });

  auto method = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  auto* call = app.add_subcommand("call", "Calls any unary method with a YAML or JSON request")->fallthrough();
  call->add_option("METHOD", *method, "Such as assay.bank.v1.QuestionService/GetQuestion")->required();
  call->add_option("-f,--file", *file, "Request; - for standard input");
  call->callback([method, file, &session] {
    CallByName(session, *method, [&](google::protobuf::Message& request) {
      return file->empty() ? absl::OkStatus() : ReadMessageFile(*file, request);
    });
  });
}

}  // namespace assay::cli
