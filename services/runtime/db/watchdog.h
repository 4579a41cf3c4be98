#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"

namespace assay::runtime {

// Shuts the sockets of transactions past their deadline, so that a thread blocked in the driver comes back even when the
// server is frozen or the network is gone. A shut socket, unlike a cancel request, can never hit a later statement or turn
// a COMMIT that waits for its standby into a success.
class Watchdog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Guards one socket for its own lifetime, which must end before the socket is closed.
  class Watch {
   public:
    Watch(Watchdog& watchdog, int socket, TimePoint at);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    // Whether the socket was shut.
    bool fired() const { return fired_.load(std::memory_order_acquire); }

   private:
    friend class Watchdog;
    Watchdog& watchdog_;
    const int socket_;
    std::atomic<bool> fired_{false};
    std::multimap<TimePoint, Watch*>::iterator place_;
  };

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<TimePoint, Watch*> watches_ ABSL_GUARDED_BY(mutex_);
  // When the thread looks next; a later watch need not wake it.
  TimePoint wakes_at_ ABSL_GUARDED_BY(mutex_) = TimePoint::max();
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::runtime
