#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::runtime {

// Splits a resource name by its pattern: ("interviews/*/scorecards/*", "interviews/i1/scorecards/dana") → {"i1", "dana"}.
// NOT_FOUND when it does not match, so that a malformed name and a missing resource answer alike after validation.
absl::StatusOr<std::vector<std::string>> ParseName(std::string_view pattern, std::string_view name);

// Whether `name` has the pattern's shape; a segment is [a-z0-9][a-z0-9-]{0,62}, the last one may carry "@revision".
bool MatchesName(std::string_view pattern, std::string_view name);

// "q037@3" → ("q037", 3); no "@" → revision 0.
struct RevisionName {
  std::string id;
  int revision = 0;
};
absl::StatusOr<RevisionName> ParseRevision(std::string_view segment);

// [a-z0-9][a-z0-9-]{0,62}
bool IsIdentifier(std::string_view text);

}  // namespace assay::runtime
