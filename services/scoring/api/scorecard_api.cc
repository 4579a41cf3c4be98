#include "services/scoring/api/scorecard_api.h"

#include <algorithm>
#include <memory>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/api/card_change.h"
#include "services/scoring/api/flag_api.h"
#include "services/scoring/api/scorecard_reads.h"
#include "services/scoring/api/superseding.h"
#include "services/scoring/store/external_id_store.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::Tx;
using runtime::WriteTx;

// Drafts and amendments, one by one; submissions go through the coalescer.
class ScorecardWrites {
 public:
  ScorecardWrites(ScoringParts& parts, JudgedContentCache& contents) : parts_(parts), contents_(contents) {}

  absl::StatusOr<v1::Scorecard> SaveDraft(const RequestContext& context, const v1::SaveScorecardDraftRequest& request) {
    ASSIGN_OR_RETURN(const CardKey key, ParseCardName(request.name()));
    return parts_.mutator.Run<v1::Scorecard>(
        context, request,
        [&](WriteTx& write, v1::Scorecard& response) { return SaveDraftIn(write, key, request, response); },
        [&](Tx& tx, const runtime::ResultName& result) { return RebuildCard(tx, parts_.vault, result); });
  }

  absl::StatusOr<v1::Scorecard> Amend(const RequestContext& context, const v1::AmendScorecardRequest& request) {
    ASSIGN_OR_RETURN(const CardKey key, ParseCardName(request.name()));
    return parts_.mutator.Run<v1::Scorecard>(
        context, request, [&](WriteTx& write, v1::Scorecard& response) { return AmendIn(write, key, request, response); },
        [&](Tx& tx, const runtime::ResultName& result) { return RebuildCard(tx, parts_.vault, result); });
  }

 private:
  // The card's situation, its row locked where there is one. NOT_FOUND where the caller has no business with the card.
  static absl::StatusOr<SituationRow> LockedSituation(WriteTx& write, const CardKey& key, bool author_only) {
    const absl::StatusOr<CardRow> locked = LockCard(write.tx(), key);
    if (!locked.ok() && !absl::IsNotFound(locked.status())) return locked.status();
    ASSIGN_OR_RETURN(std::vector<SituationRow> rows, ReadSituations(write.tx(), {{key, {}}}));
    const Authority authority = AuthorityOver(write.context().principal, rows[0]);
    const bool allowed = authority == Authority::kAuthor || (authority == Authority::kForOther && !author_only);
    if (!rows[0].interview_exists || !allowed) return runtime::NotFound(CardName(key));
    return std::move(rows[0]);
  }

  absl::StatusOr<runtime::ResultName> SaveDraftIn(WriteTx& write, const CardKey& key,
                                                  const v1::SaveScorecardDraftRequest& request, v1::Scorecard& response) {
    ASSIGN_OR_RETURN(const SituationRow row, LockedSituation(write, key, /*author_only=*/true));
    ASSIGN_OR_RETURN(const auto judged, ContentFor(contents_, write.tx(), row, request.content()));
    const runtime::Instant now = parts_.clock.Now();
    ASSIGN_OR_RETURN(const CardChange change,
                     scoring::SaveDraft(SituationOf(key, row, *judged, now), request.content(), request.etag()));
    const CardRow card = RowAfter(key, row, change, CardDocument(row.document, request), "", now);
    RETURN_IF_ERROR(WriteDraft(write.tx(), parts_.vault, card, change.content));
    if (!request.external_ids().empty()) {
      RETURN_IF_ERROR(
          ReplaceExternalIds(write.tx(), "scorecard", key.interview + "/" + key.interviewer, request.external_ids()));
    }
    write.Emit(CardEvent(card, runtime::v1::EVENT_TYPE_SCORECARD_DRAFT_SAVED));
    response = ToProto(card);
    *response.mutable_content() = change.content;
    return runtime::ResultName{response.name(), card.version};
  }

  absl::StatusOr<runtime::ResultName> AmendIn(WriteTx& write, const CardKey& key, const v1::AmendScorecardRequest& request,
                                              v1::Scorecard& response) {
    ASSIGN_OR_RETURN(const SituationRow row, LockedSituation(write, key, /*author_only=*/false));
    // Somebody else's draft does not exist for who amends it.
    if (row.stored && row.stored->revision == 0 &&
        AuthorityOver(write.context().principal, row) != Authority::kAuthor)
      return runtime::NotFound(CardName(key));
    ASSIGN_OR_RETURN(const auto judged, ContentFor(contents_, write.tx(), row, request.content()));
    const runtime::Instant now = parts_.clock.Now();
    ASSIGN_OR_RETURN(const CardChange change,
                     scoring::Amend(SituationOf(key, row, *judged, now), request.content(), request.etag()));
    ASSIGN_OR_RETURN(const CardRow before, ReadCard(write.tx(), key));
    v1::Scorecard previous = ToProto(before);
    RETURN_IF_ERROR(AddContents(write.tx(), parts_.vault, {&previous}));

    CardRow card = before;
    card.version = change.version;
    card.state = change.state;
    card.revision = change.revision;
    card.amended_after_exposure = change.amended_after_exposure;
    card.submitted_by = write.context().principal.subject;
    card.amend_time = now;
    card.update_time = now;
    RETURN_IF_ERROR(WriteAmendment(write.tx(), parts_.vault, card, change.content, request.amend_reason()));
    write.Emit(CardEvent(card, runtime::v1::EVENT_TYPE_SCORECARD_AMENDED));
    RETURN_IF_ERROR(RaiseFlags(write, key, row, *judged, change.content, now));
    // Role is frozen at submission: what the card was is what decides whether it counted.
    if (EntersDecision(before.role) && RatingsDiffer(previous.content(), change.content))
      RETURN_IF_ERROR(Supersede(write, card.application, "scorecard-amended", now));
    response = ToProto(card);
    *response.mutable_content() = change.content;
    return runtime::ResultName{response.name(), card.version};
  }

  // Flags that this revision raises and the card had not raised.
  absl::Status RaiseFlags(WriteTx& write, const CardKey& key, const SituationRow& row, const JudgedContent& judged,
                          const v1::ScorecardContent& content, runtime::Instant now) {
    if (content.flags_raised().empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<FlagRow> known, FlagsOfApplication(write.tx(), row.application));
    std::vector<std::string> already;
    for (const FlagRow& flag : known) {
      if (flag.interview == key.interview && flag.interviewer == key.interviewer) already.push_back(flag.flag.flag_id());
    }
    std::vector<FlagRow> rows;
    std::vector<runtime::SealedText> texts;
    for (const NewFlag& flag : FlagsRaisedBy(key, row, judged, content, already, now)) {
      rows.push_back(RowOfNewFlag(flag, row.application, now));
      ASSIGN_OR_RETURN(texts.emplace_back(),
                       parts_.vault.Seal(write.tx(), CandidateKey(row.candidate), FlagPersonalPart(flag.flag)));
      write.Emit(FlagEvent(rows.back(), runtime::v1::EVENT_TYPE_FLAG_RAISED, row.candidate));
    }
    return rows.empty() ? absl::OkStatus() : InsertFlags(write.tx(), rows, texts);
  }

  ScoringParts& parts_;
  JudgedContentCache& contents_;
};

}  // namespace

void BindScorecards(runtime::Service& service, ScoringParts& parts, SubmitCoalescer& coalescer) {
  const auto reads = std::make_shared<ScorecardReads>(parts);
  const auto writes = std::make_shared<ScorecardWrites>(parts, coalescer.contents());
  service.Unary<v1::GetScorecardRequest, v1::Scorecard>(
      "GetScorecard", [reads](const auto& context, const auto& request) { return reads->Get(context, request); });
  service.Unary<v1::ListScorecardsRequest, v1::ListScorecardsResponse>(
      "ListScorecards", [reads](const auto& context, const auto& request) { return reads->List(context, request); });
  service.Unary<v1::BatchGetScorecardsRequest, v1::BatchGetScorecardsResponse>(
      "BatchGetScorecards", [reads](const auto& context, const auto& request) { return reads->BatchGet(context, request); });
  service.Unary<v1::BatchGetScorecardsByExternalIdRequest, v1::BatchGetScorecardsByExternalIdResponse>(
      "BatchGetScorecardsByExternalId",
      [reads](const auto& context, const auto& request) { return reads->BatchGetByExternalId(context, request); });
  service.Unary<v1::ListScorecardRevisionsRequest, v1::ListScorecardRevisionsResponse>(
      "ListScorecardRevisions",
      [reads](const auto& context, const auto& request) { return reads->ListRevisions(context, request); });
  service.Unary<v1::SaveScorecardDraftRequest, v1::Scorecard>(
      "SaveScorecardDraft", [writes](const auto& context, const auto& request) { return writes->SaveDraft(context, request); });
  service.Unary<v1::AmendScorecardRequest, v1::Scorecard>(
      "AmendScorecard", [writes](const auto& context, const auto& request) { return writes->Amend(context, request); });
  service.UnaryAsync<v1::SubmitScorecardRequest, v1::Scorecard>(
      "SubmitScorecard", [&coalescer](runtime::ContextPtr context, std::shared_ptr<const v1::SubmitScorecardRequest> request,
                                      SubmitCoalescer::Done done) {
        coalescer.Submit(std::move(context), std::move(request), std::move(done));
      });
  BindFlags(service, parts, coalescer.contents());
}

}  // namespace assay::scoring
