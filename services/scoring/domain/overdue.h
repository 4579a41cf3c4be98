#pragma once

#include <chrono>

#include "assay/scoring/v1/interview.pb.h"
#include "services/runtime/base/instant.h"

namespace assay::scoring {

// A card that stays away is news for so long after it came due; what is older is history, not to be told all at once by the
// first process that looks.
inline constexpr std::chrono::hours kOverdueIsNewsFor{30 * 24};

// One seat of a panel and what became of its card.
struct OwedCard {
  v1::InterviewState interview_state = v1::INTERVIEW_STATE_UNSPECIFIED;
  runtime::Instant due_time{};
  // Submitted or amended; a draft is not in.
  bool in = false;
  // scorecard.overdue was emitted for it before.
  bool told = false;
};

// Whether scorecard.overdue is to be emitted now: the card can still come in, is not in, came due lately, and nobody was told.
// Everyone with a seat owes a card, shadows as well: peers wait for all of them alike (DOMAIN §4).
bool BecameOverdue(const OwedCard& card, runtime::Instant now);

}  // namespace assay::scoring
