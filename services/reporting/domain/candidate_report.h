#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "assay/reporting/v1/report.pb.h"
#include "services/reporting/domain/report_source.h"
#include "services/reporting/domain/viewer.h"
#include "services/runtime/base/instant.h"

namespace assay::reporting {

struct ReportOptions {
  runtime::Instant now{};
  // IANA zone; empty = the requisition's, else UTC.
  std::string time_zone;
  std::string as_of_cursor;
};

// A report with what its delivery has to know.
struct BuiltReport {
  v1::CandidateReport report;
  // Something was shown by a tenant-wide right: the read is audited before it is answered.
  bool privileged = false;
  // Interviews (names) of which it shows a card or rating of somebody other than the viewer.
  std::set<std::string> peers_shown;
};

// The candidate report as `viewer` may see it. NOT_FOUND where the application is hidden from them; UNAVAILABLE while the read
// model does not know who sits on a panel. What `withheld` says depends on the viewer's part alone and never on what is hidden.
absl::StatusOr<BuiltReport> BuildCandidateReport(const ReportSource& source, const Viewer& viewer, const ReportOptions& options);

}  // namespace assay::reporting
