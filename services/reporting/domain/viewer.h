#pragma once

#include <string>
#include <vector>

#include "services/reporting/domain/report_source.h"
#include "services/runtime/base/instant.h"
#include "services/visibility/visibility.h"

namespace assay::reporting {

// Who asks for a report, as their token says. On behalf of a person it is that person, and the tenant-wide rights are false.
struct Viewer {
  std::string subject;
  // Empty = any issuer of the tenant.
  std::string issuer;
  bool read_any = false;
  bool auditor = false;
  bool fairness = false;
};

// The viewer's standing towards one application.
struct Standing {
  visibility::Facts facts;
  // Resource names under which the viewer interviews.
  std::vector<std::string> interviewers;
  // A panel names an interviewer that the read model has not got: who that is cannot be told, so nothing that was judged may
  // be shown to anyone.
  bool panel_unknown = false;

  // Whether the viewer is this interviewer, or this subject.
  bool Is(const std::string& interviewer_or_subject) const;
  std::string subject;
};

// `now` decides which cards are due.
Standing StandingOf(const ReportSource& source, const Viewer& viewer, runtime::Instant now);

// When the cards of an interview are due: as it says, else 24 hours after its planned end.
runtime::Instant DueTime(const scoring::v1::Interview& interview);

// Whether the interviewer has a submitted card of the interview (resource names).
bool CardIsIn(const ReportSource& source, const std::string& interview, const std::string& interviewer);

// Interviews in the order they are held.
std::vector<const scoring::v1::Interview*> InOrder(const ReportSource& source);

// "interviews/i1" → "i1".
std::string LastSegment(const std::string& name);

}  // namespace assay::reporting
