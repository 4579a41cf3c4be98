#include "services/runtime/db/query.h"

#include <fmt/format.h>

namespace assay::runtime {
namespace {

constexpr std::string_view kPlace = "{filter}";

// Function-static, so that it exists before the first query of any translation unit.
std::vector<const Query*>& Registry() {
  static std::vector<const Query*> registry;
  return registry;
}

}  // namespace

Query::Query(const char* name, const char* sql) : name_(name), sql_(sql) { Registry().push_back(this); }

const std::vector<const Query*>& Query::All() { return Registry(); }

FilteredQuery::FilteredQuery(const char* label, std::string_view sql)
    : head_(sql.substr(0, sql.find(kPlace))),
      tail_(sql.substr(sql.find(kPlace) + kPlace.size())),
      unfiltered_text_(head_ + "TRUE" + tail_),
      unfiltered_(label, unfiltered_text_.c_str()) {}

DynamicQuery FilteredQuery::Where(std::string_view condition) const {
  return DynamicQuery(unfiltered_.label(), fmt::format("{}{}{}", head_, condition, tail_));
}

}  // namespace assay::runtime
