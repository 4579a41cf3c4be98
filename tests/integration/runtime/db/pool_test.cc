#include <signal.h>

#include <thread>

#include "google/rpc/error_details.pb.h"
#include "tests/integration/runtime/db/db_fixture.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class PoolTest : public DbTest {};

bool HasRetryInfo(const absl::Status& status) {
  return status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value();
}

TEST_F(PoolTest, AConnectionIsUsedAgain) {
  const auto pool = MakePool();
  EXPECT_EQ(BackendOf(*pool), BackendOf(*pool));
  EXPECT_EQ(Gauge("assay_db_pool_idle"), 1);
  EXPECT_EQ(Gauge("assay_db_pool_in_use"), 0);
}

TEST_F(PoolTest, ABackendThatDiesInATransactionIsUnavailableAndReplaced) {
  const auto pool = MakePool();
  std::string killed;
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsertItem, {"acme", "a1", 0}).status());
    ASSIGN_OR_RETURN(killed, Backend(tx));
    Kill(killed);
    return tx.Execute(kInsertItem, {"acme", "a2", 0}).status();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_EQ(Discarded("broken"), 1);
  EXPECT_TRUE(Insert(*pool, "acme", "a3").ok());
  EXPECT_NE(BackendOf(*pool), killed);
  EXPECT_THAT(Ids(*pool, "acme"), ElementsAre("a3"));
}

TEST_F(PoolTest, ABackendThatDiedWhileIdleIsNoticedBeforeItIsUsed) {
  const auto pool = MakePool();
  Kill(BackendOf(*pool));
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
  EXPECT_EQ(Discarded("idle_lost"), 1);
}

TEST_F(PoolTest, AnExhaustedPoolShedsAfterTheWaitItPromises) {
  PoolOptions options = Options();
  options.size = 1;
  options.max_wait = milliseconds(100);
  const auto pool = Pool::Create(options, metrics_);
  const absl::Status held = pool->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Run(kListItems, {}).status());
    const auto started = steady_clock::now();
    const absl::Status refused = Insert(*pool, "acme", "a1");
    EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_OVERLOADED);
    EXPECT_TRUE(HasRetryInfo(refused));
    EXPECT_GE(steady_clock::now() - started, milliseconds(100));
    EXPECT_LT(steady_clock::now() - started, milliseconds(1000));

    const absl::Status late = pool->Transact(TxMode::kReadOnly, "", In(milliseconds(20)), [](Tx&) { return absl::OkStatus(); });
    EXPECT_EQ(ReasonOf(late), v1::ERROR_REASON_DEADLINE_EXCEEDED);
    EXPECT_TRUE(pool->Ping().ok());  // busy, not dead
    return absl::OkStatus();
  });
  EXPECT_TRUE(held.ok()) << held;
  EXPECT_EQ(Gauge("assay_db_pool_waiting"), 0);
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
}

TEST_F(PoolTest, AFullLineIsRefusedAtOnce) {
  PoolOptions options = Options();
  options.size = 1;
  options.max_waiting = 0;
  const auto refused_pool = Pool::Create(options, metrics_);
  const auto started = steady_clock::now();
  const absl::Status refused = Insert(*refused_pool, "acme", "a1");
  EXPECT_EQ(ReasonOf(refused), v1::ERROR_REASON_OVERLOADED);
  EXPECT_TRUE(HasRetryInfo(refused));
  EXPECT_LT(steady_clock::now() - started, milliseconds(50));
}

TEST_F(PoolTest, ManyCallersShareFewConnections) {
  PoolOptions options = Options();
  options.size = 2;
  options.max_wait = std::chrono::seconds(20);
  const auto pool = Pool::Create(options, metrics_);
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      for (int j = 0; j < 25; ++j) EXPECT_TRUE(Insert(*pool, "acme", std::to_string(100 * i + j)).ok());
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_THAT(Ids(*pool, "acme"), SizeIs(200));
  EXPECT_LE(Gauge("assay_db_pool_idle"), 2);
  EXPECT_EQ(Gauge("assay_db_pool_in_use"), 0);
}

TEST_F(PoolTest, ADeadlineEndsALongQueryOnTime) {
  const auto pool = MakePool();
  const std::string backend = BackendOf(*pool);
  const auto started = steady_clock::now();
  const absl::Status status = pool->Transact(TxMode::kReadOnly, "", started + milliseconds(300),
                                             [](Tx& tx) { return tx.Run(kSleep, {"30"}).status(); });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DEADLINE_EXCEEDED);
  EXPECT_GE(steady_clock::now() - started, milliseconds(290));
  EXPECT_LT(steady_clock::now() - started, milliseconds(2000));
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
}

TEST_F(PoolTest, ADeadlineEndsACallToAFrozenServer) {
  const auto pool = MakePool();
  pid_t frozen = 0;
  const auto started = steady_clock::now();
  const absl::Status status =
      pool->Transact(TxMode::kReadOnly, "", started + milliseconds(300), [&](Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(const std::string backend, Backend(tx));
        frozen = static_cast<pid_t>(std::stol(backend));
        EXPECT_EQ(::kill(frozen, SIGSTOP), 0);
        return tx.Run(kListItems, {}).status();
      });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DEADLINE_EXCEEDED);
  EXPECT_LT(steady_clock::now() - started, milliseconds(2000));
  EXPECT_EQ(Discarded("deadline"), 1);
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
  ::kill(frozen, SIGCONT);
}

TEST_F(PoolTest, TheStatementCapHoldsEvenWhereTheDeadlineIsFar) {
  PoolOptions options = Options();
  options.statement_timeout = milliseconds(200);
  const auto pool = Pool::Create(options, metrics_);
  const auto started = steady_clock::now();
  const absl::Status status = pool->Transact(TxMode::kReadOnly, "", Deadline::max(),
                                             [](Tx& tx) { return tx.Run(kSleep, {"30"}).status(); });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_DEADLINE_EXCEEDED);
  EXPECT_LT(steady_clock::now() - started, std::chrono::seconds(5));
}

TEST_F(PoolTest, AnUnreachableServerIsUnavailableAtOnceAndRecoversByItself) {
  PoolOptions options = Options();
  testing::RunSql(database_.admin_dsn(), "ALTER ROLE assay_login NOLOGIN");
  const auto pool = Pool::Create(options, metrics_);
  EXPECT_EQ(ReasonOf(Insert(*pool, "acme", "a1")), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(pool->Ping()), v1::ERROR_REASON_UNAVAILABLE);
  testing::RunSql(database_.admin_dsn(), "ALTER ROLE assay_login LOGIN");
  EXPECT_TRUE(pool->Ping().ok());
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
}

TEST_F(PoolTest, CallersInLineLearnThatTheLastConnectionDiedWithoutWaitingOutTheirTime) {
  PoolOptions options = Options();
  options.size = 2;
  options.max_wait = std::chrono::seconds(20);
  const auto pool = Pool::Create(options, metrics_);
  absl::Status waited;
  std::thread waiter;
  steady_clock::time_point died;
  const absl::Status held = pool->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const std::string backend, Backend(tx));
    testing::RunSql(database_.admin_dsn(), "ALTER ROLE assay_login NOLOGIN");
    waiter = std::thread([&] { waited = Insert(*pool, "acme", "a1"); });
    while (Gauge("assay_db_pool_waiting") < 1) std::this_thread::yield();
    // By the time that this one gives up, opening a second connection has failed: the pool now waits for the first.
    const absl::Status late = pool->Transact(TxMode::kReadOnly, "", In(milliseconds(500)), [](Tx&) { return absl::OkStatus(); });
    EXPECT_EQ(ReasonOf(late), v1::ERROR_REASON_DEADLINE_EXCEEDED);
    Kill(backend);
    died = steady_clock::now();
    return tx.Run(kListItems, {}).status();
  });
  EXPECT_EQ(ReasonOf(held), v1::ERROR_REASON_UNAVAILABLE);
  waiter.join();
  EXPECT_EQ(ReasonOf(waited), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_LT(steady_clock::now() - died, std::chrono::seconds(5));
  testing::RunSql(database_.admin_dsn(), "ALTER ROLE assay_login LOGIN");
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
}

TEST_F(PoolTest, AMigrationUnderARunningBinaryCostsOneRepeat) {
  static const Query all{"test_select_star", "SELECT * FROM item"};
  const auto pool = MakePool();
  const auto read = [&] {
    return pool->Transact(TxMode::kReadOnly, "acme", Soon(), [](Tx& tx) { return tx.Run(all, {}).status(); });
  };
  EXPECT_TRUE(read().ok());
  testing::RunSql(database_.owner_dsn(), "ALTER TABLE item ADD COLUMN more text");
  EXPECT_TRUE(read().ok());
  EXPECT_EQ(Discarded("stale_plan"), 1);
}

TEST_F(PoolTest, QueriesAreTimedByName) {
  const auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "acme", "a1").ok());
  EXPECT_THAT(Ids(*pool, "acme"), ElementsAre("a1"));
  bool found = false;
  for (const auto& family : metrics_.registry()->Collect()) {
    if (family.name != "assay_db_query_seconds") continue;
    for (const auto& metric : family.metric) {
      if (metric.label.front().value == "test_list_items") found = metric.histogram.sample_count == 1;
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(PoolTest, AClosedPoolRefuses) {
  const auto pool = MakePool();
  ASSERT_TRUE(pool->Ping().ok());
  pool->Close();
  EXPECT_EQ(ReasonOf(pool->Ping()), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_EQ(Gauge("assay_db_pool_idle"), 0);
}

TEST_F(PoolTest, EveryLinkedQueryCanBePrepared) {
  for (const std::string& bad : testing::UnpreparableQueries(database_.owner_dsn())) {
    // Made by the tests that use them.
    if (bad.starts_with("test_raise") || bad.starts_with("test_doom")) continue;
    ADD_FAILURE() << bad;
  }
}

}  // namespace
}  // namespace assay::runtime
