#include <fmt/format.h>

#include <atomic>
#include <map>

#include "bench/load.h"
#include "bench/measure.h"
#include "bench/pgbench.h"
#include "bench/recorder.h"
#include "bench/submit_data.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

constexpr char kSubmit[] = "/assay.scoring.v1.ScorecardService/SubmitScorecard";
constexpr int kClients[] = {8, 16, 32};
constexpr int kInFlight[] = {64, 128, 256};
constexpr double kTrySeconds = 2;
// Interviews for the trials, and where the recorder finds its own.
constexpr int64_t kForTrials = 60'000;
constexpr int64_t kChainStart = 7'000'000;

// Tokens of every interviewer, and requests for one interview after the other.
class Submitter {
 public:
  static absl::StatusOr<std::unique_ptr<Submitter>> Create(Rig& rig) {
    auto submitter = std::make_unique<Submitter>();
    for (int tenant = 0; tenant < kTenants; ++tenant) {
      for (int who = 0; who < kInterviewersPerTenant; ++who) {
        ASSIGN_OR_RETURN(submitter->tokens_.emplace_back(), rig.Token(TenantOf(tenant), InterviewerSubject(who), {"scorecards.write"}));
      }
    }
    scoring::v1::SubmitScorecardRequest content;
    *content.mutable_content() = CardContent();
    submitter->content_ = content.SerializeAsString();
    return submitter;
  }

  LoadCall Next() {
    const Slot slot(next++);
    scoring::v1::SubmitScorecardRequest request;
    request.set_name(slot.card());
    request.set_request_id(slot.request_id());
    // Messages joined are messages merged.
    return {ToBuffer(request.SerializeAsString() + content_), &tokens_[slot.tenant() * kInterviewersPerTenant + slot.interviewer()]};
  }

  std::atomic<int64_t> next{kFirstSlot};

 private:
  std::vector<std::string> tokens_;
  std::string content_;
};

// The first interview after those that have a card.
absl::StatusOr<int64_t> FirstFree(Sql& sql) {
  ASSIGN_OR_RETURN(const std::string last, sql.One("SELECT max(interview) FROM scorecard"));
  return std::stoll(last) + 1;
}

// pgbench with the statements of one submission, recorded of interview `slot` while its tenant's audit chain stood at
// `audit_sequence`, each a transaction of its own for another interview.
absl::StatusOr<Script> SubmitScript(Rig& rig, Sql& sql, const std::vector<RecordedStatement>& recorded, const Slot& slot, int64_t audit_sequence) {
  const std::string tenant = "('bench-' || lpad(:t::text, 2, '0'))";
  Script script(sql, "submit",
                {{TenantOf(slot.tenant()), tenant},
                 {slot.interview(), ":k::text"},
                 // Its number also ends the subject.
                 {InterviewerId(slot.interviewer()), "('interviewer-' || :who::text)"}},
                {{std::to_string(audit_sequence + 1), ":sequence"}});
  script.Add(fmt::format("\\set n :n + 1\n"
                         "\\set k :first + :client_id + :clients * :n\n"
                         "\\set t (:k * 40503 >> 7) & {}\n"
                         "\\set who (:k >> 3) & {}\n",
                         kTenants - 1, kInterviewersPerTenant - 1));
  script.Begin(tenant, true);
  for (const RecordedStatement& statement : recorded) {
    const bool locks_chain = statement.answer == std::to_string(audit_sequence);
    RETURN_IF_ERROR(script.AddStatement(statement, locks_chain ? "\\gset head_\n\\set sequence :head_sequence + 1\n" : ""));
  }
  script.Add("COMMIT;\n");
  RETURN_IF_ERROR(script.Write(rig));
  return script;
}

absl::StatusOr<PgBenchReport> RunSubmits(const Rig& rig, const Script& script, int clients, int64_t first, double seconds) {
  return RunPgBench(rig,
                    {.service = "scoring",
                     .scripts = {&script},
                     .definitions = {"n=-1", fmt::format("first={}", first), fmt::format("clients={}", clients)}},
                    clients, seconds);
}

absl::Status CheckDurable(Sql& sql) {
  for (const char* setting : {"fsync", "synchronous_commit", "full_page_writes"}) {
    ASSIGN_OR_RETURN(const std::string value, sql.One(fmt::format("SHOW {}", setting)));
    if (value != "on") return absl::FailedPreconditionError(fmt::format("{} is {}: nothing durable to measure", setting, value));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureSubmits(const Bench& bench) {
  Rig& rig = bench.rig;
  const int rounds = bench.rounds;
  const double seconds = bench.seconds;
  ASSIGN_OR_RETURN(Sql sql, Sql::Open(rig.Dsn("scoring", "postgres")));
  RETURN_IF_ERROR(CheckDurable(sql));
  // A checkpoint in one round and none in the next would say nothing about either side.
  for (const char* setting : {"ALTER SYSTEM SET max_wal_size = '8GB'", "ALTER SYSTEM SET checkpoint_timeout = '1h'", "SELECT pg_reload_conf()"}) {
    RETURN_IF_ERROR(sql.Run(setting).status());
  }
  RETURN_IF_ERROR(SeedTenants(sql));
  int64_t seeded = kFirstSlot + kForTrials;
  RETURN_IF_ERROR(SeedInterviews(sql, kFirstSlot, seeded));

  ASSIGN_OR_RETURN(const auto submitter, Submitter::Create(rig));
  LoadOptions ours;
  ours.target = rig.service("scoring").target();
  ours.method = kSubmit;
  ours.next = [&] { return submitter->Next(); };
  const auto submit = [&](int in_flight, double length) -> absl::StatusOr<LoadReport> {
    ASSIGN_OR_RETURN(submitter->next, FirstFree(sql));
    ours.in_flight = in_flight;
    ours.duration = std::chrono::duration<double>(length);
    ASSIGN_OR_RETURN(const LoadReport report, RunLoad(ours));
    if (submitter->next >= seeded) return absl::InternalError("the interviews ran out");
    return report;
  };

  // Makes the data keys of every candidate and the heads of every chain, and records one submission to the first tenant.
  std::vector<int64_t> slots;
  for (int64_t k = kFirstSlot; slots.size() < 3; ++k) {
    const Slot slot(k);
    if (slot.tenant() == 0 && ((k >> 5) & (kCandidatesPerTenant - 1)) == 0) slots.push_back(k);
  }
  const auto mark_chain = [&]() {
    return sql.Run(fmt::format("UPDATE audit_head SET sequence = {} WHERE tenant = '{}'", kChainStart, TenantOf(0))).status();
  };
  ASSIGN_OR_RETURN(const auto recorded, RecordSubmission(rig, slots, mark_chain));
  ASSIGN_OR_RETURN(const Script script, SubmitScript(rig, sql, recorded, Slot(slots.back()), kChainStart));
  std::string names;
  for (const RecordedStatement& statement : recorded) names += " " + statement.name;
  fmt::print("submits: BEGIN{} COMMIT\n", names);

  int in_flight = 0, clients = 0;
  double best = 0;
  RETURN_IF_ERROR(submit(kInFlight[0], kTrySeconds).status());
  for (const int tried : kInFlight) {
    ASSIGN_OR_RETURN(const LoadReport report, submit(tried, kTrySeconds));
    fmt::print("  trial: SubmitScorecard, {} in flight: {:.0f}/s\n", tried, report.per_second());
    if (report.per_second() > best) std::tie(best, in_flight) = std::pair(report.per_second(), tried);
  }
  double limit = 0;
  for (const int tried : kClients) {
    ASSIGN_OR_RETURN(const int64_t first, FirstFree(sql));
    ASSIGN_OR_RETURN(const PgBenchReport report, RunSubmits(rig, script, tried, first, kTrySeconds));
    fmt::print("  trial: pgbench, {} clients: {:.0f}/s\n", tried, report.per_second);
    if (report.per_second > limit) std::tie(limit, clients) = std::pair(report.per_second, tried);
  }
  std::fflush(stdout);

  const double wanted = rounds * seconds * (best + limit) * 1.5 + 10'000;
  ASSIGN_OR_RETURN(const int64_t first_free, FirstFree(sql));
  const int64_t until = first_free + static_cast<int64_t>(wanted);
  if (until > seeded) {
    RETURN_IF_ERROR(SeedInterviews(sql, seeded, until));
    seeded = until;
  }
  for (const char* statement : {"VACUUM ANALYZE", "CHECKPOINT"}) RETURN_IF_ERROR(sql.Run(statement).status());

  std::vector<double> served, limits;
  for (int round = 1; round <= rounds; ++round) {
    LoadReport mine;
    PgBenchReport raw;
    for (const bool us : {round % 2 == 1, round % 2 == 0}) {
      if (us) {
        ASSIGN_OR_RETURN(mine, submit(in_flight, seconds));
      } else {
        ASSIGN_OR_RETURN(const int64_t first, FirstFree(sql));
        ASSIGN_OR_RETURN(raw, RunSubmits(rig, script, clients, first, seconds));
      }
    }
    served.push_back(mine.per_second());
    limits.push_back(raw.per_second);
    fmt::print("  round {}: SubmitScorecard {:.0f}/s (p50 {:.1f} ms, p99 {:.1f} ms), pgbench {:.0f}/s (mean {:.1f} ms)\n", round,
               mine.per_second(), mine.median_ms, mine.p99_ms, raw.per_second, raw.mean_ms);
    std::fflush(stdout);
  }
  return std::vector<Result>{{"submit_scorecard", Median(served), "cards/s", Median(limits), AtLeast(1.2)}};
}

}  // namespace assay::bench
