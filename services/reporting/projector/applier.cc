#include "services/reporting/projector/applier.h"

#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "services/reporting/projector/resource_types.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::reporting {
namespace {

using runtime::Tx;
using runtime::TxMode;
using runtime::v1::Event;
using std::chrono::steady_clock;

constexpr int kTries = 5;
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::seconds kTransaction{5};
constexpr std::chrono::minutes kSnapshot{5};
constexpr int kSweepBatch = 500;
constexpr size_t kSnapshotBatch = 100;

runtime::Deadline Soon() { return steady_clock::now() + kTransaction; }

bool IsDelete(const Event& event) {
  const std::string& text = event.type_text();
  constexpr std::string_view kSuffix = ".deleted";
  return text.size() > kSuffix.size() && text.compare(text.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0;
}

// A draft is its author's alone: not even its state is projected. An overdue card is a draft or not there at all.
bool IsDraft(const Event& event) {
  return event.type() == runtime::v1::EVENT_TYPE_SCORECARD_DRAFT_SAVED ||
         event.type() == runtime::v1::EVENT_TYPE_SCORECARD_OVERDUE || event.state() == "DRAFT";
}

std::set<std::string> TenantsOf(const std::vector<Event>& events) {
  std::set<std::string> tenants;
  for (const Event& event : events) tenants.insert(event.tenant());
  return tenants;
}

}  // namespace

// One resource of one tenant, fetched at the newest of the versions that the events named.
struct Applier::Change {
  std::string tenant;
  ProjectedResource resource;
  bool anonymized = false;
};

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    // Of our own token: an operator's matter, and no event is to blame.
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return false;
  }
}

Applier::Applier(ProjectorParts& parts, const runtime::Client& client, std::string feed,
                 std::function<bool(std::chrono::milliseconds)> pause)
    : parts_(parts),
      client_(client),
      feed_(std::move(feed)),
      pause_(std::move(pause)),
      applied_(parts.metrics.Counter("assay_projection_events_total", "Events applied to the read model", {{"feed", feed_}})),
      parked_(parts.metrics.Counter("assay_projection_parked_total", "Events that could not be applied and were parked",
                                    {{"feed", feed_}})) {}

absl::StatusOr<runtime::CallOptions> Applier::Options(const std::string& tenant) {
  runtime::CallOptions options;
  ASSIGN_OR_RETURN(options.bearer, parts_.tokens.Token());
  options.tenant = tenant;
  return options;
}

absl::Status Applier::Apply(FeedProgress& progress, const std::vector<Event>& events, const std::string& cursor,
                            runtime::Instant as_of) {
  RETURN_IF_ERROR(ReadNewTenants(progress, events));
  const absl::Status together = Together(progress, events, cursor, as_of);
  if (together.ok() || IsTransient(together)) return together;
  // One of them fails for good. Each alone, with its own cursor, so that only that one is parked.
  for (size_t i = 0; i < events.size(); ++i) {
    const bool last = i + 1 == events.size();
    RETURN_IF_ERROR(Alone(progress, events[i], last ? cursor : events[i].cursor(), as_of));
  }
  return absl::OkStatus();
}

absl::Status Applier::Together(FeedProgress& progress, const std::vector<Event>& events, const std::string& cursor,
                               runtime::Instant as_of) {
  ASSIGN_OR_RETURN(const std::vector<Change> changes, Fetch(progress, events));
  return Store(progress, events, changes, cursor, as_of);
}

absl::Status Applier::Alone(FeedProgress& progress, const Event& event, const std::string& cursor, runtime::Instant as_of) {
  absl::Status status;
  std::chrono::milliseconds wait = kFirstPause;
  for (int i = 0; i < kTries; ++i, wait *= 2) {
    status = Together(progress, {event}, cursor, as_of);
    if (status.ok() || IsTransient(status)) return status;
    if (i + 1 < kTries && !pause_(wait)) return absl::CancelledError("stopped");
  }
  return Park(progress, event, cursor, status);
}

absl::StatusOr<std::vector<Applier::Change>> Applier::Fetch(const FeedProgress& progress, const std::vector<Event>& events) {
  std::map<std::pair<std::string, std::string>, const Event*> newest;
  std::set<std::pair<std::string, std::string>> anonymized;
  for (const Event& event : events) {
    const ResourceType* type = TypeOf(feed_, event.resource());
    if (type == nullptr || IsDraft(event)) continue;
    const std::pair key(event.tenant(), StoredName(*type, event.resource()));
    if (event.type() == runtime::v1::EVENT_TYPE_CANDIDATE_ANONYMIZED) anonymized.insert(key);
    const Event*& kept = newest[key];
    if (kept == nullptr || kept->resource_version() <= event.resource_version()) kept = &event;
  }
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& [key, event] : newest) names[key.first].push_back(key.second);
  std::map<std::pair<std::string, std::string>, StoredVersion> stored;
  for (const auto& [tenant, list] : names) {
    RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadOnly, tenant, Soon(), [&, &tenant = tenant, &list = list](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const auto versions, ReadVersions(tx, list));
      for (const auto& [name, version] : versions) stored[{tenant, name}] = version;
      return absl::OkStatus();
    }));
  }
  std::vector<Change> changes;
  for (const auto& [key, event] : newest) {
    const StoredVersion wanted{progress.generation, event->resource_version()};
    const auto known = stored.find(key);
    if (known != stored.end() && known->second >= wanted) continue;
    const ResourceType& type = *TypeOf(feed_, event->resource());
    Change change{.tenant = key.first,
                  .resource = {.name = key.second,
                               .type = std::string(type.type),
                               .feed = feed_,
                               .version = event->resource_version(),
                               .generation = progress.generation,
                               .state = IsDelete(*event) ? "DELETED" : event->state()},
                  .anonymized = anonymized.count(key) > 0};
    if (!IsDelete(*event)) {
      ASSIGN_OR_RETURN(const runtime::CallOptions options, Options(key.first));
      auto message = type.fetch(client_, event->resource(), options);
      if (message.ok()) {
        change.resource.message = *std::move(message);
      } else if (absl::IsNotFound(message.status())) {
        change.resource.state = "DELETED";
      } else {
        return message.status();
      }
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

absl::Status Applier::Store(FeedProgress& progress, const std::vector<Event>& events, const std::vector<Change>& changes,
                            const std::string& cursor, runtime::Instant as_of) {
  const runtime::Instant now = parts_.clock.Now();
  FeedProgress after = progress;
  int fresh = 0;
  RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, "", Soon(), [&](Tx& tx) -> absl::Status {
    // Whoever finds the row elsewhere is not the leader any more: nothing of theirs may be applied.
    RETURN_IF_ERROR(LockProgress(tx, progress));
    fresh = 0;
    for (const std::string& tenant : TenantsOf(events)) {
      RETURN_IF_ERROR(tx.SetTenant(tenant));
      std::vector<std::string> ids;
      for (const Event& event : events) {
        if (event.tenant() == tenant) ids.push_back(event.id());
      }
      ASSIGN_OR_RETURN(const int noted, NoteApplied(tx, ids, now));
      fresh += noted;
      for (const Change& change : changes) {
        if (change.tenant != tenant) continue;
        if (change.anonymized) RETURN_IF_ERROR(ForgetCandidate(tx, parts_.vault, change.resource.name));
        RETURN_IF_ERROR(PutResource(tx, parts_.vault, change.resource, now));
      }
    }
    after.cursor = cursor;
    after.events_applied = progress.events_applied + fresh;
    after.as_of_time = as_of;
    return WriteProgress(tx, after, now);
  }));
  progress = after;
  applied_.Increment(fresh);
  return absl::OkStatus();
}

absl::Status Applier::Park(FeedProgress& progress, const Event& event, const std::string& cursor, const absl::Status& why) {
  const runtime::Instant now = parts_.clock.Now();
  FeedProgress after = progress;
  after.cursor = cursor;
  RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, "", Soon(), [&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(LockProgress(tx, progress));
    RETURN_IF_ERROR(WriteProgress(tx, after, now));
    RETURN_IF_ERROR(tx.SetTenant(event.tenant()));
    return ParkEvent(tx, feed_, event, kTries, why.ToString(), now);
  }));
  progress = after;
  parked_.Increment();
  spdlog::error("event {} of feed {} about {} is parked after {} tries: {}", event.id(), feed_, event.resource(), kTries,
                runtime::ToStd(why.message()));
  return absl::OkStatus();
}

absl::Status Applier::ReadNewTenants(const FeedProgress& progress, const std::vector<Event>& events) {
  if (events.empty()) return absl::OkStatus();
  const std::set<std::string> tenants = TenantsOf(events);
  std::vector<std::string> unknown;
  RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadOnly, "", Soon(), [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(unknown, UnknownTenants(tx, feed_, {tenants.begin(), tenants.end()}));
    return absl::OkStatus();
  }));
  // The feed may have been pruned before this tenant came into view: what it has is read whole, once.
  for (const std::string& tenant : unknown) RETURN_IF_ERROR(ReadTenant(progress, tenant));
  return absl::OkStatus();
}

absl::Status Applier::ReadTenant(const FeedProgress& progress, const std::string& tenant) {
  ASSIGN_OR_RETURN(runtime::CallOptions options, Options(tenant));
  options.deadline = steady_clock::now() + kSnapshot;
  const std::string method = fmt::format("assay.{}.v1.EventService/StreamSnapshot", feed_);
  auto stream = client_.OpenServerStream<runtime::v1::StreamSnapshotResponse>(method, runtime::v1::StreamSnapshotRequest(), options);
  std::vector<Event> batch;
  runtime::v1::StreamSnapshotResponse page;
  while (true) {
    const absl::StatusOr<bool> more = stream.Read(page);
    if (!more.ok()) {
      // A service without snapshots: its feed is all there is.
      if (more.status().code() == absl::StatusCode::kUnimplemented) break;
      return more.status();
    }
    if (!*more) break;
    for (const auto& resource : page.resources()) {
      Event& event = batch.emplace_back();
      event.set_tenant(tenant);
      event.set_resource(resource.resource());
      event.set_resource_version(resource.resource_version());
      event.set_state(resource.state());
      if (batch.size() < kSnapshotBatch) continue;
      RETURN_IF_ERROR(StoreSnapshotPage(progress, batch));
      batch.clear();
    }
  }
  RETURN_IF_ERROR(StoreSnapshotPage(progress, batch));
  int swept = 0;
  do {
    RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, tenant, Soon(), [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(swept, SweepGeneration(tx, feed_, progress.generation, kSweepBatch));
      return absl::OkStatus();
    }));
  } while (swept == kSweepBatch);
  return parts_.pool.Transact(TxMode::kReadWrite, "", Soon(),
                              [&](Tx& tx) { return RememberTenant(tx, feed_, tenant, progress.generation); });
}

absl::Status Applier::StoreSnapshotPage(const FeedProgress& progress, const std::vector<Event>& resources) {
  if (resources.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<Change>> changes = Fetch(progress, resources);
  if (!changes.ok() && (IsTransient(changes.status()) || resources.size() == 1)) {
    if (IsTransient(changes.status())) return changes.status();
    parked_.Increment();
    spdlog::error("{} of feed {} cannot be read: {}", resources[0].resource(), feed_, runtime::ToStd(changes.status().message()));
    return parts_.pool.Transact(TxMode::kReadWrite, resources[0].tenant(), Soon(), [&](Tx& tx) {
      return ParkEvent(tx, feed_, resources[0], 1, changes.status().ToString(), parts_.clock.Now());
    });
  }
  if (!changes.ok()) {
    for (const Event& resource : resources) RETURN_IF_ERROR(StoreSnapshotPage(progress, {resource}));
    return absl::OkStatus();
  }
  return parts_.pool.Transact(TxMode::kReadWrite, resources[0].tenant(), Soon(), [&](Tx& tx) -> absl::Status {
    for (const Change& change : *changes) RETURN_IF_ERROR(PutResource(tx, parts_.vault, change.resource, parts_.clock.Now()));
    return absl::OkStatus();
  });
}

}  // namespace assay::reporting
