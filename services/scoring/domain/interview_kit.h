#pragma once

#include <string>
#include <vector>

#include "assay/bank/v1/kit.pb.h"
#include "assay/scoring/v1/interview.pb.h"

namespace assay::scoring {

// Pins `kit` to the interview: what it asks, area ratings expected and, where the interview states no duration, how long it
// takes. `forms` are the kits of a PARALLEL plan; a question that all of them hold is an anchor.
void PinKit(const bank::v1::Kit& kit, const std::vector<bank::v1::Kit>& forms, v1::Interview& interview);

}  // namespace assay::scoring
