#include "services/reporting/projector/projector.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::reporting {
namespace {

using runtime::Tx;
using runtime::TxMode;
using runtime::v1::Event;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kElection{1000};
constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kMaxBackoff{10'000};
constexpr std::chrono::seconds kHeldCheck{5};
constexpr std::chrono::seconds kPrune{3600};
// A shorter message is the last there is for now.
constexpr int kFullMessage = 200;

runtime::Deadline Soon() { return steady_clock::now() + std::chrono::seconds(5); }

bool NeedsRebuild(const absl::Status& status) {
  const auto reason = runtime::ReasonOf(status);
  return reason == runtime::v1::ERROR_REASON_CURSOR_EXPIRED || reason == runtime::v1::ERROR_REASON_FEED_EPOCH_CHANGED ||
         reason == runtime::v1::ERROR_REASON_CURSOR_INVALID;
}

double Seconds(steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Projector::Projector(ProjectorParts& parts, const runtime::Client& client, Options options)
    : parts_(parts),
      client_(client),
      options_(std::move(options)),
      applier_(parts, client, options_.feed, [this](milliseconds time) { return Pause(time); }),
      lag_(parts.metrics.Gauge("assay_feed_lag_seconds", "Age of the last event of a feed that was applied, while more are to come",
                               {{"feed", options_.feed}})),
      leading_(parts.metrics.Gauge("assay_projection_leading", "1 while this process follows the feed", {{"feed", options_.feed}})) {}

void Projector::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Projector::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    if (cancel_) cancel_();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Projector::Pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; });
  return !stopped_;
}

void Projector::Run() {
  std::minstd_rand random{std::random_device{}()};
  milliseconds backoff = kFirstBackoff;
  while (const std::unique_ptr<LeaderLock> lock = Lead()) {
    leading_.Set(1);
    while (lock->Held()) {
      moved_ = false;
      const absl::Status status = Follow(*lock);
      // A stream that brought something broke for a reason of its own; one that did not is retried ever more slowly.
      if (moved_) backoff = kFirstBackoff;
      if (!Pause(milliseconds(0))) break;
      spdlog::warn("feed {} was interrupted: {}", options_.feed, status.ok() ? "the stream ended" : runtime::ToStd(status.message()));
      if (!Pause(backoff / 2 + milliseconds(random() % std::max<int64_t>(backoff.count() / 2, 1)))) break;
      backoff = std::min(backoff * 2, kMaxBackoff);
      if (status.code() == absl::StatusCode::kAborted) break;
    }
    leading_.Set(0);
    if (!Pause(milliseconds(0))) return;
  }
}

std::unique_ptr<LeaderLock> Projector::Lead() {
  std::string said;
  do {
    auto lock = LeaderLock::Try(options_.dsn, options_.role, options_.feed);
    if (lock.ok() && *lock != nullptr) return *std::move(lock);
    if (const std::string text(lock.status().message()); !lock.ok() && text != said) {
      spdlog::warn("cannot ask for the lead of feed {}: {}", options_.feed, text);
      said = text;
    }
  } while (Pause(kElection));
  return nullptr;
}

absl::StatusOr<FeedProgress> Projector::Progress() {
  return runtime::Transact<FeedProgress>(parts_.pool, TxMode::kReadOnly, "", Soon(),
                                         [&](Tx& tx) { return ReadProgressOf(tx, options_.feed); });
}

absl::Status Projector::Follow(LeaderLock& lock) {
  ASSIGN_OR_RETURN(FeedProgress progress, Progress());
  RETURN_IF_ERROR(ReadOutstandingTenants(progress));
  const absl::Status status = Consume(lock, progress);
  if (NeedsRebuild(status)) return Rebuild(progress, status);
  return status;
}

absl::Status Projector::Consume(LeaderLock& lock, FeedProgress& progress) {
  runtime::v1::StreamEventsRequest request;
  request.set_after(progress.cursor);
  runtime::CallOptions options;
  ASSIGN_OR_RETURN(options.bearer, parts_.tokens.Token());
  auto stream = client_.OpenServerStream<runtime::v1::StreamEventsResponse>(
      fmt::format("assay.{}.v1.EventService/StreamEvents", options_.feed), request, options);
  {
    std::lock_guard guard(mutex_);
    cancel_ = [&stream] { stream.Cancel(); };
    if (stopped_) stream.Cancel();
  }
  absl::Status status;
  auto checked = steady_clock::now();
  auto pruned = steady_clock::time_point{};
  runtime::v1::StreamEventsResponse message;
  while (status.ok()) {
    const absl::StatusOr<bool> more = stream.Read(message);
    status = more.status();
    if (!more.ok() || !*more) break;
    const std::vector<Event> events(message.events().begin(), message.events().end());
    const runtime::Instant now = parts_.clock.Now();
    const bool at_end = message.events_size() < kFullMessage;
    const runtime::Instant as_of = at_end ? now : runtime::FromTimestamp(events.back().time());
    status = applier_.Apply(progress, events, message.cursor(), as_of);
    if (!status.ok()) break;
    lag_.Set(at_end ? 0 : Seconds(std::max(now - as_of, runtime::Instant::duration::zero())));
    Moved(progress);
    const auto tick = steady_clock::now();
    if (tick - checked > kHeldCheck) {
      if (!lock.Held()) status = absl::AbortedError("the lead is lost");
      checked = tick;
    }
    if (tick - pruned > kPrune && at_end) {
      pruned = tick;
      if (const absl::Status pruning = PruneAppliedEvents(parts_.pool, Soon()); !pruning.ok()) {
        spdlog::warn("old event ids were not forgotten: {}", runtime::ToStd(pruning.message()));
      }
    }
  }
  stream.Cancel();
  std::lock_guard guard(mutex_);
  cancel_ = nullptr;
  return status;
}

absl::Status Projector::Rebuild(FeedProgress progress, const absl::Status& why) {
  spdlog::warn("feed {} is read anew: {}", options_.feed, runtime::ToStd(why.message()));
  RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, "", Soon(), [&](Tx& tx) -> absl::Status {
    return BeginGeneration(tx, progress, parts_.clock.Now()).status();
  }));
  return absl::UnavailableError("the feed is read anew");
}

absl::Status Projector::ReadOutstandingTenants(const FeedProgress& progress) {
  ASSIGN_OR_RETURN(const auto tenants, (runtime::Transact<std::vector<std::string>>(
                                           parts_.pool, TxMode::kReadOnly, "", Soon(),
                                           [&](Tx& tx) { return TenantsToRead(tx, progress); })));
  for (const std::string& tenant : tenants) RETURN_IF_ERROR(applier_.ReadTenant(progress, tenant));
  return absl::OkStatus();
}

void Projector::Moved(const FeedProgress& progress) {
  moved_ = true;
  if (options_.moved) options_.moved(progress);
}

}  // namespace assay::reporting
