#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::runtime {

// A filter of equality terms joined by AND: `level = "fresher" AND competency = "genai-llm"`. Bare words may stand without
// quotes. FILTER_INVALID names what is not understood and the fields there are.
absl::StatusOr<std::map<std::string, std::string>> ParseFilter(std::string_view filter,
                                                               const std::vector<std::string>& fields);

// Value of a field, nullopt when the filter does not name it; for `$n::text IS NULL OR column = $n`.
std::optional<std::string> TermOf(const std::map<std::string, std::string>& terms, const std::string& field);

}  // namespace assay::runtime
