#pragma once

#include "services/scoring/api/parts.h"

namespace assay::scoring {

// Binds DecisionService; `parts` is kept by reference.
void BindDecisions(runtime::Service& service, ScoringParts& parts);

}  // namespace assay::scoring
