#pragma once

#include <functional>
#include <string>

#include "services/runtime/db/pool.h"
#include "services/runtime/feed/feed_signal.h"

namespace assay::runtime {

// A pool that announces what its transactions appended to the outbox, once they have committed. Whoever writes through it,
// by a mutation, a coalescer or an import, is heard by the other replicas without knowing of it.
class AnnouncingPool final : public Pool {
 public:
  AnnouncingPool(Pool& pool, FeedSignal& signal) : pool_(pool), signal_(signal) {}

  absl::Status Transact(TxMode mode, const std::string& tenant, Deadline deadline,
                        const std::function<absl::Status(Tx&)>& work) override;
  absl::Status Ping() override { return pool_.Ping(); }
  void Close() override { pool_.Close(); }

 private:
  Pool& pool_;
  FeedSignal& signal_;
};

}  // namespace assay::runtime
