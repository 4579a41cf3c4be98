#pragma once

#include <optional>
#include <string_view>

#include "assay/scoring/v1/scorecard.pb.h"

namespace assay::scoring {

// What an ATS's own value means here. Nullopt = the system is known and the value is not; UNSPECIFIED = the system is not
// known, so that only the raw value is kept.
//   greenhouse       definitely_not, no, mixed, yes, strong_yes, no_decision
//   merge, unified   DEFINITELY_NO, NO, YES, STRONG_YES, NO_DECISION
//   ashby            1 to 4
//   workable         0 to 4 stars
std::optional<v1::Recommendation> FromExternal(std::string_view system, std::string_view value);

}  // namespace assay::scoring
