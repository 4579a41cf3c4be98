#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "assay/runtime/v1/audit_service.pb.h"
#include "assay/runtime/v1/event.pb.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "services/runtime/base/instant.h"

namespace assay::cli {
namespace {

void Tail(const std::string& feed, const std::string& after, bool stop, Session& session) {
  const std::string method = fmt::format("assay.{}.v1.EventService/StreamEvents", feed);
  const auto client = session.ClientFor(method);
  if (!client.ok()) return session.Usage(std::string(client.status().message()));
  runtime::v1::StreamEventsRequest request;
  request.set_after(after);
  request.set_stop_at_end(stop);
  runtime::CallOptions call;
  call.bearer = session.options.token;
  call.on_behalf_of = session.options.on_behalf_of;
  auto stream = (*client)->OpenServerStream<runtime::v1::StreamEventsResponse>(method, request, call);
  runtime::v1::StreamEventsResponse response;
  while (true) {
    const auto more = stream.Read(response);
    if (!more.ok()) return session.Refuse(more.status());
    if (!*more) return;
    for (const auto& event : response.events()) {
      if (session.options.format == "json") {
        session.Write(ToJson(event));
      } else {
        session.Write(fmt::format("{}  {:<26} {}  {}  by {}", runtime::ToText(runtime::FromTimestamp(event.time())), event.type_text(), event.resource(),
                                  event.state(), event.actor()));
      }
    }
  }
}

// The audit chains of the services named.
void Verify(const std::vector<std::string>& services, Session& session) {
  for (const std::string& service : services) {
    const auto client = session.ClientFor("assay." + service + ".");
    if (!client.ok()) return session.Usage(std::string(client.status().message()));
    const auto result = (*client)->Call<runtime::v1::VerifyAuditChainResponse>("assay.runtime.v1.AuditService/VerifyAuditChain",
                                                                             runtime::v1::VerifyAuditChainRequest(), session.CallDefaults());
    if (!result.ok()) return session.Refuse(result.status());
    session.Write(fmt::format("{}: {}", service,
                              result->intact() ? fmt::format("intact, {} entries, head {}", result->entries(), result->head_hash())
                                               : fmt::format("BROKEN at entry {}: {}", result->first_broken_sequence(), result->finding())));
    if (!result->intact()) session.exit_code = ExitCode::kNegative;
  }
}

}  // namespace

void AddFeedCommands(CLI::App& app, Session& session) {
  auto* events = app.add_subcommand("events", "The change feed")->require_subcommand(1)->fallthrough();
  auto feed = std::make_shared<std::string>("scoring");
  auto after = std::make_shared<std::string>();
  auto stop = std::make_shared<bool>(false);
  auto* tail = events->add_subcommand("tail", "Prints events and follows")->fallthrough();
  tail->add_option("--feed", *feed)->check(CLI::IsMember({"scoring", "bank"}))->capture_default_str();
  tail->add_option("--after", *after, "Cursor to resume after; from the beginning by default");
  tail->add_flag("--stop-at-end", *stop, "End once caught up");
  tail->callback([=, &session] { Tail(*feed, *after, *stop, session); });

  auto* audit = app.add_subcommand("audit", "The tamper-evident record")->require_subcommand(1)->fallthrough();
  auto services = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"bank", "scoring"});
  auto* verify = audit->add_subcommand("verify", "Recomputes every hash of the chains")->fallthrough();
  verify->add_option("--service", *services, "bank, scoring")->check(CLI::IsMember({"bank", "scoring"}));
  verify->callback([=, &session] { Verify(*services, session); });
}

}  // namespace assay::cli
