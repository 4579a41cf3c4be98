#include "services/scoring/api/card_change.h"

#include <algorithm>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/domain/flag_rules.h"
#include "services/scoring/store/document_store.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/flag_store.h"

namespace assay::scoring {
namespace {

v1::InterviewState ParseInterviewState(const std::string& text) {
  v1::InterviewState state = v1::INTERVIEW_STATE_UNSPECIFIED;
  v1::InterviewState_Parse("INTERVIEW_STATE_" + text, &state);
  return state;
}

}  // namespace

Authority AuthorityOver(const runtime::Principal& principal, const SituationRow& row) {
  const bool delegated = !principal.on_behalf_of.empty();
  const bool issued = delegated || row.author_issuer.empty() || row.author_issuer == principal.issuer;
  if (!row.author_subject.empty() && row.author_subject == principal.effective_subject() && issued) return Authority::kAuthor;
  if (!delegated && principal.Has("scorecards.write_any")) return Authority::kForOther;
  return Authority::kNone;
}

absl::StatusOr<CardKey> ParseCardName(const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, runtime::ParseName("interviews/*/scorecards/*", name));
  return CardKey{ids[0], ids[1]};
}

CardSituation SituationOf(const CardKey& key, const SituationRow& row, const JudgedContent& content, runtime::Instant now) {
  CardSituation situation;
  situation.card = CardName(key);
  situation.interview = "interviews/" + key.interview;
  situation.interviewer = "interviewers/" + key.interviewer;
  situation.interview_state = ParseInterviewState(row.interview_state);
  situation.due_time = row.due_time;
  situation.seat = row.seat;
  situation.stored = row.stored;
  situation.exposed = row.exposed;
  situation.content = &content;
  situation.now = now;
  return situation;
}

absl::StatusOr<std::shared_ptr<const JudgedContent>> ContentFor(JudgedContentCache& cache, runtime::Tx& tx,
                                                                const SituationRow& row,
                                                                const v1::ScorecardContent& content) {
  ASSIGN_OR_RETURN(auto judged, cache.Get(tx, row.kit_hash, row.policy));
  const bool unknown = std::any_of(content.flags_raised().begin(), content.flags_raised().end(),
                                   [&](const v1::RaisedFlag& flag) { return judged->flags.count(flag.flag_id()) == 0; });
  if (unknown) return cache.Get(tx, row.kit_hash, row.policy, /*fresh=*/true);
  return judged;
}

std::vector<NewFlag> FlagsRaisedBy(const CardKey& key, const SituationRow& row, const JudgedContent& judged,
                                   const v1::ScorecardContent& content, const std::vector<std::string>& already,
                                   runtime::Instant now) {
  std::vector<NewFlag> flags;
  for (const v1::RaisedFlag& raised : content.flags_raised()) {
    if (std::find(already.begin(), already.end(), raised.flag_id()) != already.end()) continue;
    absl::StatusOr<v1::Flag> flag = RaiseFlag(judged, raised);
    if (!flag.ok()) continue;  // the card's content was checked
    flag->set_scorecard(CardName(key));
    flag->set_interview("interviews/" + key.interview);
    flag->set_raised_by("interviewers/" + key.interviewer);
    flags.push_back({.id = runtime::NewUuid(now), .flag = *std::move(flag), .raised_by_subject = row.author_subject});
  }
  return flags;
}

CardRow RowAfter(const CardKey& key, const SituationRow& row, const CardChange& change, const std::string& document,
                 const std::string& submitted_by, runtime::Instant now) {
  CardRow card;
  card.key = key;
  card.uid = row.stored ? row.uid : runtime::NewUuid(now);
  card.version = change.version;
  card.state = change.state;
  card.revision = change.revision;
  card.application = row.application;
  card.candidate = row.candidate;
  card.requisition = row.requisition;
  card.role = change.role;
  card.submitted_by = submitted_by;
  card.rated_after_exposure = change.rated_after_exposure;
  card.amended_after_exposure = change.amended_after_exposure;
  card.late = change.late;
  if (change.revision == 1) card.submit_time = now;
  if (change.revision > 1) card.amend_time = now;
  card.create_time = row.stored ? row.create_time : now;
  card.update_time = now;
  card.document = document;
  return card;
}

runtime::OutboxEvent CardEvent(const CardRow& row, runtime::v1::EventType type) {
  runtime::OutboxEvent event;
  event.type = type;
  event.resource = CardName(row.key);
  event.aggregate_type = "scorecard";
  event.version = row.version;
  event.state = v1::ScorecardState_Name(row.state).substr(sizeof("SCORECARD_STATE_") - 1);
  // That a peer's card is in says how many are: not for those who still owe theirs.
  event.audience = row.draft() ? runtime::v1::AUDIENCE_AUTHOR : runtime::v1::AUDIENCE_DECISION;
  event.related = {{"application", "applications/" + row.application},
                   {"candidate", "candidates/" + row.candidate},
                   {"interview", "interviews/" + row.key.interview},
                   {"interviewer", "interviewers/" + row.key.interviewer},
                   {"requisition", "requisitions/" + row.requisition}};
  v1::Scorecard document;
  document.ParseFromString(row.document);
  event.annotations = {document.annotations().begin(), document.annotations().end()};
  return event;
}

runtime::OutboxEvent FlagEvent(const FlagRow& row, runtime::v1::EventType type, const std::string& candidate) {
  runtime::OutboxEvent event;
  event.type = type;
  event.resource = FlagName(row.application, row.id);
  event.aggregate_type = "flag";
  event.version = row.version;
  event.state = EnumText(row.flag, "state");
  event.audience = runtime::v1::AUDIENCE_DECISION;
  event.related = {{"application", "applications/" + row.application}, {"candidate", "candidates/" + candidate}};
  if (!row.flag.scorecard().empty()) event.related["scorecard"] = row.flag.scorecard();
  if (!row.flag.interview().empty()) event.related["interview"] = row.flag.interview();
  event.annotations = {row.flag.annotations().begin(), row.flag.annotations().end()};
  return event;
}

absl::StatusOr<v1::Scorecard> RebuildCard(runtime::Tx& tx, runtime::PersonalVault& vault, const runtime::ResultName& result) {
  ASSIGN_OR_RETURN(const CardKey key, ParseCardName(result.name));
  ASSIGN_OR_RETURN(const CardRow row, ReadCard(tx, key));
  v1::Scorecard card = ToProto(row);
  // Every amendment is one version and one revision, so the revision of an earlier version is known.
  const int64_t behind = row.version - result.revision;
  if (behind > 0 && row.revision - behind >= 1) {
    const int revision = static_cast<int>(row.revision - behind);
    ASSIGN_OR_RETURN(std::vector<v1::ScorecardRevision> then, ReadRevisions(tx, vault, key, revision - 1, 1));
    if (then.empty()) return runtime::NotFound(result.name);
    card.set_revision(revision);
    card.set_state(revision == 1 ? v1::SCORECARD_STATE_SUBMITTED : v1::SCORECARD_STATE_AMENDED);
    card.set_etag(EtagOf(result.revision));
    card.set_submitted_by(then[0].submitted_by());
    card.set_amended_after_exposure(then[0].amended_after_exposure());
    *card.mutable_update_time() = then[0].revise_time();
    if (revision == 1) {
      card.clear_amend_time();
    } else {
      *card.mutable_amend_time() = then[0].revise_time();
    }
    *card.mutable_content() = std::move(*then[0].mutable_content());
    return card;
  }
  RETURN_IF_ERROR(AddContents(tx, vault, {&card}));
  return card;
}

}  // namespace assay::scoring
