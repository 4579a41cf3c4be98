#include "services/scoring/store/external_id_store.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kDelete{"external_id_delete", "DELETE FROM external_id WHERE tenant = $1 AND type = $2 AND id = $3"};

const Query kInsert{"external_id_insert", R"sql(
  INSERT INTO external_id (tenant, type, id, system, external_id)
  SELECT $1, $2, $3, given.* FROM unnest($4::text[], $5::text[]) AS given
)sql"};

const Query kFind{"external_id_find", R"sql(
  SELECT e.system, e.external_id, e.id FROM unnest($3::text[], $4::text[]) AS given (system, external_id)
  JOIN external_id e ON e.tenant = $1 AND e.type = $2 AND e.system = given.system AND e.external_id = given.external_id
)sql"};

struct Pairs {
  explicit Pairs(const ExternalIds& given) {
    for (const runtime::v1::ExternalId& id : given) {
      systems.push_back(id.system());
      ids.push_back(id.id());
    }
  }
  std::vector<std::string> systems;
  std::vector<std::string> ids;
};

}  // namespace

absl::Status ReplaceExternalIds(Tx& tx, std::string_view type, std::string_view id, const ExternalIds& ids) {
  ASSIGN_OR_RETURN(const auto taken, FindByExternalId(tx, type, ids));
  for (const auto& [key, owner] : taken) {
    if (owner != id) return runtime::AlreadyExists(fmt::format("{} with external id {}:{}", type, key.first, key.second));
  }
  RETURN_IF_ERROR(tx.Execute(kDelete, {tx.tenant(), type, id}).status());
  if (ids.empty()) return absl::OkStatus();
  const Pairs pairs(ids);
  const absl::StatusOr<int> inserted =
      tx.Execute(kInsert, {tx.tenant(), type, id, Value::Array(pairs.systems), Value::Array(pairs.ids)});
  // Somebody else was quicker since the look-up above.
  if (runtime::ViolatedConstraint(inserted.status()) == "external_id_once") {
    return runtime::AlreadyExists(fmt::format("{} with one of these external ids", type));
  }
  return inserted.status();
}

absl::StatusOr<std::map<std::pair<std::string, std::string>, std::string>> FindByExternalId(Tx& tx, std::string_view type,
                                                                                            const ExternalIds& ids) {
  std::map<std::pair<std::string, std::string>, std::string> found;
  if (ids.empty()) return found;
  const Pairs pairs(ids);
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kFind, {tx.tenant(), type, Value::Array(pairs.systems), Value::Array(pairs.ids)}));
  for (const runtime::Row row : rows) found[{row.String(0), row.String(1)}] = row.String(2);
  return found;
}

}  // namespace assay::scoring
