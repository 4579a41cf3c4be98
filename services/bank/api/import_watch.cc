#include "services/bank/api/import_watch.h"

#include <spdlog/spdlog.h>

#include <vector>

#include "services/bank/store/import_store.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Tx;
using runtime::TxMode;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kBetweenLooks{5};
constexpr std::chrono::hours kBetweenPrunes{1};
constexpr std::chrono::seconds kTransaction{10};
constexpr std::chrono::minutes kPruning{5};
// Taken over in one look, and rows removed in one transaction: a batch may be a megabyte.
constexpr int kAtOnce = 20;
constexpr int kRemoved = 50;

runtime::Instant Now() { return runtime::SystemClock().Now(); }

}  // namespace

void ImportWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ImportWatch::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool ImportWatch::Stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void ImportWatch::Run() {
  auto prune_at = steady_clock::now() + kBetweenPrunes;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kBetweenLooks, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; })) {
    lock.unlock();
    if (const auto ended = Look(); !ended.ok()) spdlog::warn("abandoned imports: {}", std::string(ended.status().message()));
    if (steady_clock::now() >= prune_at) {
      prune_at = steady_clock::now() + kBetweenPrunes;
      if (const auto pruned = Prune(); !pruned.ok()) spdlog::warn("pruning imports: {}", std::string(pruned.status().message()));
    }
    lock.lock();
  }
}

absl::StatusOr<int> ImportWatch::Look() {
  std::vector<AbandonedImport> abandoned;
  RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, "", steady_clock::now() + kTransaction, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(abandoned, ListAbandoned(tx, kAtOnce));
    return absl::OkStatus();
  }));
  int ended = 0;
  absl::Status first;
  for (const AbandonedImport& import : abandoned) {
    if (Stopped()) break;
    const absl::StatusOr<bool> done = TakeOver(import.tenant, import.id);
    if (done.ok() && *done) ++ended;
    if (first.ok()) first.Update(done.status());
  }
  if (!first.ok()) return first;
  return ended;
}

absl::StatusOr<bool> ImportWatch::TakeOver(const std::string& tenant, const std::string& id) {
  const std::string owner = runtime::NewUuid(Now());
  bool failed = false;
  bool ours = false;
  RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, tenant, steady_clock::now() + kTransaction, [&](Tx& tx) -> absl::Status {
    failed = false;
    ASSIGN_OR_RETURN(ours, ClaimImport(tx, id, owner, timing_.applying));
    if (!ours) return absl::OkStatus();
    ASSIGN_OR_RETURN(const StoredImport stored, LockImport(tx, id));
    if (stored.import.state() != v1::IMPORT_STATE_STAGING) return absl::OkStatus();
    ASSIGN_OR_RETURN(failed, EndImport(tx, id, v1::IMPORT_STATE_FAILED, stored.import.report(),
                                       "the caller went away before the document was complete; nothing was changed", {}, Now()));
    return absl::OkStatus();
  }));
  if (!ours) return false;
  spdlog::info("imports/{} of {} was abandoned: {}", id, tenant, failed ? "it has failed" : "going on with it");
  // What a failed one has staged goes with the pruning.
  if (failed) return true;
  RETURN_IF_ERROR(ImportApplier(parts_, timing_).Run(tenant, id, owner, [this] { return Stopped(); }).status());
  return true;
}

absl::StatusOr<int> ImportWatch::Prune() {
  const auto deadline = steady_clock::now() + kPruning;
  int total = 0;
  while (!Stopped() && steady_clock::now() < deadline) {
    int removed = 0;
    RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, "", deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(removed, PruneImports(tx, kRemoved));
      return absl::OkStatus();
    }));
    total += removed;
    if (removed == 0) break;
  }
  return total;
}

}  // namespace assay::bank
