#include "services/scoring/store/exposure_store.h"

#include <sstream>

#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kApplications{"viewer_applications", R"sql(
  SELECT a.id, a.candidate, r.document,
         coalesce((SELECT string_agg(e.interview, ' ') FROM card_exposure e
                   WHERE e.tenant = $1 AND e.application = a.id AND e.subject = $3), '')
  FROM application a JOIN requisition r ON r.tenant = a.tenant AND r.id = a.requisition
  WHERE a.tenant = $1 AND a.id = ANY($2::text[])
)sql"};

const Query kSeats{"viewer_seats", R"sql(
  SELECT i.application, i.id, i.state, i.due_time, coalesce(p.interviewer, ''),
         coalesce(r.subject = $3 AND ($4 = '' OR r.issuer IN ('', $4)), false),
         coalesce(s.revision > 0, false)
  FROM interview i
  LEFT JOIN interview_panel p ON p.tenant = i.tenant AND p.interview = i.id
  LEFT JOIN interviewer r ON r.tenant = p.tenant AND r.id = p.interviewer
  LEFT JOIN scorecard s ON s.tenant = p.tenant AND s.interview = p.interview AND s.interviewer = p.interviewer
  WHERE i.tenant = $1 AND i.application = ANY($2::text[])
  ORDER BY i.start_time, i.id, p.interviewer
)sql"};

const Query kOwnIds{"viewer_own_ids", R"sql(
  SELECT id FROM interviewer WHERE tenant = $1 AND subject = $2 AND ($3 = '' OR issuer IN ('', $3))
)sql"};

const Query kRecord{"exposure_record", R"sql(
  INSERT INTO card_exposure (tenant, application, interview, subject, first_seen)
  SELECT $1, e.application, e.interview, $2, $3 FROM unnest($4::text[], $5::text[]) AS e (application, interview)
  ON CONFLICT DO NOTHING
)sql"};

}  // namespace

absl::StatusOr<std::vector<ApplicationFact>> ReadApplicationFacts(Tx& tx, const ViewerIdentity& viewer,
                                                                  const std::vector<std::string>& applications) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kApplications, {tx.tenant(), Value::Array(applications), viewer.subject}));
  std::vector<ApplicationFact> facts;
  for (const Row row : rows) {
    ApplicationFact& fact = facts.emplace_back();
    fact.application = row.String(0);
    fact.candidate = row.String(1);
    fact.requisition.ParseFromString(row.Bytes(2));
    std::istringstream exposed(row.String(3));
    for (std::string interview; exposed >> interview;) fact.exposed.insert(interview);
  }
  return facts;
}

absl::StatusOr<std::vector<SeatFact>> ReadSeatFacts(Tx& tx, const ViewerIdentity& viewer,
                                                    const std::vector<std::string>& applications) {
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Run(kSeats, {tx.tenant(), Value::Array(applications), viewer.subject, viewer.issuer}));
  std::vector<SeatFact> facts;
  for (const Row row : rows) {
    facts.push_back({.application = row.String(0),
                     .interview = row.String(1),
                     .interview_state = row.String(2),
                     .due_time = row.Time(3),
                     .interviewer = row.String(4),
                     .mine = row.Bool(5),
                     .submitted = row.Bool(6)});
  }
  return facts;
}

absl::StatusOr<std::vector<std::string>> ReadOwnIds(Tx& tx, const ViewerIdentity& viewer) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kOwnIds, {tx.tenant(), viewer.subject, viewer.issuer}));
  std::vector<std::string> ids;
  for (const Row row : rows) ids.push_back(row.String(0));
  return ids;
}

absl::Status RecordExposures(Tx& tx, const std::string& subject, runtime::Instant now, const std::set<Exposure>& exposures) {
  if (exposures.empty()) return absl::OkStatus();
  std::vector<std::string> applications, interviews;
  for (const Exposure& exposure : exposures) {
    applications.push_back(exposure.application);
    interviews.push_back(exposure.interview);
  }
  return tx.Execute(kRecord, {tx.tenant(), subject, now, Value::Array(applications), Value::Array(interviews)}).status();
}

}  // namespace assay::scoring
