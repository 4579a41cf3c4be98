#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/api/parts.h"
#include "services/bank/store/import_store.h"

namespace assay::bank {

// How long whoever works on an import may be silent before another takes it over, how often one that is being read says that it is
// (less often where nothing arrives), and how many of its batches are written side by side.
struct ImportTiming {
  std::chrono::milliseconds staging{120'000};
  std::chrono::milliseconds applying{15'000};
  std::chrono::milliseconds renewal{5000};
  int writers = 2;
};

// What an import has come to.
struct AppliedImport {
  v1::ImportReport report;
  // Sealed feed position of the end; empty when another process ended it.
  std::string cursor;
};

// Writes what an import has staged, batch by batch in short transactions, and ends it. Each batch is written once, however many work
// on the import and wherever they stop: a batch and the note that it is done are one transaction, and whoever comes later goes on
// with the batches that are left.
class ImportApplier {
 public:
  ImportApplier(BankParts& parts, ImportTiming timing) : parts_(parts), timing_(timing) {}

  // Called with the import in state APPLYING and the lease taken by `owner`. Returns its report, also when another was faster.
  // UNAVAILABLE when `stopped` says so; the import goes on elsewhere.
  absl::StatusOr<AppliedImport> Run(const std::string& tenant, const std::string& id, const std::string& owner,
                                    const std::function<bool()>& stopped);

 private:
  struct Job;
  absl::Status WriteBatches(Job& job);
  absl::Status WriteOne(Job& job, bool& wrote);
  void Look(Job& job, int64_t written);
  // False while others are still at it.
  absl::StatusOr<bool> End(Job& job, AppliedImport& applied);
  absl::Status Patiently(Job& job, const std::function<absl::Status()>& work);

  BankParts& parts_;
  const ImportTiming timing_;
};

}  // namespace assay::bank
