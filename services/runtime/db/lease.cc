#include "services/runtime/db/lease.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

constexpr int kRetryMillis = 250;
// For the first connection; later ones are worth max_wait only, because others will be returned.
constexpr std::chrono::seconds kFirstConnection{2};

absl::Status Busy() {
  return WithRetryAfter(Error(v1::ERROR_REASON_OVERLOADED, "the service is busy; retry after 250 ms"), kRetryMillis);
}

absl::Status Unreachable() { return Error(v1::ERROR_REASON_UNAVAILABLE, "the database cannot be reached; retry"); }

ConnectionSettings SettingsOf(const PoolOptions& options) {
  return {.dsn = options.dsn,
          .role = options.role,
          .application_name = options.application_name,
          .statement_timeout = options.statement_timeout,
          .one_plan = options.one_plan,
          .lifetime = options.lifetime};
}

}  // namespace

Leases::Leases(const PoolOptions& options, Metrics& metrics)
    : options_(options),
      settings_(SettingsOf(options)),
      metrics_(metrics),
      in_use_gauge_(metrics.Gauge("assay_db_pool_in_use", "Database connections out on loan")),
      idle_gauge_(metrics.Gauge("assay_db_pool_idle", "Database connections open and unused")),
      waiting_gauge_(metrics.Gauge("assay_db_pool_waiting", "Callers waiting for a database connection")),
      wait_seconds_(metrics.Histogram("assay_db_pool_wait_seconds", "Time until a caller has a connection, in seconds")),
      opener_([this] { OpenLoop(); }) {}

Leases::~Leases() { Close(); }

absl::StatusOr<Leases::Lease> Leases::Take(Deadline deadline) {
  const auto started = steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!closed_ && waiters_.empty() && !idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    idle_gauge_.Decrement();
    in_use_gauge_.Increment();
    lock.unlock();
    const bool retired = connection->retires_at() <= started;
    if (!retired && !connection->Stale()) {
      wait_seconds_.Observe(std::chrono::duration<double>(steady_clock::now() - started).count());
      return Lease(this, std::move(connection), false);
    }
    Return(std::move(connection), retired ? "lifetime" : "idle_lost");
    lock.lock();
  }
  if (closed_) return Unreachable();
  if (static_cast<int>(waiters_.size()) >= options_.max_waiting) return Busy();

  Waiter waiter;
  waiters_.push_back(&waiter);
  waiting_gauge_.Increment();
  const auto bound = open_ > opening_ ? options_.max_wait : std::max<std::chrono::milliseconds>(options_.max_wait, kFirstConnection);
  const Deadline until = std::min(deadline, started + bound);
  open_more_.notify_one();
  waiter.wake.wait_until(lock, until, [&] { return waiter.done; });
  waiting_gauge_.Decrement();
  const bool none_open = open_ == opening_;
  if (!waiter.done) waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &waiter));
  lock.unlock();
  const auto now = steady_clock::now();
  wait_seconds_.Observe(std::chrono::duration<double>(now - started).count());
  if (waiter.connection != nullptr) return Lease(this, std::move(waiter.connection), waiter.fresh);
  if (waiter.done) return waiter.status;
  if (now >= deadline) return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed");
  return none_open ? Unreachable() : Busy();
}

void Leases::Place(std::unique_ptr<Connection> connection, bool fresh) {
  if (waiters_.empty()) {
    idle_.push_back(std::move(connection));
    idle_gauge_.Increment();
    return;
  }
  Waiter* waiter = waiters_.front();
  waiters_.pop_front();
  waiter->connection = std::move(connection);
  waiter->fresh = fresh;
  waiter->done = true;
  in_use_gauge_.Increment();
  waiter->wake.notify_one();
}

void Leases::Return(std::unique_ptr<Connection> connection, const char* discard) {
  const auto now = steady_clock::now();
  if (discard == nullptr && connection->retires_at() <= now) discard = "lifetime";
  std::unique_ptr<Connection> dead;
  std::lock_guard lock(mutex_);
  in_use_gauge_.Decrement();
  if (discard == nullptr) last_alive_ = now;
  if (discard == nullptr && closed_) discard = "closed";
  if (discard == nullptr) {
    Place(std::move(connection), false);
    return;
  }
  CountDiscarded(discard);
  --open_;
  dead = std::move(connection);
  if (!waiters_.empty()) open_more_.notify_one();
}

void Leases::CountDiscarded(const char* reason) {
  metrics_.Counter("assay_db_pool_discarded_total", "Database connections closed, by reason", {{"reason", reason}}).Increment();
}

void Leases::OpenLoop() {
  std::unique_lock lock(mutex_);
  while (true) {
    open_more_.wait(lock, [this] { return closed_ || (!waiters_.empty() && open_ < options_.size); });
    if (closed_) return;
    ++open_;
    opening_ = 1;
    lock.unlock();
    absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(settings_);
    lock.lock();
    opening_ = 0;
    if (connection.ok() && !closed_) {
      last_alive_ = steady_clock::now();
      Place(*std::move(connection), true);
      continue;
    }
    --open_;
    // Everybody in line learns it now: the next caller makes the next attempt.
    while (!waiters_.empty() && (open_ == 0 || closed_)) {
      Waiter* waiter = waiters_.front();
      waiters_.pop_front();
      waiter->status = connection.ok() ? Unreachable() : connection.status();
      waiter->done = true;
      waiter->wake.notify_one();
    }
    // Others are open and will be returned; no hammering meanwhile. Once the last of them has died, nothing will be.
    if (!waiters_.empty()) {
      open_more_.wait_for(lock, options_.max_wait, [this] { return closed_ || waiters_.empty() || open_ == 0; });
    }
  }
}

bool Leases::BusyButAlive(std::chrono::seconds window) {
  std::lock_guard lock(mutex_);
  return idle_.empty() && open_ >= options_.size && steady_clock::now() - last_alive_ < window;
}

void Leases::Close() {
  std::vector<std::unique_ptr<Connection>> dead;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    while (!waiters_.empty()) {
      Waiter* waiter = waiters_.front();
      waiters_.pop_front();
      waiter->status = Unreachable();
      waiter->done = true;
      waiter->wake.notify_one();
    }
    idle_gauge_.Decrement(static_cast<double>(idle_.size()));
    open_ -= static_cast<int>(idle_.size());
    dead.swap(idle_);
  }
  open_more_.notify_all();
  if (opener_.joinable()) opener_.join();
}

}  // namespace assay::runtime
