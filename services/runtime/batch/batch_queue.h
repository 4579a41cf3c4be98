#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"

namespace assay::runtime {

// A bounded queue whose readers take what has gathered: while one batch is being worked on the next one forms by itself, so
// there is no timer and an idle system adds no delay. Thread-safe.
template <typename Item>
class BatchQueue {
 public:
  explicit BatchQueue(size_t max_waiting) : max_waiting_(max_waiting) {}

  // False when the queue is full or stopped; the item is then untouched.
  bool Push(Item&& item) {
    {
      std::lock_guard lock(mutex_);
      if (stopped_ || items_.size() >= max_waiting_) return false;
      items_.push_back(std::move(item));
    }
    wake_.notify_one();
    return true;
  }

  // Waits for work; up to `max` items in the order they came. Empty once the queue is stopped and drained.
  std::vector<Item> Pop(size_t max) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopped_ || !items_.empty(); });
    std::vector<Item> batch;
    while (!items_.empty() && batch.size() < max) {
      batch.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return batch;
  }

  // Takes no more; what is queued is still handed out.
  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
  }

 private:
  const size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> items_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace assay::runtime
