#pragma once

#include <cstdint>
#include <memory>
#include <vector>

struct pg_result;

namespace assay::runtime {

// Types as the server's pg_type.dat numbers them; they never change.
enum Type : uint32_t {
  kBool = 16, kBytea = 17, kInt8 = 20, kInt4 = 23, kText = 25, kBoolArray = 1000, kByteaArray = 1001, kInt4Array = 1007, kTextArray = 1009,
  kInt8Array = 1016, kTimestamptz = 1184
};

// What a cell holds: PostgreSQL's text form, or one of its binary ones.
enum class Encoding { kText, kBool, kInt32, kInt64, kBytes, kTime };

// What Rows and Row point at, so that no header but the connection's knows the driver.
struct ResultTable {
  std::shared_ptr<const pg_result> result;
  int rows = 0;
  std::vector<Encoding> encodings;  // by column
};

}  // namespace assay::runtime
