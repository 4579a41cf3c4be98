#include "services/runtime/db/value.h"

#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "services/runtime/db/pool.h"
#include "services/runtime/db/result_table.h"

namespace assay::runtime {
namespace {

Rows OneRow(const std::vector<std::optional<std::string>>& cells) {
  PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::string name = "column";
  std::vector<PGresAttDesc> columns(cells.size(), PGresAttDesc{name.data(), 0, 0, 0, kText, -1, -1});
  PQsetResultAttrs(result, static_cast<int>(columns.size()), columns.data());
  for (size_t i = 0; i < cells.size(); ++i) {
    std::string cell = cells[i].value_or("");
    PQsetvalue(result, 0, static_cast<int>(i), cells[i] ? cell.data() : nullptr, cells[i] ? static_cast<int>(cell.size()) : -1);
  }
  auto table = std::make_shared<ResultTable>();
  table->result.reset(result, PQclear);
  table->rows = 1;
  table->encodings.assign(cells.size(), Encoding::kText);
  return Rows(table, 1);
}

TEST(Value, ArraysQuoteWhatPostgresWouldMisread) {
  EXPECT_EQ(*Value::Array(std::vector<std::string>{"a", "b,c", "say \"hi\"", "back\\slash", ""}).text(),
            R"({"a","b,c","say \"hi\"","back\\slash",""})");
  EXPECT_EQ(*Value::Array(std::vector<std::optional<std::string>>{"NULL", std::nullopt}).text(), R"({"NULL",NULL})");
  EXPECT_EQ(*Value::Array(std::vector<int32_t>{}).text(), "{}");
  EXPECT_EQ(*Value::Array(std::vector<std::optional<int32_t>>{1, std::nullopt, -3}).text(), "{1,NULL,-3}");
  EXPECT_EQ(*Value::Array(std::vector<bool>{true, false}).text(), "{t,f}");
  EXPECT_EQ(*Value::ByteArray({std::string("\0\xff", 2)}).text(), R"({"\\x00ff"})");
}

TEST(Value, AbsentOptionalsAreNull) {
  EXPECT_FALSE(Value(std::optional<std::string>()).text().has_value());
  EXPECT_EQ(*Value(std::optional<int32_t>(7)).text(), "7");
  EXPECT_FALSE(Value(std::nullopt).text().has_value());
}

TEST(Row, ReadsATimestampToTheMicrosecond) {
  const Rows rows = OneRow({"2026-11-21 09:30:00.5+00", "1969-12-31 23:59:59.999999+00", std::nullopt});
  EXPECT_EQ(ToText(rows[0].Time(0)), "2026-11-21T09:30:00.500000Z");
  EXPECT_EQ(ToMicros(rows[0].Time(1)), -1);
  EXPECT_EQ(rows[0].OptionalTime(2), std::nullopt);
}

TEST(Row, RefusesWhatIsNotThereInsteadOfMakingItUp) {
  const Rows rows = OneRow({"x1", std::nullopt, "2026-11-21 09:30:00+02"});
  EXPECT_THROW(rows[0].Int(0), std::logic_error);
  EXPECT_THROW(rows[0].Text(1), std::logic_error);
  EXPECT_THROW(rows[0].Time(2), std::logic_error);
  EXPECT_THROW(rows[0].Text(3), std::logic_error);
  EXPECT_THROW(rows[1].Text(0), std::logic_error);
}

TEST(Row, ReadsTheWholeRangeOfItsNumbers) {
  const Rows rows = OneRow({"-9223372036854775808", "18446744073709551615", "f"});
  EXPECT_EQ(rows[0].Int64(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(rows[0].Uint64(1), std::numeric_limits<uint64_t>::max());
  EXPECT_FALSE(rows[0].Bool(2));
}

}  // namespace
}  // namespace assay::runtime
