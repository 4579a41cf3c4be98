#include "services/scoring/api/viewer.h"

#include <algorithm>

#include "services/runtime/audit/read_auditor.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using runtime::Principal;
using runtime::RequestContext;
using visibility::OwnCard;
using visibility::Verdict;

bool Holds(const google::protobuf::RepeatedPtrField<std::string>& subjects, std::string_view subject) {
  return std::find(subjects.begin(), subjects.end(), subject) != subjects.end();
}

bool TakesNoCards(const SeatFact& seat) {
  return seat.interview_state == "CLOSED" || seat.interview_state == "CANCELED";
}

OwnCard OwnCardOf(const SeatFact& seat) {
  if (seat.submitted) return OwnCard::kSubmitted;
  return TakesNoCards(seat) ? OwnCard::kMissed : OwnCard::kOwed;
}

// What the token says. A caller who acts for a person sees what that person would: rights over the whole tenant are the
// integration's own and stay behind.
visibility::Facts FactsOf(const Principal& principal, bool break_glass) {
  visibility::Facts facts;
  const bool itself = principal.on_behalf_of.empty();
  facts.projector = itself && principal.service && principal.Has("projection.read");
  facts.read_any = itself && principal.Has("scorecards.read_any");
  facts.auditor = itself && principal.Has("audit.read");
  facts.fairness = itself && principal.Has("fairness.read");
  facts.break_glass = break_glass;
  return facts;
}

void AddRequisition(const v1::Requisition& requisition, std::string_view subject, visibility::Facts& facts) {
  facts.hiring_manager = Holds(requisition.hiring_managers(), subject);
  facts.recruiter = Holds(requisition.recruiters(), subject);
  facts.decider = Holds(requisition.deciders(), subject);
  facts.peers = requisition.peer_visibility() == bank::v1::PEER_VISIBILITY_NEVER ? visibility::PeerVisibility::kNever
                                                                                 : visibility::PeerVisibility::kAfterOwn;
  facts.earlier_rounds_visible = requisition.earlier_rounds_visible();
}

void AddSeat(const SeatFact& seat, runtime::Instant now, ApplicationView& view) {
  auto& rounds = view.facts.rounds;
  if (rounds.empty() || rounds.back().interview != seat.interview) rounds.push_back({.interview = seat.interview});
  if (seat.mine) {
    // Somebody who sits on a panel under two names owes whatever one of them owes.
    const OwnCard own = OwnCardOf(seat);
    OwnCard& known = rounds.back().own;
    if (known != OwnCard::kOwed) known = own;
  }
  if (seat.submitted) view.interviews_with_cards.insert(seat.interview);
  const bool awaited = !seat.interviewer.empty() && !seat.submitted && !TakesNoCards(seat) && seat.due_time > now;
  if (awaited) view.facts.every_card_in_or_due = false;
}

}  // namespace

ViewerIdentity IdentityOf(const Principal& principal) {
  // A person whom an integration names has no issuer of ours to go by.
  return {principal.on_behalf_of.empty() ? principal.issuer : std::string(), principal.effective_subject()};
}

absl::StatusOr<Viewer> Viewer::Load(runtime::Tx& tx, const RequestContext& context, runtime::Instant now,
                                    const std::set<std::string>& applications, bool break_glass) {
  Viewer viewer;
  const ViewerIdentity identity = IdentityOf(context.principal);
  viewer.subject_ = identity.subject;
  ASSIGN_OR_RETURN(viewer.own_ids_, ReadOwnIds(tx, identity));
  if (applications.empty()) return viewer;
  const std::vector<std::string> ids(applications.begin(), applications.end());
  ASSIGN_OR_RETURN(std::vector<ApplicationFact> found, ReadApplicationFacts(tx, identity, ids));
  for (ApplicationFact& fact : found) {
    ApplicationView& view = viewer.views_[fact.application];
    view.facts = FactsOf(context.principal, break_glass);
    AddRequisition(fact.requisition, identity.subject, view.facts);
    view.facts.every_card_in_or_due = true;
    view.candidate = std::move(fact.candidate);
    view.requisition = std::move(fact.requisition);
    view.exposed = std::move(fact.exposed);
  }
  ASSIGN_OR_RETURN(const std::vector<SeatFact> seats, ReadSeatFacts(tx, identity, ids));
  for (const SeatFact& seat : seats) {
    const auto view = viewer.views_.find(seat.application);
    if (view != viewer.views_.end()) AddSeat(seat, now, view->second);
  }
  return viewer;
}

const ApplicationView* Viewer::Find(const std::string& application) const {
  const auto found = views_.find(application);
  return found == views_.end() ? nullptr : &found->second;
}

bool Viewer::IsMe(std::string_view interviewer_id) const {
  return std::find(own_ids_.begin(), own_ids_.end(), interviewer_id) != own_ids_.end();
}

Verdict Viewer::Card(const CardRow& row) const {
  const ApplicationView* view = Find(row.application);
  if (view == nullptr) return {};
  return visibility::OnCard(view->facts, row.key.interview, IsMe(row.key.interviewer), row.draft());
}

Verdict Viewer::Flag(const FlagRow& row) const {
  const ApplicationView* view = Find(row.application);
  if (view == nullptr) return {};
  const bool own = row.raised_by == subject_ || (!row.interviewer.empty() && IsMe(row.interviewer));
  return visibility::OnFlag(view->facts, row.interview, own);
}

Verdict Viewer::Decision(const std::string& application) const {
  const ApplicationView* view = Find(application);
  return view == nullptr ? Verdict{} : visibility::OnDecision(view->facts);
}

void ReadTrail::Saw(const ApplicationView& view, const std::string& application, const std::string& interview,
                    const Verdict& verdict) {
  if (!verdict.all() || view.facts.projector) return;
  if (view.exposed.count(interview) == 0) exposures_.insert({application, interview});
  candidate_ = view.candidate;
  sensitive_ = true;
  privileged_ = privileged_ || verdict.privileged;
  broke_glass_ = broke_glass_ || verdict.broke_glass;
}

void ReadTrail::SawAll(const ApplicationView& view, const std::string& application, const Verdict& verdict) {
  if (!verdict.all() || view.facts.projector) return;
  for (const std::string& interview : view.interviews_with_cards) Saw(view, application, interview, verdict);
  sensitive_ = true;
  privileged_ = privileged_ || verdict.privileged;
}

absl::Status ReadTrail::Leave(const std::string& resource, const std::string& break_glass_reason) {
  if (!exposures_.empty()) {
    RETURN_IF_ERROR(parts_.pool.Transact(
        runtime::TxMode::kReadWrite, context_.tenant(), context_.deadline, [&](runtime::Tx& tx) {
          return RecordExposures(tx, context_.principal.effective_subject(), parts_.clock.Now(), exposures_);
        }));
  }
  if (!sensitive_ || parts_.reads == nullptr) return absl::OkStatus();
  runtime::AuditRecord record{.category = "read", .resource = resource, .reason = {}, .request_id = {}, .subject = {}};
  if (broke_glass_) {
    record.category = "break-glass";
    record.reason = break_glass_reason;
    record.subject = CandidateKey(candidate_);
  } else if (privileged_) {
    record.category = "privileged";
  } else {
    return parts_.reads->Note(context_, std::move(record));
  }
  return parts_.reads->Write(context_, std::move(record));
}

bool MayLearnOf(ScoringParts& parts, const RequestContext& context, const runtime::v1::Event& event) {
  if (event.audience() == runtime::v1::AUDIENCE_TENANT) return true;
  const Principal& principal = context.principal;
  const bool integration = principal.on_behalf_of.empty() && principal.Has("scorecards.read_any");
  const auto application = event.related().find("application");
  if (application == event.related().end()) return false;
  const std::string id = IdOf(application->second);
  const auto viewer = runtime::Transact<Viewer>(
      parts.pool, runtime::TxMode::kReadOnly, event.tenant().empty() ? context.tenant() : event.tenant(), context.deadline,
      [&](runtime::Tx& tx) { return Viewer::Load(tx, context, parts.clock.Now(), {id}); });
  if (!viewer.ok()) return false;
  const ApplicationView* view = viewer->Find(id);
  if (view == nullptr) return false;
  const auto card = runtime::ParseName("interviews/*/scorecards/*", event.resource());
  if (card.ok() && viewer->IsMe((*card)[1])) return true;
  if (event.audience() == runtime::v1::AUDIENCE_AUTHOR) return integration && !visibility::OwesCard(view->facts);
  if (card.ok()) return visibility::OnPeerCard(view->facts, (*card)[0]).sight != visibility::Sight::kNothing;
  return visibility::OnDecision(view->facts).all();
}

}  // namespace assay::scoring
