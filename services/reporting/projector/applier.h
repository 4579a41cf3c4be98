#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "assay/runtime/v1/event.pb.h"
#include "services/reporting/store/cursor_store.h"
#include "services/reporting/store/resource_store.h"
#include "services/runtime/auth/token_source.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::reporting {

// What projecting stands on; outlives everything here.
struct ProjectorParts {
  runtime::Pool& pool;
  runtime::PersonalVault& vault;
  runtime::TokenSource& tokens;
  const runtime::Clock& clock;
  runtime::Metrics& metrics;
};

// Applies events of one feed: fetches what changed, then stores it and moves the cursor in one transaction. Fetching is
// never done inside a transaction. One thread at a time.
class Applier {
 public:
  // `pause` waits between tries; false = stop.
  Applier(ProjectorParts& parts, const runtime::Client& client, std::string feed,
          std::function<bool(std::chrono::milliseconds)> pause);

  // Applies `events` and moves `progress` to `cursor`. An event that fails for good by itself is parked after five tries, and
  // the others go on. An error is one of the surroundings (a service or the database is away, somebody else follows the feed):
  // nothing is lost, try again from the stored cursor.
  absl::Status Apply(FeedProgress& progress, const std::vector<runtime::v1::Event>& events, const std::string& cursor,
                     runtime::Instant as_of);

  // Reads all current resources of a tenant into the feed's generation and sweeps what is gone.
  absl::Status ReadTenant(const FeedProgress& progress, const std::string& tenant);

 private:
  struct Change;

  // Fetches what the events changed. NOT_FOUND of a resource makes it a tombstone.
  absl::StatusOr<std::vector<Change>> Fetch(const FeedProgress& progress, const std::vector<runtime::v1::Event>& events);
  absl::Status Store(FeedProgress& progress, const std::vector<runtime::v1::Event>& events, const std::vector<Change>& changes,
                     const std::string& cursor, runtime::Instant as_of);
  absl::Status Together(FeedProgress& progress, const std::vector<runtime::v1::Event>& events, const std::string& cursor,
                        runtime::Instant as_of);
  absl::Status Alone(FeedProgress& progress, const runtime::v1::Event& event, const std::string& cursor, runtime::Instant as_of);
  absl::Status Park(FeedProgress& progress, const runtime::v1::Event& event, const std::string& cursor, const absl::Status& why);
  absl::Status ReadNewTenants(const FeedProgress& progress, const std::vector<runtime::v1::Event>& events);
  absl::Status StoreSnapshotPage(const FeedProgress& progress, const std::vector<runtime::v1::Event>& resources);
  absl::StatusOr<runtime::CallOptions> Options(const std::string& tenant);

  ProjectorParts& parts_;
  const runtime::Client& client_;
  const std::string feed_;
  const std::function<bool(std::chrono::milliseconds)> pause_;
  prometheus::Counter& applied_;
  prometheus::Counter& parked_;
};

// Whether the failure is of the surroundings rather than of what was asked for: it is worth trying for ever.
bool IsTransient(const absl::Status& status);

}  // namespace assay::reporting
