#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

namespace assay::runtime {

// Turns a stream of checks into one steady answer: ready after one good check at first and two after a failure, not ready
// after three bad ones in a row, so that one slow answer of the database takes no pod out.
class Hysteresis {
 public:
  // True when the answer changed.
  bool Observe(bool good);
  bool ready() const { return ready_; }

 private:
  bool ready_ = false;
  bool ever_ready_ = false;
  int good_ = 0;
  int bad_ = 0;
};

// Runs `check` every second on a thread of its own and tells `report` when readiness changes. Liveness never depends on it.
class ReadinessLoop {
 public:
  ReadinessLoop(std::function<absl::Status()> check, std::function<void(bool)> report);
  ~ReadinessLoop() { Stop(); }
  void Start();
  // After it nothing is reported any more.
  void Stop();

 private:
  void Run();

  const std::function<absl::Status()> check_;
  const std::function<void(bool)> report_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::runtime
