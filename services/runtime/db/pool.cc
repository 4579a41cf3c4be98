#include "services/runtime/db/pool.h"

#include <algorithm>
#include <random>
#include <thread>

#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"
#include "services/runtime/db/lease.h"
#include "services/runtime/db/transaction.h"
#include "services/runtime/db/watchdog.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kRetries = 3;
constexpr milliseconds kFirstBackoff{10};
constexpr milliseconds kPing{500};
constexpr std::chrono::seconds kBusyWindow{5};
// The server's own statement timeout comes first where it can: then the connection survives.
constexpr milliseconds kWatchdogGrace{20};

const Query kPingQuery{"db_ping", "SELECT 1"};

// What one attempt came to, and whether it may be made again.
struct Attempt {
  absl::Status status;
  bool again = false;         // the server asked for it, nothing was kept
  bool nothing_sent = false;  // an idle connection turned out dead at BEGIN
};

class BoundedPool final : public Pool {
 public:
  BoundedPool(PoolOptions options, Metrics& metrics)
      : options_(std::move(options)), times_(metrics), leases_(options_, metrics) {}

  absl::Status Transact(TxMode mode, const std::string& tenant, Deadline deadline,
                        const std::function<absl::Status(Tx&)>& work) override {
    int conflicts = 0;
    int dead = 0;
    while (true) {
      Attempt attempt = Once(mode, tenant, deadline, work);
      if (attempt.nothing_sent && dead++ < options_.size) continue;
      if (!attempt.again || conflicts++ >= kRetries) return attempt.status;
      const milliseconds pause = Backoff(conflicts);
      if (steady_clock::now() + pause >= deadline) return attempt.status;
      std::this_thread::sleep_for(pause);
    }
  }

  absl::Status Ping() override {
    if (leases_.BusyButAlive(kBusyWindow)) return absl::OkStatus();
    return Transact(TxMode::kReadOnly, "", steady_clock::now() + kPing,
                    [](Tx& tx) { return tx.Run(kPingQuery, {}).status(); });
  }

  void Close() override { leases_.Close(); }

 private:
  // Between half and all of a doubling bound: two losers of one conflict shall not meet again.
  static milliseconds Backoff(int conflicts) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const int64_t bound = kFirstBackoff.count() << (conflicts - 1);
    return milliseconds(std::uniform_int_distribution<int64_t>(bound / 2, bound)(random));
  }

  Attempt Once(TxMode mode, const std::string& tenant, Deadline deadline, const std::function<absl::Status(Tx&)>& work) {
    absl::StatusOr<Leases::Lease> lease = leases_.Take(deadline);
    if (!lease.ok()) return {.status = lease.status()};
    Connection& connection = **lease;
    const Deadline shut_at = deadline > Deadline::max() - kWatchdogGrace ? Deadline::max() : deadline + kWatchdogGrace;
    Watchdog::Watch watch(watchdog_, connection.socket(), shut_at);
    Transaction tx(connection, watch, times_, mode, deadline);
    if (absl::Status begun = tx.Begin(tenant, options_.statement_timeout); !begun.ok()) {
      lease->Discard(tx.discard());
      const bool found_dead = tx.discard() != nullptr && tx.discard() == std::string_view("broken");
      return {.status = begun, .nothing_sent = found_dead && !lease->fresh() && !watch.fired()};
    }
    absl::Status status = Call(work, tx);
    if (status.ok()) {
      status = tx.Commit();
    } else {
      tx.Rollback();
    }
    lease->Discard(tx.discard());
    if (tx.failure().has_value() && tx.failure()->retryable) return {.status = tx.failure()->status, .again = true};
    return {.status = std::move(status)};
  }

  // What `work` throws (a row read as what it is not) ends here; nobody knows what it left behind.
  static absl::Status Call(const std::function<absl::Status(Tx&)>& work, Transaction& tx) {
    try {
      return work(tx);
    } catch (const std::exception& e) {
      spdlog::error("a transaction ended by an exception: {}", e.what());
    } catch (...) {
      spdlog::error("a transaction ended by an unknown exception");
    }
    tx.Discard("unknown");
    return Internal("a transaction ended by an exception");
  }

  const PoolOptions options_;
  Watchdog watchdog_;
  QueryTimes times_;
  Leases leases_;
};

}  // namespace

std::unique_ptr<Pool> Pool::Create(PoolOptions options, Metrics& metrics) {
  return std::make_unique<BoundedPool>(std::move(options), metrics);
}

}  // namespace assay::runtime
