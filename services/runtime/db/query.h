#pragma once

#include <string_view>
#include <vector>

namespace assay::runtime {

// A named SQL text. The name is the prepared statement, the metric label and the log field. Every query registers itself,
// so that a test can prepare them all against the migrated schema and a connection prepares its own at birth.
class Query {
 public:
  Query(const char* name, const char* sql);
  const char* name() const { return name_; }
  const char* sql() const { return sql_; }
  // All queries linked into this process.
  static const std::vector<const Query*>& All();

 private:
  const char* name_;
  const char* sql_;
};

}  // namespace assay::runtime
