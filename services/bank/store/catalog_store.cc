#include "services/bank/store/catalog_store.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kRead{"catalog_read", R"sql(
  SELECT collection, id, revision, pack, content, content_hash, create_time FROM catalog_entry
  WHERE collection = $1 AND id = $2 AND ($3::int = 0 OR revision = $3::int)
  ORDER BY revision DESC
  LIMIT 1
)sql"};

const Query kList{"catalog_list", R"sql(
  SELECT DISTINCT ON (id) collection, id, revision, pack, content, content_hash, create_time FROM catalog_entry
  WHERE collection = $1 AND id > $2
  ORDER BY id, revision DESC
  LIMIT $3
)sql"};

const Query kReadAll{"catalog_read_all", R"sql(
  SELECT DISTINCT ON (collection, id) collection, id, revision, pack, content, content_hash, create_time FROM catalog_entry
  ORDER BY collection, id, revision DESC
)sql"};

const Query kReadPack{"catalog_read_pack", R"sql(
  SELECT DISTINCT ON (collection, id) collection, id, revision, pack, content, content_hash, create_time FROM catalog_entry
  WHERE pack = $1
  ORDER BY collection, id, revision DESC
)sql"};

const Query kInsert{"catalog_insert", R"sql(
  INSERT INTO catalog_entry (tenant, collection, id, revision, pack, content, content_hash, create_time)
  SELECT current_setting('app.tenant'), u.collection, u.id, u.revision, u.pack, u.content, u.hash, $7
  FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bytea[], $6::text[]) AS u (collection, id, revision, pack, content, hash)
)sql"};

CatalogEntry FromRow(const Row& row) {
  return {row.String(0), row.String(1), row.Int(2), row.String(3), row.Bytes(4), row.String(5), row.Time(6)};
}

std::vector<CatalogEntry> FromRows(const Rows& rows) {
  std::vector<CatalogEntry> entries;
  for (const Row row : rows) entries.push_back(FromRow(row));
  return entries;
}

}  // namespace

absl::StatusOr<CatalogEntry> ReadCatalogEntry(Tx& tx, const std::string& collection, const std::string& id, int revision) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {collection, id, revision}));
  if (rows.empty()) return runtime::NotFound(fmt::format("{}/{}{}", collection, id, revision > 0 ? fmt::format("@{}", revision) : ""));
  return FromRow(rows[0]);
}

absl::StatusOr<std::vector<CatalogEntry>> ListCatalog(Tx& tx, const std::string& collection, const runtime::Page& page) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList, {collection, page.after.empty() ? std::string() : page.after[0], page.size + 1}));
  return FromRows(rows);
}

absl::StatusOr<std::vector<CatalogEntry>> ReadWholeCatalog(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadAll, {}));
  return FromRows(rows);
}

absl::StatusOr<std::vector<CatalogEntry>> ReadPackCatalog(Tx& tx, const std::string& pack) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadPack, {pack}));
  return FromRows(rows);
}

absl::Status InsertCatalogEntries(Tx& tx, const std::vector<CatalogEntry>& entries, runtime::Instant now) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<std::string> collections, ids, packs, contents, hashes;
  std::vector<int32_t> revisions;
  for (const CatalogEntry& entry : entries) {
    collections.push_back(entry.collection);
    ids.push_back(entry.id);
    revisions.push_back(entry.revision);
    packs.push_back(entry.pack);
    contents.push_back(entry.content);
    hashes.push_back(entry.content_hash);
  }
  return tx.Execute(kInsert, {Value::Array(collections), Value::Array(ids), Value::Array(revisions), Value::Array(packs),
                              Value::ByteArray(contents), Value::Array(hashes), now})
      .status();
}

}  // namespace assay::bank
