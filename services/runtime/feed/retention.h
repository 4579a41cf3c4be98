#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "services/runtime/db/pool.h"

namespace assay::runtime {

// Removes events after 30 days and idempotency rows after 14, once an hour, in short transactions. Replicas may all do it.
class Retention {
 public:
  explicit Retention(Pool& pool) : pool_(pool) {}
  ~Retention() { Stop(); }
  void Start();
  void Stop();

 private:
  void Run();

  Pool& pool_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::runtime
