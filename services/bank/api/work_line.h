#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "services/runtime/base/error.h"

namespace assay::bank {

// Threads that work through items in about their order, with a bounded number waiting, so that whoever hands them over is held
// back to their pace. The first error ends it: what waits is dropped and every later call answers with that error.
template <typename Item>
class WorkLine {
 public:
  using Work = std::function<absl::Status(Item)>;

  WorkLine(int threads, size_t waiting, Work work) : waiting_(waiting), work_(std::move(work)) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~WorkLine() { (void)Finish(); }
  WorkLine(const WorkLine&) = delete;
  WorkLine& operator=(const WorkLine&) = delete;

  // Waits for room.
  absl::Status Add(Item item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return items_.size() < waiting_ || !status_.ok(); });
    if (!status_.ok()) return status_;
    items_.push_back(std::move(item));
    lock.unlock();
    more_.notify_one();
    return absl::OkStatus();
  }

  // Waits until everything is done; nothing can be added from then on.
  absl::Status Finish() {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    more_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    std::lock_guard lock(mutex_);
    return status_;
  }

  // Drops what waits; the next call answers with `status`.
  void Cancel(absl::Status status) {
    {
      std::lock_guard lock(mutex_);
      if (status_.ok()) status_ = std::move(status);
      items_.clear();
    }
    room_.notify_all();
    more_.notify_all();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      more_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !items_.empty() || ended_ || !status_.ok(); });
      if (items_.empty()) return;
      Item item = std::move(items_.front());
      items_.pop_front();
      lock.unlock();
      room_.notify_one();
      absl::Status status = Do(std::move(item));
      lock.lock();
      if (status.ok() || !status_.ok()) continue;
      status_ = std::move(status);
      items_.clear();
      room_.notify_all();
      more_.notify_all();
    }
  }

  // Nothing may be thrown out of a thread.
  absl::Status Do(Item item) {
    try {
      return work_(std::move(item));
    } catch (const std::exception& e) {
      return runtime::Internal(e.what());
    }
  }

  const size_t waiting_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::condition_variable room_;
  std::deque<Item> items_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace assay::bank
