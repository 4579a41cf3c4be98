#include "services/runtime/audit/read_auditor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "services/runtime/base/error.h"
#include "services/runtime/crypto/framing.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

// Half of the second that is promised; the write takes the rest.
constexpr std::chrono::milliseconds kInterval{500};
constexpr std::chrono::seconds kWriteTime{5};
constexpr size_t kMaxNoted = 50'000;

}  // namespace

ReadAuditor::ReadAuditor(Pool& pool, PersonalVault& vault) : pool_(pool), vault_(vault), thread_([this] { Run(); }) {}

ReadAuditor::~ReadAuditor() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (const absl::Status status = Flush(); !status.ok()) {
    spdlog::error("audited reads were lost at the end: {}", std::string(status.message()));
  }
}

absl::Status ReadAuditor::Note(const RequestContext& context, AuditRecord record) {
  AuditEntry entry = EntryOf(context, std::move(record));
  const std::string what = Framed({entry.actor, entry.on_behalf_of, entry.method, entry.record.category,
                                   entry.record.resource, entry.record.reason, entry.record.request_id});
  std::lock_guard lock(mutex_);
  if (noted_count_ >= kMaxNoted) {
    return WithRetryAfter(Error(v1::ERROR_REASON_OVERLOADED, "reads cannot be recorded now; try again later"), 1000);
  }
  if (noted_[context.tenant()].emplace(what, std::move(entry)).second) ++noted_count_;
  return absl::OkStatus();
}

absl::Status ReadAuditor::Write(const RequestContext& context, AuditRecord record) {
  return pool_.Transact(TxMode::kReadWrite, context.tenant(), context.deadline,
                        [&](Tx& tx) { return AppendAudit(tx, context, {record}, &vault_); });
}

absl::Status ReadAuditor::Flush() {
  std::lock_guard writing(writing_);
  std::map<std::string, std::map<std::string, AuditEntry>> batch;
  {
    std::lock_guard lock(mutex_);
    batch.swap(noted_);
    noted_count_ = 0;
  }
  absl::Status first;
  for (auto& [tenant, entries] : batch) {
    std::vector<AuditEntry> ordered;
    for (const auto& [what, entry] : entries) ordered.push_back(entry);
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const AuditEntry& a, const AuditEntry& b) { return a.time < b.time; });
    const absl::Status status =
        pool_.Transact(TxMode::kReadWrite, tenant, steady_clock::now() + kWriteTime,
                       [&, &entries = ordered](Tx& tx) { return AppendAuditEntries(tx, entries, &vault_); });
    if (status.ok()) continue;
    if (first.ok()) first = status;
    // An outcome in doubt may stand twice then; better than not at all.
    std::lock_guard lock(mutex_);
    for (auto& [what, entry] : entries) {
      if (noted_[tenant].emplace(what, std::move(entry)).second) ++noted_count_;
    }
  }
  return first;
}

void ReadAuditor::Run() {
  bool failing = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kInterval, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; });
      if (stopped_) return;
      if (noted_.empty()) continue;
    }
    const absl::Status status = Flush();
    if (!status.ok() && !failing) spdlog::error("audited reads cannot be written: {}", std::string(status.message()));
    failing = !status.ok();
  }
}

}  // namespace assay::runtime
