#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/feed_signal.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::runtime {

// Watches the tail of the outbox on one thread and connection and wakes the readers of this process when there is something
// new. It looks when the signal, if there is one, tells that somebody wrote, again until that has become readable, and in any
// case now and then: what no notification tells is seen by the next look. Feeds the metrics assay_feed_events_total and
// assay_feed_lag_seconds.
class FeedRelay {
 public:
  struct Options {
    std::chrono::milliseconds busy{100};   // between looks while somebody is subscribed
    std::chrono::milliseconds idle{1000};  // while nobody is
    std::chrono::milliseconds gap{20};     // at least, however much is written
  };
  // When a subscriber is woken: once events can be read in their final order, or as soon as they are committed, and again
  // while an older transaction keeps them from being readable.
  enum class Wake { kReadable, kCommitted };

  // `pool` is of role assay_feed; one connection is enough.
  FeedRelay(Pool& pool, Metrics& metrics) : FeedRelay(pool, metrics, Options{}) {}
  // `signal` may be null; it outlives the relay, which is its one listener.
  FeedRelay(Pool& pool, Metrics& metrics, Options options, FeedSignal* signal = nullptr);
  ~FeedRelay();
  FeedRelay(const FeedRelay&) = delete;
  FeedRelay& operator=(const FeedRelay&) = delete;

  void Start();
  // Joins the thread; may be called twice.
  void Stop();

  // `wake` is called on the relay's thread and must be harmless after Unsubscribe, which does not wait for it.
  uint64_t Subscribe(std::function<void()> wake, Wake when = Wake::kReadable);
  void Unsubscribe(uint64_t subscription);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Subscriber {
    std::function<void()> wake;
    Wake when;
  };
  // What a look found.
  struct Sight {
    bool readable = false;   // something new can be read
    bool committed = false;  // something is committed and cannot be read yet
  };

  void Run();
  absl::StatusOr<Sight> Look();
  void Tell(const Sight& sight);
  // Waits until the next look is due, the last one having begun at `looked`.
  void Await(TimePoint looked, bool failed);
  void Heard(uint64_t xid);

  Pool& pool_;
  const Options options_;
  FeedSignal* const signal_;
  prometheus::Counter& events_;
  prometheus::Gauge& lag_;
  // Of the relay's thread.
  FeedPosition seen_;
  std::chrono::milliseconds pause_{0};  // before the last look for what was awaited

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool heard_ ABSL_GUARDED_BY(mutex_) = false;
  // The highest transaction that is known to have committed events, until it can be read; 0 = none.
  uint64_t awaited_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t last_subscription_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Subscriber> subscribers_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace assay::runtime
