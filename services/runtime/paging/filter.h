#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "services/runtime/db/value.h"
#include "services/runtime/paging/filter_syntax.h"

namespace assay::runtime {

// How the values of a field are compared.
enum class FilterType {
  kText,       // = != with * at either end, < <= > >= in the order of the database, : means contains, whatever the case
  kName,       // a resource, compared by its id: "candidates/c1" and "c1" are the same; = != :
  kEnum,       // one of `values`, whatever the case, with or without `prefix`; = != :
  kInteger,    // 64 bits
  kBool,       // true or false; the field alone means true
  kTime,       // RFC 3339
  kTextArray,  // = and : mean that it has the element, with * at either end
  kNameArray,  // the same of resources, compared by id
  kKey,        // a condition of its own that holds {} where the value goes; = != :
};

// What a field of a filter stands for.
struct FilterField {
  // SQL expression over the list's tables, but for kKey; it may be null, which no comparison but != holds for. Empty: the caller compares
  // the field itself and takes its terms out before; one that is left, within OR or NOT, is refused.
  std::string sql;
  FilterType type = FilterType::kText;
  std::vector<std::string> values = {};  // of kEnum, in upper case
  std::string prefix = {};               // of kEnum: "LEVEL_"
};
using FilterFields = std::map<std::string, FilterField>;

// An enum field with every value of `type` but the zero one, as they stand in columns: "FRESHER" for LEVEL_FRESHER.
FilterField EnumField(std::string sql, const google::protobuf::EnumDescriptor* type);

// A condition over an allow-list of expressions; every value in it is a parameter.
struct SqlFilter {
  std::string where = "TRUE";
  std::vector<Value> parameters;
};

// Compiles a filter to SQL whose parameters are numbered from `first_parameter`. A missing value (null or empty) equals nothing
// and differs from everything, also below NOT; `field:*` asks whether there is one. FILTER_INVALID names the fields there are.
absl::StatusOr<SqlFilter> CompileFilter(std::string_view filter, const FilterFields& fields, int first_parameter);
absl::StatusOr<SqlFilter> CompileFilter(const FilterNode& filter, const FilterFields& fields, int first_parameter);

}  // namespace assay::runtime
