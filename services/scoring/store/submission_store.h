#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/flag.pb.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/idempotency.h"
#include "services/scoring/store/scorecard_store.h"

namespace assay::scoring {

// What is asked of the database before a card is judged: the card, and under which request_id.
struct SituationQuestion {
  CardKey key;
  runtime::RequestKey request;  // request_id empty = not idempotent
};

// Everything about one card that a change needs, read in one statement for many.
struct SituationRow {
  bool interview_exists = false;
  std::string interview_state;
  int64_t interview_version = 0;
  runtime::Instant due_time{};
  std::string kit_hash;
  std::string application;
  std::string candidate;
  std::string requisition;
  std::string policy;  // of the requisition, pinned
  std::string author_subject;  // of the interviewer; "" where there is none
  std::string author_issuer;
  std::optional<Seat> seat;
  std::optional<StoredCard> stored;
  std::string uid;
  runtime::Instant create_time{};
  std::string document;
  bool exposed = false;
  std::optional<runtime::SealedText> draft;  // sealed content of a saved draft
  // What the request_id led to before, if it did.
  std::optional<runtime::Claim> claim;
};
// In the order asked.
absl::StatusOr<std::vector<SituationRow>> ReadSituations(runtime::Tx& tx, const std::vector<SituationQuestion>& questions);

// A flag that a card raises, ready to be stored.
struct NewFlag {
  std::string id;
  v1::Flag flag;  // with evidence
  std::string raised_by_subject;
};

// A submission ready to be stored.
struct Submission {
  CardRow row;
  // Of the interview that it was judged by; closing, canceling or changing the panel meanwhile is a CONFLICT.
  int64_t interview_version = 0;
  v1::ScorecardContent content;
  runtime::RequestKey request;  // request_id empty = not idempotent
  std::string actor;            // token subject
  runtime::SealedText personal; // ciphertext empty = nothing personal was said
  bool had_draft = false;
  std::vector<NewFlag> flags;
  std::vector<runtime::SealedText> flag_texts;  // one per flag
  std::vector<runtime::OutboxEvent> events;
};

// Where a batch came to stand in the feed.
struct StoredSubmissions {
  runtime::FeedPosition position;
};
// Stores all of them in one statement: idempotency rows, cards, revisions, ratings, personal texts, flags and events, and
// supersedes the standing decisions of their applications. CONFLICT where a card changed since its situation was read, a
// unique violation where a twin was quicker: nothing is stored then.
absl::StatusOr<StoredSubmissions> WriteSubmissions(runtime::Tx& tx, runtime::Instant now,
                                                   const std::vector<Submission>& submissions);

}  // namespace assay::scoring
