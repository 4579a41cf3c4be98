#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// One revision of a catalogue entry; `content` is its serialised message.
struct CatalogEntry {
  std::string collection;
  std::string id;
  int revision = 0;
  std::string pack;
  std::string content;
  std::string content_hash;
  runtime::Instant create_time{};

  // "policies/ai-engineer@2"
  std::string Name() const { return collection + "/" + id + "@" + std::to_string(revision); }
};

// SQL over catalog_entry.

// `revision` 0 = the newest. NOT_FOUND.
absl::StatusOr<CatalogEntry> ReadCatalogEntry(runtime::Tx& tx, const std::string& collection, const std::string& id, int revision);
// Newest revisions by id.
absl::StatusOr<std::vector<CatalogEntry>> ListCatalog(runtime::Tx& tx, const std::string& collection, const runtime::Page& page);
// Newest revision of every entry of every collection.
absl::StatusOr<std::vector<CatalogEntry>> ReadWholeCatalog(runtime::Tx& tx);
// Newest revision that came with the pack, of every entry that has one.
absl::StatusOr<std::vector<CatalogEntry>> ReadPackCatalog(runtime::Tx& tx, const std::string& pack);
absl::Status InsertCatalogEntries(runtime::Tx& tx, const std::vector<CatalogEntry>& entries, runtime::Instant now);

}  // namespace assay::bank
