#include "services/runtime/feed/feed_signal.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "services/runtime/base/status_macros.h"
#include "services/runtime/db/connection.h"
#include "services/runtime/db/notifications.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kSent[] = "assay_feed_notifications_total";
constexpr char kSentHelp[] = "Notifications between the processes on this service's database";
// For the last notification, when the process stops.
constexpr milliseconds kFlush{500};

int NewEvent() {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) throw std::runtime_error("no eventfd to be had");
  return event;
}

// A payload that is no transaction says that something happened, and not what.
uint64_t XidOf(const std::string& payload) {
  uint64_t xid = 0;
  const auto [end, error] = std::from_chars(payload.data(), payload.data() + payload.size(), xid);
  return error == std::errc() && end == payload.data() + payload.size() ? xid : 0;
}

}  // namespace

FeedSignal::FeedSignal(Options options, Metrics& metrics)
    : options_(std::move(options)),
      sent_(metrics.Counter(kSent, kSentHelp, {{"direction", "sent"}})),
      received_(metrics.Counter(kSent, kSentHelp, {{"direction", "received"}})),
      listening_(metrics.Gauge("assay_feed_listening", "Whether this process hears of other replicas' writes at once")),
      event_(NewEvent()) {}

FeedSignal::~FeedSignal() {
  Stop();
  ::close(event_);
}

void FeedSignal::Start() {
  thread_ = std::thread([this] { Run(); });
}

void FeedSignal::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
}

void FeedSignal::Announce(uint64_t xid) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = !pending_;
    pending_ = true;
    pending_xid_ = std::max(pending_xid_, xid);
  }
  if (first) Wake();
  // This process needs no database to know.
  Hear(xid);
}

void FeedSignal::Listen(std::function<void(uint64_t xid)> heard) {
  std::lock_guard lock(heard_mutex_);
  heard_ = std::move(heard);
}

void FeedSignal::Hear(uint64_t xid) {
  std::lock_guard lock(heard_mutex_);
  if (heard_) heard_(xid);
}

void FeedSignal::Wake() { (void)::eventfd_write(event_, 1); }

// True when `socket` has something, or hung up.
bool FeedSignal::Await(int socket, int event, milliseconds wait) {
  pollfd states[] = {{.fd = event, .events = POLLIN, .revents = 0}, {.fd = socket, .events = POLLIN, .revents = 0}};
  ::poll(states, socket < 0 ? 1 : 2, static_cast<int>(wait.count()));
  eventfd_t ignored = 0;
  if (states[0].revents != 0) (void)::eventfd_read(event, &ignored);
  return socket >= 0 && states[1].revents != 0;
}

void FeedSignal::Run() {
  ConnectionSettings settings;
  settings.dsn = options_.dsn;
  settings.role = options_.role;
  settings.application_name = options_.application_name;
  milliseconds retry = options_.first_retry;
  while (true) {
    const auto opened = NotificationConnection::Open(settings, kChannel);
    if (opened.ok()) {
      retry = options_.first_retry;
      listening_.Set(1);
      // Whatever was said while nobody listened here is lost.
      Hear(0);
      if (Follow(**opened).ok()) return;
      listening_.Set(0);
    }
    const auto until = steady_clock::now() + retry;
    for (auto now = steady_clock::now(); now < until; now = steady_clock::now()) {
      {
        std::lock_guard lock(mutex_);
        if (stopped_) return;
      }
      Await(-1, event_, std::chrono::ceil<milliseconds>(until - now));
    }
    retry = std::min(retry * 2, options_.longest_retry);
  }
}

absl::Status FeedSignal::Follow(NotificationConnection& connection) {
  auto sent = steady_clock::time_point::min();
  while (true) {
    milliseconds wait{-1};
    uint64_t xid = 0;
    bool due = false;
    {
      std::lock_guard lock(mutex_);
      if (stopped_) break;
      if (pending_ && !connection.busy()) {
        // Compared this way round because there may never have been one.
        const auto now = steady_clock::now();
        due = sent <= now - options_.gap;
        if (due) {
          xid = std::exchange(pending_xid_, 0);
          pending_ = false;
        } else {
          wait = std::chrono::ceil<milliseconds>(sent + options_.gap - now);
        }
      }
    }
    if (due) {
      RETURN_IF_ERROR(connection.Send(std::to_string(xid)));
      sent_.Increment();
      sent = steady_clock::now();
    }
    if (!Await(connection.socket(), event_, wait)) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> payloads, connection.Receive());
    received_.Increment(static_cast<double>(payloads.size()));
    uint64_t highest = 0;
    bool unknown = false;
    for (const std::string& payload : payloads) {
      highest = std::max(highest, XidOf(payload));
      unknown = unknown || XidOf(payload) == 0;
    }
    if (highest > 0) Hear(highest);
    if (unknown) Hear(0);
  }
  Flush(connection);
  return absl::OkStatus();
}

void FeedSignal::Flush(NotificationConnection& connection) {
  const auto until = steady_clock::now() + kFlush;
  for (auto now = steady_clock::now(); now < until; now = steady_clock::now()) {
    if (!connection.busy()) {
      uint64_t xid = 0;
      {
        std::lock_guard lock(mutex_);
        if (!pending_) return;
        pending_ = false;
        xid = pending_xid_;
      }
      if (!connection.Send(std::to_string(xid)).ok()) return;
      sent_.Increment();
    }
    Await(connection.socket(), event_, std::chrono::ceil<milliseconds>(until - now));
    if (!connection.Receive().ok()) return;
  }
}

}  // namespace assay::runtime
