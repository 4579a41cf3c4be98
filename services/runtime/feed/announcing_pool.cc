#include "services/runtime/feed/announcing_pool.h"

#include <algorithm>

#include "services/runtime/base/error.h"
#include "services/runtime/feed/outbox.h"

namespace assay::runtime {
namespace {

// Passes everything on and keeps the transaction's id where it appends events.
class NotingTx final : public Tx {
 public:
  NotingTx(Tx& tx, uint64_t& xid) : tx_(tx), xid_(xid) {}

  absl::StatusOr<Rows> Run(const Query& query, const std::vector<Value>& parameters) override {
    absl::StatusOr<Rows> rows = tx_.Run(query, parameters);
    if (rows.ok() && !rows->empty() && AppendsEvents(query)) xid_ = (*rows)[0].Uint64(0);
    return rows;
  }
  absl::StatusOr<Rows> Run(const DynamicQuery& query, const std::vector<Value>& parameters) override {
    return tx_.Run(query, parameters);
  }
  absl::StatusOr<int> Execute(const Query& query, const std::vector<Value>& parameters) override {
    return tx_.Execute(query, parameters);
  }
  absl::Status SetTenant(const std::string& tenant) override { return tx_.SetTenant(tenant); }
  const std::string& tenant() const override { return tx_.tenant(); }

 private:
  Tx& tx_;
  uint64_t& xid_;
};

}  // namespace

absl::Status AnnouncingPool::Transact(TxMode mode, const std::string& tenant, Deadline deadline,
                                      const std::function<absl::Status(Tx&)>& work) {
  if (mode == TxMode::kReadOnly) return pool_.Transact(mode, tenant, deadline, work);
  uint64_t xid = 0;
  absl::Status status = pool_.Transact(mode, tenant, deadline, [&](Tx& tx) {
    xid = 0;  // an earlier attempt was rolled back
    NotingTx noting(tx, xid);
    return work(noting);
  });
  // A commit in doubt may have happened; a notification of nothing costs a look.
  const bool committed = status.ok() || ReasonOf(status) == v1::ERROR_REASON_COMMIT_IN_DOUBT;
  if (committed && xid != 0) signal_.Announce(xid);
  return status;
}

}  // namespace assay::runtime
