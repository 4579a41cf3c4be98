#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/kit.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// SQL over kit, kit_question, kit_plan and pack.

absl::Status InsertKit(runtime::Tx& tx, const std::string& id, const v1::Kit& kit, runtime::Instant now);
absl::StatusOr<v1::Kit> ReadKit(runtime::Tx& tx, const std::string& id);
// Newest first: server ids are ordered by time.
absl::StatusOr<std::vector<v1::Kit>> ListKits(runtime::Tx& tx, const runtime::Page& page);
// Question ids of the kits named.
absl::StatusOr<std::vector<std::string>> QuestionsOfKits(runtime::Tx& tx, const std::vector<std::string>& kits);

// ALREADY_EXISTS.
absl::Status InsertKitPlan(runtime::Tx& tx, const std::string& id, const v1::KitPlan& plan, runtime::Instant now);
absl::StatusOr<v1::KitPlan> ReadKitPlan(runtime::Tx& tx, const std::string& id);

// `header` is a serialised Pack without its lists.
absl::Status UpsertPack(runtime::Tx& tx, const std::string& id, const std::string& header, int questions, runtime::Instant now);
absl::StatusOr<std::vector<v1::InstalledPack>> ListPacks(runtime::Tx& tx, const runtime::Page& page);
// Serialised headers of the installed packs, in order of import.
absl::StatusOr<std::vector<std::string>> ReadPackHeaders(runtime::Tx& tx);

}  // namespace assay::bank
