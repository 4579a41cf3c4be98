#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/runtime/audit/audit.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// What one write transaction gathers besides its rows: events and audit entries, written just before the commit.
class WriteTx {
 public:
  WriteTx(Tx& tx, const RequestContext& context) : tx_(tx), context_(context) {}
  Tx& tx() { return tx_; }
  const RequestContext& context() const { return context_; }
  void Emit(OutboxEvent event) { events_.push_back(std::move(event)); }
  void Audit(AuditRecord record) { audits_.push_back(std::move(record)); }
  const std::vector<OutboxEvent>& events() const { return events_; }
  const std::vector<AuditRecord>& audits() const { return audits_; }

 private:
  Tx& tx_;
  const RequestContext& context_;
  std::vector<OutboxEvent> events_;
  std::vector<AuditRecord> audits_;
};

// Where a mutation's result is found again when the same request_id comes back.
struct ResultName {
  std::string name;
  int64_t revision = 0;
};

// Runs every mutation of every service. In one transaction: the idempotency row of `request`'s request_id field (none where
// it is empty) keyed by (tenant, subject, method, request_id) with the hash of the deterministic request, then `work`, then
// outbox and audit. A repeated request_id with the same body skips `work` and asks `rebuild`; another body is
// ALREADY_EXISTS, REQUEST_ID_REUSED. After the commit the trailing metadata `assay-cursor` is set, also on replay. When the
// commit's outcome is in doubt, the same request_id is asked for once more on a fresh connection before answering
// COMMIT_IN_DOUBT.
// Unless `work` audits something itself, one audit entry of category "write" is made with the result's name.
// `validate_only` requests roll back after `work` and emit nothing.
class Mutator {
 public:
  Mutator(Pool& pool, CursorCodec& cursors) : pool_(pool), cursors_(cursors), audit_vault_(cursors.sealer()) {}

  using Work = std::function<absl::StatusOr<ResultName>(WriteTx&)>;
  using Rebuild = std::function<absl::Status(Tx&, const ResultName&)>;

  // `work` leaves its response where the caller can take it; `rebuild` fills the same place.
  absl::Status Run(const RequestContext& context, const google::protobuf::Message& request, const Work& work,
                   const Rebuild& rebuild);

  template <typename Response>
  absl::StatusOr<Response> Run(const RequestContext& context, const google::protobuf::Message& request,
                               const std::function<absl::StatusOr<ResultName>(WriteTx&, Response&)>& work,
                               const std::function<absl::StatusOr<Response>(Tx&, const ResultName&)>& rebuild) {
    Response response;
    absl::Status status = Run(
        context, request,
        [&](WriteTx& write) {
          response.Clear();
          return work(write, response);
        },
        [&](Tx& tx, const ResultName& name) -> absl::Status {
          absl::StatusOr<Response> rebuilt = rebuild(tx, name);
          if (rebuilt.ok()) response = *std::move(rebuilt);
          return rebuilt.status();
        });
    if (!status.ok()) return status;
    return response;
  }

  Pool& pool() { return pool_; }
  CursorCodec& cursors() { return cursors_; }

 private:
  struct Outcome;
  absl::Status Attempt(const RequestContext& context, const google::protobuf::Message& request, const Work& work,
                       const Rebuild& rebuild, Outcome& outcome);

  Pool& pool_;
  CursorCodec& cursors_;
  PersonalVault audit_vault_;  // seals the reasons of audit entries
};

}  // namespace assay::runtime
