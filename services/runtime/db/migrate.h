#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"

namespace assay::runtime {

// One step of a schema, forward only. Versions count from 1 without gaps.
struct Migration {
  int version = 0;
  std::string name;  // "runtime" of 0001_runtime.sql
  std::string sql;   // one or more statements; no BEGIN, COMMIT or CREATE INDEX CONCURRENTLY
};

// Brings the database at `dsn`, logged in as its owner, to version `to` (the last one when absent), each step in one
// transaction, under an advisory lock, so that concurrent runs queue. Returns the version reached. FAILED_PRECONDITION when
// an applied migration is not what this binary holds, with the server's words otherwise; for operators, not for callers.
absl::StatusOr<int> Migrate(const std::string& dsn, const std::vector<Migration>& migrations,
                            std::optional<int> to = std::nullopt);

// Version of the database behind `pool`; 0 when it was never migrated.
absl::StatusOr<int> SchemaVersion(Pool& pool);

// For readiness: OK at `head`, at head−1 (a migration may follow its binary) and beyond head (or a running binary would go
// down before its successor is up); else DATABASE_BEHIND naming `command`, as in "assay-bank migrate".
absl::Status CheckSchema(Pool& pool, int head, const std::string& command);

}  // namespace assay::runtime
