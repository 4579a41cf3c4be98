#include "services/bank/api/publish_watch.h"

#include <chrono>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "services/bank/api/question_changes.h"
#include "services/runtime/audit/audit.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::bank {
namespace {

using runtime::Instant;
using runtime::Tx;
using runtime::TxMode;

constexpr std::chrono::seconds kPeriod{10};
constexpr std::chrono::seconds kTransaction{5};
// Questions per transaction, so that it stays short.
constexpr int kBatch = 50;
constexpr char kMethod[] = "assay.bank.v1.QuestionService/PublishQuestion";

runtime::Deadline Soon() { return std::chrono::steady_clock::now() + kTransaction; }

// Publishes what is due, at most kBatch; the ids.
absl::StatusOr<std::vector<std::string>> PublishDue(Tx& tx, Instant now) {
  ASSIGN_OR_RETURN(std::vector<StoredQuestion> due, LockDuePlans(tx, now, kBatch));
  std::vector<std::string> published;
  std::map<std::string, std::vector<runtime::OutboxEvent>> events;  // by who asked for them
  std::vector<runtime::AuditEntry> audit;
  for (StoredQuestion& stored : due) {
    const bool through = !stored.scheduled_through.empty();
    const std::string actor = through ? stored.scheduled_through : stored.scheduled_by;
    const std::string on_behalf_of = through ? stored.scheduled_by : "";
    ASSIGN_OR_RETURN(runtime::OutboxEvent event, PublishLatest(tx, stored, now));
    events[actor].push_back(std::move(event));
    runtime::AuditEntry& entry = audit.emplace_back();
    entry.time = now;
    entry.actor = actor;
    entry.on_behalf_of = on_behalf_of;
    entry.method = kMethod;
    entry.record.resource = fmt::format("questions/{}@{}", stored.id, stored.published_revision);
    published.push_back(stored.id);
  }
  for (const auto& [actor, of_actor] : events) RETURN_IF_ERROR(runtime::AppendEvents(tx, actor, now, of_actor).status());
  if (!audit.empty()) RETURN_IF_ERROR(runtime::AppendAuditEntries(tx, audit));
  return published;
}

}  // namespace

void PublishWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void PublishWatch::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool PublishWatch::Stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void PublishWatch::Run() {
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    if (const auto published = Look(); !published.ok()) {
      spdlog::warn("looking for questions to publish: {}", runtime::ToStd(published.status().message()));
    }
    lock.lock();
  } while (!changed_.wait_for(lock, kPeriod, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; }));
}

absl::StatusOr<int> PublishWatch::Look() {
  const Instant now = clock_.Now();
  ASSIGN_OR_RETURN(const std::vector<std::string> tenants,
                   (runtime::Transact<std::vector<std::string>>(feed_pool_, TxMode::kReadOnly, "", Soon(),
                                                                [&](Tx& tx) { return TenantsWithDuePlans(tx, now); })));
  int published = 0;
  absl::Status status;
  for (const std::string& tenant : tenants) {
    const absl::StatusOr<int> of_tenant = LookAt(tenant, now);
    if (of_tenant.ok()) published += *of_tenant;
    status.Update(of_tenant.status());
  }
  if (!status.ok()) return status;
  return published;
}

absl::StatusOr<int> PublishWatch::LookAt(const std::string& tenant, Instant now) {
  int published = 0;
  std::vector<std::string> batch;
  do {
    ASSIGN_OR_RETURN(batch, (runtime::Transact<std::vector<std::string>>(parts_.pool, TxMode::kReadWrite, tenant, Soon(),
                                                                         [&](Tx& tx) { return PublishDue(tx, now); })));
    for (const std::string& id : batch) ForgetQuestion(parts_, tenant, id);
    published += static_cast<int>(batch.size());
    // Each batch takes its plans away, so this ends.
  } while (!batch.empty() && !Stopped());
  return published;
}

}  // namespace assay::bank
