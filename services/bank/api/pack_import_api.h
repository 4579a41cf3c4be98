#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/api/import_applier.h"
#include "services/bank/api/import_intake.h"
#include "services/bank/api/parts.h"
#include "services/runtime/rpc/method.h"

namespace assay::bank {

// Places for imports that run at the same time: some in all, fewer of one tenant, so that none keeps the others out. Thread-safe.
class ImportPlaces {
 public:
  // False when there is none.
  bool Take(const std::string& tenant);
  void GiveBack(const std::string& tenant);

 private:
  std::mutex mutex_;
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> taken_of_ ABSL_GUARDED_BY(mutex_);
};

// PackService's side of importing: reads the stream, stages what is good, and then has it applied. Until the whole document is
// there nothing changes; from then on the import ends, here or elsewhere, whatever becomes of the caller.
class PackImportApi {
 public:
  explicit PackImportApi(BankParts& parts, ImportTiming timing = {}) : parts_(parts), timing_(timing) {}

  absl::StatusOr<v1::ImportReport> Import(const runtime::RequestContext& context, runtime::MessageReader& reader);
  absl::StatusOr<v1::Import> Get(const runtime::RequestContext& context, const v1::GetImportRequest& request);
  // Reports come without their findings and changes, which GetImport has.
  absl::StatusOr<v1::ListImportsResponse> List(const runtime::RequestContext& context, const v1::ListImportsRequest& request);

 private:
  struct Staging;
  absl::Status Open(Staging& staging);
  // Makes the record of the import, under a name of its own.
  absl::Status Record(Staging& staging);
  absl::Status Stage(Staging& staging, const std::string& pack, std::vector<StagedQuestion> questions);
  absl::Status Compare(Staging& staging, const std::string& pack, const std::vector<StagedQuestion>& questions);
  absl::Status ReadDocument(Staging& staging, runtime::MessageReader& reader);
  absl::Status Renew(Staging& staging);
  // Those of `names` that the bank has.
  absl::StatusOr<std::set<std::string>> Known(const Staging& staging, const std::set<std::string>& names);
  absl::Status CheckReferences(Staging& staging);
  absl::StatusOr<v1::ImportReport> Conclude(Staging& staging);
  absl::StatusOr<v1::ImportReport> Apply(Staging& staging);
  // Ends the import unless others go on with it; returns what the caller is to be told.
  absl::Status Fail(Staging& staging, absl::Status status);

  BankParts& parts_;
  const ImportTiming timing_;
  ImportPlaces places_;
};

}  // namespace assay::bank
