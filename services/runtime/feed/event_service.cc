#include "services/runtime/feed/event_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/feed_reader.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

constexpr int kPage = 200;
constexpr int kDefaultList = 50;
// Pages that hold nothing for the caller are passed over, so many before the cursor moves in an answer.
constexpr int kPagesPerAnswer = 10;
constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::milliseconds kPollForEnd{10};
// No transaction that writes is meant to outlive a second; one that does delays the end of a stream by this at most.
constexpr std::chrono::seconds kLongestTransaction{2};
constexpr std::chrono::seconds kHeartbeat{5};
constexpr std::chrono::seconds kReadTime{5};

using Parts = std::shared_ptr<const EventServiceParts>;

Deadline ReadDeadline(const RequestContext& context) {
  return std::min(context.deadline, steady_clock::now() + kReadTime);
}

bool ReadsForService(const RequestContext& context) {
  return context.principal.service && context.principal.Has("feed.all");
}

// The reader that the caller's token allows.
absl::StatusOr<FeedReader> ReaderFor(const EventServiceParts& parts, const RequestContext& context) {
  if (!ReadsForService(context) && !context.principal.Has("events.read")) {
    return Error(v1::ERROR_REASON_SCOPE_MISSING, "the feed needs scope events.read, or feed.all in a service token",
                 {{"scopes", "events.read"}});
  }
  if (!context.tenant().empty()) return FeedReader(parts.pool, parts.cursors, context.tenant());
  if (ReadsForService(context)) return FeedReader(parts.feed_pool, parts.cursors, "");
  return Error(v1::ERROR_REASON_SCOPE_MISSING, "the feed of every tenant needs scope feed.all", {{"scopes", "feed.all"}});
}

// What one caller takes from the feed.
class Sieve {
 public:
  Sieve(Parts parts, const google::protobuf::RepeatedField<int>& types)
      : parts_(std::move(parts)), types_(types.begin(), types.end()) {}

  bool Passes(const RequestContext& context, const v1::Event& event) const {
    if (!types_.empty() && types_.count(event.type()) == 0) return false;
    return ReadsForService(context) || !parts_->visible || parts_->visible(context, event);
  }

 private:
  const Parts parts_;
  const std::set<int> types_;
};

class EventSource final : public StreamSource {
 public:
  EventSource(Parts parts, FeedReader reader, FeedPosition after, const v1::StreamEventsRequest& request)
      : parts_(parts), reader_(std::move(reader)), sieve_(parts, request.types()), stop_at_end_(request.stop_at_end()),
        position_(after) {}
  ~EventSource() override {
    if (subscription_ != 0) parts_->relay.Unsubscribe(subscription_);
  }

  void OnWake(std::function<void()> wake) override { subscription_ = parts_->relay.Subscribe(std::move(wake)); }

  absl::StatusOr<Pull> Next(const RequestContext& context) override {
    auto message = std::make_shared<v1::StreamEventsResponse>();
    bool at_end = false;
    for (int pages = 0; pages < kPagesPerAnswer && message->events().empty() && !at_end; ++pages) {
      ASSIGN_OR_RETURN(FeedPage page, reader_.Read(position_, kPage, ReadDeadline(context)));
      for (v1::Event& event : page.events) {
        if (sieve_.Passes(context, event)) *message->add_events() = std::move(event);
      }
      position_ = page.next;
      at_end = page.at_end;
      if (end_ == 0) end_ = page.not_begun;
    }
    Pull pull;
    const auto now = steady_clock::now();
    // What its caller wrote before asking may wait behind another's open transaction; the end is where that is in it.
    const bool settled = position_.xid >= end_ || now - started_ >= kLongestTransaction;
    pull.end = at_end && stop_at_end_ && settled;
    if (message->events().empty() && at_end && !pull.end && (stop_at_end_ || now - sent_ < kHeartbeat)) {
      pull.wait = stop_at_end_ ? kPollForEnd : kPoll;
      return pull;
    }
    sent_ = now;
    message->set_cursor(parts_->cursors.Seal(position_));
    pull.message = std::move(message);
    return pull;
  }

 private:
  const Parts parts_;
  const FeedReader reader_;
  const Sieve sieve_;
  const bool stop_at_end_;
  FeedPosition position_;
  uint64_t end_ = 0;  // transaction id that the horizon must reach before `stop_at_end` stops
  const steady_clock::time_point started_ = steady_clock::now();
  steady_clock::time_point sent_{};
  uint64_t subscription_ = 0;
};

// The cursor is taken before the first resource is read: what changes meanwhile comes again in the feed.
class SnapshotSource final : public StreamSource {
 public:
  SnapshotSource(Parts parts, std::string cursor, std::vector<std::string> collections)
      : parts_(std::move(parts)), cursor_(std::move(cursor)), collections_(std::move(collections)) {}

  absl::StatusOr<Pull> Next(const RequestContext& context) override {
    auto message = std::make_shared<v1::StreamSnapshotResponse>();
    message->set_cursor(cursor_);
    while (message->resources().empty() && collection_ < collections_.size()) {
      ASSIGN_OR_RETURN(SnapshotPage page, parts_->snapshot(context, collections_[collection_], after_));
      for (v1::SnapshotResource& resource : page.resources) *message->add_resources() = std::move(resource);
      after_ = std::move(page.next);
      if (after_.empty()) ++collection_;
    }
    Pull pull;
    // The last message may be empty: it says that the snapshot is complete, and from where to follow.
    pull.end = message->resources().empty();
    pull.message = std::move(message);
    return pull;
  }

 private:
  const Parts parts_;
  const std::string cursor_;
  const std::vector<std::string> collections_;
  size_t collection_ = 0;
  std::string after_;
};

absl::StatusOr<v1::ListEventsResponse> List(const Parts& parts, const RequestContext& context,
                                            const v1::ListEventsRequest& request) {
  ASSIGN_OR_RETURN(const FeedReader reader, ReaderFor(*parts, context));
  ASSIGN_OR_RETURN(FeedPosition position, parts->cursors.Open(request.after()));
  const Sieve sieve(parts, request.types());
  const int size = request.page_size() <= 0 ? kDefaultList : std::min(request.page_size(), kPage);
  v1::ListEventsResponse response;
  for (int pages = 0; pages < kPagesPerAnswer && response.events_size() < size && !response.at_end(); ++pages) {
    ASSIGN_OR_RETURN(FeedPage page, reader.Read(position, size - response.events_size(), ReadDeadline(context)));
    for (v1::Event& event : page.events) {
      if (sieve.Passes(context, event)) *response.add_events() = std::move(event);
    }
    position = page.next;
    response.set_at_end(page.at_end);
  }
  response.set_cursor(parts->cursors.Seal(position));
  return response;
}

absl::StatusOr<std::unique_ptr<StreamSource>> Stream(const Parts& parts, const RequestContext& context,
                                                     const v1::StreamEventsRequest& request) {
  ASSIGN_OR_RETURN(FeedReader reader, ReaderFor(*parts, context));
  ASSIGN_OR_RETURN(const FeedPosition after, parts->cursors.Open(request.after()));
  return std::make_unique<EventSource>(parts, std::move(reader), after, request);
}

absl::StatusOr<std::unique_ptr<StreamSource>> Snapshot(const Parts& parts, const RequestContext& context,
                                                       const v1::StreamSnapshotRequest& request) {
  ASSIGN_OR_RETURN(const FeedReader reader, ReaderFor(*parts, context));
  if (context.tenant().empty()) return InvalidField("assay-tenant", "a snapshot is of one tenant; name it in this metadata");
  std::vector<std::string> collections(request.collections().begin(), request.collections().end());
  Violations violations;
  for (size_t i = 0; i < collections.size(); ++i) {
    if (std::count(parts->collections.begin(), parts->collections.end(), collections[i]) == 0) {
      violations.Add(fmt::format("collections[{}]", i),
                     fmt::format("no such collection; known: {}", fmt::join(parts->collections, ", ")));
    }
  }
  RETURN_IF_ERROR(violations.ToStatus());
  if (collections.empty()) collections = parts->collections;
  ASSIGN_OR_RETURN(const FeedPosition horizon, reader.Horizon(ReadDeadline(context)));
  return std::make_unique<SnapshotSource>(parts, parts->cursors.Seal(horizon), std::move(collections));
}

}  // namespace

void AddEventService(Service& service, EventServiceParts bound) {
  const Parts parts = std::make_shared<const EventServiceParts>(std::move(bound));
  service.Unary<v1::ListEventsRequest, v1::ListEventsResponse>(
      "ListEvents", [parts](const RequestContext& context, const v1::ListEventsRequest& request) {
        return List(parts, context, request);
      });
  service.ServerStream<v1::StreamEventsRequest>(
      "StreamEvents", [parts](ContextPtr context, const v1::StreamEventsRequest& request) {
        return Stream(parts, *context, request);
      });
  if (!parts->snapshot) return;
  service.ServerStream<v1::StreamSnapshotRequest>(
      "StreamSnapshot", [parts](ContextPtr context, const v1::StreamSnapshotRequest& request) {
        return Snapshot(parts, *context, request);
      });
}

}  // namespace assay::runtime
