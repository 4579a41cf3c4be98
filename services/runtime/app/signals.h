#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"

namespace assay::runtime {

// Blocks SIGTERM and SIGINT in this thread and those it starts from now on, and ignores SIGPIPE. First thing in main.
void BlockSignals();

// Waits for SIGTERM or SIGINT on a thread of its own: the first one asks to stop, a second one ends the process at once.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // True when asked to stop within `time`.
  bool WaitFor(std::chrono::milliseconds time);
  void Wait();

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable asked_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Ends the process when it is not gone after `grace`: a call that never ends must not keep a pod.
void EndProcessAfter(std::chrono::seconds grace);

}  // namespace assay::runtime
