#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace assay::scoring {

// What a list of one resource type can be filtered by.
struct ListRules {
  // Terms of the table's list statement, in its order. A resource name is compared by its id, except `whole_names`.
  std::vector<std::string> columns = {};
  // Fields compared after reading; a page may then be short.
  std::vector<std::string> fields = {};
  std::vector<std::string> whole_names = {};
  // The one order there is, also when it is spelled out.
  std::string order = {};
};

// A filter as it applies to one type.
class ListFilter {
 public:
  // Equality terms joined by AND. FILTER_INVALID for what is not understood, and for a value that an enum does not have.
  static absl::StatusOr<ListFilter> Parse(const ListRules& rules, const google::protobuf::Descriptor* type,
                                          const std::string& filter, const std::string& order_by);

  const std::vector<std::optional<std::string>>& columns() const { return columns_; }
  // Whether a resource that the columns let through satisfies the other terms.
  bool Matches(const google::protobuf::Message& message) const;

 private:
  std::vector<std::optional<std::string>> columns_;
  std::map<std::string, std::string> fields_;
};

}  // namespace assay::scoring
