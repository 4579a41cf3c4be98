#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/runtime/v1/event.pb.h"
#include "services/runtime/db/pool.h"

namespace assay::runtime {

// What a mutation tells the feed: names and states only, never a score, a note or a personal field.
struct OutboxEvent {
  v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;
  std::string resource;        // "interviews/i1/scorecards/dana"
  std::string aggregate_type;  // "scorecard"
  int64_t version = 0;         // of the resource; rises by one per event of that resource
  std::string state;
  v1::Audience audience = v1::AUDIENCE_TENANT;
  std::map<std::string, std::string> related;      // role → resource name
  std::map<std::string, std::string> annotations;  // of the resource
};

// Position in one service's feed.
struct FeedPosition {
  uint64_t xid = 0;
  uint64_t sequence = 0;
  friend auto operator<=>(const FeedPosition&, const FeedPosition&) = default;
};

// "scorecard.submitted" for EVENT_TYPE_SCORECARD_SUBMITTED, and back.
std::string EventTypeText(v1::EventType type);
v1::EventType EventTypeFromText(std::string_view text);

// Appends `events`, at least one, to the outbox of the transaction's tenant in one statement; returns the position of the
// last one. Events of several callers may share a transaction: call it once per caller.
absl::StatusOr<FeedPosition> AppendEvents(Tx& tx, const std::string& actor, Instant now, const std::vector<OutboxEvent>& events);
// Whether `query` is the statement of AppendEvents; the first column of its rows is the transaction.
bool AppendsEvents(const Query& query);

}  // namespace assay::runtime
