#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/kit.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/base/names.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// SQL over kit, kit_question and pack.

// Questions of a kit at the revisions it pins, in order of slots.
std::vector<runtime::RevisionName> PinnedBy(const v1::Kit& kit);
// `counted`, by question in the order of PinnedBy: the kit is made for somebody, so that it is a use of the question.
absl::Status InsertKit(runtime::Tx& tx, const std::string& id, const v1::Kit& kit, const std::vector<bool>& counted, runtime::Instant now);
absl::StatusOr<v1::Kit> ReadKit(runtime::Tx& tx, const std::string& id);
// Newest first: server ids are ordered by time.
absl::StatusOr<std::vector<v1::Kit>> ListKits(runtime::Tx& tx, const runtime::Page& page);
// Kits behind `after` in order of name, with the version that the feed has told of last: 1, and one more each time a plan gave it out.
struct KitVersion {
  v1::Kit kit;
  int64_t version = 0;
};
absl::StatusOr<std::vector<KitVersion>> ListKitVersions(runtime::Tx& tx, const std::string& after, int limit);
// Question ids of these kits; those that do not exist are absent.
absl::StatusOr<std::map<std::string, std::vector<std::string>>> QuestionsOfKits(runtime::Tx& tx, const std::vector<std::string>& kits);

// `header` is a serialised Pack without its lists.
absl::Status UpsertPack(runtime::Tx& tx, const std::string& id, const std::string& header, int questions, runtime::Instant now);
absl::StatusOr<std::vector<v1::InstalledPack>> ListPacks(runtime::Tx& tx, const runtime::Page& page);
// Serialised headers of the installed packs, in order of import.
absl::StatusOr<std::vector<std::string>> ReadPackHeaders(runtime::Tx& tx);

}  // namespace assay::bank
