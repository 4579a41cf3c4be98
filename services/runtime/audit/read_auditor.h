#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "services/runtime/audit/audit.h"

namespace assay::runtime {

// Records reads. A sensitive one is noted in memory and written within a second, the same read by the same caller once per
// batch; a privileged one is written before its answer leaves. Thread-safe.
class ReadAuditor {
 public:
  ReadAuditor(Pool& pool, PersonalVault& vault);
  // Writes what is noted, then joins.
  ~ReadAuditor();
  ReadAuditor(const ReadAuditor&) = delete;
  ReadAuditor& operator=(const ReadAuditor&) = delete;

  // OVERLOADED when the database has not taken entries for so long that the memory for them is full: the read is refused
  // rather than left unrecorded.
  absl::Status Note(const RequestContext& context, AuditRecord record);
  // Written on return; the caller answers only when it is OK.
  absl::Status Write(const RequestContext& context, AuditRecord record);
  // Writes everything noted so far; what could not be written stays noted.
  absl::Status Flush();

 private:
  void Run();

  Pool& pool_;
  PersonalVault& vault_;
  std::mutex writing_;  // one batch at a time, so that entries keep their order
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  size_t noted_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::map<std::string, AuditEntry>> noted_ ABSL_GUARDED_BY(mutex_);  // tenant → what → entry
  std::thread thread_;
};

}  // namespace assay::runtime
