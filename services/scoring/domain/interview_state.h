#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/interview.pb.h"
#include "services/runtime/base/instant.h"

namespace assay::scoring {

// The life of an interview: SCHEDULED → IN_PROGRESS → COMPLETED → CLOSED; CANCELED from the first two. Each function checks
// the transition and then changes the interview.

// Cards are due so long after the planned end, unless said otherwise.
inline constexpr std::chrono::hours kCardsDueAfter{24};

google::protobuf::Timestamp DefaultDueTime(const google::protobuf::Timestamp& start, const google::protobuf::Duration& duration);

// INVALID_STATE.
absl::Status StartInterview(v1::Interview& interview, runtime::Instant now);
absl::Status CompleteInterview(v1::Interview& interview, runtime::Instant now);
absl::Status CloseInterview(v1::Interview& interview, runtime::Instant now);

// `submitted` are the ids of interviewers whose card is in: with one, the interview took place. INVALID_STATE.
absl::Status CancelInterview(v1::Interview& interview, const std::string& reason, const std::vector<std::string>& submitted);

// A new plan; unset parts stay, the due time moves with the start.
struct NewTime {
  google::protobuf::Timestamp start;
  std::string time_zone;                             // empty = unchanged
  const google::protobuf::Duration* duration = nullptr;   // null = unchanged
  const google::protobuf::Timestamp* due = nullptr;       // null = moved as the start is
};

// INVALID_STATE, INTERVIEW_CANCELED; INVALID_FIELDS where cards would be due before the start.
absl::Status RescheduleInterview(v1::Interview& interview, const NewTime& time);

// What is known of the people of a new panel.
struct PanelFacts {
  std::vector<std::string> submitted;  // ids whose card is in: they stay and keep their role
  std::vector<std::string> exposed;    // ids who have read peers' cards about the candidate
};

// Replaces the panel. A member without a role becomes PANELIST; one who joins after reading cards about the candidate is
// marked, and a mark once made stays. INTERVIEW_CLOSED, INTERVIEW_CANCELED, INVALID_STATE; INVALID_FIELDS for a person
// named twice.
absl::Status ChangePanel(v1::Interview& interview, const google::protobuf::RepeatedPtrField<v1::PanelMember>& panel,
                         const PanelFacts& facts);

// Whether anything of the interview may still change. INTERVIEW_CLOSED, INTERVIEW_CANCELED.
absl::Status CheckEditable(const v1::Interview& interview);

// Whether another kit may be pinned: before the start, and before a card refers to what it asks. INVALID_STATE, REVISION_PINNED.
absl::Status CheckKitChange(const v1::Interview& interview, const std::vector<std::string>& submitted);

// INVALID_FIELDS where cards would be due before the interview starts.
absl::Status CheckDueTime(const v1::Interview& interview);

}  // namespace assay::scoring
