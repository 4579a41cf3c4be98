#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/domain/import_plan.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// SQL over import and import_batch. A lease says who works on an import; its clock is the database's.

// What the record of an import begins with.
struct NewImport {
  std::string id;
  v1::ImportHeader header;
  std::string subject;
  std::string on_behalf_of;
  // Names one attempt at working on it.
  std::string owner;
};

// A record as it stands. `import.report` is what has been written of it so far.
struct StoredImport {
  v1::Import import;
  std::string pack;
  v1::ImportHeader header;
  v1::Pack catalogue;
  std::string subject;
  std::string on_behalf_of;
  // The lease has run out and the import has not ended.
  bool abandoned = false;
};

// How far a staging import is.
struct StagingProgress {
  int64_t bytes = 0;
  int64_t staged = 0;
};

// Makes a record in state STAGING. ALREADY_EXISTS.
absl::Status InsertImport(runtime::Tx& tx, const NewImport& import, std::chrono::milliseconds lease, runtime::Instant now);
// NOT_FOUND.
absl::StatusOr<StoredImport> ReadImport(runtime::Tx& tx, const std::string& id);
// The same with the row locked.
absl::StatusOr<StoredImport> LockImport(runtime::Tx& tx, const std::string& id);
// Newest first, `page.size` + 1 of them; the key is (micros of create_time, id).
absl::StatusOr<std::vector<StoredImport>> ListImports(runtime::Tx& tx, const runtime::Page& page);

// Adds a batch (once, however often it is called) and prolongs the lease. ABORTED when the import is no longer `owner`'s to stage.
absl::Status InsertBatch(runtime::Tx& tx, const std::string& id, const std::string& owner, int batch, int questions,
                         const std::string& payload, const StagingProgress& progress, std::chrono::milliseconds lease,
                         runtime::Instant now);
// Notes how much has arrived and prolongs the lease of whoever stages. ABORTED as above.
absl::Status RenewStaging(runtime::Tx& tx, const std::string& id, const std::string& owner, const StagingProgress& progress,
                          std::chrono::milliseconds lease, runtime::Instant now);
// From STAGING to APPLYING; again for the same owner it changes nothing. False when another import of the pack is applying. Ends the
// transaction in that case. ABORTED as above.
absl::StatusOr<bool> BeginApplying(runtime::Tx& tx, const std::string& id, const std::string& owner, const v1::Pack& catalogue,
                                   const v1::ImportReport& report, const StagingProgress& progress, std::chrono::milliseconds lease,
                                   runtime::Instant now);
// The import that is applying to a pack; empty when there is none.
absl::StatusOr<std::string> ApplyingImport(runtime::Tx& tx, const std::string& pack);

// Takes an abandoned import over. False when it is not abandoned any more.
absl::StatusOr<bool> ClaimImport(runtime::Tx& tx, const std::string& id, const std::string& owner, std::chrono::milliseconds lease);
// Prolongs the lease of whoever applies; zero gives it up.
absl::Status RenewLease(runtime::Tx& tx, const std::string& id, const std::string& owner, std::chrono::milliseconds lease,
                        runtime::Instant now);

struct StoredBatch {
  int batch = 0;
  std::string payload;
};
// The first batch that nobody has applied and nobody else is about to, locked; nothing when there is none.
absl::StatusOr<std::optional<StoredBatch>> TakeBatch(runtime::Tx& tx, const std::string& id);
// Keeps what became of a batch and lets go of its questions.
absl::Status FinishBatch(runtime::Tx& tx, const std::string& id, int batch, const v1::ImportReport& outcome);
// Outcomes of the applied batches, and how many are not applied.
struct BatchOutcomes {
  std::vector<v1::ImportReport> outcomes;
  int waiting = 0;
};
absl::StatusOr<BatchOutcomes> ReadOutcomes(runtime::Tx& tx, const std::string& id);

// Ends an import: COMPLETED from APPLYING, or FAILED with `error` from STAGING. Returns false when it is in another state.
absl::StatusOr<bool> EndImport(runtime::Tx& tx, const std::string& id, v1::ImportState state, const v1::ImportReport& report,
                               const std::string& error, const StagingProgress& progress, runtime::Instant now);
// Removes at most `most` batches of an import, and none unless it has ended; returns how many.
absl::StatusOr<int> DeleteBatches(runtime::Tx& tx, const std::string& id, int most);

// What an import compares its questions with: the existing ones of `ids`. With `lock` their rows are locked, in the order of their
// ids.
struct ExistingQuestion {
  std::string id;
  int64_t version = 0;
  BankQuestion bank;
  // A publication of its draft is planned.
  bool planned = false;
  // What the row keeps beside the content (external ids, annotations, upstream).
  v1::Question question;
};
absl::StatusOr<std::vector<ExistingQuestion>> ReadExisting(runtime::Tx& tx, const std::vector<std::string>& ids, bool lock);
// Writes versions and what the rows keep beside the content.
absl::Status UpdateUpstreams(runtime::Tx& tx, const std::vector<ExistingQuestion>& questions, runtime::Instant now);
// Those of `ids` that the bank has no question of.
absl::StatusOr<std::vector<std::string>> UnknownQuestions(runtime::Tx& tx, const std::vector<std::string>& ids);

// The pack's header as stored; nothing where it is not installed.
absl::StatusOr<std::optional<v1::Pack>> ReadPackHeader(runtime::Tx& tx, const std::string& id);
// Stores the header and adds `added` to the pack's questions.
absl::Status UpsertPackHeader(runtime::Tx& tx, const v1::Pack& header, int added, runtime::Instant now);

// Has the planner look at the tables of questions anew: plans that were made for a bank of another size are made again.
absl::Status RefreshStatistics(runtime::Tx& tx);

struct AbandonedImport {
  std::string tenant;
  std::string id;
};
// Of every tenant.
absl::StatusOr<std::vector<AbandonedImport>> ListAbandoned(runtime::Tx& tx, int most);
// Removes old records and leftovers of every tenant, at most `most` rows of each; returns how many.
absl::StatusOr<int> PruneImports(runtime::Tx& tx, int most);

}  // namespace assay::bank
