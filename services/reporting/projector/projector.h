#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "assay/runtime/v1/event.pb.h"
#include "services/reporting/projector/applier.h"
#include "services/reporting/projector/leader_lock.h"

namespace assay::reporting {

// Follows one feed on one thread for as long as this process leads it, and applies it to the read model.
class Projector {
 public:
  struct Options {
    std::string feed;  // "bank", "scoring"
    // Of the leader's connection.
    std::string dsn;
    std::string role;
    // Called after every commit.
    std::function<void(const FeedProgress&)> moved;
  };

  Projector(ProjectorParts& parts, const runtime::Client& client, Options options);
  ~Projector() { Stop(); }
  void Start();
  void Stop();

 private:
  void Run();
  // Takes the lock, waiting for it; null when stopped.
  std::unique_ptr<LeaderLock> Lead();
  // Follows the feed until the stream or the leadership ends.
  absl::Status Follow(LeaderLock& lock);
  absl::Status Consume(LeaderLock& lock, FeedProgress& progress);
  absl::Status Rebuild(FeedProgress progress, const absl::Status& why);
  absl::Status ReadOutstandingTenants(const FeedProgress& progress);
  absl::StatusOr<FeedProgress> Progress();
  void Moved(const FeedProgress& progress);
  // False when stopped meanwhile.
  bool Pause(std::chrono::milliseconds time);

  ProjectorParts& parts_;
  const runtime::Client& client_;
  const Options options_;
  Applier applier_;
  prometheus::Gauge& lag_;
  prometheus::Gauge& leading_;

  // Of the projector's thread: something was committed since the stream was opened.
  bool moved_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Ends the open stream.
  std::function<void()> cancel_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace assay::reporting
