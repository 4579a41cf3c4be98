#include "services/scoring/api/scoring_events.h"

#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/event_service.h"
#include "services/scoring/store/snapshot_store.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::v1::Event;

constexpr int kPage = 500;

bool Visible(const AudienceRule& audience, const RequestContext& context, const Event& event) {
  return event.audience() == runtime::v1::AUDIENCE_TENANT || audience(context, event);
}

// A resource as the event that would tell of it, so that the feed and the snapshot are under one rule.
Event AsEvent(const std::string& collection, const std::string& tenant, const SnapshotRow& row) {
  Event event;
  event.set_tenant(tenant);
  event.set_resource(row.resource);
  event.set_state(row.state);
  event.mutable_related()->insert(row.related.begin(), row.related.end());
  event.set_audience(runtime::v1::AUDIENCE_TENANT);
  if (collection == "scorecards") {
    const bool draft = row.state == "DRAFT";
    event.set_type(draft ? runtime::v1::EVENT_TYPE_SCORECARD_DRAFT_SAVED : runtime::v1::EVENT_TYPE_SCORECARD_SUBMITTED);
    event.set_audience(draft ? runtime::v1::AUDIENCE_AUTHOR : runtime::v1::AUDIENCE_DECISION);
  } else if (collection == "flags") {
    event.set_type(runtime::v1::EVENT_TYPE_FLAG_RAISED);
    event.set_audience(runtime::v1::AUDIENCE_DECISION);
  } else if (collection == "decisions") {
    event.set_type(runtime::v1::EVENT_TYPE_DECISION_PROPOSED);
    event.set_audience(runtime::v1::AUDIENCE_DECISION);
  }
  return event;
}

absl::StatusOr<runtime::SnapshotPage> Snapshot(ScoringParts& parts, const AudienceRule& audience, const RequestContext& context,
                                               const std::string& collection, const std::string& after) {
  ASSIGN_OR_RETURN(const std::vector<SnapshotRow> rows,
                   (runtime::Transact<std::vector<SnapshotRow>>(
                       parts.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline,
                       [&](runtime::Tx& tx) { return ReadSnapshot(tx, collection, after, kPage); })));
  runtime::SnapshotPage page;
  for (const SnapshotRow& row : rows) {
    if (!context.principal.service && !Visible(audience, context, AsEvent(collection, context.tenant(), row))) continue;
    runtime::v1::SnapshotResource& resource = page.resources.emplace_back();
    resource.set_resource(row.resource);
    resource.set_resource_version(row.version);
    resource.set_state(row.state);
    resource.mutable_related()->insert(row.related.begin(), row.related.end());
  }
  if (rows.size() == kPage) page.next = rows.back().key;
  return page;
}

}  // namespace

void BindEvents(runtime::Service& service, ScoringParts& parts, runtime::Pool& feed_pool, runtime::FeedRelay& relay,
                AudienceRule audience) {
  runtime::AddEventService(
      service, {.pool = parts.pool,
                .feed_pool = feed_pool,
                .cursors = parts.cursors,
                .relay = relay,
                .visible = [audience](const RequestContext& context, const Event& event) { return Visible(audience, context, event); },
                .collections = SnapshotCollections(),
                .snapshot = [&parts, audience](const RequestContext& context, const std::string& collection,
                                               const std::string& after) {
                  return Snapshot(parts, audience, context, collection, after);
                }});
}

}  // namespace assay::scoring
