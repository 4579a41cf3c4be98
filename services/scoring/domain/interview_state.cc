#include "services/scoring/domain/interview_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Error;
using runtime::FromTimestamp;
using runtime::Instant;
using runtime::InvalidField;
using runtime::InvalidState;
using runtime::ToTimestamp;

std::string StateText(v1::InterviewState state) {
  constexpr size_t kPrefix = sizeof("INTERVIEW_STATE_") - 1;
  return v1::InterviewState_Name(state).substr(kPrefix);
}

absl::Status NotFrom(const v1::Interview& interview, std::string_view what) {
  const std::string state = StateText(interview.state());
  return InvalidState(interview.name(), state, fmt::format("{} is {} and cannot be {}", interview.name(), state, what));
}

bool Planned(const v1::Interview& interview) {
  return interview.state() == v1::INTERVIEW_STATE_SCHEDULED || interview.state() == v1::INTERVIEW_STATE_IN_PROGRESS;
}

std::string InterviewerId(const v1::PanelMember& member) {
  return member.interviewer().substr(member.interviewer().rfind('/') + 1);
}

bool Contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const v1::PanelMember* FindMember(const google::protobuf::RepeatedPtrField<v1::PanelMember>& panel, const std::string& id) {
  const auto found = std::find_if(panel.begin(), panel.end(), [&](const auto& member) { return InterviewerId(member) == id; });
  return found == panel.end() ? nullptr : &*found;
}

std::chrono::microseconds ToMicros(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::microseconds(duration.nanos() / 1000);
}

}  // namespace

google::protobuf::Timestamp DefaultDueTime(const google::protobuf::Timestamp& start,
                                           const google::protobuf::Duration& duration) {
  return ToTimestamp(FromTimestamp(start) + ToMicros(duration) + kCardsDueAfter);
}

absl::Status StartInterview(v1::Interview& interview, Instant now) {
  if (interview.state() != v1::INTERVIEW_STATE_SCHEDULED) return NotFrom(interview, "started");
  interview.set_state(v1::INTERVIEW_STATE_IN_PROGRESS);
  *interview.mutable_begin_time() = ToTimestamp(now);
  return absl::OkStatus();
}

absl::Status CompleteInterview(v1::Interview& interview, Instant now) {
  if (!Planned(interview)) return NotFrom(interview, "completed");
  interview.set_state(v1::INTERVIEW_STATE_COMPLETED);
  *interview.mutable_complete_time() = ToTimestamp(now);
  return absl::OkStatus();
}

absl::Status CloseInterview(v1::Interview& interview, Instant now) {
  if (interview.state() != v1::INTERVIEW_STATE_COMPLETED) return NotFrom(interview, "closed");
  interview.set_state(v1::INTERVIEW_STATE_CLOSED);
  *interview.mutable_close_time() = ToTimestamp(now);
  return absl::OkStatus();
}

absl::Status CancelInterview(v1::Interview& interview, const std::string& reason, const std::vector<std::string>& submitted) {
  if (!Planned(interview)) return NotFrom(interview, "canceled");
  if (!submitted.empty()) {
    return InvalidState(interview.name(), StateText(interview.state()),
                        fmt::format("{} has a submitted card and cannot be canceled", interview.name()));
  }
  interview.set_state(v1::INTERVIEW_STATE_CANCELED);
  interview.set_cancel_reason(reason);
  return absl::OkStatus();
}

absl::Status RescheduleInterview(v1::Interview& interview, const NewTime& time) {
  if (interview.state() == v1::INTERVIEW_STATE_CANCELED) return CheckEditable(interview);
  if (interview.state() != v1::INTERVIEW_STATE_SCHEDULED) return NotFrom(interview, "rescheduled");
  const auto moved = FromTimestamp(time.start) - FromTimestamp(interview.start_time());
  *interview.mutable_due_time() =
      time.due != nullptr ? *time.due : ToTimestamp(FromTimestamp(interview.due_time()) + moved);
  *interview.mutable_start_time() = time.start;
  if (time.duration != nullptr) *interview.mutable_duration() = *time.duration;
  if (!time.time_zone.empty()) interview.set_time_zone(time.time_zone);
  return CheckDueTime(interview);
}

absl::Status ChangePanel(v1::Interview& interview, const google::protobuf::RepeatedPtrField<v1::PanelMember>& panel,
                         const PanelFacts& facts) {
  RETURN_IF_ERROR(CheckEditable(interview));
  google::protobuf::RepeatedPtrField<v1::PanelMember> members = panel;
  runtime::Violations violations;
  std::set<std::string> seen;
  for (int i = 0; i < members.size(); ++i) {
    v1::PanelMember& member = members[i];
    const std::string id = InterviewerId(member);
    if (!seen.insert(id).second) violations.Add(fmt::format("panel[{}].interviewer", i), "is on the panel twice");
    if (member.role() == v1::PANEL_ROLE_UNSPECIFIED) member.set_role(v1::PANEL_ROLE_PANELIST);
    const v1::PanelMember* before = FindMember(interview.panel(), id);
    member.set_rated_after_exposure(before != nullptr ? before->rated_after_exposure() : Contains(facts.exposed, id));
  }
  RETURN_IF_ERROR(violations.ToStatus());
  for (const v1::PanelMember& before : interview.panel()) {
    const std::string id = InterviewerId(before);
    if (!Contains(facts.submitted, id)) continue;
    const v1::PanelMember* after = FindMember(members, id);
    if (after == nullptr || after->role() != before.role()) {
      return InvalidState(interview.name(), StateText(interview.state()),
                          fmt::format("{} has submitted a card in {}: they stay on the panel with their role",
                                      before.interviewer(), interview.name()));
    }
  }
  interview.mutable_panel()->Swap(&members);
  return absl::OkStatus();
}

absl::Status CheckEditable(const v1::Interview& interview) {
  if (interview.state() == v1::INTERVIEW_STATE_CLOSED) {
    return Error(runtime::v1::ERROR_REASON_INTERVIEW_CLOSED, fmt::format("{} is closed", interview.name()),
                 {{"resource", interview.name()}});
  }
  if (interview.state() == v1::INTERVIEW_STATE_CANCELED) {
    return Error(runtime::v1::ERROR_REASON_INTERVIEW_CANCELED, fmt::format("{} is canceled", interview.name()),
                 {{"resource", interview.name()}});
  }
  return absl::OkStatus();
}

absl::Status CheckKitChange(const v1::Interview& interview, const std::vector<std::string>& submitted) {
  if (!submitted.empty()) {
    return Error(runtime::v1::ERROR_REASON_REVISION_PINNED,
                 fmt::format("{} has a submitted card; its kit is pinned", interview.name()), {{"resource", interview.name()}});
  }
  if (interview.state() != v1::INTERVIEW_STATE_SCHEDULED) return NotFrom(interview, "given another kit");
  return absl::OkStatus();
}

absl::Status CheckDueTime(const v1::Interview& interview) {
  if (FromTimestamp(interview.due_time()) >= FromTimestamp(interview.start_time())) return absl::OkStatus();
  return InvalidField("due_time", "must not be before start_time");
}

}  // namespace assay::scoring
