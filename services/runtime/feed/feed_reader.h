#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "assay/runtime/v1/event.pb.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/feed/outbox.h"

namespace assay::runtime {

// Some events in feed order.
struct FeedPage {
  // Complete, with their cursors.
  std::vector<v1::Event> events;
  // Where the next page starts; at the end of the feed it is the horizon, so it moves while nothing happens.
  FeedPosition next;
  bool at_end = false;
  // Transactions from this id on had not begun when this was read: what was committed before is read once the horizon is here.
  uint64_t not_begun = 0;
};

// Reads one service's feed in order. Only rows of transactions older than every open one are seen, and rows and horizon
// come from one statement, so a transaction that commits late is waited for and never skipped.
class FeedReader {
 public:
  // One tenant's events with a pool of role assay_app; every tenant's with tenant "" and a pool of role assay_feed.
  FeedReader(Pool& pool, const CursorCodec& cursors, std::string tenant)
      : pool_(pool), cursors_(cursors), tenant_(std::move(tenant)) {}

  // At most `limit` events after `after`. CURSOR_EXPIRED (metadata oldest_cursor); FEED_EPOCH_CHANGED when the position lies
  // in the future, which only a restored database brings about.
  absl::StatusOr<FeedPage> Read(const FeedPosition& after, int limit, Deadline deadline) const;
  // At most `limit` events that are committed and not yet readable, because an older transaction is still open: none of them
  // is in its final place, and Read() gives each of them again. For what only needs to know that something happened, soon.
  absl::StatusOr<std::vector<v1::Event>> ReadUnsettled(int limit, Deadline deadline) const;
  // A position at which everything committed before this call by transactions below the horizon has happened.
  absl::StatusOr<FeedPosition> Horizon(Deadline deadline) const;

 private:
  Pool& pool_;
  const CursorCodec& cursors_;
  const std::string tenant_;
};

// The feed's epoch: made on first use, new when the data came to another PostgreSQL instance. Call it at start, before
// serving; `pool` is of role assay_app.
absl::StatusOr<std::string> EnsureEpoch(Pool& pool, Deadline deadline);

// Removes events that are older than 30 days, in batches with a transaction each, until none is left or the deadline comes;
// returns how many. Several replicas may do it at once.
absl::StatusOr<int64_t> PruneFeed(Pool& pool, Deadline deadline, int batch = 1000);

// The same for idempotency rows older than 14 days.
absl::StatusOr<int64_t> PruneIdempotency(Pool& pool, Deadline deadline, int batch = 1000);

}  // namespace assay::runtime
