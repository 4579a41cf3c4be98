#include <fmt/format.h>

#include <thread>

#include "assay/bank/v1/question_service.pb.h"
#include "bench/measure.h"
#include "bench/sql.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

namespace pb = assay::bank::v1;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kTenant[] = "bench-fresh";
constexpr char kName[] = "questions/fresh";
constexpr double kAllowedMs = 100;
constexpr milliseconds kGiveUp{5000};
// Publications lie apart by another time each, so that they do not fall into step with anybody's clock.
constexpr int kPauses[] = {7, 31, 13, 3, 23, 17, 41};

template <typename Response>
absl::StatusOr<Response> Call(runtime::Client& bank, const std::string& method, const google::protobuf::Message& request, const std::string& token) {
  return bank.Call<Response>("assay.bank.v1.QuestionService/" + method, request, {.bearer = token});
}

// Publishes another revision at one replica and asks the other until it answers with it; milliseconds from the acknowledgement.
class Publication {
 public:
  static absl::StatusOr<std::unique_ptr<Publication>> Create(Rig& rig) {
    auto publication = std::make_unique<Publication>();
    ASSIGN_OR_RETURN(publication->token_, rig.Token(kTenant, "author", {"questions.read", "questions.write", "questions.publish"}));
    ASSIGN_OR_RETURN(publication->here_, rig.Connect("bank"));
    ASSIGN_OR_RETURN(publication->there_, rig.Connect("bank-2"));
    pb::CreateQuestionRequest create;
    pb::QuestionContent& content = *create.mutable_question()->mutable_content();
    content.set_id("fresh");
    content.set_level(pb::LEVEL_SENIOR);
    content.set_kind(pb::QUESTION_KIND_THEORY);
    content.set_prompt("What is a cache for, and when is what it holds wrong?");
    create.set_publish(true);
    ASSIGN_OR_RETURN(publication->question_, Call<pb::Question>(*publication->here_, "CreateQuestion", create, publication->token_));
    return publication;
  }

  absl::StatusOr<double> Milliseconds(const std::function<absl::Status()>& before_publish) {
    pb::UpdateQuestionRequest update;
    *update.mutable_question() = question_;
    update.mutable_question()->mutable_content()->set_cue(fmt::format("number {}", question_.revision()));
    ASSIGN_OR_RETURN(question_, Call<pb::Question>(*here_, "UpdateQuestion", update, token_));
    // The other one remembers the former revision.
    pb::GetQuestionRequest get;
    get.set_name(kName);
    RETURN_IF_ERROR(Call<pb::Question>(*there_, "GetQuestion", get, token_).status());
    RETURN_IF_ERROR(before_publish());
    pb::PublishQuestionRequest publish;
    publish.set_name(kName);
    ASSIGN_OR_RETURN(question_, Call<pb::Question>(*here_, "PublishQuestion", publish, token_));
    const auto published = steady_clock::now();
    while (steady_clock::now() - published < kGiveUp) {
      ASSIGN_OR_RETURN(const pb::Question seen, Call<pb::Question>(*there_, "GetQuestion", get, token_));
      if (seen.revision() == question_.revision()) return std::chrono::duration<double, std::milli>(steady_clock::now() - published).count();
    }
    return absl::InternalError("the other replica does not see what was published");
  }

 private:
  std::string token_;
  std::unique_ptr<runtime::Client> here_;
  std::unique_ptr<runtime::Client> there_;
  pb::Question question_;
};

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureFreshness(const Bench& bench) {
  RETURN_IF_ERROR(bench.rig.Start("bank", "bank-2").status());
  ASSIGN_OR_RETURN(const auto publication, Publication::Create(bench.rig));
  ASSIGN_OR_RETURN(Sql older, Sql::Open(bench.rig.Dsn("bank", "postgres")));
  ASSIGN_OR_RETURN(Sql admin, Sql::Open(bench.rig.Dsn("bank", "postgres")));
  const auto nothing = [] { return absl::OkStatus(); };
  const auto cut = [&] {
    return admin.Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'assay-bank-signal'").status();
  };

  struct Case {
    const char* name;
    const char* what;
    int times;
    double goal;  // of the 99th percentile, by kAllowedMs
    std::function<absl::Status()> before;
  };
  // Whoever lost its connection sees it by its next look, which is due after 100 ms; the look takes its time too.
  const Case cases[] = {{"publish_visible", "notified", 200, 1, nothing},
                        {"publish_visible_held", "while an older transaction is open", 100, 1, nothing},
                        {"publish_visible_lost", "every connection for notifications cut before", 40, 1.5, cut}};
  std::vector<Result> results;
  for (const Case& one : cases) {
    const bool held = one.name == std::string("publish_visible_held");
    if (held) RETURN_IF_ERROR(older.Run("BEGIN; SELECT pg_current_xact_id()").status());
    std::vector<double> times;
    for (int i = 0; i < one.times; ++i) {
      std::this_thread::sleep_for(milliseconds(kPauses[i % std::size(kPauses)]));
      ASSIGN_OR_RETURN(times.emplace_back(), publication->Milliseconds(one.before));
    }
    if (held) RETURN_IF_ERROR(older.Run("ROLLBACK").status());
    fmt::print("freshness: published here, read there, {}: p50 {:.1f} ms, p99 {:.1f} ms, of {}\n", one.what, Median(times), Quantile(times, 0.99), one.times);
    std::fflush(stdout);
    results.push_back({std::string(one.name) + "_p50", Median(times), "ms", kAllowedMs, AtMost(1)});
    results.push_back({std::string(one.name) + "_p99", Quantile(times, 0.99), "ms", kAllowedMs, AtMost(one.goal)});
  }
  bench.rig.Stop("bank-2");
  return results;
}

}  // namespace assay::bench
