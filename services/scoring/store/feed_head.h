#pragma once

#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/outbox.h"

namespace assay::scoring {

// A position no later than anything this transaction reads from here on: every event at or before it belongs to a change
// that the following reads see. Ask for it before reading a list.
absl::StatusOr<runtime::FeedPosition> FeedHead(runtime::Tx& tx);

}  // namespace assay::scoring
