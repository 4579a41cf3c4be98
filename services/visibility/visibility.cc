#include "services/visibility/visibility.h"

#include <algorithm>

namespace assay::visibility {
namespace {

constexpr Verdict Nothing(std::string_view reason) { return {.sight = Sight::kNothing, .reason = reason}; }
constexpr Verdict Exists(std::string_view reason) { return {.sight = Sight::kExists, .reason = reason}; }
constexpr Verdict All(std::string_view reason) { return {.sight = Sight::kAll, .reason = reason}; }
constexpr Verdict Privileged(std::string_view reason) {
  return {.sight = Sight::kAll, .reason = reason, .privileged = true};
}

OwnCard OwnCardOf(const Facts& facts, std::string_view interview) {
  for (const Round& round : facts.rounds) {
    if (round.interview == interview) return round.own;
  }
  return OwnCard::kNotOnPanel;
}

bool OnAnyPanel(const Facts& facts) {
  return std::any_of(facts.rounds.begin(), facts.rounds.end(),
                     [](const Round& round) { return round.own != OwnCard::kNotOnPanel; });
}

// Whether the viewer submitted a card in a round after `interview`.
bool SubmittedLater(const Facts& facts, std::string_view interview) {
  bool after = false;
  for (const Round& round : facts.rounds) {
    if (after && round.own == OwnCard::kSubmitted) return true;
    if (round.interview == interview) after = true;
  }
  return false;
}

// Who leads the process: may break the glass, and sees peers' cards once their own is in whatever the policy says.
bool RunsProcess(const Facts& facts) { return facts.hiring_manager || facts.recruiter || facts.read_any; }

// What the viewer sees as one who judges: a member of the panel of this or another round.
Verdict AsInterviewer(const Facts& facts, std::string_view interview) {
  switch (OwnCardOf(facts, interview)) {
    case OwnCard::kSubmitted:
      if (RunsProcess(facts)) return All("on the panel, own card is in, runs the process");
      if (facts.peers == PeerVisibility::kNever) return Nothing("the policy shows an interviewer their own card only");
      return All("on the panel, own card is in");
    case OwnCard::kMissed:
      return Nothing("on the panel, own card never came in");
    case OwnCard::kOwed:
      return Nothing("on the panel, own card is owed");
    case OwnCard::kNotOnPanel:
      break;
  }
  if (facts.earlier_rounds_visible && facts.peers != PeerVisibility::kNever && SubmittedLater(facts, interview))
    return All("interviewer of a later round whose card is in; the policy shows earlier rounds");
  return Nothing("interviewer of another round");
}

}  // namespace

bool OwesCard(const Facts& facts) {
  return std::any_of(facts.rounds.begin(), facts.rounds.end(),
                     [](const Round& round) { return round.own == OwnCard::kOwed; });
}

Verdict OnPeerCard(const Facts& facts, std::string_view interview) {
  if (facts.projector) return All("projection");
  // Owing a card comes before every right of a person: who will judge must not have been told (rows 1, 2 and 4).
  if (OwesCard(facts)) {
    if (facts.break_glass && RunsProcess(facts))
      return {.sight = Sight::kAll, .reason = "owes a card, broke the glass", .broke_glass = true};
    return Nothing("owes a card of this application");
  }
  const OwnCard own = OwnCardOf(facts, interview);
  // Whoever let the round pass without judging sees it no more than before, unless another part gives the right.
  if (own == OwnCard::kSubmitted) return AsInterviewer(facts, interview);
  if (facts.decider) return All("decider of the requisition");
  if (facts.recruiter) return All("recruiter of the requisition, not on this panel");
  if (facts.auditor) return Privileged("auditor");
  if (facts.read_any) return Privileged("recruiting admin or integration, not on this panel");
  if (facts.hiring_manager) {
    if (facts.every_card_in_or_due) return All("hiring manager off the panel, every card is in or due");
    return Exists("hiring manager off the panel, cards are still awaited");
  }
  if (OnAnyPanel(facts)) return AsInterviewer(facts, interview);
  if (facts.fairness) return Nothing("fairness analyst: aggregates only");
  return Nothing("no part in this application");
}

Verdict OnCard(const Facts& facts, std::string_view interview, bool own, bool draft) {
  if (own) return {.sight = Sight::kOwn, .reason = "own card"};
  if (draft) return Nothing("a draft is its author's alone");
  return OnPeerCard(facts, interview);
}

Verdict OnInterview(const Facts& facts, std::string_view interview) {
  if (facts.projector) return All("projection");
  if (OwnCardOf(facts, interview) != OwnCard::kNotOnPanel) return All("on the panel");
  if (facts.hiring_manager || facts.recruiter || facts.decider) return All("takes part in the requisition");
  if (facts.read_any) return All("recruiting admin or integration");
  if (facts.auditor) return Privileged("auditor");
  if (OnAnyPanel(facts) && AsInterviewer(facts, interview).all() && !OwesCard(facts))
    return All("interviewer of a later round; the policy shows earlier rounds");
  if (facts.fairness) return Nothing("fairness analyst: aggregates only");
  return Nothing("no part in this interview");
}

Verdict OnApplication(const Facts& facts) {
  if (facts.projector) return All("projection");
  if (OnAnyPanel(facts)) return All("on a panel of the application");
  if (facts.hiring_manager || facts.recruiter || facts.decider) return All("takes part in the requisition");
  if (facts.read_any) return All("recruiting admin or integration");
  if (facts.auditor) return Privileged("auditor");
  if (facts.fairness) return Nothing("fairness analyst: aggregates only");
  return Nothing("no part in this application");
}

Verdict OnDecision(const Facts& facts) {
  if (facts.projector) return All("projection");
  // The glass is broken for one card at a time; a decision would show all.
  if (OwesCard(facts)) return Nothing("owes a card of this application");
  if (facts.decider) return All("decider of the requisition");
  if (facts.recruiter) return All("recruiter of the requisition");
  if (facts.auditor) return Privileged("auditor");
  if (facts.read_any) return Privileged("recruiting admin or integration");
  if (facts.hiring_manager) {
    if (facts.every_card_in_or_due) return All("hiring manager, every card is in or due");
    return Nothing("hiring manager, cards are still awaited");
  }
  if (!OnAnyPanel(facts)) return Nothing("no part in this application");
  for (const Round& round : facts.rounds) {
    if (!AsInterviewer(facts, round.interview).all()) return Nothing("an interviewer who may not see every round");
  }
  return All("interviewer who sees every round");
}

Verdict OnFlag(const Facts& facts, std::string_view interview, bool own) {
  if (own) return {.sight = Sight::kOwn, .reason = "raised it"};
  return interview.empty() ? OnDecision(facts) : OnPeerCard(facts, interview);
}

}  // namespace assay::visibility
