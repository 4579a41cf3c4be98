#include "services/reporting/store/cursor_store.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::reporting {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

constexpr int kPruneBatch = 5000;
constexpr size_t kMaxError = 500;

const Query kRead{"feed_cursor_read", R"sql(
  SELECT feed, cursor, generation, events_applied, as_of_time FROM feed_cursor ORDER BY feed
)sql"};

const Query kLock{"feed_cursor_lock", R"sql(
  SELECT cursor, generation FROM feed_cursor WHERE feed = $1 FOR UPDATE
)sql"};

const Query kWrite{"feed_cursor_write", R"sql(
  UPDATE feed_cursor SET cursor = $2, events_applied = $3, as_of_time = $4, update_time = $5 WHERE feed = $1
)sql"};

const Query kBegin{"feed_cursor_begin_generation", R"sql(
  UPDATE feed_cursor SET cursor = '', generation = generation + 1, update_time = $2 WHERE feed = $1
  RETURNING feed, cursor, generation, events_applied, as_of_time
)sql"};

const Query kTenantsToRead{"projected_tenant_to_read", R"sql(
  SELECT tenant FROM projected_tenant WHERE feed = $1 AND generation < $2 ORDER BY tenant
)sql"};

const Query kUnknownTenants{"projected_tenant_unknown", R"sql(
  SELECT u.tenant FROM unnest($2::text[]) AS u (tenant)
  WHERE NOT EXISTS (SELECT 1 FROM projected_tenant p WHERE p.feed = $1 AND p.tenant = u.tenant)
)sql"};

const Query kRememberTenant{"projected_tenant_write", R"sql(
  INSERT INTO projected_tenant (feed, tenant, generation) VALUES ($1, $2, $3)
  ON CONFLICT (feed, tenant) DO UPDATE SET generation = greatest(projected_tenant.generation, EXCLUDED.generation)
)sql"};

const Query kNoteApplied{"applied_event_insert", R"sql(
  INSERT INTO applied_event (tenant, event_id, apply_time) SELECT $1, u.id, $3 FROM unnest($2::text[]) AS u (id)
  ON CONFLICT DO NOTHING
)sql"};

const Query kPark{"parked_event_insert", R"sql(
  INSERT INTO parked_event (tenant, feed, event_id, resource, event, tries, error, park_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (tenant, feed, event_id) DO UPDATE SET tries = EXCLUDED.tries, error = EXCLUDED.error, park_time = EXCLUDED.park_time
)sql"};

const Query kPrune{"applied_event_prune", "SELECT prune_applied_events($1)"};

FeedProgress FromRow(const Row& row) {
  return {row.String(0), row.String(1), row.Int64(2), row.Int64(3), row.OptionalTime(4)};
}

std::vector<std::string> Strings(const Rows& rows) {
  std::vector<std::string> strings;
  for (const Row row : rows) strings.push_back(row.String(0));
  return strings;
}

}  // namespace

absl::StatusOr<std::vector<FeedProgress>> ReadProgress(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {}));
  std::vector<FeedProgress> all;
  for (const Row row : rows) all.push_back(FromRow(row));
  return all;
}

absl::StatusOr<FeedProgress> ReadProgressOf(Tx& tx, const std::string& feed) {
  ASSIGN_OR_RETURN(const std::vector<FeedProgress> all, ReadProgress(tx));
  for (const FeedProgress& progress : all) {
    if (progress.feed == feed) return progress;
  }
  return runtime::Internal(fmt::format("no feed_cursor row of {}", feed));
}

absl::Status LockProgress(Tx& tx, const FeedProgress& expected) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLock, {expected.feed}));
  if (rows.empty()) return runtime::Internal(fmt::format("no feed_cursor row of {}", expected.feed));
  if (rows[0].Text(0) != expected.cursor || rows[0].Int64(1) != expected.generation) {
    return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT, fmt::format("somebody else follows the feed {}", expected.feed));
  }
  return absl::OkStatus();
}

absl::Status WriteProgress(Tx& tx, const FeedProgress& progress, runtime::Instant now) {
  return tx.Execute(kWrite, {progress.feed, progress.cursor, progress.events_applied, progress.as_of_time, now}).status();
}

absl::StatusOr<FeedProgress> BeginGeneration(Tx& tx, const FeedProgress& expected, runtime::Instant now) {
  RETURN_IF_ERROR(LockProgress(tx, expected));
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kBegin, {expected.feed, now}));
  return FromRow(rows[0]);
}

absl::StatusOr<std::vector<std::string>> TenantsToRead(Tx& tx, const FeedProgress& progress) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kTenantsToRead, {progress.feed, progress.generation}));
  return Strings(rows);
}

absl::StatusOr<std::vector<std::string>> UnknownTenants(Tx& tx, const std::string& feed, const std::vector<std::string>& tenants) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kUnknownTenants, {feed, Value::Array(tenants)}));
  return Strings(rows);
}

absl::Status RememberTenant(Tx& tx, const std::string& feed, const std::string& tenant, int64_t generation) {
  return tx.Execute(kRememberTenant, {feed, tenant, generation}).status();
}

absl::StatusOr<int> NoteApplied(Tx& tx, const std::vector<std::string>& event_ids, runtime::Instant now) {
  return tx.Execute(kNoteApplied, {tx.tenant(), Value::Array(event_ids), now});
}

absl::Status ParkEvent(Tx& tx, const std::string& feed, const runtime::v1::Event& event, int tries, const std::string& error,
                       runtime::Instant now) {
  const std::string& id = event.id().empty() ? event.resource() : event.id();
  return tx.Execute(kPark, {tx.tenant(), feed, id, event.resource(), Value::Bytes(event.SerializeAsString()), tries,
                            error.substr(0, kMaxError), now})
      .status();
}

absl::Status PruneAppliedEvents(runtime::Pool& pool, runtime::Deadline deadline) {
  int removed = 0;
  do {
    RETURN_IF_ERROR(pool.Transact(runtime::TxMode::kReadWrite, "", deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPrune, {kPruneBatch}));
      removed = rows[0].Int(0);
      return absl::OkStatus();
    }));
  } while (removed == kPruneBatch && std::chrono::steady_clock::now() < deadline);
  return absl::OkStatus();
}

}  // namespace assay::reporting
