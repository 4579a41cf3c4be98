#include "services/runtime/mutation.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/idempotency.h"

namespace assay::runtime {
namespace {

constexpr char kCursorTrailer[] = "assay-cursor";

}  // namespace

struct Mutator::Outcome {
  FeedPosition position;
  // Only looked at: the transaction was rolled back on purpose.
  bool validated = false;
};

absl::Status Mutator::Attempt(const RequestContext& context, const google::protobuf::Message& request, const Work& work,
                              const Rebuild& rebuild, Outcome& outcome) {
  const bool validate_only = IsValidateOnly(request);
  const RequestKey key = KeyOf(context, request);
  const bool idempotent = !key.request_id.empty() && !validate_only;
  return pool_.Transact(TxMode::kReadWrite, context.tenant(), context.deadline, [&](Tx& tx) -> absl::Status {
    outcome = {};
    // First of all, so that a twin waits here, before it holds anything.
    if (idempotent) {
      ASSIGN_OR_RETURN(const std::vector<Claim> claims, ClaimRequests(tx, {key}));
      const Claim& claim = claims.front();
      if (claim.state == ClaimState::kReused) return RequestIdReused(key);
      if (claim.state == ClaimState::kReplay) {
        outcome.position = claim.position;
        return rebuild(tx, claim.result);
      }
    }
    WriteTx write(tx, context);
    ASSIGN_OR_RETURN(const ResultName result, work(write));
    if (validate_only) {
      outcome.validated = true;
      return absl::CancelledError("validated only");
    }
    if (write.events().empty()) {
      ASSIGN_OR_RETURN(outcome.position, PositionOf(tx));
    } else {
      ASSIGN_OR_RETURN(outcome.position, AppendEvents(tx, context.principal.subject, context.now, write.events()));
    }
    if (idempotent) RETURN_IF_ERROR(StoreResults(tx, {{key, result, outcome.position.sequence}}));
    std::vector<AuditRecord> audits = write.audits();
    if (audits.empty()) audits.push_back({.category = "write", .resource = result.name});
    for (AuditRecord& audit : audits) {
      if (audit.request_id.empty()) audit.request_id = key.request_id;
    }
    return AppendAudit(tx, context, audits, &audit_vault_);
  });
}

absl::Status Mutator::Run(const RequestContext& context, const google::protobuf::Message& request, const Work& work,
                          const Rebuild& rebuild) {
  Outcome outcome;
  absl::Status status = Attempt(context, request, work, rebuild, outcome);
  if (ReasonOf(status) == v1::ERROR_REASON_COMMIT_IN_DOUBT && !RequestIdOf(request).empty() && !context.expired()) {
    // The claim waits until the first transaction is over. If it was committed this is a replay; if not, nothing of it is
    // there and the work is done now: either way the request takes effect once.
    spdlog::warn("{}: commit in doubt, asking by request_id", context.method);
    const absl::Status in_doubt = status;
    status = Attempt(context, request, work, rebuild, outcome);
    if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status)) {
      status = in_doubt;
    }
  }
  if (outcome.validated && absl::IsCancelled(status)) return absl::OkStatus();
  if (!status.ok()) return status;
  context.AddTrailer(kCursorTrailer, cursors_.Seal(outcome.position));
  return absl::OkStatus();
}

}  // namespace assay::runtime
