#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"

namespace assay::runtime {

// A bounded pool of threads for work that blocks. Admission counts what runs plus what waits with one number, so that a
// burst is judged the same however fast the workers wake.
class Executor {
 public:
  // `threads` run at once; at most `waiting` more may be admitted.
  Executor(int threads, int waiting);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False when the pool is full or stopped: the caller sheds.
  bool TryPost(std::function<void()> work);
  // Runs what was admitted, then joins.
  void Stop();

  int in_flight() const { return admitted_.load(std::memory_order_relaxed); }
  int capacity() const { return capacity_; }

 private:
  void Run();

  const int capacity_;
  std::atomic<int> admitted_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace assay::runtime
