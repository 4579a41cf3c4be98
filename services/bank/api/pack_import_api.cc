#include "services/bank/api/pack_import_api.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <set>
#include <thread>

#include "services/bank/api/import_merge.h"
#include "services/bank/api/question_changes.h"
#include "services/bank/domain/pack_merge.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/idempotency.h"

namespace assay::bank {
namespace {

using runtime::MessageReader;
using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Each holds a thread of the executor and up to three connections.
constexpr int kRunning = 4;
constexpr int kRunningOfOne = 2;
constexpr int kRetryMillis = 1000;
// Another import of the same pack is waited for this long, looking so often.
constexpr std::chrono::seconds kTurn{60};
constexpr milliseconds kLook{100};
constexpr std::chrono::seconds kTransaction{10};
// Batches that one transaction removes.
constexpr int kRemoved = 20;
constexpr size_t kReferencesAtOnce = 1000;
// How names of questions begin, and what stands next behind them.
constexpr std::string_view kQuestions = "questions/";
constexpr const char* kBehindQuestions = "questions0";
// So often one request id may be tried again after imports that failed.
constexpr int kAttempts = 100;
// Of a record's error text.
constexpr size_t kMaxError = 1000;

bool MayRepeat(const absl::Status& status) {
  return runtime::ReasonOf(status) == runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT || absl::IsUnavailable(status) ||
         absl::IsResourceExhausted(status);
}

runtime::Instant Now() { return runtime::SystemClock().Now(); }

// Gives a place back.
class Place {
 public:
  Place(ImportPlaces& places, const std::string& tenant) : places_(places), tenant_(tenant), ours_(places.Take(tenant)) {}
  ~Place() {
    if (ours_) places_.GiveBack(tenant_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool ours() const { return ours_; }

 private:
  ImportPlaces& places_;
  const std::string tenant_;
  const bool ours_;
};

// What a reader says of a document that it cannot read; errors of what takes its questions pass as they are.
absl::Status Unreadable(const absl::Status& status, v1::PackFormat format) {
  if (status.ok() || runtime::ReasonOf(status) != runtime::v1::ERROR_REASON_UNSPECIFIED || !absl::IsInvalidArgument(status)) return status;
  std::string name = v1::PackFormat_Name(format).substr(sizeof("PACK_FORMAT_") - 1);
  return runtime::InvalidFields({{"chunk", fmt::format("cannot be read as {}: {}", name, std::string(status.message()))}},
                                runtime::v1::ERROR_REASON_PACK_INVALID);
}

absl::StatusOr<v1::ImportHeader> ReadHeader(MessageReader& reader) {
  v1::ImportPackRequest message;
  ASSIGN_OR_RETURN(const bool more, reader.Read(message));
  if (!more) return runtime::InvalidField("header", "the stream is empty; send a header, then chunks");
  if (!message.has_header()) return runtime::InvalidField("header", "the first message must be the header");
  return message.header();
}

// Last segment of the record's name.
std::string RecordOf(const RequestContext& context, const v1::ImportHeader& header) {
  if (!header.import_id().empty()) return header.import_id();
  if (header.request_id().empty()) return runtime::NewUuid(context.now);
  return "r" + runtime::Sha256Hex({runtime::KeyOf(context, header).subject, "\n", header.request_id()}).substr(0, 32);
}

}  // namespace

bool ImportPlaces::Take(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  const auto of = taken_of_.find(tenant);
  if (taken_ >= kRunning || (of != taken_of_.end() && of->second >= kRunningOfOne)) return false;
  ++taken_;
  ++taken_of_[tenant];
  return true;
}

void ImportPlaces::GiveBack(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  --taken_;
  if (--taken_of_[tenant] == 0) taken_of_.erase(tenant);
}

// One import on its way from the stream to the staged batches.
struct PackImportApi::Staging {
  const RequestContext& context;
  v1::ImportHeader header;
  std::unique_ptr<DocumentReader> reader;
  std::unique_ptr<ImportIntake> intake;
  std::string id;
  std::string owner;
  std::atomic<int64_t> bytes{0};
  std::atomic<int64_t> staged{0};
  std::atomic<int> batches{0};
  // What the intake had to say, once that is gone.
  v1::ImportReport report = {};
  // Set once there is a record, and once others finish what is staged; in between, that may be the case.
  bool recorded = false;
  bool applying = false;
  bool maybe_applying = false;
  steady_clock::time_point renewed = steady_clock::now();

  bool dry_run() const { return header.dry_run(); }
  StagingProgress progress() const { return {bytes.load(), staged.load()}; }
};

absl::StatusOr<v1::ImportReport> PackImportApi::Import(const RequestContext& context, MessageReader& reader) {
  const Place place(places_, context.tenant());
  if (!place.ours()) {
    return runtime::WithRetryAfter(runtime::Error(runtime::v1::ERROR_REASON_OVERLOADED, "other imports are running; retry in a moment"),
                                   kRetryMillis);
  }
  ASSIGN_OR_RETURN(v1::ImportHeader header, ReadHeader(reader));
  if (header.publish()) RETURN_IF_ERROR(CheckMayPublish(context));
  Staging staging{.context = context, .header = std::move(header), .reader = {}, .intake = {}, .id = {}, .owner = {}};
  ASSIGN_OR_RETURN(staging.reader, MakeDocumentReader(staging.header.format()));
  RETURN_IF_ERROR(Open(staging));
  staging.intake = std::make_unique<ImportIntake>(
      staging.header, [this, &staging](const std::string& pack, std::vector<StagedQuestion> questions) {
        return staging.dry_run() ? Compare(staging, pack, questions) : Stage(staging, pack, std::move(questions));
      },
      [this, &staging](const std::set<std::string>& names) { return Known(staging, names); });
  absl::Status status = ReadDocument(staging, reader);
  if (status.ok()) {
    absl::StatusOr<v1::ImportReport> report = Conclude(staging);
    if (report.ok()) return report;
    status = report.status();
  }
  return Fail(staging, std::move(status));
}

absl::Status PackImportApi::Open(Staging& staging) {
  if (staging.dry_run()) return absl::OkStatus();
  staging.owner = runtime::NewUuid(staging.context.now);
  absl::Status recorded = Record(staging);
  if (runtime::ReasonOf(recorded) == runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT) {
    // A record that is ours is there; otherwise there is none of ours.
    const absl::Status ours = parts_.pool.Transact(TxMode::kReadWrite, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) {
      return RenewStaging(tx, staging.id, staging.owner, staging.progress(), timing_.staging, Now());
    });
    recorded = ours.ok() ? ours : Record(staging);
  }
  RETURN_IF_ERROR(recorded);
  staging.recorded = true;
  return absl::OkStatus();
}

absl::Status PackImportApi::Record(Staging& staging) {
  const std::string id = RecordOf(staging.context, staging.header);
  const auto& principal = staging.context.principal;
  return parts_.pool.Transact(TxMode::kReadWrite, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) -> absl::Status {
    for (int attempt = 1;; ++attempt) {
      staging.id = attempt == 1 ? id : fmt::format("{}-{}", id, attempt);
      absl::Status inserted = InsertImport(tx, {staging.id, staging.header, principal.subject, principal.on_behalf_of, staging.owner},
                                           timing_.staging, staging.context.now);
      // Who repeats a call does not choose the record's name, and what has failed changed nothing.
      const bool may_repeat = staging.header.import_id().empty() && runtime::ReasonOf(inserted) == runtime::v1::ERROR_REASON_ALREADY_EXISTS;
      if (!may_repeat || attempt == kAttempts) return inserted;
      ASSIGN_OR_RETURN(const StoredImport other, ReadImport(tx, staging.id));
      if (other.import.state() != v1::IMPORT_STATE_FAILED) return inserted;
    }
  });
}

absl::Status PackImportApi::Stage(Staging& staging, const std::string&, std::vector<StagedQuestion> questions) {
  const int batch = ++staging.batches;
  const int count = static_cast<int>(questions.size());
  const std::string payload = EncodeBatch(questions);
  questions.clear();
  questions.shrink_to_fit();
  staging.staged += count;
  absl::Status status;
  // A batch is there once however often it is written, so that a doubtful commit is simply made again.
  for (int attempt = 0; attempt < 3; ++attempt) {
    status = parts_.pool.Transact(TxMode::kReadWrite, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) {
      return InsertBatch(tx, staging.id, staging.owner, batch, count, payload, staging.progress(), timing_.staging, Now());
    });
    if (status.ok() || !MayRepeat(status)) break;
    std::this_thread::sleep_for(kLook);
  }
  return status;
}

absl::Status PackImportApi::Compare(Staging& staging, const std::string& pack, const std::vector<StagedQuestion>& questions) {
  std::vector<std::string> ids;
  for (const StagedQuestion& question : questions) ids.push_back(question.id);
  return parts_.pool.Transact(TxMode::kReadOnly, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const auto existing, ReadExisting(tx, ids, false));
    staging.intake->Add(OutcomeOf(PlanBatch(TermsOf(staging.header, pack), questions, existing), true));
    return absl::OkStatus();
  });
}

absl::Status PackImportApi::ReadDocument(Staging& staging, MessageReader& reader) {
  v1::ImportPackRequest message;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Read(message));
    if (!more) break;
    if (message.part_case() != v1::ImportPackRequest::kChunk) {
      return runtime::InvalidField(message.has_header() ? "header" : "part", "only the first message is a header; the others are chunks");
    }
    staging.bytes += static_cast<int64_t>(message.chunk().size());
    RETURN_IF_ERROR(Renew(staging));
    RETURN_IF_ERROR(Unreadable(staging.reader->Feed(message.chunk(), *staging.intake), staging.header.format()));
  }
  if (staging.bytes < staging.header.total_bytes()) {
    return runtime::InvalidFields({{"chunk", fmt::format("the document was cut off: {} bytes of {} arrived", staging.bytes.load(),
                                                         staging.header.total_bytes())}},
                                  runtime::v1::ERROR_REASON_PACK_INVALID);
  }
  RETURN_IF_ERROR(Unreadable(staging.reader->Finish(*staging.intake), staging.header.format()));
  RETURN_IF_ERROR(staging.intake->Finish());
  return CheckReferences(staging);
}

// A document that is read whole stages nothing until the last byte is there, which may take a slow line many minutes.
absl::Status PackImportApi::Renew(Staging& staging) {
  if (!staging.recorded || steady_clock::now() - staging.renewed < timing_.renewal) return absl::OkStatus();
  staging.renewed = steady_clock::now();
  absl::Status renewed = parts_.pool.Transact(TxMode::kReadWrite, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) {
    return RenewStaging(tx, staging.id, staging.owner, staging.progress(), timing_.staging, Now());
  });
  // The lease lasts until the next time.
  return MayRepeat(renewed) ? absl::OkStatus() : renewed;
}

absl::StatusOr<std::set<std::string>> PackImportApi::Known(const Staging& staging, const std::set<std::string>& names) {
  std::set<std::string> known;
  RETURN_IF_ERROR(parts_.pool.Transact(
      TxMode::kReadOnly, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) -> absl::Status {
        known = names;
        const auto first = names.lower_bound(std::string(kQuestions));
        const auto end = names.lower_bound(kBehindQuestions);
        std::vector<std::string> ids;
        for (auto name = first; name != end;) {
          ids.push_back(name->substr(kQuestions.size()));
          if (++name != end && ids.size() < kReferencesAtOnce) continue;
          ASSIGN_OR_RETURN(const auto unknown, UnknownQuestions(tx, ids));
          for (const std::string& id : unknown) known.erase(std::string(kQuestions) + id);
          ids.clear();
        }
        if (first == names.begin() && end == names.end()) return absl::OkStatus();
        ASSIGN_OR_RETURN(const auto entries, ReadWholeCatalog(tx));
        std::set<std::string> there;
        for (const CatalogEntry& entry : entries) there.insert(fmt::format("{}/{}", entry.collection, entry.id));
        for (const std::string& name : names) {
          if (name.rfind(kQuestions, 0) != 0 && there.count(name) == 0) known.erase(name);
        }
        return absl::OkStatus();
      }));
  return known;
}

// A question that stands alone may refer to what the bank does not have; the one who imports should know.
absl::Status PackImportApi::CheckReferences(Staging& staging) {
  const std::map<std::string, ImportIntake::Reference> open = staging.intake->OpenReferences();
  if (open.empty()) return absl::OkStatus();
  std::set<std::string> names;
  for (const auto& [name, reference] : open) names.insert(name);
  ASSIGN_OR_RETURN(const auto known, Known(staging, names));
  for (const auto& [name, by] : open) {
    if (known.count(name) > 0) continue;
    v1::ImportFinding finding;
    finding.set_line(by.line);
    finding.set_end_line(by.line);
    finding.set_path(fmt::format("questions/{}.{}", by.from, by.field));
    finding.set_reason(fmt::format("{} is neither in the document nor in the bank", name));
    finding.set_severity(v1::FINDING_SEVERITY_WARNING);
    staging.intake->Remark(std::move(finding));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportReport> PackImportApi::Conclude(Staging& staging) {
  v1::ImportReport report;
  if (!staging.dry_run()) {
    RETURN_IF_ERROR(staging.intake->Refusal());
    return Apply(staging);
  }
  RETURN_IF_ERROR(parts_.pool.Transact(
      TxMode::kReadOnly, staging.context.tenant(), staging.context.deadline, [&](Tx& tx) -> absl::Status {
        const v1::Pack& pack = staging.intake->pack();
        ASSIGN_OR_RETURN(const ChangedEntries changed, ChangedCatalogue(tx, TermsOf(staging.header, pack.id()), pack));
        for (const v1::ImportFinding& finding : changed.findings) staging.intake->Remark(finding);
        report.set_catalog_entries(static_cast<int>(changed.entries.size()));
        return absl::OkStatus();
      }));
  staging.intake->WriteTo(*staging.reader, report);
  return report;
}

absl::StatusOr<v1::ImportReport> PackImportApi::Apply(Staging& staging) {
  const RequestContext& context = staging.context;
  staging.intake->WriteTo(*staging.reader, staging.report);
  staging.report.set_import_record("imports/" + staging.id);
  const v1::Pack pack = staging.intake->pack();
  // Not needed any more, and one number per question.
  staging.intake.reset();
  ImportApplier applier(parts_, timing_);
  const auto never = [] { return false; };
  const auto give_up = steady_clock::now() + kTurn;
  while (true) {
    bool begun = false;
    std::string other;
    absl::Status status = parts_.pool.Transact(TxMode::kReadWrite, context.tenant(), context.deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(begun, BeginApplying(tx, staging.id, staging.owner, pack, staging.report, staging.progress(), timing_.applying, Now()));
      return begun ? absl::OkStatus() : absl::CancelledError("another import of the pack is being applied");
    });
    if (status.ok()) break;
    if (runtime::ReasonOf(status) == runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT) staging.maybe_applying = true;
    if (!absl::IsCancelled(status) && !MayRepeat(status)) return status;
    if (absl::IsCancelled(status) && !begun) {
      // Then this one is not.
      staging.maybe_applying = false;
      // One at a time. Should whoever applies the other have died, it is finished here first.
      bool claimed = false;
      RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadWrite, context.tenant(), context.deadline, [&](Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(other, ApplyingImport(tx, pack.id()));
        if (other.empty()) return absl::OkStatus();
        ASSIGN_OR_RETURN(claimed, ClaimImport(tx, other, staging.owner, timing_.applying));
        return absl::OkStatus();
      }));
      if (claimed) RETURN_IF_ERROR(applier.Run(context.tenant(), other, staging.owner, never).status());
    }
    if (context.expired()) return runtime::Error(runtime::v1::ERROR_REASON_CANCELLED, "the call ended before its turn came; nothing was changed");
    if (steady_clock::now() >= give_up) {
      return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT,
                            fmt::format("packs/{} is being changed by imports/{}; repeat the import when that has ended", pack.id(), other));
    }
    std::this_thread::sleep_for(kLook);
  }
  staging.applying = true;
  ASSIGN_OR_RETURN(AppliedImport done, applier.Run(context.tenant(), staging.id, staging.owner, never));
  if (!done.cursor.empty()) context.AddTrailer("assay-cursor", std::move(done.cursor));
  return std::move(done.report);
}

absl::Status PackImportApi::Fail(Staging& staging, absl::Status status) {
  // From APPLYING on the import goes on, whatever went wrong here.
  if (!staging.recorded || staging.applying) return status;
  if (staging.intake != nullptr) {
    staging.intake->Abandon();
    staging.intake->WriteTo(*staging.reader, staging.report);
    staging.report.set_import_record("imports/" + staging.id);
  }
  const auto deadline = steady_clock::now() + kTransaction;
  std::string error(status.message());
  if (error.size() > kMaxError) error.resize(error.rfind(' ', kMaxError));
  bool failed = false;
  absl::Status ended = parts_.pool.Transact(TxMode::kReadWrite, staging.context.tenant(), deadline, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(failed, EndImport(tx, staging.id, v1::IMPORT_STATE_FAILED, staging.report, error, staging.progress(), Now()));
    return absl::OkStatus();
  });
  failed = failed && ended.ok();
  // What is staged belongs to whoever applies it.
  int removed = failed ? kRemoved : 0;
  while (ended.ok() && removed == kRemoved) {
    ended = parts_.pool.Transact(TxMode::kReadWrite, staging.context.tenant(), deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(removed, DeleteBatches(tx, staging.id, kRemoved));
      return absl::OkStatus();
    });
  }
  // Its lease runs out, and the watch sees to it.
  if (!ended.ok()) spdlog::warn("imports/{} could not be ended: {}", staging.id, std::string(ended.message()));
  if (failed || !staging.maybe_applying) return status;
  return runtime::Error(runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT,
                        fmt::format("whether the import has begun is not known here; GetImport of imports/{} tells how it goes on", staging.id));
}

}  // namespace assay::bank
