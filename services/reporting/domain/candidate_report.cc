#include "services/reporting/domain/candidate_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "services/reporting/domain/decision_part.h"
#include "services/runtime/base/error.h"
#include "services/visibility/visibility.h"

namespace assay::reporting {
namespace {

using scoring::v1::Interview;
using scoring::v1::Scorecard;
using visibility::Sight;
using visibility::Verdict;

// Builds one report for one viewer.
class Builder {
 public:
  Builder(const ReportSource& source, const Standing& standing, const ReportOptions& options)
      : source_(source), standing_(standing), options_(options), names_(NamesOf(source)) {}

  BuiltReport Build() {
    AddHeader();
    if (Allows(visibility::OnDecision(standing_.facts))) {
      AddDecisionOrWhyNot();
    } else {
      report().add_withheld(visibility::OwesCard(standing_.facts)
                                ? "Decisions, averages and the cards of others, until your own card is in."
                                : "Decisions and averages, which show every panel's judgement.");
    }
    for (const Interview* interview : InOrder(source_)) AddInterview(*interview);
    AddFlags();
    AddWithheldRounds();
    AddCardCaveats();
    for (const v1::CardLine& card : report().cards()) NotePeer(card.interview(), card.interviewer());
    for (const v1::RatingLine& rating : report().ratings()) NotePeer(rating.interview(), rating.interviewer());
    return std::move(built_);
  }

 private:
  v1::CandidateReport& report() { return built_.report; }

  void NotePeer(const std::string& interview, const std::string& interviewer) {
    if (!standing_.Is(interviewer)) built_.peers_shown.insert(interview);
  }

  bool Allows(const Verdict& verdict) {
    if (verdict.all() && verdict.privileged) built_.privileged = true;
    return verdict.all() || verdict.sight == Sight::kOwn;
  }

  void AddHeader() {
    const auto& requisition = source_.requisition;
    report().set_application(source_.application.name());
    report().set_candidate(source_.application.candidate());
    report().set_candidate_display_name(source_.candidate.display_name());
    report().set_requisition(source_.application.requisition());
    report().set_requisition_title(requisition.display_name());
    const auto role = source_.roles.find(requisition.role());
    report().set_role(role == source_.roles.end() ? requisition.role() : role->second.display_name());
    report().set_level(LevelText(requisition.target_level()));
    report().set_time_zone(!options_.time_zone.empty()        ? options_.time_zone
                           : !requisition.time_zone().empty() ? requisition.time_zone()
                                                              : "UTC");
    report().set_as_of_cursor(options_.as_of_cursor);
    *report().mutable_generate_time() = runtime::ToTimestamp(options_.now);
  }

  void AddDecisionOrWhyNot() {
    if (const scoring::v1::Decision* decision = CurrentDecision(source_)) {
      AddDecision(source_, *decision, names_, report());
      return;
    }
    size_t expected = 0;
    for (const Interview& interview : source_.interviews) {
      if (interview.state() != scoring::v1::INTERVIEW_STATE_CANCELED) expected += interview.panel_size();
    }
    report().set_why(fmt::format("No decision has been proposed yet: {} of {} expected cards are in.", source_.scorecards.size(),
                                 expected));
  }

  std::string StageName(const Interview& interview) const {
    for (const auto& stage : source_.requisition.stages()) {
      if (stage.id() == interview.stage() && !stage.display_name().empty()) return stage.display_name();
    }
    return interview.stage();
  }

  static std::string PromptOf(const Interview& interview, const std::string& question) {
    const auto bare = [](const std::string& name) { return name.substr(0, name.find('@')); };
    for (const auto& asked : interview.kit_questions()) {
      if (asked.question() == question || bare(asked.question()) == bare(question)) return asked.prompt();
    }
    return "";
  }

  void AddInterview(const Interview& interview) {
    const std::string id = LastSegment(interview.name());
    for (const Scorecard& card : source_.scorecards) {
      if (card.name().rfind(interview.name() + "/", 0) != 0) continue;
      const Verdict verdict = visibility::OnCard(standing_.facts, id, standing_.Is(card.interviewer()), false);
      if (Allows(verdict)) {
        AddCard(interview, card);
        AddRatings(interview, card);
      } else if (verdict.sight == Sight::kExists) {
        AddCardHead(interview, card);
      }
    }
  }

  v1::CardLine& AddCardHead(const Interview& interview, const Scorecard& card) {
    v1::CardLine& line = *report().add_cards();
    line.set_interview(interview.name());
    line.set_stage(StageName(interview));
    line.set_interviewer(card.interviewer());
    line.set_interviewer_label(names_.Interviewer(LastSegment(card.interviewer())));
    *line.mutable_submit_time() = card.submit_time();
    return line;
  }

  void AddCard(const Interview& interview, const Scorecard& card) {
    v1::CardLine& line = AddCardHead(interview, card);
    const auto& content = card.content();
    if (content.recommendation() != scoring::v1::RECOMMENDATION_UNSPECIFIED) {
      line.set_recommendation(
          scoring::v1::Recommendation_Name(content.recommendation()).substr(sizeof("RECOMMENDATION_") - 1));
    }
    *line.mutable_strengths() = content.strengths();
    *line.mutable_concerns() = content.concerns();
    line.set_notes(content.overall_notes());
    line.set_amended_after_exposure(card.amended_after_exposure());
    line.set_rated_after_exposure(card.rated_after_exposure());
    exposed_ = exposed_ || card.amended_after_exposure() || card.rated_after_exposure();
    for (const auto& member : interview.panel()) {
      if (member.interviewer() != card.interviewer()) continue;
      shadow_ = shadow_ || member.role() == scoring::v1::PANEL_ROLE_SHADOW ||
                member.role() == scoring::v1::PANEL_ROLE_REVERSE_SHADOW;
    }
  }

  void AddRatings(const Interview& interview, const Scorecard& card) {
    for (const auto& rating : card.content().ratings()) {
      v1::RatingLine& line = *report().add_ratings();
      line.set_interview(interview.name());
      line.set_interviewer(card.interviewer());
      line.set_interviewer_label(names_.Interviewer(LastSegment(card.interviewer())));
      line.set_question(rating.question());
      line.set_prompt(PromptOf(interview, rating.question()));
      line.set_competency(rating.competency());
      if (rating.has_score()) line.set_score(rating.score());
      line.set_note(rating.note());
      line.set_amended_after_exposure(card.amended_after_exposure());
    }
  }

  void AddFlags() {
    for (const auto& flag : source_.flags) {
      const std::string interview = flag.interview().empty() ? "" : LastSegment(flag.interview());
      if (!Allows(visibility::OnFlag(standing_.facts, interview, standing_.Is(flag.raised_by())))) continue;
      v1::FlagLine& line = *report().add_flags();
      line.set_flag(flag.flag_id());
      line.set_display_name(names_.Flag(flag.flag_id()));
      if (flag.kind() != bank::v1::FLAG_KIND_UNSPECIFIED)
        line.set_kind(bank::v1::FlagKind_Name(flag.kind()).substr(sizeof("FLAG_KIND_") - 1));
      line.set_state(scoring::v1::FlagState_Name(flag.state()).substr(sizeof("FLAG_STATE_") - 1));
      line.set_critical(flag.critical());
      line.set_evidence(flag.evidence());
    }
  }

  // Says what is left out by the viewer's part, the same whether or not there is anything to leave out.
  void AddWithheldRounds() {
    const visibility::Facts& facts = standing_.facts;
    const bool takes_part = facts.hiring_manager || facts.recruiter || facts.decider || facts.read_any || facts.auditor;
    const bool awaits_cards = facts.hiring_manager && !facts.recruiter && !facts.decider && !facts.read_any && !facts.auditor &&
                              !facts.every_card_in_or_due && !visibility::OwesCard(facts);
    if (awaits_cards) report().add_withheld("Scores, notes and recommendations, until every card is in or due.");
    if (takes_part || visibility::OnDecision(facts).all()) return;
    report().add_withheld("Interviews and cards of rounds that you may not see.");
    if (facts.peers == visibility::PeerVisibility::kNever) report().add_withheld("Cards of other interviewers, as the policy says.");
  }

  void AddCardCaveats() {
    if (source_.candidate.state() == scoring::v1::CANDIDATE_STATE_ANONYMIZED)
      report().add_caveats("The candidate was anonymised: names, notes and evidence are gone, ratings stay.");
    if (shadow_) report().add_caveats("Cards of shadowing interviewers are shown and never enter a decision.");
    if (exposed_) report().add_caveats("Marked cards were written or changed after their author had seen a colleague's.");
    if (!report().cards().empty())
      report().add_caveats("Interviewers' own recommendations stand beside the outcome and never enter the policy.");
    if (!report().decision().empty()) {
      std::vector<std::string> awaited;
      for (const Interview* interview : InOrder(source_)) {
        if (interview->state() == scoring::v1::INTERVIEW_STATE_CANCELED) continue;
        for (const auto& member : interview->panel()) {
          if (!CardIsIn(source_, interview->name(), member.interviewer()))
            awaited.push_back(fmt::format("{} ({})", names_.Interviewer(LastSegment(member.interviewer())), StageName(*interview)));
        }
      }
      if (!awaited.empty()) report().add_caveats(fmt::format("Cards not in: {}.", Listed(awaited)));
    }
  }

  const ReportSource& source_;
  const Standing& standing_;
  const ReportOptions& options_;
  const Names names_;
  BuiltReport built_;
  bool shadow_ = false;
  bool exposed_ = false;
};

}  // namespace

absl::StatusOr<BuiltReport> BuildCandidateReport(const ReportSource& source, const Viewer& viewer, const ReportOptions& options) {
  const Standing standing = StandingOf(source, viewer, options.now);
  if (visibility::OnApplication(standing.facts).sight == Sight::kNothing) return runtime::NotFound(source.application.name());
  if (standing.panel_unknown) {
    return runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE,
                          "the read model does not know every interviewer of this application yet; retry");
  }
  return Builder(source, standing, options).Build();
}

}  // namespace assay::reporting
