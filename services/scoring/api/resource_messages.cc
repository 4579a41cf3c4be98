#include "services/scoring/api/resource_messages.h"

#include <fmt/format.h>

#include <set>

#include "services/runtime/base/error.h"

namespace assay::scoring {

absl::Status CheckExternalIds(const ExternalIds& ids, const std::string& prefix) {
  runtime::Violations violations;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < ids.size(); ++i) {
    if (!seen.emplace(ids[i].system(), ids[i].id()).second) {
      violations.Add(fmt::format("{}external_ids[{}]", prefix, i), "is given twice");
    }
  }
  return violations.ToStatus();
}

}  // namespace assay::scoring
