#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::runtime {

class NotificationConnection;

// Says between the processes on one database that the outbox grew, so that their relays need not wait for their next look.
// NOTIFY takes an instance-wide lock at commit, so it is never part of a transaction that does work: each process sends from
// a connection of its own, after the commit, at most once in a while, whatever it has to say joined. On the same connection
// it listens. Nothing depends on a notification arriving: a relay also looks by itself. Feeds the metrics
// assay_feed_notifications_total and assay_feed_listening.
class FeedSignal {
 public:
  static constexpr char kChannel[] = "assay_feed";

  struct Options {
    std::string dsn;
    std::string role;  // SET ROLE at connect; empty = as logged in
    std::string application_name;
    std::chrono::milliseconds gap{5};              // between two notifications of this process
    std::chrono::milliseconds first_retry{100};    // after a connection was lost; doubles …
    std::chrono::milliseconds longest_retry{5000};  // … up to this
  };

  FeedSignal(Options options, Metrics& metrics);
  ~FeedSignal();
  FeedSignal(const FeedSignal&) = delete;
  FeedSignal& operator=(const FeedSignal&) = delete;

  void Start();
  // Sends what is still to be said and joins the thread; may be called twice.
  void Stop();

  // Transaction `xid` of this process has committed and had events. Returns at once and never fails.
  void Announce(uint64_t xid);

  // `heard` is told the highest transaction that others, or this process itself, announced; 0 = any may have been missed. Called
  // by the announcing thread or the signal's own; null = nobody listens any more, and nobody is being told when this returns.
  void Listen(std::function<void(uint64_t xid)> heard);

 private:
  void Run();
  void Hear(uint64_t xid);
  // Sends what is due and takes in what others sent, until the connection is lost (an error) or the signal is stopped.
  absl::Status Follow(NotificationConnection& connection);
  // Sends what is left when the signal is stopped, and waits until it is gone.
  void Flush(NotificationConnection& connection);
  // Waits for `socket`, if there is one (-1), and for Wake(), -1 ms = for ever; whether the socket has something.
  static bool Await(int socket, int event, std::chrono::milliseconds wait);
  // Makes the thread look what there is to do.
  void Wake();

  const Options options_;
  prometheus::Counter& sent_;
  prometheus::Counter& received_;
  prometheus::Gauge& listening_;
  const int event_;  // eventfd that wakes the thread

  std::mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool pending_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t pending_xid_ ABSL_GUARDED_BY(mutex_) = 0;

  std::mutex heard_mutex_;
  std::function<void(uint64_t)> heard_ ABSL_GUARDED_BY(heard_mutex_);
  std::thread thread_;
};

}  // namespace assay::runtime
