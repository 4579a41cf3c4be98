#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/db/migrate.h"
#include "services/runtime/db/pool.h"
#include "tests/support/pg_cluster.h"

namespace assay::runtime {

// A schema small enough to see through: an item and its parts, per tenant, under row-level security.
inline const std::vector<Migration>& ItemMigrations() {
  static const std::vector<Migration> migrations = {{1, "items", R"sql(
    CREATE TABLE item (
      tenant text NOT NULL, id text NOT NULL, body bytea, amount bigint NOT NULL DEFAULT 0, at timestamptz, tags text[],
      CONSTRAINT item_pkey PRIMARY KEY (tenant, id));
    CREATE TABLE part (
      tenant text NOT NULL, item text NOT NULL, number integer NOT NULL,
      CONSTRAINT part_pkey PRIMARY KEY (tenant, item, number),
      CONSTRAINT part_item_fkey FOREIGN KEY (tenant, item) REFERENCES item (tenant, id));
    ALTER TABLE item ENABLE ROW LEVEL SECURITY;
    ALTER TABLE item FORCE ROW LEVEL SECURITY;
    CREATE POLICY item_tenant ON item USING (tenant = nullif(current_setting('app.tenant', true), ''))
      WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
    GRANT SELECT, INSERT, UPDATE, DELETE ON item, part TO assay_app;
  )sql"}};
  return migrations;
}

inline const Query kInsertItem{"test_insert_item", "INSERT INTO item (tenant, id, amount) VALUES ($1, $2, $3)"};
inline const Query kInsertPart{"test_insert_part", "INSERT INTO part (tenant, item, number) VALUES ($1, $2, $3)"};
inline const Query kListItems{"test_list_items", "SELECT id FROM item ORDER BY id"};
inline const Query kSumAmounts{"test_sum_amounts", "SELECT coalesce(sum(amount), 0)::bigint FROM item"};
inline const Query kSetAmount{"test_set_amount", "UPDATE item SET amount = $2 WHERE id = $1"};
inline const Query kDeleteItem{"test_delete_item", "DELETE FROM item WHERE id = $1"};
inline const Query kBackend{"test_backend", "SELECT pg_backend_pid()"};
inline const Query kSleep{"test_sleep", "SELECT pg_sleep($1::float8)"};
inline const Query kSettings{"test_settings",
                             "SELECT current_user, current_setting('timezone'), current_setting('synchronous_commit'), "
                             "current_setting('transaction_isolation'), current_setting('transaction_read_only'), "
                             "current_setting('enable_seqscan')"};

inline Deadline In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
inline Deadline Soon() { return In(std::chrono::seconds(20)); }

class DbTest : public ::testing::Test {
 protected:
  PoolOptions Options() {
    return {.dsn = database_.app_dsn(), .role = "assay_app", .size = 4, .application_name = "db_test"};
  }
  std::unique_ptr<Pool> MakePool() { return Pool::Create(Options(), metrics_); }

  static absl::Status Insert(Pool& pool, const std::string& tenant, const std::string& id, int64_t amount = 0) {
    return pool.Transact(TxMode::kReadWrite, tenant, Soon(),
                         [&](Tx& tx) { return tx.Execute(kInsertItem, {tenant, id, amount}).status(); });
  }
  static std::vector<std::string> Ids(Pool& pool, const std::string& tenant) {
    const auto ids = Transact<std::vector<std::string>>(
        pool, TxMode::kReadOnly, tenant, Soon(), [](Tx& tx) -> absl::StatusOr<std::vector<std::string>> {
          ASSIGN_OR_RETURN(const Rows rows, tx.Run(kListItems, {}));
          std::vector<std::string> found;
          for (const Row row : rows) found.push_back(row.String(0));
          return found;
        });
    EXPECT_TRUE(ids.ok()) << ids.status();
    return ids.ok() ? *ids : std::vector<std::string>{"failed"};
  }
  static absl::StatusOr<std::string> Backend(Tx& tx) {
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kBackend, {}));
    return rows[0].String(0);
  }
  static std::string BackendOf(Pool& pool) {
    return Transact<std::string>(pool, TxMode::kReadOnly, "", Soon(), [](Tx& tx) { return Backend(tx); }).value_or("none");
  }
  void Kill(const std::string& backend) {
    // Waits until it is gone, up to 5 s.
    testing::RunSql(database_.admin_dsn(), "SELECT pg_terminate_backend(" + backend + ", 5000)");
  }
  double Discarded(const std::string& reason) {
    return metrics_.Counter("assay_db_pool_discarded_total", "Database connections closed, by reason", {{"reason", reason}}).Value();
  }
  double Gauge(const std::string& name) {
    for (const auto& family : metrics_.registry()->Collect()) {
      if (family.name == name) return family.metric.front().gauge.value;
    }
    return -1;
  }

  testing::TestDatabase database_{ItemMigrations()};
  Metrics metrics_;
};

}  // namespace assay::runtime
