#include "services/scoring/domain/scorecard_rules.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/domain/external_recommendation.h"

namespace assay::scoring {
namespace {

using runtime::Error;
using runtime::Violations;
namespace reason = runtime::v1;

absl::Status InterviewCanceled(const CardSituation& situation) {
  return Error(reason::ERROR_REASON_INTERVIEW_CANCELED,
               fmt::format("{} is canceled; it takes no scorecards", situation.interview), {{"resource", situation.interview}});
}

absl::Status InterviewClosed(const CardSituation& situation) {
  return Error(reason::ERROR_REASON_INTERVIEW_CLOSED,
               fmt::format("{} is closed; its cards can no longer change", situation.interview),
               {{"resource", situation.interview}});
}

absl::Status NotOnPanel(const CardSituation& situation) {
  return Error(reason::ERROR_REASON_NOT_ON_PANEL,
               fmt::format("{} is not on the panel of {}", situation.interviewer, situation.interview),
               {{"interviewer", situation.interviewer}});
}

absl::Status AlreadySubmitted(const CardSituation& situation) {
  return Error(reason::ERROR_REASON_ALREADY_SUBMITTED,
               fmt::format("{} is submitted; use AmendScorecard to change it", situation.card), {{"resource", situation.card}});
}

bool IsSubmitted(const CardSituation& situation) { return situation.stored && situation.stored->revision > 0; }

// Before the first revision: what keeps a draft or a submission away.
absl::Status CheckOpen(const CardSituation& situation, std::string_view etag) {
  if (situation.interview_state == v1::INTERVIEW_STATE_CANCELED) return InterviewCanceled(situation);
  if (IsSubmitted(situation)) return AlreadySubmitted(situation);
  if (!situation.seat) return NotOnPanel(situation);
  if (situation.interview_state == v1::INTERVIEW_STATE_CLOSED) return InterviewClosed(situation);
  const int64_t version = situation.stored ? situation.stored->version : 0;
  if (!etag.empty() && etag != fmt::format("\"{}\"", version)) return runtime::EtagMismatch(situation.card);
  return absl::OkStatus();
}

// Holds the violations of one content, and whether a question outside the kit is among them.
struct ContentCheck {
  const CardSituation& situation;
  Violations violations{};
  std::string outside_kit{};  // the first question that the kit does not hold
};

void CheckQuestion(ContentCheck& check, const std::string& field, v1::Rating& rating) {
  const KitFacts& kit = check.situation.content->kit;
  const std::string base = rating.question().substr(0, rating.question().find('@'));
  const auto pinned = kit.questions.find(base);
  if (pinned == kit.questions.end() || (base != rating.question() && pinned->second.name != rating.question())) {
    if (check.outside_kit.empty()) check.outside_kit = rating.question();
    check.violations.Add(field + ".question", fmt::format("{} is not in the kit of {}{}", rating.question(),
                                                          check.situation.interview,
                                                          pinned == kit.questions.end()
                                                              ? std::string()
                                                              : fmt::format("; it holds {}", pinned->second.name)));
    return;
  }
  rating.set_question(pinned->second.name);
  if (!pinned->second.competency.empty() && rating.competency() != pinned->second.competency) {
    check.violations.Add(field + ".competency", fmt::format("must be {}, which {} assesses, was {}",
                                                            pinned->second.competency, pinned->second.name,
                                                            rating.competency()));
  }
}

void CheckArea(ContentCheck& check, const std::string& field, const v1::Rating& rating) {
  if (check.situation.content->area_competencies.count(rating.competency()) == 0) {
    check.violations.Add(field + ".competency",
                         fmt::format("{} is no competency of the kit or the policy", rating.competency()));
  }
  if (rating.concepts_covered_size() > 0)
    check.violations.Add(field + ".concepts_covered", "must be empty for an area rating: concepts belong to questions");
}

void CheckRatings(ContentCheck& check, v1::ScorecardContent& content) {
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < content.ratings_size(); ++i) {
    v1::Rating& rating = *content.mutable_ratings(i);
    const std::string field = fmt::format("content.ratings[{}]", i);
    if (rating.question().empty()) {
      CheckArea(check, field, rating);
    } else {
      CheckQuestion(check, field, rating);
    }
    if (rating.has_score() && (rating.score() < 1 || rating.score() > 5))
      check.violations.Add(field + ".score", fmt::format("must be 1 to 5, was {}", rating.score()));
    if (rating.has_score() && !rating.not_assessed_reason().empty())
      check.violations.Add(field + ".not_assessed_reason", "must be empty where a score is given");
    if (!seen.emplace(rating.question(), rating.competency()).second) {
      check.violations.Add(field, rating.question().empty()
                                      ? fmt::format("is a second area rating of {}", rating.competency())
                                      : fmt::format("is a second rating of {}", rating.question()));
    }
  }
}

void CheckFlags(ContentCheck& check, const v1::ScorecardContent& content) {
  std::set<std::string> seen;
  for (int i = 0; i < content.flags_raised_size(); ++i) {
    const v1::RaisedFlag& flag = content.flags_raised(i);
    const std::string field = fmt::format("content.flags_raised[{}]", i);
    const auto known = check.situation.content->flags.find(flag.flag_id());
    if (known == check.situation.content->flags.end()) {
      check.violations.Add(field + ".flag_id", fmt::format("no flag \"{}\" is in the catalogue", flag.flag_id()));
    } else if (flag.critical() && known->second.kind != bank::v1::FLAG_KIND_RED) {
      check.violations.Add(field + ".critical", fmt::format("{} is no red flag, so it cannot be critical", flag.flag_id()));
    }
    if (!seen.insert(flag.flag_id()).second)
      check.violations.Add(field + ".flag_id", fmt::format("{} is raised twice", flag.flag_id()));
  }
}

void FillRecommendation(ContentCheck& check, v1::ScorecardContent& content) {
  if (!content.has_external_recommendation()) return;
  const auto& external = content.external_recommendation();
  const auto recommendation = FromExternal(external.system(), external.value());
  if (!recommendation) {
    check.violations.Add("content.external_recommendation.value",
                         fmt::format("{} has no value \"{}\"", external.system(), external.value()));
  } else if (content.recommendation() == v1::RECOMMENDATION_UNSPECIFIED) {
    content.set_recommendation(*recommendation);
  }
}

}  // namespace

absl::StatusOr<v1::ScorecardContent> CheckContent(const CardSituation& situation, const v1::ScorecardContent& content) {
  ContentCheck check{situation};
  v1::ScorecardContent checked = content;
  CheckRatings(check, checked);
  CheckFlags(check, checked);
  FillRecommendation(check, checked);
  if (!check.outside_kit.empty())
    return check.violations.ToStatus(reason::ERROR_REASON_QUESTION_NOT_IN_KIT, {{"question", check.outside_kit}});
  RETURN_IF_ERROR(check.violations.ToStatus());
  return checked;
}

absl::StatusOr<CardChange> SaveDraft(const CardSituation& situation, const v1::ScorecardContent& content,
                                     std::string_view etag) {
  RETURN_IF_ERROR(CheckOpen(situation, etag));
  ASSIGN_OR_RETURN(v1::ScorecardContent checked, CheckContent(situation, content));
  CardChange change;
  change.state = v1::SCORECARD_STATE_DRAFT;
  change.version = situation.stored ? situation.stored->version + 1 : 1;
  change.role = situation.seat->role;
  change.content = std::move(checked);
  return change;
}

absl::StatusOr<CardChange> Submit(const CardSituation& situation, const v1::ScorecardContent& content,
                                  std::string_view etag) {
  RETURN_IF_ERROR(CheckOpen(situation, etag));
  ASSIGN_OR_RETURN(v1::ScorecardContent checked, CheckContent(situation, content));
  CardChange change;
  change.state = v1::SCORECARD_STATE_SUBMITTED;
  change.revision = 1;
  change.version = situation.stored ? situation.stored->version + 1 : 1;
  change.role = situation.seat->role;
  change.rated_after_exposure = situation.seat->joined_after_exposure || situation.exposed;
  change.late = situation.now > situation.due_time;
  change.content = std::move(checked);
  return change;
}

absl::StatusOr<CardChange> Amend(const CardSituation& situation, const v1::ScorecardContent& content, std::string_view etag) {
  if (situation.interview_state == v1::INTERVIEW_STATE_CANCELED) return InterviewCanceled(situation);
  if (!situation.stored) return runtime::NotFound(situation.card);
  if (!IsSubmitted(situation)) {
    return runtime::InvalidState(situation.card, "DRAFT",
                                 fmt::format("{} is still a draft; use SubmitScorecard", situation.card));
  }
  if (situation.interview_state == v1::INTERVIEW_STATE_CLOSED) return InterviewClosed(situation);
  if (etag != fmt::format("\"{}\"", situation.stored->version)) return runtime::EtagMismatch(situation.card);
  ASSIGN_OR_RETURN(v1::ScorecardContent checked, CheckContent(situation, content));
  CardChange change;
  change.state = v1::SCORECARD_STATE_AMENDED;
  change.revision = situation.stored->revision + 1;
  change.version = situation.stored->version + 1;
  change.role = situation.seat ? situation.seat->role : v1::PANEL_ROLE_PANELIST;
  change.rated_after_exposure = situation.stored->rated_after_exposure;
  change.amended_after_exposure = situation.exposed;
  change.content = std::move(checked);
  return change;
}

bool RatingsDiffer(const v1::ScorecardContent& before, const v1::ScorecardContent& after) {
  if (before.ratings_size() != after.ratings_size()) return true;
  for (int i = 0; i < before.ratings_size(); ++i) {
    const v1::Rating& a = before.ratings(i);
    const v1::Rating& b = after.ratings(i);
    if (a.question() != b.question() || a.competency() != b.competency() || a.has_score() != b.has_score() ||
        a.score() != b.score())
      return true;
  }
  return false;
}

}  // namespace assay::scoring
