#pragma once

#include "services/reporting/domain/report_source.h"
#include "services/reporting/domain/viewer.h"
#include "services/runtime/base/instant.h"

namespace assay::reporting {

// An application with two rounds, three interviewers, a flag and a signed decision: a panel as it might have been.
ReportSource SampleSource();

// Monday 23 November 2026, 13:03 UTC: after everything in the sample.
runtime::Instant SampleNow();

// A decider of the sample's requisition, who sits on no panel.
Viewer Decider();
// The interviewer of subject `subject`.
Viewer Interviewer(const std::string& subject);

// Takes the card of (interview id, interviewer id) out of the sample.
void RemoveCard(ReportSource& source, const std::string& interview, const std::string& interviewer);

}  // namespace assay::reporting
