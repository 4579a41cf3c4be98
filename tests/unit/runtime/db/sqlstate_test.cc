#include "services/runtime/db/sqlstate.h"

#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "services/runtime/db/pool.h"

namespace assay::runtime {
namespace {

DbFailure Map(std::string_view sqlstate, std::string_view message = "ERROR:  something", bool deadline_passed = false,
              bool read_only = false) {
  return FromSqlState(sqlstate, message, {.query = "q", .deadline_passed = deadline_passed, .read_only = read_only});
}

TEST(ConstraintName, IsReadFromItsOwnFieldWhateverTheServersLanguage) {
  EXPECT_EQ(ConstraintIn("FEHLER:  23505: doppelter Schl\xC3\xBCsselwert verletzt Unique-Constraint \xC2\xBBitem_pkey\xC2\xAB\n"
                         "DETAIL:  …\nSCHEMA NAME:  public\nTABLE NAME:  item\nCONSTRAINT NAME:  item_pkey\nLOCATION:  _bt\n"),
            "item_pkey");
}

TEST(ConstraintName, CannotBeForgedByAValueInTheDetail) {
  EXPECT_EQ(ConstraintIn("ERROR:  23505: duplicate key\nDETAIL:  Key (id)=(x\nCONSTRAINT NAME:  forged\n) exists.\n"
                         "CONSTRAINT NAME:  item_pkey\n"),
            "item_pkey");
}

TEST(ConstraintName, IsReadFromThePlainMessageWhenThereIsNoField) {
  EXPECT_EQ(ConstraintIn("ERROR:  duplicate key value violates unique constraint \"item_pkey\"\nDETAIL:  constraint \"no\""),
            "item_pkey");
  EXPECT_EQ(ConstraintIn("ERROR:  division by zero"), "");
}

TEST(SqlState, ViolationsCarryTheConstraintButNotInTheMessage) {
  const DbFailure unique = Map("23505", "ERROR:  23505: duplicate key\nCONSTRAINT NAME:  item_pkey\n");
  EXPECT_EQ(ReasonOf(unique.status), v1::ERROR_REASON_ALREADY_EXISTS);
  EXPECT_EQ(ViolatedConstraint(unique.status), "item_pkey");
  EXPECT_EQ(std::string(unique.status.message()).find("item_pkey"), std::string::npos);
  EXPECT_EQ(unique.discard, nullptr);
}

TEST(SqlState, AMissingParentAndARemainingChildAreToldApart) {
  const DbFailure parent = Map("23503", "ERROR:  23503: insert or update on table \"c\" violates foreign key constraint \"c_fk\"");
  EXPECT_EQ(ReasonOf(parent.status), v1::ERROR_REASON_PARENT_NOT_FOUND);
  EXPECT_EQ(ViolatedConstraint(parent.status), "c_fk");
  const DbFailure child = Map("23503", "ERROR:  23503: update or delete on table \"p\" violates foreign key constraint \"c_fk\"");
  EXPECT_EQ(ReasonOf(child.status), v1::ERROR_REASON_HAS_CHILDREN);
}

TEST(SqlState, OnlyConflictsOfWholeTransactionsRunAgain) {
  for (const char* sqlstate : {"40001", "40P01"}) {
    EXPECT_TRUE(Map(sqlstate).retryable) << sqlstate;
    EXPECT_EQ(ReasonOf(Map(sqlstate).status), v1::ERROR_REASON_CONFLICT) << sqlstate;
  }
  for (const char* sqlstate : {"23505", "55P03", "57014", "57P01", "40003", "42601", "53300"}) {
    EXPECT_FALSE(Map(sqlstate).retryable) << sqlstate;
  }
}

TEST(SqlState, ALostServerIsUnavailableAndItsConnectionIsNotUsedAgain) {
  for (const char* sqlstate : {"57P01", "57P02", "57P03", "08006", "25P03"}) {
    const DbFailure failure = Map(sqlstate);
    EXPECT_EQ(ReasonOf(failure.status), v1::ERROR_REASON_UNAVAILABLE) << sqlstate;
    EXPECT_STREQ(failure.discard, "broken") << sqlstate;
  }
}

TEST(SqlState, ACancelledStatementIsADeadlineOnlyWhenTimeWasUp) {
  EXPECT_EQ(ReasonOf(Map("57014", "ERROR:  57014: canceling statement due to statement timeout").status),
            v1::ERROR_REASON_DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(Map("57014", "ERROR:  57014: canceling statement due to user request").status), v1::ERROR_REASON_CANCELLED);
  EXPECT_EQ(ReasonOf(Map("57014", "ERROR:  57014: ?", true).status), v1::ERROR_REASON_DEADLINE_EXCEEDED);
}

TEST(SqlState, AReadOnlyServerIsAFailoverUnlessReadOnlyWasAskedFor) {
  EXPECT_EQ(ReasonOf(Map("25006").status), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_STREQ(Map("25006").discard, "read_only");
  EXPECT_EQ(ReasonOf(Map("25006", "ERROR:  x", false, true).status), v1::ERROR_REASON_INTERNAL);
}

TEST(SqlState, AFullDiskIsUnavailableAndTooManyConnectionsIsOverload) {
  EXPECT_EQ(ReasonOf(Map("53100").status), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(Map("53300").status), v1::ERROR_REASON_OVERLOADED);
}

TEST(SqlState, AnythingElseIsOurFaultAndShowsNothingOfTheServersWords) {
  const DbFailure failure = Map("22P02", "ERROR:  22P02: invalid input syntax for type integer: \"Ada Lovelace\"");
  EXPECT_EQ(ReasonOf(failure.status), v1::ERROR_REASON_INTERNAL);
  EXPECT_EQ(std::string(failure.status.message()).find("Ada"), std::string::npos);
}

}  // namespace
}  // namespace assay::runtime
