#include "services/reporting/api/exposures.h"

#include <spdlog/spdlog.h>

#include <mutex>

#include "absl/base/thread_annotations.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::reporting {
namespace {

constexpr char kList[] = "assay.scoring.v1.ScorecardService/ListScorecards";
constexpr int kPageSize = 200;  // a panel has at most 20 members
constexpr size_t kMaxRemembered = 100'000;

class ScoringExposures final : public Exposures {
 public:
  ScoringExposures(const runtime::Client& scoring, runtime::TokenSource& tokens) : scoring_(scoring), tokens_(tokens) {}

  absl::Status Record(const runtime::RequestContext& context, const std::set<std::string>& interviews) override {
    for (const std::string& interview : interviews) {
      const std::string key = context.tenant() + '\x1f' + context.principal.effective_subject() + '\x1f' + interview;
      if (Remembered(key)) continue;
      ASSIGN_OR_RETURN(const runtime::CallOptions call, OptionsFor(context));
      scoring::v1::ListScorecardsRequest request;
      request.set_parent(interview);
      request.set_page_size(kPageSize);
      const auto listed = scoring_.Call<scoring::v1::ListScorecardsResponse>(kList, request, call);
      if (!listed.ok()) {
        spdlog::warn("an exposure could not be recorded: {}", std::string(listed.status().message()));
        return runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE,
                              "that you see these cards could not be recorded with scoring, so they are not shown; retry");
      }
      Remember(key);
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<runtime::CallOptions> OptionsFor(const runtime::RequestContext& context) {
    runtime::CallOptions call = runtime::CallOptions::Forwarding(context);
    if (context.principal.Has("scorecards.read")) return call;
    ASSIGN_OR_RETURN(call.bearer, tokens_.Token());
    call.tenant = context.tenant();
    call.on_behalf_of = context.principal.effective_subject();
    return call;
  }

  bool Remembered(const std::string& key) {
    std::lock_guard lock(mutex_);
    return remembered_.count(key) != 0;
  }
  void Remember(const std::string& key) {
    std::lock_guard lock(mutex_);
    // Recording twice is harmless, so forgetting everything now and then is cheaper than remembering in order.
    if (remembered_.size() >= kMaxRemembered) remembered_.clear();
    remembered_.insert(key);
  }

  const runtime::Client& scoring_;
  runtime::TokenSource& tokens_;
  std::mutex mutex_;
  std::set<std::string> remembered_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Exposures> MakeExposures(const runtime::Client& scoring, runtime::TokenSource& tokens) {
  return std::make_unique<ScoringExposures>(scoring, tokens);
}

}  // namespace assay::reporting
