#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/bank/api/import_applier.h"
#include "services/bank/api/parts.h"

namespace assay::bank {

// Sees to imports that nobody works on any more, of every tenant, and removes records after 30 days. What was only staged has
// failed; what was being written is finished. Every replica has one: who takes the lease does it.
class ImportWatch {
 public:
  explicit ImportWatch(BankParts& parts, ImportTiming timing = {}) : parts_(parts), timing_(timing) {}
  ~ImportWatch() { Stop(); }

  void Start();
  // Leaves what it is at to others; joins the thread. May be called twice.
  void Stop();

  // Looks once; how many imports were ended. One that fails does not keep the others waiting; the first failure is returned when
  // all are done.
  absl::StatusOr<int> Look();
  // Removes what is old; how many rows.
  absl::StatusOr<int> Prune();

 private:
  void Run();
  bool Stopped();
  absl::StatusOr<bool> TakeOver(const std::string& tenant, const std::string& id);

  BankParts& parts_;
  const ImportTiming timing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::bank
