#include "services/scoring/store/feed_head.h"

#include <limits>

#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

const runtime::Query kFeedHorizon{"feed_horizon", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"};

}  // namespace

absl::StatusOr<runtime::FeedPosition> FeedHead(runtime::Tx& tx) {
  ASSIGN_OR_RETURN(const runtime::Rows rows, tx.Run(kFeedHorizon, {}));
  // Every transaction below the horizon has ended and is seen by later reads; whatever is at or above it follows in the feed.
  return runtime::FeedPosition{rows[0].Uint64(0) - 1, std::numeric_limits<int64_t>::max()};
}

}  // namespace assay::scoring
