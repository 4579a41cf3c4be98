#pragma once

#include "services/scoring/api/parts.h"
#include "services/scoring/api/submit_coalescer.h"

namespace assay::scoring {

// Binds ScorecardService, flags included; everything is kept by reference.
void BindScorecards(runtime::Service& service, ScoringParts& parts, SubmitCoalescer& coalescer);

}  // namespace assay::scoring
