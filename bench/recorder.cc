#include "bench/recorder.h"

#include <fstream>
#include <future>
#include <iterator>

#include "bench/submit_data.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/feed/feed_reader.h"
#include "services/runtime/mutation.h"
#include "services/scoring/api/bank_client.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/submit_coalescer.h"

namespace assay::bench {
namespace {

absl::StatusOr<std::string> FileContent(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status Submit(scoring::SubmitCoalescer& coalescer, const Slot& slot) {
  auto context = std::make_shared<runtime::RequestContext>();
  context->principal = {.tenant = TenantOf(slot.tenant()),
                        .issuer = runtime::kLocalIssuer,
                        .subject = InterviewerSubject(slot.interviewer()),
                        .scopes = {"scorecards.write"},
                        .service = false,
                        .on_behalf_of = ""};
  context->method = "assay.scoring.v1.ScorecardService/SubmitScorecard";
  context->now = runtime::SystemClock().Now();
  auto request = std::make_shared<scoring::v1::SubmitScorecardRequest>();
  request->set_name(slot.card());
  request->set_request_id(slot.request_id());
  *request->mutable_content() = CardContent();
  std::promise<absl::Status> answer;
  coalescer.Submit(context, request, [&](absl::StatusOr<scoring::v1::Scorecard> card) { answer.set_value(card.status()); });
  return answer.get_future().get();
}

}  // namespace

absl::StatusOr<std::vector<RecordedStatement>> RecordSubmission(Rig& rig, const std::vector<int64_t>& slots,
                                                                const std::function<absl::Status()>& before_last) {
  ASSIGN_OR_RETURN(const std::string secret, FileContent(rig.SecretFile("scoring")));
  ASSIGN_OR_RETURN(const auto sealer, runtime::Sealer::Create(secret));
  runtime::Metrics metrics;
  runtime::PoolOptions options;
  options.dsn = rig.Dsn("scoring", "assay_login");
  options.role = "assay_app";
  options.size = 2;
  const auto pool = runtime::Pool::Create(options, metrics);
  RecordingPool recording(*pool);
  ASSIGN_OR_RETURN(const std::string epoch,
                   runtime::EnsureEpoch(*pool, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  runtime::CursorCodec cursors(*sealer, "scoring", epoch);
  runtime::PersonalVault vault(*sealer);
  runtime::Mutator mutator(recording, cursors);
  runtime::PageTokens pages(*sealer);
  ASSIGN_OR_RETURN(const auto channel, runtime::Client::Open({.target = "127.0.0.1:1"}));
  const auto bank = scoring::MakeBankClient(*channel);
  const runtime::SystemClock clock;
  scoring::ScoringParts parts{mutator, recording, vault, pages, cursors, *bank, nullptr, clock};
  {
    scoring::SubmitCoalescer coalescer(parts);
    for (const int64_t k : slots) {
      if (k == slots.back()) RETURN_IF_ERROR(before_last());
      RETURN_IF_ERROR(Submit(coalescer, Slot(k)));
    }
  }
  return recording.Take().back().statements;
}

}  // namespace assay::bench
