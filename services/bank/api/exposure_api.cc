#include "services/bank/api/exposure_api.h"

#include <fmt/format.h>

#include <optional>

#include "assay/bank/v1/question_service.pb.h"
#include "services/bank/api/question_changes.h"
#include "services/bank/api/question_reads.h"
#include "services/bank/domain/question_lifecycle.h"
#include "services/bank/store/exposure_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using runtime::Instant;
using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

constexpr char kPolicyName[] = "exposurePolicy";

// "\"7\"" is 7.
int64_t VersionOf(const std::string& etag) { return std::stoll(etag.substr(1)); }

Instant DaysBefore(Instant now, int days) { return now - std::chrono::hours(24) * days; }

class ExposureApi {
 public:
  explicit ExposureApi(BankParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::ListExposuresResponse> List(const RequestContext& context, const v1::ListExposuresRequest& request) {
    const std::string asked = fmt::format("exposures until {} {}", request.requisition(), request.days());
    ASSIGN_OR_RETURN(auto page, parts_.pages.Open(context, asked, request.page_size(), request.page_token()));
    // The window of the first page holds for all of them: uses, id, since, since when the cap counts, until.
    const bool first = page.after.empty();
    if (!first && page.after.size() != 5) return runtime::Internal("a page token of exposures has another number of keys");
    return Read<v1::ListExposuresResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListExposuresResponse> {
      ExposureWindow window;
      window.requisition = request.requisition();
      if (first) {
        ASSIGN_OR_RETURN(const v1::ExposurePolicy policy, ReadExposurePolicy(tx));
        window.since = DaysBefore(context.now, request.days() == 0 ? policy.days() : request.days());
        window.cap_since = DaysBefore(context.now, policy.days());
        window.until = context.now;
      } else {
        window.since = runtime::FromMicros(std::stoll(page.after[2]));
        window.cap_since = runtime::FromMicros(std::stoll(page.after[3]));
        window.until = runtime::FromMicros(std::stoll(page.after[4]));
      }
      v1::ListExposuresResponse response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(auto exposures, ListExposures(tx, window, page));
      const bool more = static_cast<int>(exposures.size()) > page.size;
      if (more) exposures.pop_back();
      for (v1::Exposure& exposure : exposures) *response.add_exposures() = std::move(exposure);
      if (more) {
        const v1::Exposure& last = *response.exposures().rbegin();
        response.set_next_page_token(parts_.pages.Seal(
            context, asked, {std::to_string(last.uses()), last.question().substr(sizeof("questions/") - 1),
                             std::to_string(runtime::ToMicros(window.since)), std::to_string(runtime::ToMicros(window.cap_since)),
                             std::to_string(runtime::ToMicros(window.until))}));
      }
      return response;
    });
  }

  absl::StatusOr<v1::ExposurePolicy> GetPolicy(const RequestContext& context, const v1::GetExposurePolicyRequest&) {
    return Read<v1::ExposurePolicy>(context, [](Tx& tx) { return ReadExposurePolicy(tx); });
  }

  absl::StatusOr<v1::ExposurePolicy> UpdatePolicy(const RequestContext& context, const v1::UpdateExposurePolicyRequest& request) {
    auto policy = parts_.mutator.Run<v1::ExposurePolicy>(
        context, request,
        [&](WriteTx& write, v1::ExposurePolicy& response) -> absl::StatusOr<ResultName> {
          ASSIGN_OR_RETURN(const v1::ExposurePolicy before, LockExposurePolicy(write.tx()));
          RETURN_IF_ERROR(CheckEtag(kPolicyName, request.exposure_policy().etag(), before.etag()));
          v1::ExposurePolicy wanted = request.exposure_policy();
          if (wanted.days() == 0) wanted.set_days(kDefaultExposureDays);
          std::optional<int64_t> expected;
          if (!request.exposure_policy().etag().empty()) expected = VersionOf(before.etag());
          ASSIGN_OR_RETURN(response, WriteExposurePolicy(write.tx(), wanted, expected, context.now));
          const int64_t version = VersionOf(response.etag());
          runtime::OutboxEvent event;
          event.type = runtime::v1::EVENT_TYPE_CATALOG_PUBLISHED;
          event.resource = kPolicyName;
          event.aggregate_type = "exposure_policy";
          event.version = version;
          event.state = "PUBLISHED";
          write.Emit(std::move(event));
          return ResultName{kPolicyName, version};
        },
        // There is one policy: a repetition is answered with it as it stands.
        [](Tx& tx, const ResultName&) { return ReadExposurePolicy(tx); });
    parts_.catalogues.EntriesChanged(context.tenant());
    return policy;
  }

  absl::StatusOr<v1::Question> Flag(const RequestContext& context, const v1::FlagQuestionLeakRequest& request) {
    return Mark(context, request, request.name(), request.reason(), [&](WriteTx& write, const std::string& id) {
      v1::Leak leak;
      leak.set_reason(request.reason());
      leak.set_flagged_by(context.principal.effective_subject());
      *leak.mutable_flag_time() = runtime::ToTimestamp(context.now);
      return WriteLeak(write.tx(), id, leak);
    });
  }

  absl::StatusOr<v1::Question> Clear(const RequestContext& context, const v1::ClearQuestionLeakRequest& request) {
    return Mark(context, request, request.name(), request.reason(), [&](WriteTx& write, const std::string& id) -> absl::Status {
      ASSIGN_OR_RETURN(const bool cleared, DeleteLeak(write.tx(), id));
      return cleared ? absl::OkStatus() : runtime::InvalidState(request.name(), "NOT_LEAKED", request.name() + " is not marked as leaked");
    });
  }

 private:
  template <typename Response>
  absl::StatusOr<Response> Read(const RequestContext& context, const std::function<absl::StatusOr<Response>(Tx&)>& work) {
    return runtime::Transact<Response>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  // Changes the mark of a question, which is a change of the question: its version rises, the feed hears of it, and who did it
  // and why stands in the audit chain.
  absl::StatusOr<v1::Question> Mark(const RequestContext& context, const google::protobuf::Message& request, const std::string& name,
                                    const std::string& reason, const std::function<absl::Status(WriteTx&, const std::string& id)>& change) {
    ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(name));
    auto question = parts_.mutator.Run<v1::Question>(
        context, request,
        [&](WriteTx& write, v1::Question& response) -> absl::StatusOr<ResultName> {
          ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
          RETURN_IF_ERROR(change(write, id));
          ++stored.version;
          RETURN_IF_ERROR(UpdateQuestionRow(write.tx(), stored, context.now));
          ASSIGN_OR_RETURN(StoredQuestion marked, ReadQuestion(write.tx(), id, 0));
          write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_UPDATED, id, stored.version, marked.question));
          runtime::AuditRecord record;
          record.resource = "questions/" + id;
          record.reason = reason;
          write.Audit(std::move(record));
          response = std::move(marked.question);
          return ResultName{"questions/" + id, 0};
        },
        [&](Tx& tx, const ResultName&) -> absl::StatusOr<v1::Question> {
          ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, id, 0));
          return std::move(stored.question);
        });
    ForgetQuestion(parts_, context.tenant(), id);
    return question;
  }

  BankParts& parts_;
};

}  // namespace

void BindExposure(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<ExposureApi>(parts);
  service.Unary<v1::ListExposuresRequest, v1::ListExposuresResponse>("ListExposures", [api](const auto& context, const auto& request) { return api->List(context, request); });
  service.Unary<v1::GetExposurePolicyRequest, v1::ExposurePolicy>("GetExposurePolicy", [api](const auto& context, const auto& request) { return api->GetPolicy(context, request); });
  service.Unary<v1::UpdateExposurePolicyRequest, v1::ExposurePolicy>("UpdateExposurePolicy", [api](const auto& context, const auto& request) { return api->UpdatePolicy(context, request); });
  service.Unary<v1::FlagQuestionLeakRequest, v1::Question>("FlagQuestionLeak", [api](const auto& context, const auto& request) { return api->Flag(context, request); });
  service.Unary<v1::ClearQuestionLeakRequest, v1::Question>("ClearQuestionLeak", [api](const auto& context, const auto& request) { return api->Clear(context, request); });
}

}  // namespace assay::bank
