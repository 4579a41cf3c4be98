#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/domain/import_batch.h"
#include "services/bank/domain/import_plan.h"
#include "services/bank/store/catalog_store.h"
#include "services/bank/store/import_store.h"
#include "services/runtime/mutation.h"

namespace assay::bank {

// What an import does with the questions of one batch, and doing it. The batch's questions stay where they are while a plan is used.
struct PlannedQuestion {
  const StagedQuestion* staged = nullptr;
  // Null where the bank has none of this id.
  const ExistingQuestion* existing = nullptr;
  ImportDecision decision;
};

ImportTerms TermsOf(const v1::ImportHeader& header, const std::string& pack);

std::vector<PlannedQuestion> PlanBatch(const ImportTerms& terms, const std::vector<StagedQuestion>& staged,
                                       const std::vector<ExistingQuestion>& existing);

// Counts, changes (new ones where `list_new`) and a finding for everything that is kept against the document.
v1::ImportReport OutcomeOf(const std::vector<PlannedQuestion>& plan, bool list_new);

// Writes a batch in one transaction, rows locked in the order of their ids, with the events of what changes. `touched` gets the ids
// that did.
absl::StatusOr<v1::ImportReport> WriteBatch(runtime::WriteTx& write, const ImportTerms& terms, const std::vector<StagedQuestion>& staged,
                                            bool list_new, std::vector<std::string>& touched);

// Entries of the pack's catalogue that differ from what the pack brought last, at the revision that they would get. One whose
// newest revision is the tenant's own stays unless the terms say TAKE_DOCUMENT. A finding for each that stays so, and for each that
// was the tenant's or another pack's.
struct ChangedEntries {
  std::vector<CatalogEntry> entries;
  std::vector<v1::ImportFinding> findings;
};
absl::StatusOr<ChangedEntries> ChangedCatalogue(runtime::Tx& tx, const ImportTerms& terms, const v1::Pack& pack);

// Writes the pack's changed entries and its header. `added` is how many questions are new to it. The header of a pack that is there
// already stays where the document brings none of its own.
absl::StatusOr<ChangedEntries> WriteCatalogue(runtime::WriteTx& write, const ImportTerms& terms, const v1::Pack& pack,
                                              bool replace_header, int added);

}  // namespace assay::bank
