#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/cursor.h"

namespace assay::runtime {

// Cursor for `as_of_cursor` of a listing: read it in the transaction of the listing, before the listing. Tailing the feed
// from it misses nothing that the listing does not show (it may repeat what the listing shows).
absl::StatusOr<std::string> AsOfCursor(Tx& tx, const CursorCodec& cursors);

}  // namespace assay::runtime
