#include <fmt/format.h>

#include <atomic>
#include <functional>

#include "assay/bank/v1/kit_service.pb.h"
#include "bench/bank_host.h"
#include "bench/generate.h"
#include "bench/kits.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "bench/pgbench.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

namespace pb = assay::bank::v1;

constexpr char kAssemble[] = "/assay.bank.v1.KitService/AssembleKit";
constexpr const char* kRoles[] = {"core-ml", "genai-llm", "mlops", "ai-agent", "solutions-architect", "llmops", "platform"};
constexpr int kSelections = 2000;
constexpr double kSelectionMs = 5;
// Numbers of requests have ten digits, which pgbench makes ids of. Every run has a million of its own, in case the bank was there
// before: the recording's, ours and those of pgbench.
constexpr int64_t kOurs = 1'000, kTheirs = 300'000, kTheirRound = 50'000;
int64_t FirstNumber() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return 1'000'000'000 + std::chrono::duration_cast<std::chrono::seconds>(now).count() % 8'000 * 1'000'000;
}

pb::AssembleKitRequest Request(int64_t number) {
  pb::AssembleKitRequest request;
  request.set_role(kRoles[number % static_cast<int64_t>(std::size(kRoles))]);
  request.set_level(static_cast<pb::Level>(1 + number % 3));
  request.set_format(number % 4 == 3 ? "screen-30" : "round-60");
  request.set_seed(static_cast<uint64_t>(number));
  request.set_request_id(fmt::format("bench-kit-{}", number));
  return request;
}

absl::Status Patiently(const std::function<absl::Status()>& call) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  absl::Status status = call();
  while (!status.ok() && std::chrono::steady_clock::now() < end) status = call();
  return status;
}

// What one AssembleKit writes, as a transaction of pgbench.
absl::StatusOr<Script> InsertScript(Rig& rig, Sql& sql, BankHost& host, int64_t number) {
  // The first one makes the head of the tenant's chain. It may end before the bank has been read.
  RETURN_IF_ERROR(Patiently([&] { return host.Record<pb::Kit>("KitService/AssembleKit", Request(number)).status(); }));
  // Put where its number is found in the parameters, and was in no earlier run.
  const int64_t chain = number;
  RETURN_IF_ERROR(sql.Run(fmt::format("UPDATE audit_head SET sequence = {} WHERE tenant = '{}'", chain, kGeneratedTenant)).status());
  const pb::AssembleKitRequest request = Request(number + 4);
  ASSIGN_OR_RETURN(const auto transactions, host.Record<pb::Kit>("KitService/AssembleKit", request));
  Script script(sql, "assemble", {{request.request_id(), "('bench-kit-' || :k::text)"}}, {{std::to_string(chain + 1), ":sequence"}});
  script.Add("\\set n :n + 1\n\\set k :first + :client_id + :clients * :n\n");
  std::string names;
  for (const RecordedTransaction& transaction : transactions) {
    if (!transaction.write) continue;
    script.Begin(SqlQuoted(kGeneratedTenant), true);
    for (const RecordedStatement& statement : transaction.statements) {
      const bool locks_chain = statement.answer == std::to_string(chain);
      RETURN_IF_ERROR(script.AddStatement(statement, locks_chain ? "\\gset head_\n\\set sequence :head_sequence + 1\n" : ""));
      names += " " + statement.name;
    }
    script.Add("COMMIT;\n");
  }
  fmt::print("kits: BEGIN{} COMMIT\n", names);
  RETURN_IF_ERROR(script.Write(rig));
  return script;
}

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureKits(const Bench& bench) {
  Rig& rig = bench.rig;
  const KitSelection selection = MeasureKitSelection(bench.questions(), kSelections);
  if (selection.milliseconds.empty()) return absl::InternalError("no kit could be drawn");
  fmt::print("kits: drawn from {} questions in process: p50 {:.2f} ms, p99 {:.2f} ms, of {} kits; an edit {:.2f} ms, a use {:.2f} ms, {:.0f} bytes a question\n",
             selection.questions, selection.Percentile(0.5), selection.Percentile(0.99), selection.milliseconds.size(),
             selection.edit_milliseconds, selection.use_milliseconds, selection.bytes_per_question);
  std::vector<Result> results{{"kit_selection_p50", selection.Percentile(0.5), "ms", kSelectionMs, AtMost(1)},
                              {"kit_selection_p99", selection.Percentile(0.99), "ms", kSelectionMs, AtMost(1)}};

  RETURN_IF_ERROR(EnsureGeneratedBank(bench));
  ASSIGN_OR_RETURN(Sql sql, Sql::Open(rig.Dsn("bank", "postgres")));
  ASSIGN_OR_RETURN(const auto host, BankHost::Start(rig, kGeneratedTenant));
  const int64_t first_number = FirstNumber();
  ASSIGN_OR_RETURN(const Script script, InsertScript(rig, sql, *host, first_number));
  ASSIGN_OR_RETURN(const std::string token, rig.Token(kGeneratedTenant, "recruiter", {"kits.write"}));
  std::atomic<int64_t> next{first_number + kOurs};
  LoadOptions ours;
  ours.target = rig.service("bank").target();
  ours.method = kAssemble;
  ours.connections = ours.in_flight = 1;
  ours.duration = std::chrono::duration<double>(bench.seconds);
  ours.next = [&] { return LoadCall{ToBuffer(Request(next++).SerializeAsString()), &token}; };
  // The first call reads the bank into memory.
  LoadOptions first = ours;
  first.calls = 1;
  const auto begin = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(Patiently([&] { return RunLoad(first).status(); }));
  fmt::print("  a bank that has just started gives its first kit after {:.2f} s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  first.calls = 400;
  RETURN_IF_ERROR(RunLoad(first).status());

  std::vector<double> call_p50, call_p99, insert_p50, insert_p99;
  int64_t from = first_number + kTheirs;
  for (int round = 1; round <= bench.rounds; ++round) {
    for (const bool us : {round % 2 == 1, round % 2 == 0}) {
      if (us) {
        ASSIGN_OR_RETURN(const LoadReport report, RunLoad(ours));
        call_p50.push_back(report.median_ms);
        call_p99.push_back(report.p99_ms);
        continue;
      }
      const PgBenchJob job{"bank", {&script}, {"n=-1", fmt::format("first={}", from), "clients=1"}};
      ASSIGN_OR_RETURN(const PgBenchReport report, RunPgBench(rig, job, 1, bench.seconds, true));
      from += kTheirRound;
      insert_p50.push_back(report.median_ms);
      insert_p99.push_back(report.p99_ms);
    }
  }
  fmt::print("  AssembleKit p50 {:.2f} ms, p99 {:.2f} ms; its rows by pgbench p50 {:.2f} ms, p99 {:.2f} ms\n", Median(call_p50), Median(call_p99),
             Median(insert_p50), Median(insert_p99));
  std::fflush(stdout);
  results.push_back({"assemble_kit_p50", Median(call_p50), "ms", kSelectionMs + 2 * Median(insert_p50), AtMost(1)});
  results.push_back({"assemble_kit_p99", Median(call_p99), "ms", kSelectionMs + 2 * Median(insert_p99), AtMost(1)});
  return results;
}

}  // namespace assay::bench
