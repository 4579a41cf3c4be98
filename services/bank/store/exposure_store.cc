#include "services/bank/store/exposure_store.h"

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

const Query kReadPolicy{"exposure_policy_read", R"sql(
  SELECT version, max_uses, days, update_time FROM exposure_policy
)sql"};

const Query kLockPolicy{"exposure_policy_lock", R"sql(
  SELECT version, max_uses, days, update_time FROM exposure_policy FOR UPDATE
)sql"};

const Query kWritePolicy{"exposure_policy_write", R"sql(
  INSERT INTO exposure_policy (tenant, version, max_uses, days, update_time) VALUES (current_setting('app.tenant'), 1, $1, $2, $3)
  ON CONFLICT (tenant) DO UPDATE SET version = exposure_policy.version + 1, max_uses = EXCLUDED.max_uses, days = EXCLUDED.days,
    update_time = EXCLUDED.update_time
    WHERE $4::bigint IS NULL OR exposure_policy.version = $4
  RETURNING version, max_uses, days, update_time
)sql"};

const Query kWriteLeak{"question_leak_write", R"sql(
  INSERT INTO question_leak (tenant, id, reason, flagged_by, flag_time) VALUES (current_setting('app.tenant'), $1, $2, $3, $4)
  ON CONFLICT (tenant, id) DO UPDATE SET reason = EXCLUDED.reason, flagged_by = EXCLUDED.flagged_by, flag_time = EXCLUDED.flag_time
)sql"};

const Query kDeleteLeak{"question_leak_delete", R"sql(
  DELETE FROM question_leak WHERE id = $1
)sql"};

// Whether question `id` has reached the cap of policy `p` since `since`. Not more uses are looked at than that takes.
#define ASSAY_OVER_CAP(id, since)                                                                                             \
  "CASE WHEN p.max_uses > 0 THEN p.max_uses <= (SELECT count(*) FROM ("                                                       \
  "(SELECT 1 FROM kit_question k WHERE k.question = " id " AND k.counted AND k.create_time > " since " LIMIT p.max_uses)"     \
  " UNION ALL (SELECT 1 FROM kit_use k WHERE k.question = " id " AND k.create_time > " since " LIMIT p.max_uses)) uses)"      \
  " ELSE false END"

// Uses after $1 until $6, page after ($2 uses, question $3) of $4 rows; $5 is the start of the policy's window.
#define ASSAY_EXPOSURES(which)                                                                                                \
  "SELECT u.question, u.uses, u.last_use, u.requisitions, l.id IS NOT NULL, " ASSAY_OVER_CAP("u.question", "$5::timestamptz") \
  " FROM (SELECT question, count(*) AS uses, max(create_time) AS last_use, count(DISTINCT nullif(requisition, '')) AS requisitions" \
  " FROM (SELECT question, create_time, requisition FROM kit_question WHERE counted AND create_time > $1 AND create_time <= $6" which \
  " UNION ALL SELECT question, create_time, requisition FROM kit_use WHERE create_time > $1 AND create_time <= $6" which ") every_use" \
  " GROUP BY question HAVING $2::bigint IS NULL OR count(*) < $2 OR (count(*) = $2 AND question > $3)"                         \
  " ORDER BY uses DESC, question LIMIT $4) u"                                                                                  \
  " LEFT JOIN question_leak l ON l.id = u.question LEFT JOIN (SELECT max_uses FROM exposure_policy) p ON true"                 \
  " ORDER BY u.uses DESC, u.question"

const Query kExposures{"exposure_list", ASSAY_EXPOSURES("")};

const Query kExposuresOfRequisition{"exposure_list_of_requisition", ASSAY_EXPOSURES(" AND requisition = $7 AND requisition <> ''")};

const Query kStalePicks{"exposure_stale_picks", "SELECT c.id, c.replaced, c.leaked, c.over_cap FROM ("
  "SELECT u.id, q.state <> 'PUBLISHED' OR q.published_revision <> u.revision AS replaced, l.id IS NOT NULL AS leaked, "
  ASSAY_OVER_CAP("u.id", "$3::timestamptz - make_interval(days => p.days)") R"sql( AS over_cap
  FROM unnest($1::text[], $2::int[]) AS u (id, revision)
  JOIN question q ON q.id = u.id
  LEFT JOIN question_leak l ON l.tenant = q.tenant AND l.id = q.id
  LEFT JOIN (SELECT max_uses, days FROM exposure_policy) p ON true) c
  WHERE c.replaced OR c.leaked OR c.over_cap
  ORDER BY c.id
)sql"};

v1::ExposurePolicy PolicyFrom(const Rows& rows) {
  v1::ExposurePolicy policy;
  policy.set_days(kDefaultExposureDays);
  policy.set_etag("\"0\"");
  if (rows.empty()) return policy;
  policy.set_etag(fmt::format("\"{}\"", rows[0].Int64(0)));
  policy.set_max_uses(rows[0].Int(1));
  policy.set_days(rows[0].Int(2));
  *policy.mutable_update_time() = runtime::ToTimestamp(rows[0].Time(3));
  return policy;
}

}  // namespace

absl::StatusOr<v1::ExposurePolicy> ReadExposurePolicy(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadPolicy, {}));
  return PolicyFrom(rows);
}

absl::StatusOr<v1::ExposurePolicy> LockExposurePolicy(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLockPolicy, {}));
  return PolicyFrom(rows);
}

absl::StatusOr<v1::ExposurePolicy> WriteExposurePolicy(Tx& tx, const v1::ExposurePolicy& policy, std::optional<int64_t> expected,
                                                       runtime::Instant now) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kWritePolicy, {policy.max_uses(), policy.days(), now, expected}));
  if (rows.empty()) return runtime::EtagMismatch("exposurePolicy");
  return PolicyFrom(rows);
}

absl::Status WriteLeak(Tx& tx, const std::string& id, const v1::Leak& leak) {
  return tx.Execute(kWriteLeak, {id, leak.reason(), leak.flagged_by(), runtime::FromTimestamp(leak.flag_time())}).status();
}

absl::StatusOr<bool> DeleteLeak(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const int deleted, tx.Execute(kDeleteLeak, {id}));
  return deleted > 0;
}

absl::StatusOr<std::vector<v1::Exposure>> ListExposures(Tx& tx, const ExposureWindow& window, const runtime::Page& page) {
  std::vector<Value> parameters{window.since, std::nullopt, "", page.size + 1, window.cap_since, window.until};
  if (!page.after.empty()) {
    parameters[1] = page.after[0];
    parameters[2] = page.after[1];
  }
  if (!window.requisition.empty()) parameters.emplace_back(window.requisition);
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(window.requisition.empty() ? kExposures : kExposuresOfRequisition, parameters));
  std::vector<v1::Exposure> exposures;
  for (const Row row : rows) {
    v1::Exposure& exposure = exposures.emplace_back();
    exposure.set_question("questions/" + row.String(0));
    exposure.set_uses(row.Int64(1));
    *exposure.mutable_last_use_time() = runtime::ToTimestamp(row.Time(2));
    exposure.set_requisitions(row.Int64(3));
    exposure.set_leaked(row.Bool(4));
    exposure.set_over_cap(row.Bool(5));
  }
  return exposures;
}

absl::StatusOr<std::vector<StalePick>> FindStalePicks(Tx& tx, const std::vector<runtime::RevisionName>& picks, runtime::Instant now) {
  std::vector<std::string> ids;
  std::vector<int32_t> revisions;
  for (const runtime::RevisionName& pick : picks) {
    ids.push_back(pick.id);
    revisions.push_back(pick.revision);
  }
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kStalePicks, {Value::Array(ids), Value::Array(revisions), now}));
  std::vector<StalePick> stale;
  for (const Row row : rows) stale.push_back({row.String(0), row.Bool(1), row.Bool(2), row.Bool(3)});
  return stale;
}

}  // namespace assay::bank
