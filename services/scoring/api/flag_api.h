#pragma once

#include "services/scoring/api/judged_content_cache.h"
#include "services/scoring/api/parts.h"

namespace assay::scoring {

// Binds the flag methods of ScorecardService; everything is kept by reference.
void BindFlags(runtime::Service& service, ScoringParts& parts, JudgedContentCache& contents);

}  // namespace assay::scoring
