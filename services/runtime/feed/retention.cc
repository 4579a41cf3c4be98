#include "services/runtime/feed/retention.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "services/runtime/feed/feed_reader.h"

namespace assay::runtime {
namespace {

constexpr std::chrono::hours kPeriod{1};
constexpr std::chrono::minutes kBudget{5};

}  // namespace

void Retention::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Retention::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Retention::Run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kPeriod, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; })) {
    lock.unlock();
    const auto deadline = std::chrono::steady_clock::now() + kBudget;
    const auto events = PruneFeed(pool_, deadline);
    const auto keys = PruneIdempotency(pool_, deadline);
    if (!events.ok()) spdlog::warn("pruning the feed: {}", std::string(events.status().message()));
    if (!keys.ok()) spdlog::warn("pruning idempotency rows: {}", std::string(keys.status().message()));
    lock.lock();
  }
}

}  // namespace assay::runtime
