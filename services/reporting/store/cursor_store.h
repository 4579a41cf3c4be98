#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/runtime/v1/event.pb.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"

namespace assay::reporting {

// How far a feed was followed.
struct FeedProgress {
  std::string feed;
  std::string cursor;
  int64_t generation = 1;
  int64_t events_applied = 0;
  std::optional<runtime::Instant> as_of_time;
};

// SQL over feed_cursor, projected_tenant, applied_event and parked_event.

// Every feed, by name.
absl::StatusOr<std::vector<FeedProgress>> ReadProgress(runtime::Tx& tx);
absl::StatusOr<FeedProgress> ReadProgressOf(runtime::Tx& tx, const std::string& feed);
// Locks the feed's row. ABORTED CONFLICT when it is not at `expected` any more: somebody else follows the feed.
absl::Status LockProgress(runtime::Tx& tx, const FeedProgress& expected);
// Writes cursor, events_applied and as_of_time.
absl::Status WriteProgress(runtime::Tx& tx, const FeedProgress& progress, runtime::Instant now);
// Starts a rebuild: the next generation, from the beginning. Returns the new state.
absl::StatusOr<FeedProgress> BeginGeneration(runtime::Tx& tx, const FeedProgress& expected, runtime::Instant now);

// Tenants seen in the feed whose resources were not all read in its generation.
absl::StatusOr<std::vector<std::string>> TenantsToRead(runtime::Tx& tx, const FeedProgress& progress);
// Those of `tenants` that the feed never showed before.
absl::StatusOr<std::vector<std::string>> UnknownTenants(runtime::Tx& tx, const std::string& feed,
                                                        const std::vector<std::string>& tenants);
absl::Status RememberTenant(runtime::Tx& tx, const std::string& feed, const std::string& tenant, int64_t generation);

// Notes events of the transaction's tenant as applied; returns how many of them had not been.
absl::StatusOr<int> NoteApplied(runtime::Tx& tx, const std::vector<std::string>& event_ids, runtime::Instant now);

absl::Status ParkEvent(runtime::Tx& tx, const std::string& feed, const runtime::v1::Event& event, int tries,
                       const std::string& error, runtime::Instant now);

// Forgets event ids that no feed delivers any more.
absl::Status PruneAppliedEvents(runtime::Pool& pool, runtime::Deadline deadline);

}  // namespace assay::reporting
