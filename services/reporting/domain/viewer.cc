#include "services/reporting/domain/viewer.h"

#include <algorithm>
#include <chrono>

namespace assay::reporting {
namespace {

using scoring::v1::Interview;
using visibility::OwnCard;

template <typename Names>
bool Holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool OnPanel(const Interview& interview, const std::vector<std::string>& interviewers) {
  return std::any_of(interview.panel().begin(), interview.panel().end(),
                     [&](const auto& member) { return Holds(interviewers, member.interviewer()); });
}

bool TakesNoCards(const Interview& interview) {
  return interview.state() == scoring::v1::INTERVIEW_STATE_CLOSED || interview.state() == scoring::v1::INTERVIEW_STATE_CANCELED;
}

// Somebody who sits on a panel under two names owes whatever one of them owes.
OwnCard OwnCardOf(const ReportSource& source, const Interview& interview, const std::vector<std::string>& interviewers) {
  bool submitted = false;
  bool open_seat = false;
  for (const std::string& me : interviewers) {
    const bool in = CardIsIn(source, interview.name(), me);
    submitted = submitted || in;
    open_seat = open_seat || (!in && OnPanel(interview, {me}));
  }
  if (open_seat && !TakesNoCards(interview)) return OwnCard::kOwed;
  if (submitted) return OwnCard::kSubmitted;
  return open_seat ? OwnCard::kMissed : OwnCard::kNotOnPanel;
}

bool EveryCardInOrDue(const ReportSource& source, runtime::Instant now) {
  for (const Interview& interview : source.interviews) {
    if (TakesNoCards(interview) || DueTime(interview) <= now) continue;
    for (const auto& member : interview.panel()) {
      if (!CardIsIn(source, interview.name(), member.interviewer())) return false;
    }
  }
  return true;
}

}  // namespace

bool Standing::Is(const std::string& interviewer_or_subject) const {
  return interviewer_or_subject == subject || Holds(interviewers, interviewer_or_subject);
}

std::string LastSegment(const std::string& name) { return name.substr(name.rfind('/') + 1); }

runtime::Instant DueTime(const Interview& interview) {
  if (interview.has_due_time()) return runtime::FromTimestamp(interview.due_time());
  return runtime::FromTimestamp(interview.start_time()) + std::chrono::seconds(interview.duration().seconds()) +
         std::chrono::hours(24);
}

bool CardIsIn(const ReportSource& source, const std::string& interview, const std::string& interviewer) {
  const std::string name = interview + "/scorecards/" + LastSegment(interviewer);
  return std::any_of(source.scorecards.begin(), source.scorecards.end(),
                     [&](const auto& card) { return card.name() == name; });
}

std::vector<const Interview*> InOrder(const ReportSource& source) {
  std::vector<const Interview*> interviews;
  for (const Interview& interview : source.interviews) interviews.push_back(&interview);
  std::sort(interviews.begin(), interviews.end(), [](const Interview* a, const Interview* b) {
    const auto at = runtime::FromTimestamp(a->start_time());
    const auto bt = runtime::FromTimestamp(b->start_time());
    return at != bt ? at < bt : a->name() < b->name();
  });
  return interviews;
}

Standing StandingOf(const ReportSource& source, const Viewer& viewer, runtime::Instant now) {
  Standing standing;
  standing.subject = viewer.subject;
  for (const auto& [name, interviewer] : source.interviewers) {
    const bool issuer_fits = interviewer.issuer().empty() || viewer.issuer.empty() || interviewer.issuer() == viewer.issuer;
    if (interviewer.subject() == viewer.subject && issuer_fits) standing.interviewers.push_back(name);
  }
  for (const Interview& interview : source.interviews) {
    for (const auto& member : interview.panel()) {
      if (source.interviewers.count(member.interviewer()) == 0) standing.panel_unknown = true;
    }
  }
  const auto& requisition = source.requisition;
  visibility::Facts& facts = standing.facts;
  facts.read_any = viewer.read_any;
  facts.auditor = viewer.auditor;
  facts.fairness = viewer.fairness;
  facts.hiring_manager = Holds(requisition.hiring_managers(), viewer.subject);
  facts.recruiter = Holds(requisition.recruiters(), viewer.subject);
  facts.decider = Holds(requisition.deciders(), viewer.subject);
  facts.peers = requisition.peer_visibility() == bank::v1::PEER_VISIBILITY_NEVER ? visibility::PeerVisibility::kNever
                                                                                  : visibility::PeerVisibility::kAfterOwn;
  facts.earlier_rounds_visible = requisition.earlier_rounds_visible();
  facts.every_card_in_or_due = EveryCardInOrDue(source, now);
  for (const Interview* interview : InOrder(source)) {
    facts.rounds.push_back({LastSegment(interview->name()), OwnCardOf(source, *interview, standing.interviewers)});
  }
  return standing;
}

}  // namespace assay::reporting
