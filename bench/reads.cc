#include <fmt/format.h>

#include <atomic>

#include "assay/bank/v1/question_service.pb.h"
#include "bench/generate.h"
#include "bench/load.h"
#include "bench/measure.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

namespace pb = assay::bank::v1;

constexpr int kInFlight[] = {1, 32, 64};
// Questions that are asked for, over and over, of all that there are.
constexpr int kHot = 10'000;
constexpr int kBatch = 10;
constexpr int kMaxConnections = 4;

// One method beside its echo.
struct Case {
  std::string name;
  std::string method;
  std::string echo_method;
  // Requests that both sides are sent in turn: they are the same bytes, because both messages have names in field 1.
  std::vector<grpc::ByteBuffer> requests;
  // Of one echo, so that answers have equal size.
  size_t echo_bytes = 0;
};

template <typename Request>
grpc::ByteBuffer Bytes(const Request& request) {
  return ToBuffer(request.SerializeAsString());
}

Case GetCase(int hot) {
  Case get{"get_question", "/assay.bank.v1.QuestionService/GetQuestion", "/assay.bench.v1.EchoService/GetEcho", {}};
  for (int i = 0; i < hot; ++i) {
    pb::GetQuestionRequest request;
    request.set_name(GeneratedName(i));
    get.requests.push_back(Bytes(request));
  }
  return get;
}

Case BatchCase(int hot) {
  Case batch{"batch_get_questions", "/assay.bank.v1.QuestionService/BatchGetQuestions", "/assay.bench.v1.EchoService/BatchGetEchoes", {}};
  for (int i = 0; i < hot; ++i) {
    pb::BatchGetQuestionsRequest request;
    // Far apart, as in a kit.
    for (int k = 0; k < kBatch; ++k) request.add_names(GeneratedName((i + k * 997) % hot));
    batch.requests.push_back(Bytes(request));
  }
  return batch;
}

LoadOptions Load(const Case& one, const std::string& target, const std::string& method, const std::string& token, std::atomic<size_t>& turn) {
  LoadOptions options;
  options.target = target;
  options.method = method;
  options.next = [&one, &token, &turn] { return LoadCall{one.requests[turn++ % one.requests.size()], &token}; };
  return options;
}

struct Side {
  std::vector<double> per_second, p50, p99;
  void Add(const LoadReport& report) {
    per_second.push_back(report.per_second());
    p50.push_back(report.median_ms);
    p99.push_back(report.p99_ms);
  }
};

// One side of one method: every request once, to warm up; the mean size of the answers.
absl::StatusOr<double> WarmUp(LoadOptions options, size_t requests) {
  options.in_flight = 32;
  options.calls = static_cast<int64_t>(requests);
  ASSIGN_OR_RETURN(const LoadReport report, RunLoad(options));
  return report.mean_answer_bytes;
}

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureReads(const Bench& bench) {
  Rig& rig = bench.rig;
  ASSIGN_OR_RETURN(const std::string token, rig.Token(kGeneratedTenant, "reader", {"packs.import", "questions.publish", "questions.read"}));
  RETURN_IF_ERROR(EnsureGeneratedBank(bench));
  const int hot = std::min(kHot, bench.questions());
  std::vector<Result> results;
  for (Case& one : std::vector<Case>{GetCase(hot), BatchCase(hot)}) {
    std::atomic<size_t> turn{0};
    const int per_answer = one.name == "get_question" ? 1 : kBatch;
    LoadOptions ours = Load(one, rig.service("bank").target(), one.method, token, turn);
    ASSIGN_OR_RETURN(const double bytes, WarmUp(ours, one.requests.size()));
    // A batch adds a tag and a length to each of its messages.
    const size_t echo_bytes = static_cast<size_t>(bytes / per_answer + 0.5) - (per_answer == 1 ? 0 : 3);
    const int port = FreePort();
    ASSIGN_OR_RETURN(const Running echo, rig.StartProgram({bench.self, "echo", "--port", std::to_string(port), "--bytes", std::to_string(echo_bytes)},
                                                          port, "echo", ""));
    LoadOptions limit = Load(one, echo.target(), one.echo_method, token, turn);
    ASSIGN_OR_RETURN(const double echoed, WarmUp(limit, one.requests.size()));
    fmt::print("reads: {} of {:.0f} bytes on average (echo {:.0f}), {} of {} questions in turn\n", one.name, bytes, echoed, hot, bench.questions());
    for (const int in_flight : kInFlight) {
      ours.in_flight = limit.in_flight = in_flight;
      ours.connections = limit.connections = std::min(in_flight, kMaxConnections);
      ours.duration = limit.duration = std::chrono::duration<double>(bench.seconds);
      Side mine, raw;
      for (int round = 1; round <= bench.rounds; ++round) {
        // Who goes first alternates, so that neither always follows the other.
        for (const bool us : {round % 2 == 1, round % 2 == 0}) {
          ASSIGN_OR_RETURN(const LoadReport report, RunLoad(us ? ours : limit));
          (us ? mine : raw).Add(report);
        }
      }
      fmt::print("  {} in flight: {:.0f}/s (p50 {:.2f} ms, p99 {:.2f} ms), echo {:.0f}/s (p50 {:.2f} ms, p99 {:.2f} ms)\n", in_flight,
                 Median(mine.per_second), Median(mine.p50), Median(mine.p99), Median(raw.per_second), Median(raw.p50), Median(raw.p99));
      std::fflush(stdout);
      results.push_back({fmt::format("{}_{}", one.name, in_flight), Median(mine.per_second), "calls/s", Median(raw.per_second), AtLeast(1.0)});
      results.push_back({fmt::format("{}_{}_p99", one.name, in_flight), Median(mine.p99), "ms", Median(raw.p99), AtMost(1.5)});
    }
  }
  return results;
}

}  // namespace assay::bench
