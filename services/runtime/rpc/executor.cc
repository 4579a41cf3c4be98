#include "services/runtime/rpc/executor.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace assay::runtime {

Executor::Executor(int threads, int waiting) : capacity_(threads + waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Executor::~Executor() { Stop(); }

bool Executor::TryPost(std::function<void()> work) {
  if (admitted_.fetch_add(1, std::memory_order_relaxed) >= capacity_) {
    admitted_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  {
    std::lock_guard lock(mutex_);
    if (stopped_) {
      admitted_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

void Executor::Run() {
  while (true) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      work();
    } catch (const std::exception& e) {
      // Handlers answer errors by value; whatever escapes here must not end the process.
      spdlog::error("work on the executor threw: {}", e.what());
    } catch (...) {
      spdlog::error("work on the executor threw");
    }
    admitted_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void Executor::Stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace assay::runtime
