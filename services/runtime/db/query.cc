#include "services/runtime/db/query.h"

namespace assay::runtime {
namespace {

// Function-static, so that it exists before the first query of any translation unit.
std::vector<const Query*>& Registry() {
  static std::vector<const Query*> registry;
  return registry;
}

}  // namespace

Query::Query(const char* name, const char* sql) : name_(name), sql_(sql) { Registry().push_back(this); }

const std::vector<const Query*>& Query::All() { return Registry(); }

}  // namespace assay::runtime
