#pragma once

#include <string>
#include <string_view>
#include <utility>
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
  const char* label() const { return name_; }
  const char* sql() const { return sql_; }
  // All queries linked into this process.
  static const std::vector<const Query*>& All();

 private:
  const char* name_;
  const char* sql_;
};

// A statement whose text depends on what was asked, such as a list with a filter. Metrics and logs know all texts under the one
// label, so that callers cannot make up new series. A connection keeps the statements that it used last prepared. The text never
// holds a value: values are parameters.
class DynamicQuery {
 public:
  // `label` has static storage.
  DynamicQuery(const char* label, std::string sql) : label_(label), sql_(std::move(sql)) {}
  const char* label() const { return label_; }
  const std::string& sql() const { return sql_; }

 private:
  const char* label_;
  std::string sql_;
};

// A statement with one place `{filter}` for a condition. Registered with TRUE in it. Lives at namespace scope.
class FilteredQuery {
 public:
  FilteredQuery(const char* label, std::string_view sql);
  // `condition` is SqlFilter::where, its parameters numbered behind those of the statement.
  DynamicQuery Where(std::string_view condition) const;

 private:
  const std::string head_;
  const std::string tail_;
  const std::string unfiltered_text_;
  const Query unfiltered_;
};

}  // namespace assay::runtime
