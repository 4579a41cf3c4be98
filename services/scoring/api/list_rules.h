#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/runtime/paging/filter.h"

namespace assay::scoring {

// What a list of one resource type can be filtered by besides the fields of its table.
struct ListRules {
  // Fields compared after reading, each in a term of its own: what stands in no column, and what only those may be asked for who
  // see it. A page may then be short.
  std::vector<std::string> fields = {};
  // The one order there is, also when it is spelled out.
  std::string order = {};
};

// Systems of external ids, compared after reading.
inline constexpr char kExternalSystem[] = "external_ids.system";

// A filter as it applies to one type.
class ListFilter {
 public:
  // An AIP-160 filter over `columns`, whose parameters start at `first_parameter`, and the rules' fields. FILTER_INVALID for what
  // is not understood, and for a value that an enum does not have.
  static absl::StatusOr<ListFilter> Parse(const ListRules& rules, const runtime::FilterFields& columns, int first_parameter,
                                          const google::protobuf::Descriptor* type, const std::string& filter,
                                          const std::string& order_by);

  // Of the list's statement.
  const runtime::SqlFilter& sql() const { return sql_; }
  // Whether a resource that the statement lets through satisfies the other terms.
  bool Matches(const google::protobuf::Message& message) const;

 private:
  struct Wanted {
    std::string field;
    std::string value;
    bool differs = false;
  };

  runtime::SqlFilter sql_;
  std::vector<Wanted> wanted_;
};

}  // namespace assay::scoring
