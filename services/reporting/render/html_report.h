#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "assay/reporting/v1/report.pb.h"

namespace assay::reporting {

// The report as one self-contained HTML page: no script, nothing loaded from elsewhere, every text escaped for the place where
// it stands. Times are written in report.time_zone (an unknown zone is written as UTC).
absl::StatusOr<std::string> CandidateReportHtml(const v1::CandidateReport& report);

// "12 November 2026, 14:03 CET"; whether `zone` is one is `known`.
std::string TimeIn(const google::protobuf::Timestamp& time, const std::string& zone);
bool IsTimeZone(const std::string& zone);

}  // namespace assay::reporting
