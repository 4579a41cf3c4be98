#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/scoring/api/parts.h"

namespace assay::scoring {

// Emits scorecard.overdue once for every card that is not in when its interview's due time passes, looking every 30 seconds.
// Replicas may all do it: a card is marked and told of in one transaction.
class OverdueWatch {
 public:
  // `feed_pool` is of role assay_feed, which finds out the tenants; both outlive this.
  OverdueWatch(ScoringParts& parts, runtime::Pool& feed_pool) : parts_(parts), feed_pool_(feed_pool) {}
  ~OverdueWatch() { Stop(); }

  void Start();
  // Joins the thread; may be called twice.
  void Stop();

  // Looks once, at the parts' clock; how many cards were told of. A tenant that fails does not keep the others waiting; the
  // first failure is returned when all are done.
  absl::StatusOr<int> Look();

 private:
  void Run();
  absl::StatusOr<int> LookAt(const std::string& tenant, runtime::Instant now);
  bool Stopped();

  ScoringParts& parts_;
  runtime::Pool& feed_pool_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::scoring
