#pragma once

#include <string>
#include <vector>

#include "services/runtime/db/migrate.h"

namespace assay::testing {

// A private PostgreSQL on a unix socket in a temporary directory, started once per test process at first use (from the
// main thread) and gone with it, however the process ends. Roles: assay_owner (login, owns the databases, no superuser),
// assay_app and assay_feed (no login), assay_login (login, may become either of them and inherits neither).
// Throws std::runtime_error when PostgreSQL's binaries are missing or do not start.

// The owner, for migrations and for looking behind the services' back.
std::string OwnerDsn(const std::string& database);
// assay_login as assay_app, as the services run.
std::string AppDsn(const std::string& database);
// assay_login as assay_feed, as the projector runs.
std::string FeedDsn(const std::string& database);
// A superuser, for what a DBA would do: kill backends, read every row.
std::string AdminDsn(const std::string& database);

// Runs `sql` (one or more statements) on a connection of its own; the first column of the last result.
std::vector<std::string> RunSql(const std::string& dsn, const std::string& sql);

// Prepares every query linked into this process at `dsn`; "name: why not" for each that fails or whose name is taken.
std::vector<std::string> UnpreparableQueries(const std::string& dsn);

// A database of its own for one test, migrated. Copies a template that is migrated once per set of migrations.
class TestDatabase {
 public:
  explicit TestDatabase(const std::vector<runtime::Migration>& migrations = {});
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string owner_dsn() const { return OwnerDsn(name_); }
  std::string app_dsn() const { return AppDsn(name_); }
  std::string feed_dsn() const { return FeedDsn(name_); }
  std::string admin_dsn() const { return AdminDsn(name_); }

 private:
  std::string name_;
};

}  // namespace assay::testing
