#pragma once

#include <string_view>
#include <vector>

namespace assay::runtime {

// A named SQL text. The name is the prepared statement, the metric label and the log field. Every query registers itself,
// so that a test can prepare them all against the migrated schema. A connection prepares a query at its first use there.
// Lives at namespace scope.
class Query {
 public:
  Query(const char* name, const char* sql);
  // Registered by address.
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  const char* name() const { return name_; }
  const char* sql() const { return sql_; }
  // All queries linked into this process.
  static const std::vector<const Query*>& All();

 private:
  const char* name_;
  const char* sql_;
};

}  // namespace assay::runtime
