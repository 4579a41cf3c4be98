#include "services/scoring/domain/overdue.h"

namespace assay::scoring {

bool BecameOverdue(const OwedCard& card, runtime::Instant now) {
  if (card.in || card.told) return false;
  if (card.interview_state == v1::INTERVIEW_STATE_CLOSED || card.interview_state == v1::INTERVIEW_STATE_CANCELED) return false;
  return card.due_time <= now && now - card.due_time < kOverdueIsNewsFor;
}

}  // namespace assay::scoring
