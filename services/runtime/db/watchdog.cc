#include "services/runtime/db/watchdog.h"

#include <sys/socket.h>

namespace assay::runtime {

Watchdog::Watchdog() : thread_([this] { Loop(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Watchdog::Watch::Watch(Watchdog& watchdog, int socket, TimePoint at) : watchdog_(watchdog), socket_(socket) {
  bool wake = false;
  {
    std::lock_guard lock(watchdog_.mutex_);
    place_ = watchdog_.watches_.emplace(at, this);
    wake = at < watchdog_.wakes_at_;
    if (wake) watchdog_.wakes_at_ = at;
  }
  if (wake) watchdog_.changed_.notify_one();
}

Watchdog::Watch::~Watch() {
  std::lock_guard lock(watchdog_.mutex_);
  if (!fired()) watchdog_.watches_.erase(place_);
}

void Watchdog::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const TimePoint now = std::chrono::steady_clock::now();
    while (!watches_.empty() && watches_.begin()->first <= now) {
      Watch* watch = watches_.begin()->second;
      watches_.erase(watches_.begin());
      // Under the lock: the watch cannot end, so the descriptor is still this connection's. The flag goes first, because
      // the shut socket wakes a thread that reads it.
      watch->fired_.store(true, std::memory_order_release);
      ::shutdown(watch->socket_, SHUT_RDWR);
    }
    // A watch that ended leaves this time behind: one idle wake-up instead of a wake-up per transaction.
    wakes_at_ = watches_.empty() ? TimePoint::max() : watches_.begin()->first;
    if (wakes_at_ == TimePoint::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, wakes_at_);
    }
  }
}

}  // namespace assay::runtime
