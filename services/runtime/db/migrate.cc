#include "services/runtime/db/migrate.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <openssl/sha.h>
#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/runtime/db/connection.h"

namespace assay::runtime {
namespace {

// "assay" in ASCII: the lock is per database, so one key serves every service.
constexpr int64_t kMigrationLock = 0x6173736179;

const Query kHasSchema{"db_has_schema", "SELECT to_regclass('schema_migrations') IS NOT NULL"};
const Query kSchemaVersion{"db_schema_version", "SELECT coalesce(max(version), 0)::int FROM schema_migrations"};

constexpr char kCreateTable[] = R"sql(
  CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );
  GRANT SELECT ON schema_migrations TO PUBLIC
)sql";

std::string Checksum(const std::string& sql) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), digest);
  return Hex(std::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

absl::Status Refused(const std::string& text) { return absl::FailedPreconditionError(text); }

absl::Status Failed(std::string_view step, const DbFailure& failure) {
  return absl::Status(failure.status.code(), fmt::format("{}: {}", step, failure.detail));
}

absl::Status CheckOrder(const std::vector<Migration>& migrations) {
  for (size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].version != static_cast<int>(i) + 1) {
      return Refused(fmt::format("migration {} stands in place {}", migrations[i].version, i + 1));
    }
  }
  return absl::OkStatus();
}

// What was applied must be what this binary holds; versions beyond it belong to a newer binary.
absl::Status CheckApplied(const Rows& applied, const std::vector<Migration>& migrations) {
  for (const Row row : applied) {
    const int version = row.Int(0);
    if (version > static_cast<int>(migrations.size())) continue;
    const Migration& ours = migrations[version - 1];
    if (row.Text(1) != ours.name || row.Text(2) != Checksum(ours.sql)) {
      return Refused(fmt::format("migration {} ({}) was changed after it was applied as {}; add a new one instead", version,
                                 ours.name, row.Text(1)));
    }
  }
  return absl::OkStatus();
}

absl::Status Apply(Connection& connection, const Migration& migration) {
  const std::string sql = fmt::format(
      "BEGIN;\n{}\n;\nINSERT INTO schema_migrations (version, name, checksum) VALUES ({}, {}, {});\nCOMMIT", migration.sql,
      migration.version, connection.Quote(migration.name), connection.Quote(Checksum(migration.sql)));
  // The connection is closed after a failure, which rolls back.
  if (auto failure = connection.Send(sql, {.query = "migrate"})) {
    return Failed(fmt::format("migration {} ({})", migration.version, migration.name), *failure);
  }
  spdlog::info("applied migration {} ({})", migration.version, migration.name);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> Migrate(const std::string& dsn, const std::vector<Migration>& migrations, std::optional<int> to) {
  RETURN_IF_ERROR(CheckOrder(migrations));
  const int head = static_cast<int>(migrations.size());
  if (to.has_value() && (*to < 0 || *to > head)) return Refused(fmt::format("there is no migration {}; the last is {}", *to, head));
  // A migration takes the time it takes; but one that waits for a lock makes all others wait behind it.
  ASSIGN_OR_RETURN(auto connection,
                   Connection::Open({.dsn = dsn,
                                     .application_name = "assay-migrate",
                                     .statement_timeout = std::chrono::milliseconds(0),
                                     .lock_timeout = std::chrono::seconds(10),
                                     .idle_in_transaction = std::chrono::milliseconds(0)}));
  // Let go when the connection closes. Another run may hold it for long, hence no lock_timeout here.
  const std::string lock = fmt::format(
      "SET lock_timeout = 0; SELECT pg_advisory_lock({}); SET lock_timeout = '10s'; SET client_min_messages = warning",
      kMigrationLock);
  if (auto failure = connection->Send(lock, {.query = "migrate_lock"})) return Failed("taking the migration lock", *failure);
  if (auto failure = connection->Send(kCreateTable, {.query = "migrate_table"})) return Failed("schema_migrations", *failure);
  Rows applied;
  if (auto failure = connection->Send("SELECT version, name, checksum FROM schema_migrations ORDER BY version",
                                      {.query = "migrate_applied"}, &applied)) {
    return Failed("schema_migrations", *failure);
  }
  RETURN_IF_ERROR(CheckApplied(applied, migrations));
  int version = applied.empty() ? 0 : applied[applied.size() - 1].Int(0);
  for (const Migration& migration : migrations) {
    if (migration.version <= version) continue;
    if (migration.version > to.value_or(head)) break;
    RETURN_IF_ERROR(Apply(*connection, migration));
    version = migration.version;
  }
  return version;
}

absl::StatusOr<int> SchemaVersion(Pool& pool) {
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  return Transact<int>(pool, TxMode::kReadOnly, "", deadline, [](Tx& tx) -> absl::StatusOr<int> {
    ASSIGN_OR_RETURN(const Rows exists, tx.Run(kHasSchema, {}));
    if (!exists[0].Bool(0)) return 0;
    ASSIGN_OR_RETURN(const Rows version, tx.Run(kSchemaVersion, {}));
    return version[0].Int(0);
  });
}

absl::Status CheckSchema(Pool& pool, int head, const std::string& command) {
  ASSIGN_OR_RETURN(const int version, SchemaVersion(pool));
  if (version >= std::max(1, head - 1)) return absl::OkStatus();
  return Error(v1::ERROR_REASON_DATABASE_BEHIND, fmt::format("the schema is at {}, {} is needed; run {}", version, head, command));
}

}  // namespace assay::runtime
