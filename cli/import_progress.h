#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "cli/session.h"

namespace assay::cli {

// Says on standard error, on a thread of its own, how far an import is: at a terminal a line that is written over, elsewhere a line
// now and then. Short imports say nothing. Ends with the object.
class ImportProgress {
 public:
  // `name` is `imports/{id}`.
  ImportProgress(Session& session, std::string token, std::string name);
  ~ImportProgress();
  ImportProgress(const ImportProgress&) = delete;
  ImportProgress& operator=(const ImportProgress&) = delete;

 private:
  void Run();
  std::string Line() const;

  Session& session_;
  const std::string token_;
  const std::string name_;
  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::cli
