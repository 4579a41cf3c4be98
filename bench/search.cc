#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "assay/bank/v1/question_service.pb.h"
#include "bench/bank_host.h"
#include "bench/generate.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "bench/pgbench.h"
#include "bench/process.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

namespace pb = assay::bank::v1;

constexpr int kClients = 8;
constexpr int kPageSize = 90;
constexpr int kLatePage = 10'000;
constexpr int kLargestPage = 200;
constexpr int kPageCalls = 200;
// More of them hold more questions than the bank keeps in memory.
constexpr int kUnreadPages = 2'000;
constexpr int kUnreadScripts = 60;

// A method with requests of every sort, and the SQL of each of them.
struct Case {
  std::string name;
  std::string method;
  std::vector<std::string> requests;
  std::vector<Script> scripts;
};

std::vector<pb::SearchQuestionsRequest> Searches() {
  std::vector<pb::SearchQuestionsRequest> searches;
  const auto add = [&](const std::string& query, const std::string& filter = "") {
    pb::SearchQuestionsRequest& request = searches.emplace_back();
    request.set_query(query);
    request.set_filter(filter);
    request.set_page_size(20);
  };
  // Words that are in a tenth of all questions, middling and rare, alone and together.
  for (const int rank : {400, 800, 1600, 3200, 6400}) {
    add(GeneratedWord(rank));
    add(GeneratedWord(rank) + " " + GeneratedWord(rank / 3));
    add(GeneratedWord(rank), "level = senior AND role:mlops");
  }
  return searches;
}

std::vector<pb::ListQuestionsRequest> Lists() {
  std::vector<pb::ListQuestionsRequest> lists;
  const auto add = [&](const std::string& filter, const std::string& order = "") {
    pb::ListQuestionsRequest& request = lists.emplace_back();
    request.set_filter(filter);
    request.set_order_by(order);
    request.set_page_size(50);
  };
  add("level = senior AND kind = design");
  add("competency = system-design AND state = published");
  add("role:mlops AND NOT level = fresher");
  add("(role:platform OR role:llmops) AND estimated_minutes >= 6");
  add("kind = behavioural", "update_time desc");
  add("competency = genai-llm AND level = experienced", "create_time");
  return lists;
}

// Page after page of a list that is longer than what the bank keeps in memory: by the time one comes again, it is forgotten.
absl::StatusOr<std::vector<pb::ListQuestionsRequest>> UnreadLists(const Bench& bench, const std::string& token) {
  ASSIGN_OR_RETURN(const auto bank, bench.rig.Connect("bank"));
  std::vector<pb::ListQuestionsRequest> lists;
  pb::ListQuestionsRequest request;
  request.set_filter("state = published");
  request.set_page_size(50);
  for (int i = 0; i < kUnreadPages; ++i) {
    lists.push_back(request);
    ASSIGN_OR_RETURN(const auto page, bank->Call<pb::ListQuestionsResponse>("assay.bank.v1.QuestionService/ListQuestions", request, {.bearer = token}));
    request.set_page_token(page.next_page_token());
    if (page.next_page_token().empty()) break;
  }
  return lists;
}

// With the SQL of each of `requests`, or of every `step`-th.
template <typename Request, typename Response>
absl::StatusOr<Case> MakeCase(Rig& rig, Sql& sql, BankHost& host, const std::string& name, const std::string& method, const std::vector<Request>& requests,
                              size_t step = 1) {
  Case one{name, "/assay.bank.v1." + method, {}, {}};
  for (size_t i = 0; i < requests.size(); ++i) {
    const Request& request = requests[i];
    one.requests.push_back(request.SerializeAsString());
    if (i % step != 0) continue;
    // All that the answer takes, whatever memory would spare.
    host.Forget();
    ASSIGN_OR_RETURN(const auto transactions, host.Record<Response>(method, request));
    Script& script = one.scripts.emplace_back(sql, fmt::format("{}{}", name, one.scripts.size()));
    for (const RecordedTransaction& transaction : transactions) {
      script.Begin(SqlQuoted(kLargeTenant), transaction.write);
      for (const RecordedStatement& statement : transaction.statements) RETURN_IF_ERROR(script.AddStatement(statement));
      script.Add("COMMIT;\n");
    }
    RETURN_IF_ERROR(script.Write(rig));
  }
  return one;
}

// Beside pgbench with the same SQL: the transport alone, with answers as long. Where clients, service and database share processors that
// are all busy, the time of both of them together says about what is to be expected; not a bound, for pgbench takes its rows as text.
absl::StatusOr<std::vector<Result>> MeasureCase(const Bench& bench, const Case& one, const std::string& token, Goal goal) {
  std::atomic<size_t> turn{0};
  LoadOptions ours;
  ours.target = bench.rig.service("bank").target();
  ours.method = one.method;
  ours.in_flight = kClients;
  ours.duration = std::chrono::duration<double>(bench.seconds);
  ours.next = [&] { return LoadCall{ToBuffer(one.requests[turn++ % one.requests.size()]), &token}; };
  PgBenchJob job{"bank", {}, {}};
  for (const Script& script : one.scripts) job.scripts.push_back(&script);
  LoadOptions first = ours;
  // One after the other: what is read from the disk for the first time takes long.
  first.in_flight = 1;
  first.calls = static_cast<int64_t>(2 * one.requests.size());
  ASSIGN_OR_RETURN(const LoadReport looked, RunLoad(first));
  const int port = FreePort();
  const std::string bytes = fmt::format("{:.0f}", looked.mean_answer_bytes);
  ASSIGN_OR_RETURN(const Running echo, bench.rig.StartProgram({bench.self, "echo", "--port", std::to_string(port), "--bytes", bytes}, port, "echo", ""));
  LoadOptions transport = ours;
  transport.target = echo.target();
  transport.method = "/assay.bench.v1.EchoService/GetEcho";
  std::vector<double> served, limits, p99, carried;
  for (int round = 1; round <= bench.rounds; ++round) {
    ASSIGN_OR_RETURN(const LoadReport report, RunLoad(transport));
    carried.push_back(report.per_second());
    for (const bool us : {round % 2 == 1, round % 2 == 0}) {
      if (us) {
        ASSIGN_OR_RETURN(const LoadReport report, RunLoad(ours));
        served.push_back(report.per_second());
        p99.push_back(report.p99_ms);
      } else {
        ASSIGN_OR_RETURN(const PgBenchReport report, RunPgBench(bench.rig, job, kClients, bench.seconds));
        limits.push_back(report.per_second);
      }
    }
  }
  const double both = 1 / (1 / Median(limits) + 1 / Median(carried));
  fmt::print("  {}: {:.0f}/s (p99 {:.1f} ms), the same SQL by pgbench {:.0f}/s, answers of {} bytes by echo {:.0f}/s, both {:.0f}/s\n", one.name,
             Median(served), Median(p99), Median(limits), bytes, Median(carried), both);
  std::fflush(stdout);
  return std::vector<Result>{{one.name, Median(served), "calls/s", Median(limits), goal},
                             {one.name + "_both", Median(served), "calls/s", both}};
}

// The first page and a late one in turn.
absl::StatusOr<Result> MeasurePages(const Bench& bench, const std::string& token) {
  ASSIGN_OR_RETURN(const auto bank, bench.rig.Connect("bank"));
  const auto page = [&](const std::string& after, int size) {
    pb::ListQuestionsRequest request;
    request.set_page_size(size);
    request.set_page_token(after);
    return bank->Call<pb::ListQuestionsResponse>("assay.bank.v1.QuestionService/ListQuestions", request, {.bearer = token});
  };
  std::string late;
  int64_t passed = 0;
  const int64_t wanted = static_cast<int64_t>(std::min(kLatePage, bench.many_questions() / kPageSize - 1)) * kPageSize;
  while (passed < wanted) {
    ASSIGN_OR_RETURN(const pb::ListQuestionsResponse response, page(late, static_cast<int>(std::min<int64_t>(kLargestPage, wanted - passed))));
    passed += response.questions_size();
    late = response.next_page_token();
    if (late.empty()) return absl::InternalError("the list ended early");
  }
  std::vector<double> first_ms, late_ms;
  for (int i = 0; i < 2 * kPageCalls; ++i) {
    const bool is_late = i % 2 == 1;
    const auto begin = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const pb::ListQuestionsResponse response, page(is_late ? late : "", kPageSize));
    (is_late ? late_ms : first_ms).push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    if (response.questions_size() != kPageSize) return absl::InternalError("a page is short");
  }
  fmt::print("  page 1: p50 {:.2f} ms; page {}: p50 {:.2f} ms\n", Median(first_ms), wanted / kPageSize + 1, Median(late_ms));
  return Result{"late_page", Median(late_ms), "ms", Median(first_ms), AtMost(1.2)};
}

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureSearch(const Bench& bench) {
  Rig& rig = bench.rig;
  RETURN_IF_ERROR(EnsureLargeBank(bench));
  ASSIGN_OR_RETURN(Sql sql, Sql::Open(rig.Dsn("bank", "postgres")));
  ASSIGN_OR_RETURN(const auto host, BankHost::Start(rig, kLargeTenant));
  ASSIGN_OR_RETURN(const std::string token, rig.Token(kLargeTenant, "reader", {"questions.read"}));
  fmt::print("search: {} questions, {} clients\n", bench.many_questions(), kClients);
  std::vector<Result> results;
  ASSIGN_OR_RETURN(const Case lists, (MakeCase<pb::ListQuestionsRequest, pb::ListQuestionsResponse>(
                                         rig, sql, *host, "list_questions", "QuestionService/ListQuestions", Lists())));
  ASSIGN_OR_RETURN(results, MeasureCase(bench, lists, token, {}));
  ASSIGN_OR_RETURN(const auto unread_lists, UnreadLists(bench, token));
  ASSIGN_OR_RETURN(const Case unread, (MakeCase<pb::ListQuestionsRequest, pb::ListQuestionsResponse>(
                                          rig, sql, *host, "list_unread_questions", "QuestionService/ListQuestions", unread_lists,
                                          std::max<size_t>(1, unread_lists.size() / kUnreadScripts))));
  ASSIGN_OR_RETURN(const std::vector<Result> unread_results, MeasureCase(bench, unread, token, AtLeast(0.9)));
  results.insert(results.end(), unread_results.begin(), unread_results.end());
  ASSIGN_OR_RETURN(results.emplace_back(), MeasurePages(bench, token));
  ASSIGN_OR_RETURN(const Case searches, (MakeCase<pb::SearchQuestionsRequest, pb::SearchQuestionsResponse>(
                                            rig, sql, *host, "search_questions", "QuestionService/SearchQuestions", Searches())));
  ASSIGN_OR_RETURN(const std::vector<Result> searched, MeasureCase(bench, searches, token, AtLeast(0.9)));
  results.insert(results.end(), searched.begin(), searched.end());
  return results;
}

}  // namespace assay::bench
