#include "services/scoring/store/bank_copy_store.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Instant;
using runtime::Query;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kInsertKit{"kit_copy_insert", R"sql(
  INSERT INTO kit_copy (tenant, content_hash, name, document) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
)sql"};

const Query kReadKit{"kit_copy_read", "SELECT document FROM kit_copy WHERE tenant = $1 AND content_hash = $2 LIMIT 1"};

const Query kReadKitByName{"kit_copy_by_name", "SELECT document FROM kit_copy WHERE tenant = $1 AND name = $2"};

const Query kInsertEntry{"catalog_copy_insert", R"sql(
  INSERT INTO catalog_copy (tenant, name, content_hash, document, copy_time) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
)sql"};

const Query kReadEntry{"catalog_copy_read", "SELECT document FROM catalog_copy WHERE tenant = $1 AND name = $2"};

const Query kReadNewest{"catalog_copy_newest", R"sql(
  SELECT document FROM catalog_copy WHERE tenant = $1 AND starts_with(name, $2 || '@')
  ORDER BY split_part(name, '@', 2)::integer DESC LIMIT 1
)sql"};

const Query kReadAllNewest{"catalog_copy_all_newest", R"sql(
  SELECT DISTINCT ON (split_part(name, '@', 1)) document FROM catalog_copy
  WHERE tenant = $1 AND starts_with(name, $2 || '/')
  ORDER BY split_part(name, '@', 1), split_part(name, '@', 2)::integer DESC
)sql"};

template <typename Message>
absl::StatusOr<Message> Parse(const runtime::Row& row, std::string_view name) {
  Message message;
  if (!message.ParseFromString(row.Bytes(0))) return runtime::Internal(fmt::format("the copy of {} cannot be read", name));
  return message;
}

template <typename Message>
absl::StatusOr<Message> First(const Rows& rows, std::string_view name) {
  if (rows.empty()) return runtime::NotFound(name);
  return Parse<Message>(rows[0], name);
}

template <typename Entry>
absl::Status CopyEntry(Tx& tx, const Entry& entry, Instant now) {
  return tx
      .Execute(kInsertEntry, {tx.tenant(), entry.name(), entry.content_hash(),
                              Value::Bytes(runtime::SerializeDeterministic(entry)), now})
      .status();
}

template <typename Entry>
absl::StatusOr<Entry> ReadEntry(Tx& tx, std::string_view name) {
  const Query& query = name.find('@') == std::string_view::npos ? kReadNewest : kReadEntry;
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {tx.tenant(), name}));
  return First<Entry>(rows, name);
}

}  // namespace

absl::Status CopyKit(Tx& tx, const bank::v1::Kit& kit) {
  return tx
      .Execute(kInsertKit,
               {tx.tenant(), kit.content_hash(), kit.name(), Value::Bytes(runtime::SerializeDeterministic(kit))})
      .status();
}

absl::StatusOr<bank::v1::Kit> ReadKitCopy(Tx& tx, std::string_view content_hash) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadKit, {tx.tenant(), content_hash}));
  return First<bank::v1::Kit>(rows, "the kit");
}

absl::StatusOr<bank::v1::Kit> ReadKitCopyByName(Tx& tx, std::string_view name) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadKitByName, {tx.tenant(), name}));
  return First<bank::v1::Kit>(rows, name);
}

absl::Status CopyPolicy(Tx& tx, const bank::v1::CatalogPolicy& policy, Instant now) { return CopyEntry(tx, policy, now); }

absl::Status CopyRoleGuide(Tx& tx, const bank::v1::CatalogRoleGuide& guide, Instant now) { return CopyEntry(tx, guide, now); }

absl::Status CopyFlagDefinitions(Tx& tx, const std::vector<bank::v1::CatalogFlagDefinition>& flags, Instant now) {
  for (const bank::v1::CatalogFlagDefinition& flag : flags) RETURN_IF_ERROR(CopyEntry(tx, flag, now));
  return absl::OkStatus();
}

absl::StatusOr<bank::v1::CatalogPolicy> ReadPolicyCopy(Tx& tx, std::string_view name) {
  return ReadEntry<bank::v1::CatalogPolicy>(tx, name);
}

absl::StatusOr<bank::v1::CatalogRoleGuide> ReadRoleGuideCopy(Tx& tx, std::string_view name) {
  return ReadEntry<bank::v1::CatalogRoleGuide>(tx, name);
}

absl::StatusOr<bank::v1::CatalogFlagDefinition> ReadFlagDefinitionCopy(Tx& tx, std::string_view name) {
  return ReadEntry<bank::v1::CatalogFlagDefinition>(tx, name);
}

absl::StatusOr<std::vector<bank::v1::CatalogFlagDefinition>> ReadFlagDefinitionCopies(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadAllNewest, {tx.tenant(), "flagDefinitions"}));
  std::vector<bank::v1::CatalogFlagDefinition> flags;
  for (const runtime::Row row : rows) {
    ASSIGN_OR_RETURN(bank::v1::CatalogFlagDefinition flag, Parse<bank::v1::CatalogFlagDefinition>(row, "a flag definition"));
    flags.push_back(std::move(flag));
  }
  return flags;
}

}  // namespace assay::scoring
