#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/flag.pb.h"
#include "assay/scoring/v1/scorecard.pb.h"
#include "services/runtime/base/instant.h"
#include "services/scoring/domain/judged_content.h"

namespace assay::scoring {

// Different people who must stand behind a flag: the policy's number, and never fewer than two where the catalogue always
// wants a second person.
int PeopleNeeded(const FlagFacts& flag, int flag_corroboration);

// A flag as it is raised, without name, raiser and times. INVALID_FIELDS where the catalogue has no such flag, where there
// is no evidence, or where what is no red flag is called critical.
absl::StatusOr<v1::Flag> RaiseFlag(const JudgedContent& content, const v1::RaisedFlag& raised);

// One person acting on a flag.
struct FlagAction {
  std::string by;  // token subject of the person
  std::string reason;
  runtime::Instant at{};
};

// `by` stands behind the flag; it is CONFIRMED once enough different people do. Where one is enough, anybody's word is;
// where more are needed, the raiser counts as one and cannot confirm as well. INVALID_STATE, SIGNER_NOT_ALLOWED.
absl::StatusOr<v1::Flag> ConfirmFlag(v1::Flag flag, std::string_view raised_by_subject, const FlagAction& action,
                                     std::optional<bool> critical);

// Raised or confirmed → dismissed. INVALID_STATE.
absl::StatusOr<v1::Flag> DismissFlag(v1::Flag flag, const FlagAction& action);

// Who stands behind it: the raiser and everybody who confirmed.
std::set<std::string> PeopleBehind(const v1::Flag& flag, std::string_view raised_by_subject);

}  // namespace assay::scoring
