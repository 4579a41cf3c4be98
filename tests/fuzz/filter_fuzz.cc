// A filter is refused or understood; what is understood prints to a text that parses to the same and compiles alike, with as many
// parameters as terms at most and none of the values in the SQL.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/runtime/paging/filter.h"

namespace {

using assay::runtime::FilterFields;
using assay::runtime::FilterType;

const FilterFields& Fields() {
  static const FilterFields fields{{"id", {"q.id"}},
                                   {"level", {"q.level", FilterType::kEnum, {"FRESHER", "SENIOR"}, "LEVEL_"}},
                                   {"pack", {"q.pack", FilterType::kName}},
                                   {"minutes", {"q.minutes", FilterType::kInteger}},
                                   {"leaked", {"q.leaked", FilterType::kBool}},
                                   {"publish_time", {"q.publish_time", FilterType::kTime}},
                                   {"tag", {"q.tags", FilterType::kTextArray}},
                                   {"stage", {}}};
  return fields;
}

void Require(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = assay::runtime::ParseFilter(text);
  if (!parsed.ok()) return 0;
  const std::string printed = assay::runtime::PrintFilter(*parsed);
  const auto again = assay::runtime::ParseFilter(printed);
  Require(again.ok() && *again == *parsed);
  const auto compiled = assay::runtime::CompileFilter(text, Fields(), 1);
  const auto same = assay::runtime::CompileFilter(printed, Fields(), 1);
  Require(compiled.ok() == same.ok());
  if (!compiled.ok()) return 0;
  Require(compiled->where == same->where);
  Require(compiled->parameters.size() <= assay::runtime::kMaxFilterTerms);
  // Nothing but our own words is in the SQL: no quote except of the constants, no comment, no second statement.
  Require(compiled->where.find(';') == std::string::npos && compiled->where.find("--") == std::string::npos &&
          compiled->where.find("/*") == std::string::npos && compiled->where.find('\\') == std::string::npos);
  return 0;
}
