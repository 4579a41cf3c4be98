#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/reporting/store/cursor_store.h"
#include "services/runtime/crypto/sealer.h"
#include "services/runtime/feed/cursor.h"

namespace assay::reporting {

// Knows how far the read model is and calls back who waits for a position, without holding a thread per caller. The
// projector of this process tells it at once; where another process leads, one query every few milliseconds asks, and only
// while somebody waits. Cursors are opened with the secret that the services share.
class Positions {
 public:
  Positions(runtime::Pool& pool, const runtime::Sealer& cursor_sealer) : pool_(pool), sealer_(cursor_sealer) {}
  ~Positions() { Stop(); }
  void Start();
  // Answers everyone who still waits with UNAVAILABLE.
  void Stop();

  // The feed of this process's projector moved.
  void Moved(const FeedProgress& progress);

  // What a caller wants reached: one cursor, or several with spaces between, as in as_of_cursor. INVALID_ARGUMENT,
  // CURSOR_INVALID.
  using Wanted = std::vector<runtime::CursorCodec::Content>;
  absl::StatusOr<Wanted> Parse(const std::string& min_cursor) const;

  // Calls `done` once, from any thread: OK when every position is reached, MIN_CURSOR_NOT_REACHED at `deadline`. It must not
  // block.
  void Await(Wanted wanted, std::chrono::steady_clock::time_point deadline, std::function<void(absl::Status)> done);

 private:
  struct Waiter {
    Wanted wanted;
    std::chrono::steady_clock::time_point deadline;
    std::function<void(absl::Status)> done;
  };
  void Run();
  void Learn(const FeedProgress& progress) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Reached(const Wanted& wanted) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes out who is done, by position or by time.
  std::vector<std::function<void()>> TakeDone() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  runtime::Pool& pool_;
  const runtime::Sealer& sealer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool moved_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, runtime::CursorCodec::Content> known_ ABSL_GUARDED_BY(mutex_);  // by feed
  std::list<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace assay::reporting
