#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/requisition.pb.h"
#include "services/runtime/db/pool.h"

namespace assay::scoring {

// What the visibility predicate asks of the database about one person.
struct ViewerIdentity {
  std::string issuer;  // "" = any, for a person an integration acts for
  std::string subject;
};

// One seat of a panel of an application, with the state of the card that goes with it.
struct SeatFact {
  std::string application;
  std::string interview;
  std::string interview_state;  // "CLOSED" …
  runtime::Instant due_time{};
  std::string interviewer;  // "" where the panel is empty
  bool mine = false;        // the seat is the viewer's
  bool submitted = false;
};

struct ApplicationFact {
  std::string application;
  std::string candidate;
  v1::Requisition requisition;
  // Interviews of this application whose cards the viewer is known to have read.
  std::set<std::string> exposed;
};

// One row per application that exists.
absl::StatusOr<std::vector<ApplicationFact>> ReadApplicationFacts(runtime::Tx& tx, const ViewerIdentity& viewer,
                                                                  const std::vector<std::string>& applications);
// Every seat of every interview of the applications, interviews in order of time.
absl::StatusOr<std::vector<SeatFact>> ReadSeatFacts(runtime::Tx& tx, const ViewerIdentity& viewer,
                                                    const std::vector<std::string>& applications);
// Ids of the interviewers that the viewer is.
absl::StatusOr<std::vector<std::string>> ReadOwnIds(runtime::Tx& tx, const ViewerIdentity& viewer);

// Cards read: (application, interview) pairs.
struct Exposure {
  std::string application;
  std::string interview;
  friend auto operator<=>(const Exposure&, const Exposure&) = default;
};
// Remembers that `subject` has read peers' cards; the first time counts.
absl::Status RecordExposures(runtime::Tx& tx, const std::string& subject, runtime::Instant now,
                             const std::set<Exposure>& exposures);

}  // namespace assay::scoring
