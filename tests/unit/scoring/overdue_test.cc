#include "services/scoring/domain/overdue.h"

#include <gtest/gtest.h>

namespace assay::scoring {
namespace {

using std::chrono::microseconds;

const runtime::Instant kDue = runtime::FromMicros(1'700'000'000'000'000);

OwedCard Owed() { return {.interview_state = v1::INTERVIEW_STATE_COMPLETED, .due_time = kDue, .in = false, .told = false}; }

TEST(OverdueCard, IsOverdueFromTheMomentItIsDue) {
  EXPECT_FALSE(BecameOverdue(Owed(), kDue - microseconds(1)));
  EXPECT_TRUE(BecameOverdue(Owed(), kDue));
}

TEST(OverdueCard, IsToldOfOnce) {
  OwedCard card = Owed();
  card.told = true;
  EXPECT_FALSE(BecameOverdue(card, kDue));
}

TEST(OverdueCard, ThatIsInIsNot) {
  OwedCard card = Owed();
  card.in = true;
  EXPECT_FALSE(BecameOverdue(card, kDue));
}

TEST(OverdueCard, MayBeOwedForAnInterviewThatNobodyMarkedAsStarted) {
  OwedCard card = Owed();
  card.interview_state = v1::INTERVIEW_STATE_SCHEDULED;
  EXPECT_TRUE(BecameOverdue(card, kDue));
}

TEST(OverdueCard, IsNotOwedOnceTheInterviewTakesNoCards) {
  OwedCard card = Owed();
  for (const v1::InterviewState state : {v1::INTERVIEW_STATE_CLOSED, v1::INTERVIEW_STATE_CANCELED}) {
    card.interview_state = state;
    EXPECT_FALSE(BecameOverdue(card, kDue));
  }
}

TEST(OverdueCard, IsHistoryAfterAMonth) {
  EXPECT_TRUE(BecameOverdue(Owed(), kDue + kOverdueIsNewsFor - microseconds(1)));
  EXPECT_FALSE(BecameOverdue(Owed(), kDue + kOverdueIsNewsFor));
}

}  // namespace
}  // namespace assay::scoring
