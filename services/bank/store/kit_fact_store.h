#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/bank/domain/kit_catalogue.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"

namespace assay::bank {

// What kits are drawn from, read from question, kit_fact, question_leak, kit_question, kit_use, catalog_entry and exposure_policy.

// Facts of published questions, by id.
struct KitFacts {
  std::vector<QuestionFacts> facts;
  // Those that had no row in kit_fact, by position in `facts`.
  std::vector<size_t> computed;
};
// The next `limit` after `after`, with their uses since `since`.
absl::StatusOr<KitFacts> ReadKitFactsAfter(runtime::Tx& tx, const std::string& after, int limit, runtime::Instant since);
// Of these questions; those that are not published are absent.
absl::StatusOr<KitFacts> ReadKitFactsOf(runtime::Tx& tx, const std::vector<std::string>& ids, runtime::Instant since);
// Adds rows of kit_fact for facts that were computed; whoever adds one first wins.
absl::Status InsertKitFacts(runtime::Tx& tx, const KitFacts& facts);

// Uses by question.
using KitUses = std::vector<std::pair<std::string, int>>;
// Of each of these, 0 included.
absl::StatusOr<KitUses> ReadUsesOf(runtime::Tx& tx, const std::vector<std::string>& ids, runtime::Instant since);
// What these kits hold, each question once.
absl::StatusOr<std::vector<std::string>> ReadQuestionsOfKits(runtime::Tx& tx, const std::vector<std::string>& kits);

// The newest entries of the catalogue and the defaults of the installed packs.
absl::StatusOr<KitCatalogue::Entries> ReadKitEntries(runtime::Tx& tx);
absl::StatusOr<KitCatalogue::Cap> ReadKitCap(runtime::Tx& tx);

}  // namespace assay::bank
