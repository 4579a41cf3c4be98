#include "services/runtime/db/migrate.h"

#include <thread>

#include "tests/integration/runtime/db/db_fixture.h"

namespace assay::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Migration> TwoSteps() {
  return {{1, "first", "CREATE TABLE one (id int); INSERT INTO one VALUES (1);"},
          {2, "second", "CREATE TABLE two (id int) -- no semicolon, a comment"}};
}

class MigrateTest : public ::testing::Test {
 protected:
  std::unique_ptr<Pool> MakePool() {
    return Pool::Create({.dsn = database_.app_dsn(), .role = "assay_app", .size = 2}, metrics_);
  }
  std::vector<std::string> Sql(const std::string& sql) { return testing::RunSql(database_.owner_dsn(), sql); }

  testing::TestDatabase database_;
  Metrics metrics_;
};

TEST_F(MigrateTest, AppliesEachStepOnce) {
  EXPECT_EQ(Migrate(database_.owner_dsn(), TwoSteps()).value_or(-1), 2);
  EXPECT_EQ(Migrate(database_.owner_dsn(), TwoSteps()).value_or(-1), 2);
  EXPECT_THAT(Sql("SELECT id FROM one"), ElementsAre("1"));
  EXPECT_THAT(Sql("SELECT version || ' ' || name FROM schema_migrations ORDER BY version"), ElementsAre("1 first", "2 second"));
}

TEST_F(MigrateTest, StopsWhereItIsTold) {
  EXPECT_EQ(Migrate(database_.owner_dsn(), TwoSteps(), 1).value_or(-1), 1);
  EXPECT_THAT(Sql("SELECT to_regclass('two') IS NULL"), ElementsAre("t"));
  EXPECT_EQ(Migrate(database_.owner_dsn(), TwoSteps(), 3).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(MigrateTest, RefusesAChangedStep) {
  ASSERT_TRUE(Migrate(database_.owner_dsn(), TwoSteps(), 1).ok());
  auto changed = TwoSteps();
  changed[0].sql += " ";
  const auto refused = Migrate(database_.owner_dsn(), changed);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("migration 1 (first) was changed"));
  EXPECT_THAT(Sql("SELECT to_regclass('two') IS NULL"), ElementsAre("t"));
}

TEST_F(MigrateTest, AFailedStepLeavesNothingAndSaysWhy) {
  auto steps = TwoSteps();
  steps[1].sql = "CREATE TABLE two (id int); SELECT nonsense";
  const auto failed = Migrate(database_.owner_dsn(), steps);
  EXPECT_THAT(std::string(failed.status().message()), HasSubstr("migration 2 (second)"));
  EXPECT_THAT(std::string(failed.status().message()), HasSubstr("nonsense"));
  EXPECT_THAT(Sql("SELECT to_regclass('two') IS NULL"), ElementsAre("t"));
  EXPECT_EQ(Migrate(database_.owner_dsn(), TwoSteps()).value_or(-1), 2);
}

TEST_F(MigrateTest, ConcurrentRunsQueue) {
  std::vector<std::thread> runs;
  for (int i = 0; i < 4; ++i) {
    runs.emplace_back([&] { EXPECT_EQ(Migrate(database_.owner_dsn(), TwoSteps()).value_or(-1), 2); });
  }
  for (auto& run : runs) run.join();
  EXPECT_THAT(Sql("SELECT id FROM one"), ElementsAre("1"));
}

TEST_F(MigrateTest, TheApplicationReadsTheVersionAndKnowsWhetherItFits) {
  const auto pool = MakePool();
  EXPECT_EQ(SchemaVersion(*pool).value_or(-1), 0);
  const absl::Status behind = CheckSchema(*pool, 1, "assay-bank migrate");
  EXPECT_EQ(ReasonOf(behind), v1::ERROR_REASON_DATABASE_BEHIND);
  EXPECT_EQ(std::string(behind.message()), "the schema is at 0, 1 is needed; run assay-bank migrate");
  ASSERT_TRUE(Migrate(database_.owner_dsn(), TwoSteps()).ok());
  EXPECT_EQ(SchemaVersion(*pool).value_or(-1), 2);
  EXPECT_TRUE(CheckSchema(*pool, 3, "").ok());   // the migration follows its binary
  EXPECT_TRUE(CheckSchema(*pool, 2, "").ok());
  EXPECT_TRUE(CheckSchema(*pool, 1, "").ok());   // the binary of yesterday
  EXPECT_FALSE(CheckSchema(*pool, 4, "").ok());
}

TEST_F(MigrateTest, TheApplicationCannotMigrate) {
  EXPECT_FALSE(Migrate(database_.app_dsn(), TwoSteps()).ok());
  EXPECT_THAT(Sql("SELECT to_regclass('one') IS NOT NULL"), ElementsAre("f"));
}

}  // namespace
}  // namespace assay::runtime
