#include "services/scoring/store/snapshot_store.h"

#include <utility>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;

// Columns: key, name, version, state, then ids of candidate, requisition, application, interview and interviewer ('' = none).
const Query kCandidates{"snapshot_candidates", R"sql(
  SELECT id, 'candidates/' || id, version, state, '', '', '', '', '' FROM candidate
  WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3
)sql"};

const Query kRequisitions{"snapshot_requisitions", R"sql(
  SELECT id, 'requisitions/' || id, version, state, '', '', '', '', '' FROM requisition
  WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3
)sql"};

const Query kApplications{"snapshot_applications", R"sql(
  SELECT id, 'applications/' || id, version, state, candidate, requisition, '', '', '' FROM application
  WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3
)sql"};

const Query kInterviewers{"snapshot_interviewers", R"sql(
  SELECT id, 'interviewers/' || id, version, state, '', '', '', '', '' FROM interviewer
  WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3
)sql"};

const Query kInterviews{"snapshot_interviews", R"sql(
  SELECT id, 'interviews/' || id, version, state, candidate, requisition, application, '', '' FROM interview
  WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3
)sql"};

const Query kScorecards{"snapshot_scorecards", R"sql(
  SELECT interview || '/' || interviewer, 'interviews/' || interview || '/scorecards/' || interviewer, version, state,
         candidate, requisition, application, interview, interviewer
  FROM scorecard
  WHERE tenant = $1 AND (interview, interviewer) > (split_part($2, '/', 1), split_part($2, '/', 2))
  ORDER BY interview, interviewer LIMIT $3
)sql"};

const Query kFlags{"snapshot_flags", R"sql(
  SELECT application || '/' || id, 'applications/' || application || '/flags/' || id, version, state,
         '', '', application, interview, interviewer
  FROM flag
  WHERE tenant = $1 AND (application, id) > (split_part($2, '/', 1), split_part($2, '/', 2))
  ORDER BY application, id LIMIT $3
)sql"};

const Query kDecisions{"snapshot_decisions", R"sql(
  SELECT d.application || '/' || d.id, 'applications/' || d.application || '/decisions/' || d.id, d.version, d.state,
         a.candidate, a.requisition, d.application, '', ''
  FROM decision d JOIN application a ON a.tenant = d.tenant AND a.id = d.application
  WHERE d.tenant = $1 AND (d.application, d.id) > (split_part($2, '/', 1), split_part($2, '/', 2))
  ORDER BY d.application, d.id LIMIT $3
)sql"};

struct Listing {
  const char* collection;
  const Query* query;
};

constexpr Listing kListings[] = {
    {"candidates", &kCandidates},   {"requisitions", &kRequisitions}, {"applications", &kApplications},
    {"interviewers", &kInterviewers}, {"interviews", &kInterviews},   {"scorecards", &kScorecards},
    {"flags", &kFlags},             {"decisions", &kDecisions},
};

constexpr std::pair<const char*, const char*> kRoles[] = {{"candidate", "candidates/"},
                                                          {"requisition", "requisitions/"},
                                                          {"application", "applications/"},
                                                          {"interview", "interviews/"},
                                                          {"interviewer", "interviewers/"}};
constexpr int kFirstRole = 4;

SnapshotRow FromRow(const Row& row) {
  SnapshotRow snapshot{row.String(0), row.String(1), row.Int64(2), row.String(3), {}};
  int column = kFirstRole;
  for (const auto& [role, prefix] : kRoles) {
    if (!row.Text(column).empty()) snapshot.related[role] = prefix + row.String(column);
    ++column;
  }
  return snapshot;
}

}  // namespace

const std::vector<std::string>& SnapshotCollections() {
  static const std::vector<std::string> collections = [] {
    std::vector<std::string> names;
    for (const Listing& listing : kListings) names.emplace_back(listing.collection);
    return names;
  }();
  return collections;
}

absl::StatusOr<std::vector<SnapshotRow>> ReadSnapshot(runtime::Tx& tx, const std::string& collection, const std::string& key,
                                                      int limit) {
  for (const Listing& listing : kListings) {
    if (collection != listing.collection) continue;
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(*listing.query, {tx.tenant(), key, limit}));
    std::vector<SnapshotRow> snapshot;
    for (const Row row : rows) snapshot.push_back(FromRow(row));
    return snapshot;
  }
  return runtime::NotFound(collection);
}

}  // namespace assay::scoring
