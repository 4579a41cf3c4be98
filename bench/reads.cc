#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "assay/bank/v1/question_service.pb.h"
#include "bench/load.h"
#include "bench/rig.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

namespace pb = assay::bank::v1;

constexpr char kGetQuestion[] = "/assay.bank.v1.QuestionService/GetQuestion";
constexpr char kGetEcho[] = "/assay.bench.v1.EchoService/GetEcho";
constexpr double kWarmUpSeconds = 1;

// The pack's question of median size.
absl::StatusOr<pb::Question> TypicalQuestion(runtime::Client& bank, const std::string& token) {
  pb::ListQuestionsRequest request;
  request.set_page_size(1000);
  ASSIGN_OR_RETURN(pb::ListQuestionsResponse list,
                   bank.Call<pb::ListQuestionsResponse>("assay.bank.v1.QuestionService/ListQuestions", request, {.bearer = token}));
  auto& questions = *list.mutable_questions();
  if (questions.empty()) return absl::InternalError("the pack holds no questions");
  std::sort(questions.begin(), questions.end(), [](const auto& a, const auto& b) { return a.ByteSizeLong() < b.ByteSizeLong(); });
  return questions.at(questions.size() / 2);
}

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureReads(Rig& rig, const std::string& self, int rounds, double seconds) {
  ASSIGN_OR_RETURN(const std::string token, rig.Token(TenantOf(0), "reader", {"packs.import", "questions.read"}));
  RETURN_IF_ERROR(rig.ImportPack(token));
  ASSIGN_OR_RETURN(const auto bank, rig.Connect("bank"));
  ASSIGN_OR_RETURN(const pb::Question question, TypicalQuestion(*bank, token));

  pb::GetQuestionRequest request;
  request.set_name(question.name());
  // Both requests are the same bytes: the one field of both is the name.
  const grpc::ByteBuffer bytes = ToBuffer(request.SerializeAsString());
  LoadOptions ours;
  ours.target = rig.service("bank").target();
  ours.method = kGetQuestion;
  ours.next = [&] { return LoadCall{bytes, &token}; };
  ours.duration = std::chrono::duration<double>(kWarmUpSeconds);
  ASSIGN_OR_RETURN(const LoadReport warm, RunLoad(ours));

  const int port = FreePort();
  ASSIGN_OR_RETURN(const Running echo, rig.StartProgram({self, "echo", "--port", std::to_string(port), "--bytes",
                                                         std::to_string(warm.answer_bytes)},
                                                        port, "echo", ""));
  LoadOptions limit = ours;
  limit.target = echo.target();
  limit.method = kGetEcho;
  ASSIGN_OR_RETURN(const LoadReport echoed, RunLoad(limit));
  if (echoed.answer_bytes != warm.answer_bytes) {
    return absl::InternalError(fmt::format("the echo has {} bytes, the question {}", echoed.answer_bytes, warm.answer_bytes));
  }
  fmt::print("reads: {} of {} bytes, {} connections, {} in flight\n", question.name(), warm.answer_bytes, ours.connections, ours.in_flight);

  ours.duration = limit.duration = std::chrono::duration<double>(seconds);
  std::vector<double> served, limits;
  for (int round = 1; round <= rounds; ++round) {
    LoadReport mine, raw;
    double our_cpu = 0, raw_cpu = 0;
    // Who goes first alternates, so that neither always follows the other.
    for (const bool us : {round % 2 == 1, round % 2 == 0}) {
      const Process& server = us ? rig.service("bank").process : echo.process;
      const double before = server.CpuSeconds();
      LoadReport& report = us ? mine : raw;
      ASSIGN_OR_RETURN(report, RunLoad(us ? ours : limit));
      (us ? our_cpu : raw_cpu) = (server.CpuSeconds() - before) / static_cast<double>(report.calls) * 1e6;
    }
    served.push_back(mine.per_second());
    limits.push_back(raw.per_second());
    fmt::print(
        "  round {}: GetQuestion {:.0f}/s (p50 {:.2f} ms, p99 {:.2f} ms, {:.1f} us of server CPU), echo {:.0f}/s (p50 {:.2f} ms, p99 {:.2f} "
        "ms, {:.1f} us)\n",
        round, mine.per_second(), mine.median_ms, mine.p99_ms, our_cpu, raw.per_second(), raw.median_ms, raw.p99_ms, raw_cpu);
    std::fflush(stdout);
  }
  return std::vector<Result>{{"get_question", Median(served), "calls/s", Median(limits)}};
}

}  // namespace assay::bench
