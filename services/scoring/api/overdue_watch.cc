#include "services/scoring/api/overdue_watch.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include <spdlog/spdlog.h>

#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/scoring/api/card_change.h"
#include "services/scoring/store/overdue_store.h"

namespace assay::scoring {
namespace {

using runtime::Instant;
using runtime::Tx;
using runtime::TxMode;

constexpr std::chrono::seconds kPeriod{30};
constexpr std::chrono::seconds kTransaction{5};
// Interviews per transaction, so that no card waits long for its interview.
constexpr int kBatch = 50;
constexpr char kActor[] = "assay-scoring";

runtime::Deadline Soon() { return std::chrono::steady_clock::now() + kTransaction; }

// That a card stays away is for its author and for integrations that remind them, like the draft itself.
runtime::OutboxEvent OverdueEvent(const CardRow& card) {
  runtime::OutboxEvent event = CardEvent(card, runtime::v1::EVENT_TYPE_SCORECARD_OVERDUE);
  event.audience = runtime::v1::AUDIENCE_AUTHOR;
  // The card need not exist yet: it has no state and no version then.
  if (card.version == 0) event.state.clear();
  return event;
}

// Tells of what is overdue among `seats`; how many.
absl::StatusOr<int> Tell(Tx& tx, const std::vector<OwedCardRow>& seats, Instant now) {
  std::vector<CardKey> overdue;
  for (const OwedCardRow& seat : seats) {
    if (BecameOverdue(seat.owed, now)) overdue.push_back(seat.card.key);
  }
  ASSIGN_OR_RETURN(const std::vector<CardKey> marked, MarkOverdue(tx, overdue, now));
  std::vector<runtime::OutboxEvent> events;
  for (const OwedCardRow& seat : seats) {
    if (std::find(marked.begin(), marked.end(), seat.card.key) != marked.end()) events.push_back(OverdueEvent(seat.card));
  }
  if (!events.empty()) RETURN_IF_ERROR(runtime::AppendEvents(tx, kActor, now, events).status());
  return static_cast<int>(events.size());
}

}  // namespace

void OverdueWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void OverdueWatch::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool OverdueWatch::Stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void OverdueWatch::Run() {
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    if (const auto told = Look(); !told.ok()) {
      spdlog::warn("looking for overdue cards: {}", runtime::ToStd(told.status().message()));
    }
    lock.lock();
  } while (!changed_.wait_for(lock, kPeriod, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; }));
}

absl::StatusOr<int> OverdueWatch::Look() {
  const Instant now = parts_.clock.Now();
  ASSIGN_OR_RETURN(const std::vector<std::string> tenants,
                   (runtime::Transact<std::vector<std::string>>(
                       feed_pool_, TxMode::kReadOnly, "", Soon(),
                       [&](Tx& tx) { return TenantsPastDue(tx, now - kOverdueIsNewsFor, now); })));
  int told = 0;
  absl::Status status;
  for (const std::string& tenant : tenants) {
    const absl::StatusOr<int> of_tenant = LookAt(tenant, now);
    if (of_tenant.ok()) told += *of_tenant;
    status.Update(of_tenant.status());
  }
  if (!status.ok()) return status;
  return told;
}

absl::StatusOr<int> OverdueWatch::LookAt(const std::string& tenant, Instant now) {
  int told = 0;
  int of_batch = 0;
  do {
    ASSIGN_OR_RETURN(of_batch, (runtime::Transact<int>(
                                   parts_.pool, TxMode::kReadWrite, tenant, Soon(), [&](Tx& tx) -> absl::StatusOr<int> {
                                     ASSIGN_OR_RETURN(const std::vector<OwedCardRow> seats,
                                                      LockOwedCards(tx, now - kOverdueIsNewsFor, now, kBatch));
                                     return Tell(tx, seats, now);
                                   })));
    told += of_batch;
    // Each batch marks what it told of, so this ends.
  } while (of_batch > 0 && !Stopped());
  return told;
}

}  // namespace assay::scoring
