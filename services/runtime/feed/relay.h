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
#include "services/runtime/feed/outbox.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::runtime {

// Watches the tail of the outbox on one thread and connection and wakes the streams of this process when something became
// readable. It asks instead of being notified, because NOTIFY takes an instance-wide lock at commit. Feeds the metrics
// assay_feed_events_total and assay_feed_lag_seconds.
class FeedRelay {
 public:
  struct Options {
    std::chrono::milliseconds busy{20};    // between looks while streams are open
    std::chrono::milliseconds idle{1000};  // while none is
  };

  // `pool` is of role assay_feed; one connection is enough.
  FeedRelay(Pool& pool, Metrics& metrics) : FeedRelay(pool, metrics, Options{}) {}
  FeedRelay(Pool& pool, Metrics& metrics, Options options);
  ~FeedRelay();
  FeedRelay(const FeedRelay&) = delete;
  FeedRelay& operator=(const FeedRelay&) = delete;

  void Start();
  // Joins the thread; may be called twice.
  void Stop();

  // `wake` is called on the relay's thread and must be harmless after Unsubscribe, which does not wait for it.
  uint64_t Subscribe(std::function<void()> wake);
  void Unsubscribe(uint64_t subscription);

 private:
  void Run();
  // Looks once; true when there is something new.
  absl::StatusOr<bool> Look();

  Pool& pool_;
  const Options options_;
  prometheus::Counter& events_;
  prometheus::Gauge& lag_;
  FeedPosition seen_;  // of the relay's thread

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t last_subscription_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::function<void()>> wakes_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace assay::runtime
