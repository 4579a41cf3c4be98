#pragma once

#include "services/scoring/api/parts.h"

namespace assay::scoring {

// The interviewer methods of InterviewService; bound by BindInterviews.
void BindInterviewers(runtime::Service& service, ScoringParts& parts);

}  // namespace assay::scoring
