#pragma once

#include <string>
#include <vector>

#include "services/bank/domain/kit.h"

namespace assay::bank {

// A role, level and format that the bank cannot serve often enough.
struct CoverageGap {
  std::string role;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  std::string format;
  // Rounds without a repeat that could be filled, fewer than asked for.
  int rounds = 0;
  std::string message;
};

// Tries every role with every format at every level for so many rounds of one candidate, no question asked twice.
std::vector<CoverageGap> FindCoverageGaps(const KitCatalogue& catalogue, const std::vector<std::string>& roles,
                                          int rounds = 3);

}  // namespace assay::bank
