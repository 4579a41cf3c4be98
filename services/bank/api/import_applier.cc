#include "services/bank/api/import_applier.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <thread>
#include <vector>

#include "services/bank/api/import_merge.h"
#include "services/bank/domain/pack_merge.h"
#include "services/bank/domain/report_builder.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kMethod[] = "assay.bank.v1.PackService/ImportPack";
// Of one transaction; it is meant to take a fraction of a second.
constexpr std::chrono::seconds kTransaction{10};
constexpr int kAttempts = 8;
constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{1000};
constexpr milliseconds kOthers{50};
// Statistics are taken anew when an import has written so many questions, and each time it has written so many times as many.
constexpr int64_t kFirstLook = 500;
constexpr int64_t kNextLook = 6;

// Whether the same may go well a moment later. A violated constraint is a question or a catalogue entry that somebody else made
// between our look and our write: the next look sees it.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) || absl::IsAborted(status) ||
         absl::IsAlreadyExists(status) || !runtime::ViolatedConstraint(status).empty() ||
         runtime::ReasonOf(status) == runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT;
}

const char kNothingLeft[] = "nothing is left";
absl::Status NothingLeft() { return absl::CancelledError(kNothingLeft); }

}  // namespace

struct ImportApplier::Job {
  std::string id;
  std::string owner;
  StoredImport record;
  ImportTerms terms;
  const std::function<bool()>& stopped;
  std::mutex mutex;
  steady_clock::time_point renewed = steady_clock::now();
  int64_t written = 0;
  int64_t look_at = kFirstLook;

  RequestContext Context() const {
    RequestContext context;
    context.principal.tenant = tenant;
    context.principal.subject = record.subject;
    context.principal.on_behalf_of = record.on_behalf_of;
    context.method = kMethod;
    context.now = runtime::SystemClock().Now();
    context.deadline = steady_clock::now() + kTransaction;
    return context;
  }
  std::string tenant;
};

absl::Status ImportApplier::Patiently(Job& job, const std::function<absl::Status()>& work) {
  milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    if (job.stopped()) return runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE, "the service is stopping; the import goes on elsewhere");
    absl::Status status = work();
    if (status.ok() || !MayPass(status) || attempt == kAttempts) return status;
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

absl::Status ImportApplier::WriteOne(Job& job, bool& wrote) {
  const RequestContext context = job.Context();
  std::vector<std::string> touched;
  v1::ImportHeader keyless = job.record.header;
  keyless.clear_request_id();
  absl::Status status = parts_.mutator.Run(
      context, keyless,
      [&](WriteTx& write) -> absl::StatusOr<ResultName> {
        touched.clear();
        ASSIGN_OR_RETURN(const auto batch, TakeBatch(write.tx(), job.id));
        if (!batch.has_value()) return NothingLeft();
        ASSIGN_OR_RETURN(const auto staged, DecodeBatch(batch->payload));
        ASSIGN_OR_RETURN(const v1::ImportReport outcome,
                         WriteBatch(write, job.terms, staged, job.record.import.staged() <= kMaxListed, touched));
        RETURN_IF_ERROR(FinishBatch(write.tx(), job.id, batch->batch, outcome));
        return ResultName{"imports/" + job.id, batch->batch};
      },
      [](Tx&, const ResultName&) { return absl::OkStatus(); });
  for (const std::string& id : touched) parts_.cache.Forget(job.tenant, "questions/" + id);
  if (!touched.empty()) parts_.catalogues.QuestionsChanged(job.tenant, touched);
  if (absl::IsCancelled(status) && status.message() == kNothingLeft) return absl::OkStatus();
  wrote = status.ok();
  if (status.ok()) Look(job, static_cast<int64_t>(touched.size()));
  return status;
}

// Plans are kept: those for a bank of a hundred questions would read all of a hundred thousand again and again.
void ImportApplier::Look(Job& job, int64_t written) {
  {
    std::lock_guard lock(job.mutex);
    job.written += written;
    if (job.written < job.look_at) return;
    job.look_at = job.written * kNextLook;
  }
  const absl::Status looked = parts_.pool.Transact(TxMode::kReadWrite, job.tenant, steady_clock::now() + kTransaction,
                                                   [](Tx& tx) { return RefreshStatistics(tx); });
  if (!looked.ok()) spdlog::warn("statistics of the questions: {}", std::string(looked.message()));
}

absl::Status ImportApplier::WriteBatches(Job& job) {
  bool wrote = true;
  while (wrote) {
    wrote = false;
    RETURN_IF_ERROR(Patiently(job, [&] { return WriteOne(job, wrote); }));
    {
      std::lock_guard lock(job.mutex);
      if (steady_clock::now() - job.renewed < timing_.applying / 5) continue;
      job.renewed = steady_clock::now();
    }
    RETURN_IF_ERROR(Patiently(job, [&] {
      const RequestContext context = job.Context();
      return parts_.pool.Transact(TxMode::kReadWrite, job.tenant, context.deadline,
                                  [&](Tx& tx) { return RenewLease(tx, job.id, job.owner, timing_.applying, context.now); });
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ImportApplier::End(Job& job, AppliedImport& applied) {
  v1::ImportReport& report = applied.report;
  bool waiting = false;
  v1::ImportHeader keyless = job.record.header;
  keyless.clear_request_id();
  RETURN_IF_ERROR(Patiently(job, [&] {
    waiting = false;
    const RequestContext context = job.Context();
    absl::Status status = parts_.mutator.Run(
        context, keyless,
        [&](WriteTx& write) -> absl::StatusOr<ResultName> {
          ASSIGN_OR_RETURN(const StoredImport record, LockImport(write.tx(), job.id));
          report = record.import.report();
          if (record.import.state() != v1::IMPORT_STATE_APPLYING) return NothingLeft();
          ASSIGN_OR_RETURN(const BatchOutcomes batches, ReadOutcomes(write.tx(), job.id));
          waiting = batches.waiting > 0;
          if (waiting) return NothingLeft();
          ReportBuilder builder;
          builder.Add(record.import.report());
          for (const v1::ImportReport& outcome : batches.outcomes) builder.Add(outcome);
          builder.WriteTo(report);
          ASSIGN_OR_RETURN(const ChangedEntries changed,
                           WriteCatalogue(write, job.terms, record.catalogue, IsWholePack(record.header.format()), report.created()));
          for (const v1::ImportFinding& finding : changed.findings) builder.Add(finding);
          builder.WriteTo(report);
          report.set_catalog_entries(static_cast<int>(changed.entries.size()));
          RETURN_IF_ERROR(EndImport(write.tx(), job.id, v1::IMPORT_STATE_COMPLETED, report, "", {}, context.now).status());
          RETURN_IF_ERROR(DeleteBatches(write.tx(), job.id, std::numeric_limits<int>::max()).status());
          runtime::OutboxEvent done;
          done.type = runtime::v1::EVENT_TYPE_IMPORT_COMPLETED;
          done.resource = "packs/" + record.pack;
          done.aggregate_type = "pack";
          done.version = runtime::ToMicros(context.now);
          done.state = "COMPLETED";
          write.Emit(std::move(done));
          return ResultName{"packs/" + record.pack, 1};
        },
        [](Tx&, const ResultName&) { return absl::OkStatus(); });
    for (const auto& [key, value] : context.trailers()) applied.cursor = value;
    return absl::IsCancelled(status) && status.message() == kNothingLeft ? absl::OkStatus() : status;
  }));
  parts_.catalogues.EntriesChanged(job.tenant);
  return !waiting;
}

absl::StatusOr<AppliedImport> ImportApplier::Run(const std::string& tenant, const std::string& id, const std::string& owner,
                                                 const std::function<bool()>& stopped) {
  Job job{.id = id, .owner = owner, .record = {}, .terms = {}, .stopped = stopped, .mutex = {}, .tenant = tenant};
  RETURN_IF_ERROR(Patiently(job, [&] {
    return parts_.pool.Transact(TxMode::kReadOnly, tenant, steady_clock::now() + kTransaction, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(job.record, ReadImport(tx, id));
      return absl::OkStatus();
    });
  }));
  AppliedImport applied;
  applied.report = job.record.import.report();
  if (job.record.import.state() != v1::IMPORT_STATE_APPLYING) return applied;
  job.terms = TermsOf(job.record.header, job.record.pack);
  while (true) {
    std::vector<absl::Status> statuses(static_cast<size_t>(timing_.writers));
    std::vector<std::thread> writers;
    for (size_t i = 1; i < statuses.size(); ++i) writers.emplace_back([&, i] { statuses[i] = WriteBatches(job); });
    statuses[0] = WriteBatches(job);
    for (std::thread& writer : writers) writer.join();
    for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
    ASSIGN_OR_RETURN(const bool ended, End(job, applied));
    if (ended) return applied;
    // Another works on the last batches. Should it die, they are free again.
    std::this_thread::sleep_for(kOthers);
  }
}

}  // namespace assay::bank
