#include "services/scoring/domain/flag_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

namespace reason = runtime::v1;

std::string StateName(v1::FlagState state) { return v1::FlagState_Name(state).substr(sizeof("FLAG_STATE_") - 1); }

absl::Status SamePerson(const v1::Flag& flag, std::string_view why) {
  return runtime::Error(reason::ERROR_REASON_SIGNER_NOT_ALLOWED,
                        fmt::format("{} needs {} different people: {}", flag.name(), flag.people_needed(), why));
}

void Fill(v1::FlagResolution& resolution, const FlagAction& action) {
  resolution.set_by(action.by);
  resolution.set_reason(action.reason);
  *resolution.mutable_resolve_time() = runtime::ToTimestamp(action.at);
}

}  // namespace

int PeopleNeeded(const FlagFacts& flag, int flag_corroboration) {
  return std::max(flag_corroboration, flag.always_corroborated ? 2 : 1);
}

absl::StatusOr<v1::Flag> RaiseFlag(const JudgedContent& content, const v1::RaisedFlag& raised) {
  runtime::Violations violations;
  const auto known = content.flags.find(raised.flag_id());
  if (known == content.flags.end()) {
    violations.Add("flag.flag_id", fmt::format("no flag \"{}\" is in the catalogue", raised.flag_id()));
  } else if (raised.critical() && known->second.kind != bank::v1::FLAG_KIND_RED) {
    violations.Add("flag.critical", fmt::format("{} is no red flag, so it cannot be critical", raised.flag_id()));
  }
  if (raised.evidence().empty()) violations.Add("flag.evidence", "is required");
  RETURN_IF_ERROR(violations.ToStatus());
  v1::Flag flag;
  flag.set_flag_id(raised.flag_id());
  flag.set_kind(known->second.kind);
  flag.set_evidence(raised.evidence());
  flag.set_critical(raised.critical());
  flag.set_state(v1::FLAG_STATE_RAISED);
  flag.set_people_needed(PeopleNeeded(known->second, content.flag_corroboration));
  return flag;
}

std::set<std::string> PeopleBehind(const v1::Flag& flag, std::string_view raised_by_subject) {
  std::set<std::string> people;
  if (!raised_by_subject.empty()) people.insert(std::string(raised_by_subject));
  for (const auto& confirmation : flag.confirmations()) people.insert(confirmation.by());
  return people;
}

absl::StatusOr<v1::Flag> ConfirmFlag(v1::Flag flag, std::string_view raised_by_subject, const FlagAction& action,
                                     std::optional<bool> critical) {
  if (flag.state() != v1::FLAG_STATE_RAISED) {
    return runtime::InvalidState(flag.name(), StateName(flag.state()),
                                 fmt::format("{} is {} and cannot be confirmed", flag.name(), StateName(flag.state())));
  }
  if (flag.people_needed() > 1 && action.by == raised_by_subject)
    return SamePerson(flag, "who raised it counts already, somebody else must confirm");
  for (const auto& confirmation : flag.confirmations()) {
    if (confirmation.by() == action.by) return SamePerson(flag, "you have confirmed it");
  }
  if (critical.value_or(false) && flag.kind() != bank::v1::FLAG_KIND_RED)
    return runtime::InvalidField("critical", fmt::format("{} is no red flag, so it cannot be critical", flag.flag_id()));
  Fill(*flag.add_confirmations(), action);
  if (critical) flag.set_critical(*critical);
  if (static_cast<int>(PeopleBehind(flag, raised_by_subject).size()) >= flag.people_needed())
    flag.set_state(v1::FLAG_STATE_CONFIRMED);
  return flag;
}

absl::StatusOr<v1::Flag> DismissFlag(v1::Flag flag, const FlagAction& action) {
  if (flag.state() == v1::FLAG_STATE_DISMISSED) {
    return runtime::InvalidState(flag.name(), StateName(flag.state()), fmt::format("{} is dismissed already", flag.name()));
  }
  flag.set_state(v1::FLAG_STATE_DISMISSED);
  Fill(*flag.mutable_dismissal(), action);
  return flag;
}

}  // namespace assay::scoring
