#include "services/runtime/feed/relay.h"

#include <spdlog/spdlog.h>

#include <vector>

#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAfterError{500};
constexpr std::chrono::seconds kLookTime{2};

// What became readable since the last look, and how long the oldest event that is committed but not yet readable waits.
const Query kLook{"feed_relay_look", R"sql(
  WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin)
  SELECT h.xmin,
    (SELECT count(*) FROM outbox WHERE (xid, sequence) > ($1::xid8, $2::bigint) AND xid < h.xmin),
    coalesce((SELECT (extract(epoch FROM clock_timestamp() - min(occurred_at)) * 1000)::bigint
              FROM outbox WHERE xid >= h.xmin), 0)
  FROM horizon h
)sql"};

}  // namespace

FeedRelay::FeedRelay(Pool& pool, Metrics& metrics, Options options)
    : pool_(pool),
      options_(options),
      events_(metrics.Counter("assay_feed_events_total", "Events that became readable in this service's feed")),
      lag_(metrics.Gauge("assay_feed_lag_seconds", "Age of the oldest event that an open transaction holds back",
                         {{"reader", "relay"}})) {}

FeedRelay::~FeedRelay() { Stop(); }

void FeedRelay::Start() { thread_ = std::thread([this] { Run(); }); }

void FeedRelay::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

uint64_t FeedRelay::Subscribe(std::function<void()> wake) {
  uint64_t subscription = 0;
  {
    std::lock_guard lock(mutex_);
    subscription = ++last_subscription_;
    wakes_.emplace(subscription, std::move(wake));
  }
  changed_.notify_all();
  return subscription;
}

void FeedRelay::Unsubscribe(uint64_t subscription) {
  std::lock_guard lock(mutex_);
  wakes_.erase(subscription);
}

absl::StatusOr<bool> FeedRelay::Look() {
  return Transact<bool>(pool_, TxMode::kReadOnly, "", steady_clock::now() + kLookTime, [&](Tx& tx) -> absl::StatusOr<bool> {
    // The first look only finds the tail: counting what was there before is nobody's news.
    FeedPosition from = seen_;
    if (from == FeedPosition{}) from.xid = INT64_MAX;
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLook, {from.xid, from.sequence}));
    seen_ = {rows[0].Uint64(0), 0};
    const int64_t fresh = rows[0].Int64(1);
    events_.Increment(static_cast<double>(fresh));
    lag_.Set(static_cast<double>(std::max<int64_t>(rows[0].Int64(2), 0)) / 1000.0);
    return fresh > 0;
  });
}

void FeedRelay::Run() {
  bool failing = false;
  for (;;) {
    const absl::StatusOr<bool> fresh = Look();
    if (!fresh.ok() && !failing) spdlog::warn("the feed relay cannot look: {}", std::string(fresh.status().message()));
    failing = !fresh.ok();
    std::vector<std::function<void()>> wakes;
    {
      std::unique_lock lock(mutex_);
      if (stopped_) return;
      if (fresh.ok() && *fresh) {
        for (const auto& [subscription, wake] : wakes_) wakes.push_back(wake);
      }
    }
    // Outside the lock: a stream that ends takes it while holding its own.
    for (const auto& wake : wakes) wake();
    std::unique_lock lock(mutex_);
    if (failing) {
      changed_.wait_for(lock, kAfterError, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; });
    } else if (wakes_.empty()) {
      changed_.wait_for(lock, options_.idle, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_ || !wakes_.empty(); });
    } else {
      changed_.wait_for(lock, options_.busy, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; });
    }
    if (stopped_) return;
  }
}

}  // namespace assay::runtime
