#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/rpc/request_context.h"
#include "services/scoring/api/judged_content_cache.h"
#include "services/scoring/domain/scorecard_rules.h"
#include "services/scoring/store/flag_store.h"
#include "services/scoring/store/submission_store.h"

namespace assay::scoring {

// What the writers of cards share: who may, what is judged by what, which flags and events come of it.

// What a caller may do to a card.
enum class Authority {
  kNone,
  kAuthor,   // it is their own
  kForOther, // scope scorecards.write_any: an ATS that submits for people
};
Authority AuthorityOver(const runtime::Principal& principal, const SituationRow& row);

// NOT_FOUND for what is malformed.
absl::StatusOr<CardKey> ParseCardName(const std::string& name);

// The situation as the rules take it; `content` must outlive it.
CardSituation SituationOf(const CardKey& key, const SituationRow& row, const JudgedContent& content, runtime::Instant now);

// What the card's content is held against: from memory unless it raises a flag that memory does not know.
absl::StatusOr<std::shared_ptr<const JudgedContent>> ContentFor(JudgedContentCache& cache, runtime::Tx& tx,
                                                                const SituationRow& row,
                                                                const v1::ScorecardContent& content);

// The flags that a card raises, less those in `already` (flag ids it has raised before).
std::vector<NewFlag> FlagsRaisedBy(const CardKey& key, const SituationRow& row, const JudgedContent& judged,
                                   const v1::ScorecardContent& content, const std::vector<std::string>& already,
                                   runtime::Instant now);

// The card as it will be stored.
CardRow RowAfter(const CardKey& key, const SituationRow& row, const CardChange& change, const std::string& document,
                 const std::string& submitted_by, runtime::Instant now);

runtime::OutboxEvent CardEvent(const CardRow& row, runtime::v1::EventType type);
runtime::OutboxEvent FlagEvent(const FlagRow& row, runtime::v1::EventType type, const std::string& candidate);

// The document of a card: its annotations and external ids, what is not given kept from `before`.
template <typename Request>
std::string CardDocument(const std::string& before, const Request& request) {
  v1::Scorecard document;
  document.ParseFromString(before);
  if (!request.annotations().empty()) *document.mutable_annotations() = request.annotations();
  if (!request.external_ids().empty()) *document.mutable_external_ids() = request.external_ids();
  return document.SerializeAsString();
}

// Answers a repeated request as it was answered: the card at the version that it made.
absl::StatusOr<v1::Scorecard> RebuildCard(runtime::Tx& tx, runtime::PersonalVault& vault, const runtime::ResultName& result);

}  // namespace assay::scoring
