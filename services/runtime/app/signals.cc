#include "services/runtime/app/signals.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <ctime>

namespace assay::runtime {
namespace {

constexpr int kEndedAtOnce = 1;
constexpr long kLookNanos = 100'000'000;

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

StopSignal::StopSignal() : thread_([this] { Run(); }) {}

StopSignal::~StopSignal() {
  {
    std::lock_guard lock(mutex_);
    done_ = true;
  }
  thread_.join();
}

void StopSignal::Run() {
  const sigset_t set = StopSignals();
  const timespec look{0, kLookNanos};
  while (true) {
    const int signal = sigtimedwait(&set, nullptr, &look);
    std::lock_guard lock(mutex_);
    if (done_) return;
    if (signal <= 0) continue;
    if (stop_) _exit(kEndedAtOnce);
    stop_ = true;
    asked_.notify_all();
  }
}

bool StopSignal::WaitFor(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return asked_.wait_for(lock, time, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stop_; });
}

void StopSignal::Wait() {
  std::unique_lock lock(mutex_);
  asked_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stop_; });
}

void EndProcessAfter(std::chrono::seconds grace) {
  // Detached: it has nothing to give back, and the process usually ends before it wakes.
  std::thread([grace] {
    std::this_thread::sleep_for(grace);
    spdlog::critical("the process did not stop within {} s; ending it", grace.count());
    _exit(kEndedAtOnce);
  }).detach();
}

}  // namespace assay::runtime
