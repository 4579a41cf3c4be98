#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "services/runtime/db/connection.h"

namespace assay::runtime {

// Hands out connections, at most `size` of them, to callers that wait in line. Connections are opened on a thread of their
// own, so that no caller waits longer than its bound for a server that does not answer.
class Leases final {
 public:
  // A connection on loan; comes back when this ends.
  class Lease {
   public:
    Lease(Leases* leases, std::unique_ptr<Connection> connection, bool fresh)
        : leases_(leases), connection_(std::move(connection)), fresh_(fresh) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) leases_->Return(std::move(connection_), discard_);
    }
    Connection& operator*() { return *connection_; }
    // Whether it was opened just now; one that sat idle may have died unseen.
    bool fresh() const { return fresh_; }
    // Closes it instead of keeping it; null keeps it.
    void Discard(const char* reason) { discard_ = reason; }

   private:
    Leases* leases_;
    std::unique_ptr<Connection> connection_;
    bool fresh_;
    const char* discard_ = nullptr;
  };

  Leases(const PoolOptions& options, Metrics& metrics);
  ~Leases();

  // OVERLOADED when too many wait or the wait takes too long, UNAVAILABLE when there is no connection to be had,
  // DEADLINE_EXCEEDED when `deadline` comes first.
  absl::StatusOr<Lease> Take(Deadline deadline);
  // Whether every connection is out and one of them was opened or came back sound within the last `window`: busy, not dead.
  bool BusyButAlive(std::chrono::seconds window);
  void Close();

 private:
  struct Waiter {
    std::condition_variable wake;
    std::unique_ptr<Connection> connection;
    bool fresh = false;
    absl::Status status = absl::UnknownError("waiting");
    bool done = false;
  };

  void Return(std::unique_ptr<Connection> connection, const char* discard);
  // Gives a sound connection to the first in line, or keeps it.
  void Place(std::unique_ptr<Connection> connection, bool fresh) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountDiscarded(const char* reason);
  void OpenLoop();

  const PoolOptions options_;
  const ConnectionSettings settings_;
  Metrics& metrics_;
  prometheus::Gauge& in_use_gauge_;
  prometheus::Gauge& idle_gauge_;
  prometheus::Gauge& waiting_gauge_;
  prometheus::Histogram& wait_seconds_;

  std::mutex mutex_;
  std::condition_variable open_more_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;     // idle, in use and being opened
  int opening_ ABSL_GUARDED_BY(mutex_) = 0;  // 0 or 1: being opened
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);  // the last used is the first to go again
  std::deque<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point last_alive_ ABSL_GUARDED_BY(mutex_);
  std::thread opener_;
};

}  // namespace assay::runtime
