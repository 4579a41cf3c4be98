#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/interview.pb.h"
#include "assay/scoring/v1/scorecard.pb.h"
#include "services/runtime/base/instant.h"
#include "services/scoring/domain/judged_content.h"

namespace assay::scoring {

// The author's place on the panel.
struct Seat {
  v1::PanelRole role = v1::PANEL_ROLE_PANELIST;
  // Had read cards about the candidate before joining.
  bool joined_after_exposure = false;
};

// The card as it is stored, where there is one.
struct StoredCard {
  v1::ScorecardState state = v1::SCORECARD_STATE_UNSPECIFIED;
  int revision = 0;  // 0 = a draft
  int64_t version = 0;
  bool rated_after_exposure = false;
};

// Everything about one card and its interview that a change is judged by.
struct CardSituation {
  std::string card;       // "interviews/i1/scorecards/dana"
  std::string interview;  // "interviews/i1"
  std::string interviewer;  // "interviewers/dana"
  v1::InterviewState interview_state = v1::INTERVIEW_STATE_UNSPECIFIED;
  runtime::Instant due_time{};
  std::optional<Seat> seat;
  std::optional<StoredCard> stored;
  // The author has read cards about this candidate.
  bool exposed = false;
  const JudgedContent* content = nullptr;
  runtime::Instant now{};
};

// What comes of an allowed change.
struct CardChange {
  v1::ScorecardState state = v1::SCORECARD_STATE_UNSPECIFIED;
  int revision = 0;
  int64_t version = 1;
  v1::PanelRole role = v1::PANEL_ROLE_PANELIST;
  bool rated_after_exposure = false;
  bool amended_after_exposure = false;
  bool late = false;  // of the first revision
  // Questions carry the kit's revision, the recommendation is filled in from the ATS's.
  v1::ScorecardContent content;
};

// Stores a draft. INTERVIEW_CANCELED, NOT_ON_PANEL, ALREADY_SUBMITTED, INTERVIEW_CLOSED, ETAG_MISMATCH, QUESTION_NOT_IN_KIT
// or INVALID_FIELDS with every violation at once.
absl::StatusOr<CardChange> SaveDraft(const CardSituation& situation, const v1::ScorecardContent& content,
                                     std::string_view etag);

// Submits the first revision, with the same errors. Role, exposure and lateness freeze here.
absl::StatusOr<CardChange> Submit(const CardSituation& situation, const v1::ScorecardContent& content, std::string_view etag);

// The next revision of a submitted card, until its interview closes. What the author had seen by then travels with the
// revision, because reliability and severity use the last revision before exposure (DOMAIN §4). INVALID_STATE where it is
// a draft, INTERVIEW_CLOSED, INTERVIEW_CANCELED, ETAG_MISMATCH (always compared), content as above.
absl::StatusOr<CardChange> Amend(const CardSituation& situation, const v1::ScorecardContent& content, std::string_view etag);

// The content with pinned revisions. All violations at once; fields are those of ScorecardContent behind "content.".
absl::StatusOr<v1::ScorecardContent> CheckContent(const CardSituation& situation, const v1::ScorecardContent& content);

// Whether the rated part differs, so that what was decided on it no longer holds.
bool RatingsDiffer(const v1::ScorecardContent& before, const v1::ScorecardContent& after);

// Cards of these never enter a decision.
constexpr bool EntersDecision(v1::PanelRole role) {
  return role != v1::PANEL_ROLE_SHADOW && role != v1::PANEL_ROLE_REVERSE_SHADOW;
}

}  // namespace assay::scoring
