#include "services/runtime/app/readiness.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr int kBadUntilNotReady = 3;
constexpr int kGoodUntilReadyAgain = 2;

}  // namespace

bool Hysteresis::Observe(bool good) {
  good_ = good ? good_ + 1 : 0;
  bad_ = good ? 0 : bad_ + 1;
  const bool before = ready_;
  if (ready_ && bad_ >= kBadUntilNotReady) ready_ = false;
  if (!ready_ && good_ >= (ever_ready_ ? kGoodUntilReadyAgain : 1)) ready_ = ever_ready_ = true;
  return ready_ != before;
}

ReadinessLoop::ReadinessLoop(std::function<absl::Status()> check, std::function<void(bool)> report)
    : check_(std::move(check)), report_(std::move(report)) {}

void ReadinessLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ReadinessLoop::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ReadinessLoop::Run() {
  Hysteresis hysteresis;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    const absl::Status status = check_();
    lock.lock();
    if (stopped_) return;
    if (hysteresis.Observe(status.ok())) {
      if (hysteresis.ready()) {
        spdlog::info("ready");
      } else {
        spdlog::warn("not ready: {}", ToStd(status.message()));
      }
      report_(hysteresis.ready());
    }
    wake_.wait_for(lock, kInterval, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; });
  }
}

}  // namespace assay::runtime
