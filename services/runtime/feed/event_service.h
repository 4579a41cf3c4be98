#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/runtime/v1/event.pb.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/feed/relay.h"
#include "services/runtime/rpc/service.h"

namespace assay::runtime {

// Some current resources of one collection.
struct SnapshotPage {
  std::vector<v1::SnapshotResource> resources;
  // Passed back as `after` for the next page; empty = the collection is done.
  std::string next;
};

// What a service brings to its EventService. References must outlive the service.
struct EventServiceParts {
  // Of role assay_app: one tenant's feed under row-level security.
  Pool& pool;
  // Of role assay_feed: every tenant's feed, the outbox only.
  Pool& feed_pool;
  const CursorCodec& cursors;
  FeedRelay& relay;
  // Whether the caller may learn of the event (DOMAIN §4). Not asked for service tokens with scope feed.all.
  std::function<bool(const RequestContext&, const v1::Event&)> visible;
  // Collections of StreamSnapshot in the order they are sent, such as "candidates".
  std::vector<std::string> collections;
  // Current resources of `collection` that the caller may see, after key `after`, for the context's tenant.
  std::function<absl::StatusOr<SnapshotPage>(const RequestContext&, const std::string& collection, const std::string& after)>
      snapshot;
};

// Binds StreamEvents, ListEvents and StreamSnapshot of "assay.bank.v1.EventService" or "assay.scoring.v1.EventService".
// Callers read their tenant's feed with scope events.read; a service token with scope feed.all reads every tenant's, or one
// that it names. StreamSnapshot is always of one tenant.
void AddEventService(Service& service, EventServiceParts parts);

}  // namespace assay::runtime
