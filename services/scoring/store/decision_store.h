#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/decision.pb.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/filter.h"

namespace assay::scoring {

// A decision as it is stored. `decision` is complete but for its personal fields until AddDecisionTexts fills them in.
struct DecisionRow {
  std::string application;  // id
  std::string id;
  int64_t version = 1;
  v1::Decision decision;
  std::string inputs;  // what was evaluated, as canonical JSON
};

std::string DecisionName(std::string_view application, std::string_view id);

// ALREADY_EXISTS.
absl::Status InsertDecision(runtime::Tx& tx, const DecisionRow& row);
// Stores the next version of a locked row with the decision's update_time. `candidate` is the id whose data key seals it.
absl::Status UpdateDecision(runtime::Tx& tx, runtime::PersonalVault& vault, DecisionRow& row, std::string_view candidate);

// NOT_FOUND.
absl::StatusOr<DecisionRow> ReadDecision(runtime::Tx& tx, std::string_view application, std::string_view id);
absl::StatusOr<DecisionRow> LockDecision(runtime::Tx& tx, std::string_view application, std::string_view id);

// What ListDecisions can be filtered by, and the first parameter of such a filter.
const runtime::FilterFields& DecisionFields();
inline constexpr int kFirstDecisionParameter = 7;
struct DecisionFilter {
  std::optional<std::string> application;  // nullopt = all
  runtime::SqlFilter filter;
};
// Newest first, after the row with key {create_time, application, id}.
absl::StatusOr<std::vector<DecisionRow>> ListDecisions(runtime::Tx& tx, const DecisionFilter& filter,
                                                       const std::vector<std::string>& after, int limit);
std::vector<std::string> PageKeyOf(const DecisionRow& row);

// What became superseded, for its event.
struct SupersededDecision {
  std::string name;
  int64_t version = 0;
};
// Supersedes the standing decisions of an application, those in `states` alone, except `keep`. `end_reason` is the code of
// the contract; `superseded_by` may be empty.
absl::StatusOr<std::vector<SupersededDecision>> SupersedeDecisions(runtime::Tx& tx, std::string_view application,
                                                                   const std::vector<std::string>& states,
                                                                   std::string_view keep, std::string_view end_reason,
                                                                   std::string_view superseded_by, runtime::Instant now);
// The states in which a decision stands.
const std::vector<std::string>& StandingStates();

// Fills in what is sealed; what was erased stays away.
absl::Status AddDecisionTexts(runtime::Tx& tx, runtime::PersonalVault& vault, std::vector<DecisionRow*> rows);

}  // namespace assay::scoring
