#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/kit.pb.h"
#include "assay/scoring/v1/interview.pb.h"
#include "assay/scoring/v1/requisition.pb.h"

namespace assay::scoring {

// What is known of a stage's interviews so far.
struct StageHistory {
  std::string first_kit;  // of its earliest interview; "" where none is pinned
  int interviews = 0;
};

// Name of the kit that a new interview of `stage` gets: the one given, else by the stage's plan; "" where there is none to
// pin. INVALID_FIELDS where the plan asks for another one, or draws kits and none is given.
absl::StatusOr<std::string> ChooseKit(const v1::Stage& stage, const std::string& given, const StageHistory& history);

// Pins `kit` to the interview: what it asks, area ratings expected and, where the interview states no duration, how long it
// takes. `forms` are the kits of a PARALLEL plan; a question that all of them hold is an anchor.
void PinKit(const bank::v1::Kit& kit, const std::vector<bank::v1::Kit>& forms, v1::Interview& interview);

}  // namespace assay::scoring
