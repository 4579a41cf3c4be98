#include "tests/integration/runtime/db/db_fixture.h"

namespace assay::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Query kInsertBody{"test_insert_body", "INSERT INTO item (tenant, id, body, at, tags) VALUES ($1, $2, $3, $4, $5)"};
const Query kReadBody{"test_read_body", "SELECT body, at, tags[2], tags[1], amount FROM item WHERE id = $1"};
const Query kRaise{"test_raise", "SELECT raise($1)"};
const Query kDoom{"test_doom", "INSERT INTO doomed VALUES (1)"};

class TransactionTest : public DbTest {};

TEST_F(TransactionTest, ATenantSeesOnlyItsOwnRows) {
  const auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "acme", "a1").ok());
  ASSERT_TRUE(Insert(*pool, "globex", "g1").ok());
  EXPECT_THAT(Ids(*pool, "acme"), ElementsAre("a1"));
  EXPECT_THAT(Ids(*pool, "globex"), ElementsAre("g1"));
}

TEST_F(TransactionTest, WithoutATenantNothingIsSeenNotEvenOnAConnectionThatHadOne) {
  PoolOptions options = Options();
  options.size = 1;
  const auto pool = Pool::Create(options, metrics_);
  EXPECT_THAT(Ids(*pool, ""), IsEmpty());  // never set
  ASSERT_TRUE(Insert(*pool, "acme", "a1").ok());
  EXPECT_THAT(Ids(*pool, "acme"), ElementsAre("a1"));
  EXPECT_THAT(Ids(*pool, ""), IsEmpty());  // set before
  EXPECT_THAT(testing::RunSql(database_.owner_dsn(), "SELECT id FROM item"), IsEmpty());  // forced: the owner neither
}

TEST_F(TransactionTest, ARowOfAnotherTenantCannotBeWritten) {
  const auto pool = MakePool();
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& tx) {
    return tx.Execute(kInsertItem, {"globex", "g1", 0}).status();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INTERNAL);
  EXPECT_THAT(testing::RunSql(database_.admin_dsn(), "SELECT id FROM item"), IsEmpty());
}

TEST_F(TransactionTest, TheTenantMayBeSetLaterAndEndsWithTheTransaction) {
  const auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "o'brien \\ co", "a1").ok());
  const absl::Status status = pool->Transact(TxMode::kReadOnly, "", Soon(), [](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.SetTenant("o'brien \\ co"));
    EXPECT_EQ(tx.tenant(), "o'brien \\ co");
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kListItems, {}));
    EXPECT_EQ(rows.size(), 1);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Ids(*pool, ""), IsEmpty());
}

// How often a statement that reads was run by a plan of its own, on a connection that ran it six times.
std::string OwnPlans(Pool& pool) {
  static const Query kPlans{"test_plans", "SELECT custom_plans FROM pg_prepared_statements WHERE name = 'test_read_body'"};
  return Transact<std::string>(pool, TxMode::kReadOnly, "acme", Soon(), [](Tx& tx) -> absl::StatusOr<std::string> {
           for (int i = 0; i < 6; ++i) RETURN_IF_ERROR(tx.Run(kReadBody, {std::to_string(i)}).status());
           ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPlans, {}));
           return rows[0].String(0);
         })
      .value_or("failed");
}

TEST_F(TransactionTest, AStatementIsPlannedOnceWhereThePoolSaysSo) {
  EXPECT_EQ(OwnPlans(*MakePool()), "5");
  PoolOptions options = Options();
  options.one_plan = true;
  EXPECT_EQ(OwnPlans(*Pool::Create(options, metrics_)), "0");
}

// What a statement made up for one call leaves prepared on its connection.
class DynamicQueryTest : public DbTest {
 protected:
  DynamicQueryTest() {
    PoolOptions options = Options();
    options.size = 1;
    pool_ = Pool::Create(options, metrics_);
  }
  // Runs `SELECT $1 + n` for each n.
  void Run(int first, int last) {
    const absl::Status status = pool_->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
      for (int n = first; n <= last; ++n) {
        ASSIGN_OR_RETURN(const Rows rows, tx.Run(DynamicQuery("test_dynamic", "SELECT $1::int + " + std::to_string(n)), {1}));
        EXPECT_EQ(rows[0].Int(0), n + 1);
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  std::vector<std::string> Prepared() {
    static const Query kPrepared{"test_prepared", "SELECT statement FROM pg_prepared_statements WHERE name LIKE 'dynamic%' ORDER BY prepare_time"};
    std::vector<std::string> statements;
    const absl::Status status = pool_->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPrepared, {}));
      for (const Row row : rows) statements.push_back(row.String(0));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return statements;
  }
  std::unique_ptr<Pool> pool_;
};

TEST_F(DynamicQueryTest, ATextIsPreparedOnceAndStaysPrepared) {
  Run(1, 3);
  EXPECT_THAT(Prepared(), ElementsAre("SELECT $1::int + 1", "SELECT $1::int + 2", "SELECT $1::int + 3"));
  Run(2, 2);
  Run(1, 3);
  EXPECT_THAT(Prepared(), ElementsAre("SELECT $1::int + 1", "SELECT $1::int + 2", "SELECT $1::int + 3"));
}

TEST_F(DynamicQueryTest, TheOneUsedLongestAgoGoesWhereThereAreTooMany) {
  Run(1, 64);
  EXPECT_THAT(Prepared(), ::testing::SizeIs(64));
  Run(1, 1);
  Run(65, 66);
  const std::vector<std::string> prepared = Prepared();
  EXPECT_THAT(prepared, ::testing::SizeIs(64));
  EXPECT_THAT(prepared, ::testing::Contains("SELECT $1::int + 1"));
  EXPECT_THAT(prepared, ::testing::Not(::testing::Contains("SELECT $1::int + 2")));
  EXPECT_THAT(prepared, ::testing::Not(::testing::Contains("SELECT $1::int + 3")));
  Run(1, 300);
  EXPECT_THAT(Prepared(), ::testing::SizeIs(64));
}

TEST_F(DynamicQueryTest, ATextThatTheServerRefusesFailsEachTimeAndSpoilsNothing) {
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = pool_->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) {
      return tx.Run(DynamicQuery("test_dynamic", "SELECT nonsense FROM nowhere"), {}).status();
    });
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INTERNAL);
  }
  Run(1, 2);
}

TEST_F(DynamicQueryTest, AFilteredQueryIsOneTextPerConditionUnderOneName) {
  static const FilteredQuery kFiltered{"test_filtered", "SELECT 7 WHERE {filter} LIMIT $1::int"};
  EXPECT_EQ(kFiltered.Where("TRUE").sql(), "SELECT 7 WHERE TRUE LIMIT $1::int");
  EXPECT_STREQ(kFiltered.Where("$2 = 'x'").label(), "test_filtered");
  // Registered, so that a test against the schema prepares it.
  EXPECT_THAT(Query::All(), ::testing::Contains(::testing::Truly([](const Query* query) {
                return std::string(query->name()) == "test_filtered" && std::string(query->sql()) == "SELECT 7 WHERE TRUE LIMIT $1::int";
              })));
}

TEST_F(TransactionTest, AnErrorOfTheWorkRollsBack) {
  const auto pool = MakePool();
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsertItem, {"acme", "a1", 0}).status());
    return InvalidField("amount", "must be positive");
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_THAT(Ids(*pool, "acme"), IsEmpty());
}

TEST_F(TransactionTest, AFailedStatementCannotBeSwallowed) {
  const auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "acme", "a1").ok());
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsertItem, {"acme", "a2", 0}).status());
    EXPECT_FALSE(tx.Execute(kInsertItem, {"acme", "a1", 0}).ok());
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ALREADY_EXISTS);
  EXPECT_THAT(Ids(*pool, "acme"), ElementsAre("a1"));
}

TEST_F(TransactionTest, AnExceptionOfTheWorkRollsBackAndIsInternal) {
  const auto pool = MakePool();
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsertItem, {"acme", "a1", 0}).status());
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kListItems, {}));
    (void)rows[0].Int(0);  // "a1" is not a number
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INTERNAL);
  EXPECT_THAT(Ids(*pool, "acme"), IsEmpty());
}

TEST_F(TransactionTest, ViolationsNameTheirConstraint) {
  const auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "acme", "a1").ok());
  EXPECT_EQ(ViolatedConstraint(Insert(*pool, "acme", "a1")), "item_pkey");

  const auto orphan = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& tx) {
    return tx.Execute(kInsertPart, {"acme", "none", 1}).status();
  });
  EXPECT_EQ(ReasonOf(orphan), v1::ERROR_REASON_PARENT_NOT_FOUND);
  EXPECT_EQ(ViolatedConstraint(orphan), "part_item_fkey");

  const auto parent = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsertPart, {"acme", "a1", 1}).status());
    return tx.Execute(kDeleteItem, {"a1"}).status();
  });
  EXPECT_EQ(ReasonOf(parent), v1::ERROR_REASON_HAS_CHILDREN);
  EXPECT_EQ(ViolatedConstraint(parent), "part_item_fkey");
}

TEST_F(TransactionTest, BytesTimesAndArraysComeBackAsTheyWent) {
  const auto pool = MakePool();
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const Instant at = FromMicros(1'795'253'400'000'001);
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(kInsertBody, {"acme", "a1", Value::Bytes(bytes), at,
                                             Value::Array(std::vector<std::optional<std::string>>{"a,\"\\b", std::nullopt})})
                        .status());
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadBody, {"a1"}));
    EXPECT_EQ(rows[0].Bytes(0), bytes);
    EXPECT_EQ(rows[0].Time(1), at);
    EXPECT_TRUE(rows[0].IsNull(2));
    EXPECT_EQ(rows[0].Text(3), "a,\"\\b");
    EXPECT_EQ(rows[0].Int64(4), 0);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TransactionTest, AResultWithBytesIsReadByTheTypesOfItsColumns) {
  const auto pool = MakePool();
  const std::string bytes("\0\xff\\x", 4);
  const Instant at = FromMicros(-62'135'596'799'999'999);  // the first second of year 1
  const absl::Status status = pool->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
    // The same by text, which a column of a further type makes it, and in binary.
    for (const char* further : {"", ", '{}'::text[]"}) {
      const DynamicQuery query("test_types", std::string("SELECT $1::bytea, $2::int, $3::bigint, $4::bool, $5::timestamptz, $6::text, NULL::int, "
                                                         "'infinity'::timestamptz") + further);
      ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {Value::Bytes(bytes), -7, std::numeric_limits<int64_t>::min(), true, at, "é\"\\"}));
      const Row row = rows[0];
      EXPECT_EQ(row.Bytes(0), bytes);
      EXPECT_EQ(row.Int(1), -7);
      EXPECT_EQ(row.String(1), "-7");
      EXPECT_EQ(row.Int64(2), std::numeric_limits<int64_t>::min());
      EXPECT_THROW(row.Int(2), std::logic_error);
      EXPECT_THROW(row.Uint64(1), std::logic_error);
      EXPECT_TRUE(row.Bool(3));
      EXPECT_EQ(row.String(3), "t");
      EXPECT_EQ(row.Time(4), at);
      EXPECT_EQ(row.Text(5), "é\"\\");
      EXPECT_EQ(row.OptionalInt(6), std::nullopt);
      EXPECT_THROW(row.Time(7), std::logic_error) << "no instant";
      EXPECT_THROW(row.Bytes(5), std::logic_error);
      EXPECT_THROW(row.Bool(5), std::logic_error);
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TransactionTest, ArraysArriveWholeWhateverTheTypeTheyAreTakenFor) {
  const auto pool = MakePool();
  const absl::Status status = pool->Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
    const auto shown = [&](const std::string& type, const Value& value) -> std::string {
      const auto rows = tx.Run(DynamicQuery("test_array", "SELECT $1::" + type + "::text"), {value});
      return rows.ok() ? (*rows)[0].String(0) : rows.status().ToString();
    };
    const std::vector<std::optional<std::string>> texts{"a,\"\\b", std::nullopt, "", "NULL", "é"};
    // In binary where the type is the very one, in text form elsewhere.
    for (const char* type : {"text[]", "varchar[]"}) EXPECT_EQ(shown(type, Value::Array(texts)), R"({"a,\"\\b",NULL,"","NULL",é})") << type;
    EXPECT_EQ(shown("text[]", Value::Array(std::vector<std::string>{})), "{}");
    for (const char* type : {"int[]", "bigint[]", "numeric[]"}) {
      EXPECT_EQ(shown(type, Value::Array(std::vector<std::optional<int32_t>>{-1, std::nullopt, 2147483647})), "{-1,NULL,2147483647}") << type;
      EXPECT_EQ(shown(type, Value::Array(std::vector<int64_t>{-2147483648, 7})), "{-2147483648,7}") << type;
    }
    EXPECT_EQ(shown("bool[]", Value::Array(std::vector<bool>{true, false})), "{t,f}");
    EXPECT_EQ(shown("bytea[]", Value::ByteArray({std::string("\0\xff", 2), ""})), R"({"\\x00ff","\\x"})");
    EXPECT_EQ(shown("text", Value::Bytes(std::string("\0\xff", 2))), "\\x00ff");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(TransactionTest, TextWithANulIsRefusedInsteadOfCut) {
  const auto pool = MakePool();
  const auto in_array = pool->Transact(TxMode::kReadOnly, "", Soon(), [](Tx& tx) {
    return tx.Run(DynamicQuery("test_nul", "SELECT $1::text[]"), {Value::Array(std::vector<std::string>{"a", std::string("b\0", 2)})}).status();
  });
  EXPECT_EQ(ReasonOf(in_array), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Insert(*pool, "acme", std::string("a\0b", 3))), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Insert(*pool, "acme", "a\xff")), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_THAT(Ids(*pool, "acme"), IsEmpty());
}

TEST_F(TransactionTest, RowsOutliveTheirTransaction) {
  auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "acme", "a1").ok());
  const auto rows = Transact<Rows>(*pool, TxMode::kReadOnly, "acme", Soon(), [](Tx& tx) { return tx.Run(kListItems, {}); });
  pool.reset();
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ((*rows)[0].Text(0), "a1");
}

TEST_F(TransactionTest, TheSessionIsTheServicesRoleInUtcAndDurable) {
  testing::RunSql(database_.admin_dsn(),
                  "ALTER DATABASE " + database_.name() + " SET synchronous_commit = off; ALTER DATABASE " + database_.name() +
                      " SET timezone = 'Asia/Kolkata'");
  const auto pool = MakePool();
  for (const TxMode mode : {TxMode::kReadWrite, TxMode::kReadOnly}) {
    const absl::Status status = pool->Transact(mode, "", Soon(), [mode](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, tx.Run(kSettings, {}));
      EXPECT_EQ(rows[0].Text(0), "assay_app");
      EXPECT_EQ(rows[0].Text(1), "UTC");
      EXPECT_EQ(rows[0].Text(2), "on");
      EXPECT_EQ(rows[0].Text(3), mode == TxMode::kReadOnly ? "repeatable read" : "read committed");
      EXPECT_EQ(rows[0].Text(4), mode == TxMode::kReadOnly ? "on" : "off");
      EXPECT_EQ(rows[0].Text(5), "off");
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_F(TransactionTest, ALostSerializationConflictRunsAgainAndWins) {
  testing::RunSql(database_.admin_dsn(),
                  "ALTER DATABASE " + database_.name() + " SET default_transaction_isolation = 'serializable'");
  const auto pool = MakePool();
  ASSERT_TRUE(Insert(*pool, "acme", "a1", 1).ok());
  int attempts = 0;
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows sum, tx.Run(kSumAmounts, {}));
    if (++attempts == 1) {
      const absl::Status rival = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [](Tx& other) {
        return other.Execute(kSetAmount, {"a1", 10}).status();
      });
      EXPECT_TRUE(rival.ok()) << rival;
    }
    return tx.Execute(kSetAmount, {"a1", sum[0].Int64(0) + 1}).status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(attempts, 2);
  EXPECT_THAT(testing::RunSql(database_.admin_dsn(), "SELECT amount FROM item"), ElementsAre("11"));
}

TEST_F(TransactionTest, AConflictThatNeverEndsIsAbortedAfterThreeRepeats) {
  testing::RunSql(database_.admin_dsn(),
                  "CREATE FUNCTION raise(code text) RETURNS void LANGUAGE plpgsql AS "
                  "$$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = code; END $$");
  const auto pool = MakePool();
  for (const char* sqlstate : {"40001", "40P01"}) {
    int attempts = 0;
    const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) {
      ++attempts;
      return tx.Run(kRaise, {sqlstate}).status();
    });
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONFLICT);
    EXPECT_EQ(attempts, 4) << sqlstate;
  }
}

TEST_F(TransactionTest, AConnectionLostAtCommitIsInDoubtAndNotRepeated) {
  testing::RunSql(database_.admin_dsn(), R"sql(
    CREATE TABLE doomed (id int);
    GRANT INSERT ON doomed TO assay_app;
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON doomed DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die())sql");
  const auto pool = MakePool();
  int attempts = 0;
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) {
    ++attempts;
    return tx.Execute(kDoom, {}).status();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_COMMIT_IN_DOUBT);
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(Discarded("in_doubt"), 1);
  EXPECT_TRUE(Insert(*pool, "acme", "a1").ok());
}

TEST_F(TransactionTest, ADeadlineThatPassesInsideCommitIsInDoubtToo) {
  testing::RunSql(database_.admin_dsn(), R"sql(
    CREATE TABLE doomed (id int);
    GRANT INSERT ON doomed TO assay_app;
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM set_config('statement_timeout', '0', true); PERFORM pg_sleep(2); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dawdles AFTER INSERT ON doomed DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION dawdle();
    ALTER DATABASE )sql" + database_.name() + " SET client_connection_check_interval = 0");
  const auto pool = MakePool();
  // The first statement of the transaction takes most of the deadline, so that the server's own timer, which starts anew
  // with every statement, comes after ours.
  const absl::Status status = pool->Transact(TxMode::kReadWrite, "acme", In(std::chrono::milliseconds(600)), [&](Tx& tx) {
    RETURN_IF_ERROR(tx.Run(kSleep, {"0.4"}).status());
    return tx.Execute(kDoom, {}).status();
  });
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_COMMIT_IN_DOUBT) << status;
}

}  // namespace
}  // namespace assay::runtime
