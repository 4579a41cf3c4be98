#pragma once

#include <functional>

#include "assay/runtime/v1/event.pb.h"
#include "services/runtime/feed/relay.h"
#include "services/scoring/api/parts.h"

namespace assay::scoring {

// Whether the caller may learn of an event that is not for the whole tenant (DOMAIN §4).
using AudienceRule = std::function<bool(const runtime::RequestContext&, const runtime::v1::Event&)>;

// Binds EventService: the feed under `audience`, and the snapshot of all current resources under the same rule. `feed_pool`
// is of role assay_feed; everything outlives the service.
void BindEvents(runtime::Service& service, ScoringParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay,
                AudienceRule audience);

}  // namespace assay::scoring
