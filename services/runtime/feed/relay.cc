#include "services/runtime/feed/relay.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kAfterError{500};
constexpr std::chrono::seconds kLookTime{2};

// What became readable since the last look, and what is committed but not yet readable: how much, and how old the oldest is.
const Query kLook{"feed_relay_look", R"sql(
  WITH horizon AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin)
  SELECT h.xmin,
    (SELECT count(*) FROM outbox WHERE (xid, sequence) > ($1::xid8, $2::bigint) AND xid < h.xmin),
    held.events, held.age
  FROM horizon h CROSS JOIN LATERAL (
    SELECT count(*) AS events,
      coalesce((extract(epoch FROM clock_timestamp() - min(occurred_at)) * 1000)::bigint, 0) AS age
    FROM outbox WHERE xid >= h.xmin) held
)sql"};

}  // namespace

FeedRelay::FeedRelay(Pool& pool, Metrics& metrics, Options options, FeedSignal* signal)
    : pool_(pool),
      options_(options),
      signal_(signal),
      events_(metrics.Counter("assay_feed_events_total", "Events that became readable in this service's feed")),
      lag_(metrics.Gauge("assay_feed_lag_seconds", "Age of the oldest event that an open transaction holds back",
                         {{"reader", "relay"}})) {}

FeedRelay::~FeedRelay() { Stop(); }

void FeedRelay::Start() {
  if (signal_ != nullptr) signal_->Listen([this](uint64_t xid) { Heard(xid); });
  thread_ = std::thread([this] { Run(); });
}

void FeedRelay::Stop() {
  if (signal_ != nullptr && thread_.joinable()) signal_->Listen(nullptr);
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

uint64_t FeedRelay::Subscribe(std::function<void()> wake, Wake when) {
  uint64_t subscription = 0;
  {
    std::lock_guard lock(mutex_);
    subscription = ++last_subscription_;
    subscribers_.emplace(subscription, Subscriber{std::move(wake), when});
  }
  changed_.notify_all();
  return subscription;
}

void FeedRelay::Unsubscribe(uint64_t subscription) {
  std::lock_guard lock(mutex_);
  subscribers_.erase(subscription);
}

void FeedRelay::Heard(uint64_t xid) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = !std::exchange(heard_, true);
    awaited_ = std::max(awaited_, xid);
  }
  if (first) changed_.notify_all();
}

absl::StatusOr<FeedRelay::Sight> FeedRelay::Look() {
  return Transact<Sight>(pool_, TxMode::kReadOnly, "", steady_clock::now() + kLookTime, [&](Tx& tx) -> absl::StatusOr<Sight> {
    // The first look only finds the tail: counting what was there before is nobody's news.
    FeedPosition from = seen_;
    if (from == FeedPosition{}) from.xid = INT64_MAX;
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLook, {from.xid, from.sequence}));
    seen_ = {rows[0].Uint64(0), 0};
    const int64_t fresh = rows[0].Int64(1);
    events_.Increment(static_cast<double>(fresh));
    lag_.Set(static_cast<double>(std::max<int64_t>(rows[0].Int64(3), 0)) / 1000.0);
    return Sight{.readable = fresh > 0, .committed = rows[0].Int64(2) > 0};
  });
}

void FeedRelay::Tell(const Sight& sight) {
  if (!sight.readable && !sight.committed) return;
  std::vector<std::function<void()>> wakes;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, subscriber] : subscribers_) {
      if (sight.readable || subscriber.when == Wake::kCommitted) wakes.push_back(subscriber.wake);
    }
  }
  // Outside the lock: a stream that ends takes it while holding its own.
  for (const auto& wake : wakes) wake();
}

void FeedRelay::Await(TimePoint looked, bool failed) {
  std::unique_lock lock(mutex_);
  const auto stopped = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; };
  if (failed) {
    changed_.wait_for(lock, kAfterError, stopped);
    return;
  }
  if (subscribers_.empty()) {
    changed_.wait_for(lock, options_.idle, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_ || !subscribers_.empty(); });
    return;
  }
  milliseconds wait = options_.busy;
  if (awaited_ != 0 && awaited_ < seen_.xid) awaited_ = 0;
  if (awaited_ == 0) {
    pause_ = milliseconds(0);
  } else {
    // An older transaction is open. It may be over in a moment or in a second.
    pause_ = std::min(std::max(pause_ * 2, options_.gap), options_.busy);
    wait = pause_;
  }
  changed_.wait_until(lock, looked + wait, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_ || heard_; });
  changed_.wait_until(lock, looked + options_.gap, stopped);
}

void FeedRelay::Run() {
  bool failing = false;
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (stopped_) return;
      // What is heard from here on may have happened after the look.
      heard_ = false;
    }
    const auto looked = steady_clock::now();
    const absl::StatusOr<Sight> sight = Look();
    if (!sight.ok() && !failing) spdlog::warn("the feed relay cannot look: {}", std::string(sight.status().message()));
    failing = !sight.ok();
    if (sight.ok()) Tell(*sight);
    Await(looked, failing);
  }
}

}  // namespace assay::runtime
