#include "services/runtime/feed/feed_reader.h"

#include <spdlog/spdlog.h>

#include "google/protobuf/util/json_util.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

// An empty feed still answers one row, with the horizon.
#define ASSAY_FEED_SELECT(place, condition)                                                                           \
  "WITH horizon AS MATERIALIZED (                                                                                   " \
  "  SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin, pg_snapshot_xmax(pg_current_snapshot()) AS xmax)       " \
  "SELECT h.xmin, h.xmax, f.pruned_xid, f.pruned_sequence,                                                          " \
  "  o.xid, o.sequence, o.event_id, o.type, o.aggregate_id, o.aggregate_version, o.actor,                           " \
  "  (extract(epoch FROM o.occurred_at) * 1000000)::bigint, o.audience, o.tenant, o.state, o.payload                " \
  "FROM horizon h CROSS JOIN feed_epoch f LEFT JOIN LATERAL (                                                       " \
  "  SELECT * FROM outbox WHERE " place condition "                                                                 " \
  "  ORDER BY xid, sequence LIMIT $1::bigint) o ON true                                                             " \
  "ORDER BY o.xid, o.sequence"
#define ASSAY_FEED_SETTLED "(xid, sequence) > ($2::xid8, $3::bigint) AND xid < h.xmin"
#define ASSAY_FEED_UNSETTLED "xid >= h.xmin"

const Query kReadTenant{"feed_read_tenant", ASSAY_FEED_SELECT(ASSAY_FEED_SETTLED, " AND tenant = $4::text")};
const Query kReadAll{"feed_read_all", ASSAY_FEED_SELECT(ASSAY_FEED_SETTLED, "")};
const Query kUnsettledTenant{"feed_unsettled_tenant", ASSAY_FEED_SELECT(ASSAY_FEED_UNSETTLED, " AND tenant = $2::text")};
const Query kUnsettledAll{"feed_unsettled_all", ASSAY_FEED_SELECT(ASSAY_FEED_UNSETTLED, "")};

#undef ASSAY_FEED_SELECT
#undef ASSAY_FEED_SETTLED
#undef ASSAY_FEED_UNSETTLED

const Query kHorizon{"feed_horizon", "SELECT pg_snapshot_xmin(pg_current_snapshot())"};
const Query kEnsureEpoch{"feed_ensure_epoch", "SELECT ensure_feed_epoch()"};
const Query kPruneOutbox{"feed_prune", "SELECT prune_outbox(interval '30 days', $1::integer)"};
const Query kPruneIdempotency{"idempotency_prune", "SELECT prune_idempotency($1::integer)"};

enum Column { kXmin, kXmax, kPrunedXid, kPrunedSequence, kXid, kSequence, kId, kType, kResource, kVersion, kActor, kTime,
              kAudience, kTenant, kState, kPayload };

absl::Status ToEvent(const Row& row, const CursorCodec& cursors, v1::Event& event) {
  const std::string_view payload = row.Text(kPayload);
  if (payload != "{}") {
    // Names and states of our own writing; a row that cannot be read would stop every reader, so it goes without them.
    const auto parsed =
        google::protobuf::util::JsonStringToMessage({payload.data(), payload.size()}, &event);
    if (!parsed.ok()) {
      spdlog::error("payload of event {} cannot be read", row.Text(kId));
      event.Clear();
    }
  }
  event.set_id(row.String(kId));
  event.set_type_text(row.String(kType));
  event.set_type(EventTypeFromText(row.Text(kType)));
  event.set_resource(row.String(kResource));
  event.set_resource_version(row.Int64(kVersion));
  event.set_actor(row.String(kActor));
  *event.mutable_time() = ToTimestamp(FromMicros(row.Int64(kTime)));
  event.set_audience(static_cast<v1::Audience>(row.Int(kAudience)));
  event.set_tenant(row.String(kTenant));
  event.set_state(row.String(kState));
  event.set_cursor(cursors.Seal({row.Uint64(kXid), row.Uint64(kSequence)}));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Prune(Pool& pool, const Query& query, Deadline deadline, int batch) {
  int64_t removed = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    ASSIGN_OR_RETURN(const int count, Transact<int>(pool, TxMode::kReadWrite, "", deadline, [&](Tx& tx) -> absl::StatusOr<int> {
                       ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {batch}));
                       return rows[0].Int(0);
                     }));
    removed += count;
    if (count == 0) break;
  }
  return removed;
}

}  // namespace

absl::StatusOr<FeedPage> FeedReader::Read(const FeedPosition& after, int limit, Deadline deadline) const {
  return Transact<FeedPage>(pool_, TxMode::kReadOnly, tenant_, deadline, [&](Tx& tx) -> absl::StatusOr<FeedPage> {
    std::vector<Value> parameters{limit, after.xid, after.sequence};
    if (!tenant_.empty()) parameters.emplace_back(tenant_);
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(tenant_.empty() ? kReadAll : kReadTenant, parameters));
    if (rows.empty()) return Internal("the feed has no epoch");
    const FeedPosition pruned{rows[0].Uint64(kPrunedXid), rows[0].Uint64(kPrunedSequence)};
    if (after != FeedPosition{} && after < pruned) {
      return Error(v1::ERROR_REASON_CURSOR_EXPIRED,
                   "the feed keeps 30 days; take StreamSnapshot and resume from its cursor",
                   {{"oldest_cursor", cursors_.Seal(pruned)}});
    }
    if (after.xid > rows[0].Uint64(kXmax)) {
      return Error(v1::ERROR_REASON_FEED_EPOCH_CHANGED, "the database was restored; resync from the cursor in metadata",
                   {{"resync_cursor", cursors_.Seal({})}});
    }
    FeedPage page;
    page.not_begun = rows[0].Uint64(kXmax);
    for (const Row row : rows) {
      if (row.IsNull(kXid)) break;
      RETURN_IF_ERROR(ToEvent(row, cursors_, page.events.emplace_back()));
      page.next = {row.Uint64(kXid), row.Uint64(kSequence)};
    }
    page.at_end = static_cast<int>(page.events.size()) < limit;
    // Later rows have the horizon's id at least. A reader on another connection may be ahead of this one's horizon.
    if (page.at_end) page.next = std::max(after, FeedPosition{rows[0].Uint64(kXmin), 0});
    return page;
  });
}

absl::StatusOr<std::vector<v1::Event>> FeedReader::ReadUnsettled(int limit, Deadline deadline) const {
  using Events = std::vector<v1::Event>;
  return Transact<Events>(pool_, TxMode::kReadOnly, tenant_, deadline, [&](Tx& tx) -> absl::StatusOr<Events> {
    std::vector<Value> parameters{limit};
    if (!tenant_.empty()) parameters.emplace_back(tenant_);
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(tenant_.empty() ? kUnsettledAll : kUnsettledTenant, parameters));
    Events events;
    for (const Row row : rows) {
      if (row.IsNull(kXid)) break;
      RETURN_IF_ERROR(ToEvent(row, cursors_, events.emplace_back()));
    }
    return events;
  });
}

absl::StatusOr<FeedPosition> FeedReader::Horizon(Deadline deadline) const {
  return Transact<FeedPosition>(pool_, TxMode::kReadOnly, tenant_, deadline, [&](Tx& tx) -> absl::StatusOr<FeedPosition> {
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kHorizon, {}));
    return FeedPosition{rows[0].Uint64(0), 0};
  });
}

absl::StatusOr<std::string> EnsureEpoch(Pool& pool, Deadline deadline) {
  return Transact<std::string>(pool, TxMode::kReadWrite, "", deadline, [&](Tx& tx) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kEnsureEpoch, {}));
    return rows[0].String(0);
  });
}

absl::StatusOr<int64_t> PruneFeed(Pool& pool, Deadline deadline, int batch) {
  return Prune(pool, kPruneOutbox, deadline, batch);
}

absl::StatusOr<int64_t> PruneIdempotency(Pool& pool, Deadline deadline, int batch) {
  return Prune(pool, kPruneIdempotency, deadline, batch);
}

}  // namespace assay::runtime
