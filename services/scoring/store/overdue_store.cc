#include "services/scoring/store/overdue_store.h"

#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Instant;
using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kTenants{"overdue_tenants", "SELECT tenants_past_due($1, $2)"};

const Query kLockInterviews{"overdue_lock_interviews", R"sql(
  SELECT i.id FROM interview i
  WHERE i.tenant = $1 AND i.state NOT IN ('CLOSED', 'CANCELED') AND i.due_time > $2 AND i.due_time <= $3
    AND EXISTS (
      SELECT 1 FROM interview_panel p
      WHERE p.tenant = i.tenant AND p.interview = i.id
        AND NOT EXISTS (SELECT 1 FROM scorecard s
                        WHERE s.tenant = p.tenant AND s.interview = p.interview AND s.interviewer = p.interviewer
                          AND s.state <> 'DRAFT')
        AND NOT EXISTS (SELECT 1 FROM scorecard_overdue o
                        WHERE o.tenant = p.tenant AND o.interview = p.interview AND o.interviewer = p.interviewer))
  ORDER BY i.due_time, i.id LIMIT $4
  FOR NO KEY UPDATE OF i SKIP LOCKED
)sql"};

// After the lock, so that it sees what went in before.
const Query kSeats{"overdue_seats", R"sql(
  SELECT i.id, i.state, (extract(epoch FROM i.due_time) * 1000000)::bigint, i.application, i.candidate, i.requisition,
         p.interviewer, coalesce(s.state, ''), coalesce(s.version, 0), coalesce(s.revision, 0), coalesce(s.document, ''),
         o.interview IS NOT NULL
  FROM interview i
  JOIN interview_panel p ON p.tenant = i.tenant AND p.interview = i.id
  LEFT JOIN scorecard s ON s.tenant = p.tenant AND s.interview = p.interview AND s.interviewer = p.interviewer
  LEFT JOIN scorecard_overdue o ON o.tenant = p.tenant AND o.interview = p.interview AND o.interviewer = p.interviewer
  WHERE i.tenant = $1 AND i.id = ANY($2::text[])
  ORDER BY i.due_time, i.id, p.interviewer
)sql"};

const Query kMark{"overdue_mark", R"sql(
  INSERT INTO scorecard_overdue (tenant, interview, interviewer, emit_time)
  SELECT $1, c.interview, c.interviewer, $4 FROM unnest($2::text[], $3::text[]) AS c (interview, interviewer)
  ORDER BY c.interview, c.interviewer
  ON CONFLICT DO NOTHING
  RETURNING interview, interviewer
)sql"};

enum Column { kInterview, kInterviewState, kDueTime, kApplication, kCandidate, kRequisition, kInterviewer, kState, kVersion,
              kRevision, kDocument, kTold };

OwedCardRow ToOwed(const Row& row) {
  OwedCardRow seat;
  seat.card.key = {row.String(kInterview), row.String(kInterviewer)};
  seat.card.application = row.String(kApplication);
  seat.card.candidate = row.String(kCandidate);
  seat.card.requisition = row.String(kRequisition);
  seat.card.version = row.Int64(kVersion);
  seat.card.revision = row.Int(kRevision);
  seat.card.document = row.Bytes(kDocument);
  v1::ScorecardState_Parse("SCORECARD_STATE_" + row.String(kState), &seat.card.state);
  v1::InterviewState_Parse("INTERVIEW_STATE_" + row.String(kInterviewState), &seat.owed.interview_state);
  seat.owed.due_time = runtime::FromMicros(row.Int64(kDueTime));
  seat.owed.in = !seat.card.draft();
  seat.owed.told = row.Bool(kTold);
  return seat;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> TenantsPastDue(Tx& tx, Instant since, Instant until) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kTenants, {since, until}));
  std::vector<std::string> tenants;
  for (const Row row : rows) tenants.push_back(row.String(0));
  return tenants;
}

absl::StatusOr<std::vector<OwedCardRow>> LockOwedCards(Tx& tx, Instant since, Instant until, int limit) {
  ASSIGN_OR_RETURN(const Rows locked, tx.Run(kLockInterviews, {tx.tenant(), since, until, limit}));
  std::vector<OwedCardRow> seats;
  if (locked.empty()) return seats;
  std::vector<std::string> interviews;
  for (const Row row : locked) interviews.push_back(row.String(0));
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kSeats, {tx.tenant(), Value::Array(interviews)}));
  for (const Row row : rows) seats.push_back(ToOwed(row));
  return seats;
}

absl::StatusOr<std::vector<CardKey>> MarkOverdue(Tx& tx, const std::vector<CardKey>& cards, Instant now) {
  std::vector<CardKey> marked;
  if (cards.empty()) return marked;
  std::vector<std::string> interviews, interviewers;
  for (const CardKey& card : cards) {
    interviews.push_back(card.interview);
    interviewers.push_back(card.interviewer);
  }
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Run(kMark, {tx.tenant(), Value::Array(interviews), Value::Array(interviewers), now}));
  for (const Row row : rows) marked.push_back({row.String(0), row.String(1)});
  return marked;
}

}  // namespace assay::scoring
