#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/scorecard.pb.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/filter.h"
#include "services/runtime/paging/page_token.h"
#include "services/scoring/domain/scorecard_rules.h"

namespace assay::scoring {

// Identity of a card: ids of its interview and of its author.
struct CardKey {
  std::string interview;
  std::string interviewer;
  friend auto operator<=>(const CardKey&, const CardKey&) = default;
};
// "interviews/i1/scorecards/dana"
std::string CardName(const CardKey& key);

// A card as it is stored, without content.
struct CardRow {
  CardKey key;
  std::string uid;
  int64_t version = 0;
  v1::ScorecardState state = v1::SCORECARD_STATE_UNSPECIFIED;
  int revision = 0;
  std::string application;  // id
  std::string candidate;    // id
  std::string requisition;  // id
  v1::PanelRole role = v1::PANEL_ROLE_PANELIST;
  std::string submitted_by;
  bool rated_after_exposure = false;
  bool amended_after_exposure = false;
  bool rated_after_assist = false;
  bool late = false;
  std::optional<runtime::Instant> submit_time;
  std::optional<runtime::Instant> amend_time;
  runtime::Instant create_time{};
  runtime::Instant update_time{};
  std::string document;

  bool draft() const { return revision == 0; }
};

// The card of the contract, without content.
v1::Scorecard ToProto(const CardRow& row);

// Those that exist, in no order.
absl::StatusOr<std::vector<CardRow>> ReadCards(runtime::Tx& tx, const std::vector<CardKey>& keys);
// NOT_FOUND.
absl::StatusOr<CardRow> ReadCard(runtime::Tx& tx, const CardKey& key);
// The same, locked until the transaction ends.
absl::StatusOr<CardRow> LockCard(runtime::Tx& tx, const CardKey& key);

// What a listing is narrowed to; nullopt = any. Drafts come only for the authors in `own`.
struct CardFilter {
  std::optional<std::string> interview;
  std::vector<std::string> own;
  runtime::SqlFilter filter;
};
// What ListCards can be filtered by, and the first parameter of such a filter: only what everybody may know who may know that
// the card is there.
const runtime::FilterFields& CardFields();
inline constexpr int kFirstCardParameter = 8;
// Newest first, after the row with key {create_time, interview, interviewer}.
absl::StatusOr<std::vector<CardRow>> ListCards(runtime::Tx& tx, const CardFilter& filter, const std::vector<std::string>& after,
                                               int limit);
std::vector<std::string> PageKeyOf(const CardRow& row);

// Submitted cards of an application with all their revisions' ratings: what a decision rests on.
struct CardHistory {
  CardRow row;
  std::string author_subject;
  std::vector<v1::ScorecardRevision> revisions;  // oldest first, ratings only
};
absl::StatusOr<std::vector<CardHistory>> CardsOfApplication(runtime::Tx& tx, std::string_view application);

// Fills in the content of each card at the revision it names. What was erased stays away.
absl::Status AddContents(runtime::Tx& tx, runtime::PersonalVault& vault, const std::vector<v1::Scorecard*>& cards);
// All revisions, oldest first; up to `limit` after `after_revision`.
absl::StatusOr<std::vector<v1::ScorecardRevision>> ReadRevisions(runtime::Tx& tx, runtime::PersonalVault& vault,
                                                                 const CardKey& key, int after_revision, int limit);

// Stores a draft (insert or replacement) under `subject`'s data key.
absl::Status WriteDraft(runtime::Tx& tx, runtime::PersonalVault& vault, const CardRow& row,
                        const v1::ScorecardContent& content);
// Stores an amended revision of a locked card.
absl::Status WriteAmendment(runtime::Tx& tx, runtime::PersonalVault& vault, const CardRow& row,
                            const v1::ScorecardContent& content, std::string_view amend_reason);

// Data key under which everything personal about a candidate is sealed.
std::string CandidateKey(std::string_view candidate);

}  // namespace assay::scoring
