#include "services/runtime/feed/head.h"

#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

// Every transaction below the horizon is settled and visible to what is read after this statement; those at or above it
// may commit later and come up in the tail.
const Query kFeedHead{"feed_head", R"sql(
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text
)sql"};

}  // namespace

absl::StatusOr<std::string> AsOfCursor(Tx& tx, const CursorCodec& cursors) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kFeedHead, {}));
  return cursors.Seal({rows[0].Uint64(0), 0});
}

}  // namespace assay::runtime
