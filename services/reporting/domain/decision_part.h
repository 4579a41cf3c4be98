#pragma once

#include "assay/reporting/v1/report.pb.h"
#include "services/reporting/domain/report_source.h"
#include "services/reporting/domain/wording.h"

namespace assay::reporting {

// The decision that counts: the newest that still stands, else the newest; null when there is none.
const scoring::v1::Decision* CurrentDecision(const ReportSource& source);

// Names of competencies, flags and interviewers for sentences.
Names NamesOf(const ReportSource& source);

// Label of a token subject: the interviewer of that subject, else the subject.
std::string SubjectLabel(const ReportSource& source, const std::string& subject);

// Fills outcome, averages, competencies, trace, robustness and charts, with the caveats that belong to them.
void AddDecision(const ReportSource& source, const scoring::v1::Decision& decision, const Names& names,
                 v1::CandidateReport& report);

}  // namespace assay::reporting
