#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/bank/api/parts.h"

namespace assay::bank {

// Publishes questions when their planned time comes, looking every ten seconds. The event names who planned it. Replicas may all
// do it: a question is published, its plan taken away and the event written in one transaction.
class PublishWatch {
 public:
  // `feed_pool` is of role assay_feed, which finds out the tenants; all outlive this.
  PublishWatch(BankParts& parts, runtime::Pool& feed_pool, const runtime::Clock& clock)
      : parts_(parts), feed_pool_(feed_pool), clock_(clock) {}
  ~PublishWatch() { Stop(); }

  void Start();
  // Joins the thread; may be called twice.
  void Stop();

  // Looks once, at the clock; how many questions were published. A tenant that fails does not keep the others waiting; the first
  // failure is returned when all are done.
  absl::StatusOr<int> Look();

 private:
  void Run();
  absl::StatusOr<int> LookAt(const std::string& tenant, runtime::Instant now);
  bool Stopped();

  BankParts& parts_;
  runtime::Pool& feed_pool_;
  const runtime::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::bank
