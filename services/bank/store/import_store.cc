#include "services/bank/store/import_store.h"

#include <fmt/format.h>

#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

#define IMPORT_COLUMNS                                                                                                          \
  "i.id, i.state, i.pack, i.header, i.catalogue, i.report, i.error, i.subject, i.on_behalf_of, i.bytes, i.staged, "             \
  "CASE WHEN i.state = 'APPLYING' THEN (SELECT coalesce(sum(b.questions), 0) FROM import_batch b WHERE b.tenant = i.tenant "    \
  "AND b.import = i.id AND b.outcome IS NOT NULL) ELSE i.applied END, i.create_time, i.update_time, "                           \
  "i.state IN ('STAGING', 'APPLYING') AND i.lease_until < clock_timestamp()"

enum Column { kId, kState, kPack, kHeader, kCatalogue, kReport, kError, kSubject, kOnBehalfOf, kBytes, kStaged, kApplied, kCreateTime,
              kUpdateTime, kAbandoned };

const Query kInsert{"import_insert", R"sql(
  INSERT INTO import (tenant, id, state, header, subject, on_behalf_of, lease_owner, lease_until, create_time, update_time)
  VALUES (current_setting('app.tenant'), $1, 'STAGING', $2, $3, $4, $5, clock_timestamp() + $6::bigint * interval '1 millisecond', $7, $7)
  ON CONFLICT DO NOTHING
)sql"};

const Query kRead{"import_read", "SELECT " IMPORT_COLUMNS " FROM import i WHERE i.id = $1"};
const Query kLock{"import_lock", "SELECT " IMPORT_COLUMNS " FROM import i WHERE i.id = $1 FOR UPDATE OF i"};

// Each key column is compared as what it is, so that the index gives the order.
const Query kList{"import_list", "SELECT " IMPORT_COLUMNS R"sql(
  FROM import i
  WHERE $1::bigint IS NULL OR (i.create_time, i.id) < (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2::text)
  ORDER BY i.create_time DESC, i.id DESC
  LIMIT $3
)sql"};

const Query kStage{"import_stage", R"sql(
  UPDATE import SET bytes = greatest(bytes, $3), staged = greatest(staged, $4),
    lease_until = clock_timestamp() + $5::bigint * interval '1 millisecond', update_time = $6
  WHERE id = $1 AND lease_owner = $2 AND state = 'STAGING'
)sql"};

const Query kInsertBatch{"import_batch_insert", R"sql(
  INSERT INTO import_batch (tenant, import, batch, questions, payload) VALUES (current_setting('app.tenant'), $1, $2, $3, $4)
  ON CONFLICT DO NOTHING
)sql"};

const Query kBeginApplying{"import_begin_applying", R"sql(
  UPDATE import SET state = 'APPLYING', pack = $3, catalogue = $4, report = $5, bytes = $6, staged = $7,
    lease_until = clock_timestamp() + $8::bigint * interval '1 millisecond', update_time = $9
  WHERE id = $1 AND lease_owner = $2 AND state IN ('STAGING', 'APPLYING')
)sql"};

const Query kApplying{"import_applying", R"sql(
  SELECT id FROM import WHERE pack = $1 AND state = 'APPLYING'
)sql"};

const Query kClaim{"import_claim", R"sql(
  UPDATE import SET lease_owner = $2, lease_until = clock_timestamp() + $3::bigint * interval '1 millisecond'
  WHERE id = $1 AND state IN ('STAGING', 'APPLYING') AND lease_until < clock_timestamp()
)sql"};

const Query kRenew{"import_renew", R"sql(
  UPDATE import SET lease_until = clock_timestamp() + $3::bigint * interval '1 millisecond', update_time = $4
  WHERE id = $1 AND lease_owner = $2 AND state = 'APPLYING'
)sql"};

const Query kTakeBatch{"import_batch_take", R"sql(
  SELECT batch, payload FROM import_batch WHERE import = $1 AND outcome IS NULL
  ORDER BY batch LIMIT 1 FOR UPDATE SKIP LOCKED
)sql"};

const Query kFinishBatch{"import_batch_finish", R"sql(
  UPDATE import_batch SET payload = '', outcome = $3 WHERE import = $1 AND batch = $2
)sql"};

const Query kOutcomes{"import_batch_outcomes", R"sql(
  SELECT outcome FROM import_batch WHERE import = $1 ORDER BY batch
)sql"};

const Query kEnd{"import_end", R"sql(
  UPDATE import SET state = $2, report = $3, error = $4, bytes = greatest(bytes, $5), staged = greatest(staged, $6),
    applied = CASE WHEN $2 = 'COMPLETED' THEN staged ELSE 0 END, catalogue = '', update_time = $7
  WHERE id = $1 AND state = CASE WHEN $2 = 'COMPLETED' THEN 'APPLYING' ELSE 'STAGING' END
)sql"};

const Query kDeleteBatches{"import_batch_delete", R"sql(
  DELETE FROM import_batch WHERE import = $1 AND batch IN (SELECT batch FROM import_batch WHERE import = $1 ORDER BY batch LIMIT $2)
    AND EXISTS (SELECT 1 FROM import i WHERE i.id = $1 AND i.state IN ('COMPLETED', 'FAILED'))
)sql"};

// One look into the index per id, whatever the planner thinks of the size of the tables: a plan that was made for a small bank is
// kept while an import makes it a large one.
const Query kExisting{"import_existing", R"sql(
  SELECT e.id, e.version, e.state, e.published_revision, e.latest_revision, e.pack, e.document, e.overridden,
         r.wording_hash, r.structure_hash, r.content_hash, e.scheduled_publish_time IS NOT NULL,
         CASE e.published_revision WHEN 0 THEN '' WHEN e.latest_revision THEN r.content_hash ELSE
           (SELECT p.content_hash FROM question_revision p WHERE p.id = e.id AND p.revision = e.published_revision) END
  FROM unnest($1::text[]) AS k (id)
  CROSS JOIN LATERAL (SELECT q.* FROM question q WHERE q.id = k.id LIMIT 1) e
  CROSS JOIN LATERAL (
    SELECT v.wording_hash, v.structure_hash, v.content_hash FROM question_revision v
    WHERE v.id = e.id AND v.revision = e.latest_revision LIMIT 1) r
)sql"};

const Query kUpdateUpstreams{"import_update_upstreams", R"sql(
  UPDATE question q SET version = u.version, document = u.document, overridden = u.overridden, update_time = $5
  FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::boolean[]) AS u (id, version, document, overridden)
  WHERE q.id = u.id
)sql"};

const Query kUnknown{"import_unknown_questions", R"sql(
  SELECT u.id FROM unnest($1::text[]) AS u (id) WHERE NOT EXISTS (SELECT 1 FROM question q WHERE q.id = u.id)
)sql"};

const Query kPackHeader{"import_pack_header", R"sql(
  SELECT header FROM pack WHERE id = $1
)sql"};

const Query kUpsertPack{"import_pack_upsert", R"sql(
  INSERT INTO pack (tenant, id, header, questions, import_time) VALUES (current_setting('app.tenant'), $1, $2, $3, $4)
  ON CONFLICT (tenant, id) DO UPDATE SET header = EXCLUDED.header, questions = pack.questions + EXCLUDED.questions,
    import_time = EXCLUDED.import_time
)sql"};

const Query kRefreshStatistics{"import_refresh_statistics", "SELECT refresh_question_statistics()"};

const Query kAbandonedImports{"import_abandoned", "SELECT tenant, id FROM abandoned_imports($1)"};
const Query kPrune{"import_prune", "SELECT prune_imports($1)"};

absl::Status NotOurs(const std::string& id) {
  return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT,
                        fmt::format("imports/{} was given up, because nothing arrived for too long; send the document again", id));
}

v1::ImportState StateFrom(std::string_view text) {
  v1::ImportState state = v1::IMPORT_STATE_UNSPECIFIED;
  v1::ImportState_Parse("IMPORT_STATE_" + std::string(text), &state);
  return state;
}

absl::StatusOr<StoredImport> FromRow(const Row& row) {
  StoredImport stored;
  v1::Import& import = stored.import;
  import.set_name("imports/" + row.String(kId));
  import.set_state(StateFrom(row.Text(kState)));
  stored.pack = row.String(kPack);
  if (!stored.header.ParseFromString(row.Bytes(kHeader)) || !stored.catalogue.ParseFromString(row.Bytes(kCatalogue)) ||
      !import.mutable_report()->ParseFromString(row.Bytes(kReport))) {
    return runtime::Internal(fmt::format("the record {} cannot be parsed", import.name()));
  }
  import.set_bytes(row.Int64(kBytes));
  import.set_total_bytes(stored.header.total_bytes());
  import.set_staged(row.Int64(kStaged));
  import.set_applied(row.Int64(kApplied));
  import.set_error(row.String(kError));
  *import.mutable_create_time() = runtime::ToTimestamp(row.Time(kCreateTime));
  *import.mutable_update_time() = runtime::ToTimestamp(row.Time(kUpdateTime));
  stored.subject = row.String(kSubject);
  stored.on_behalf_of = row.String(kOnBehalfOf);
  stored.abandoned = row.Bool(kAbandoned);
  return stored;
}

absl::StatusOr<StoredImport> One(Tx& tx, const Query& query, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {id}));
  if (rows.empty()) return runtime::NotFound("imports/" + id);
  return FromRow(rows[0]);
}

}  // namespace

absl::Status InsertImport(Tx& tx, const NewImport& import, std::chrono::milliseconds lease, runtime::Instant now) {
  ASSIGN_OR_RETURN(const int added,
                   tx.Execute(kInsert, {import.id, Value::Bytes(runtime::SerializeDeterministic(import.header)), import.subject,
                                        import.on_behalf_of, import.owner, static_cast<int64_t>(lease.count()), now}));
  return added == 1 ? absl::OkStatus() : runtime::AlreadyExists("imports/" + import.id);
}

absl::StatusOr<StoredImport> ReadImport(Tx& tx, const std::string& id) { return One(tx, kRead, id); }

absl::StatusOr<StoredImport> LockImport(Tx& tx, const std::string& id) { return One(tx, kLock, id); }

absl::StatusOr<std::vector<StoredImport>> ListImports(Tx& tx, const runtime::Page& page) {
  std::optional<std::string> time, id;
  if (page.after.size() == 2) {
    time = page.after[0];
    id = page.after[1];
  }
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList, {time, id, page.size + 1}));
  std::vector<StoredImport> imports;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(StoredImport import, FromRow(row));
    imports.push_back(std::move(import));
  }
  return imports;
}

absl::Status InsertBatch(Tx& tx, const std::string& id, const std::string& owner, int batch, int questions, const std::string& payload,
                         const StagingProgress& progress, std::chrono::milliseconds lease, runtime::Instant now) {
  RETURN_IF_ERROR(tx.Execute(kInsertBatch, {id, batch, questions, Value::Bytes(payload)}).status());
  // Last, so that the row is locked for a moment only: batches of one import are staged side by side.
  return RenewStaging(tx, id, owner, progress, lease, now);
}

absl::Status RenewStaging(Tx& tx, const std::string& id, const std::string& owner, const StagingProgress& progress,
                          std::chrono::milliseconds lease, runtime::Instant now) {
  ASSIGN_OR_RETURN(const int ours, tx.Execute(kStage, {id, owner, progress.bytes, progress.staged, static_cast<int64_t>(lease.count()), now}));
  return ours == 1 ? absl::OkStatus() : NotOurs(id);
}

absl::StatusOr<bool> BeginApplying(Tx& tx, const std::string& id, const std::string& owner, const v1::Pack& catalogue,
                                   const v1::ImportReport& report, const StagingProgress& progress, std::chrono::milliseconds lease,
                                   runtime::Instant now) {
  const auto begun = tx.Execute(kBeginApplying, {id, owner, catalogue.id(), Value::Bytes(runtime::SerializeDeterministic(catalogue)),
                                                 Value::Bytes(runtime::SerializeDeterministic(report)), progress.bytes,
                                                 progress.staged, static_cast<int64_t>(lease.count()), now});
  if (runtime::ViolatedConstraint(begun.status()) == "import_applying_once") return false;
  if (!begun.ok()) return begun.status();
  if (*begun != 1) return NotOurs(id);
  return true;
}

absl::StatusOr<std::string> ApplyingImport(Tx& tx, const std::string& pack) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kApplying, {pack}));
  return rows.empty() ? std::string() : rows[0].String(0);
}

absl::StatusOr<bool> ClaimImport(Tx& tx, const std::string& id, const std::string& owner, std::chrono::milliseconds lease) {
  ASSIGN_OR_RETURN(const int claimed, tx.Execute(kClaim, {id, owner, static_cast<int64_t>(lease.count())}));
  return claimed == 1;
}

absl::Status RenewLease(Tx& tx, const std::string& id, const std::string& owner, std::chrono::milliseconds lease, runtime::Instant now) {
  return tx.Execute(kRenew, {id, owner, static_cast<int64_t>(lease.count()), now}).status();
}

absl::StatusOr<std::optional<StoredBatch>> TakeBatch(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kTakeBatch, {id}));
  if (rows.empty()) return std::nullopt;
  return StoredBatch{rows[0].Int(0), rows[0].Bytes(1)};
}

absl::Status FinishBatch(Tx& tx, const std::string& id, int batch, const v1::ImportReport& outcome) {
  return tx.Execute(kFinishBatch, {id, batch, Value::Bytes(runtime::SerializeDeterministic(outcome))}).status();
}

absl::StatusOr<BatchOutcomes> ReadOutcomes(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kOutcomes, {id}));
  BatchOutcomes all;
  for (const Row row : rows) {
    if (row.IsNull(0)) {
      ++all.waiting;
      continue;
    }
    all.outcomes.emplace_back();
    if (!all.outcomes.back().ParseFromString(row.Bytes(0))) return runtime::Internal("a batch's outcome cannot be parsed");
  }
  return all;
}

absl::StatusOr<bool> EndImport(Tx& tx, const std::string& id, v1::ImportState state, const v1::ImportReport& report,
                               const std::string& error, const StagingProgress& progress, runtime::Instant now) {
  const std::string text = v1::ImportState_Name(state).substr(sizeof("IMPORT_STATE_") - 1);
  ASSIGN_OR_RETURN(const int ended, tx.Execute(kEnd, {id, text, Value::Bytes(runtime::SerializeDeterministic(report)), error,
                                                      progress.bytes, progress.staged, now}));
  return ended == 1;
}

absl::StatusOr<int> DeleteBatches(Tx& tx, const std::string& id, int most) { return tx.Execute(kDeleteBatches, {id, most}); }

absl::StatusOr<std::vector<ExistingQuestion>> ReadExisting(Tx& tx, const std::vector<std::string>& ids, bool lock) {
  if (lock) RETURN_IF_ERROR(LockQuestionRows(tx, ids));
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kExisting, {Value::Array(ids)}));
  std::vector<ExistingQuestion> questions;
  for (const Row row : rows) {
    ExistingQuestion existing;
    existing.id = row.String(0);
    existing.version = row.Int64(1);
    BankQuestion& bank = existing.bank;
    v1::QuestionState_Parse("QUESTION_STATE_" + row.String(2), &bank.state);
    bank.published_revision = row.Int(3);
    bank.latest_revision = row.Int(4);
    bank.pack = row.String(5);
    if (!existing.question.ParseFromString(row.Bytes(6))) return runtime::Internal(fmt::format("stored question {} cannot be parsed", existing.id));
    if (existing.question.has_upstream()) existing.question.mutable_upstream()->set_overridden(row.Bool(7));
    bank.upstream = existing.question.upstream();
    bank.latest = {row.String(8), row.String(9), row.String(10)};
    existing.planned = row.Bool(11);
    bank.published_content = row.String(12);
    existing.question.set_state(bank.state);
    questions.push_back(std::move(existing));
  }
  return questions;
}

absl::Status UpdateUpstreams(Tx& tx, const std::vector<ExistingQuestion>& questions, runtime::Instant now) {
  if (questions.empty()) return absl::OkStatus();
  std::vector<std::string> ids, documents;
  std::vector<int64_t> versions;
  std::vector<bool> overridden;
  for (const ExistingQuestion& existing : questions) {
    v1::Question document = existing.question;
    document.clear_state();
    ids.push_back(existing.id);
    versions.push_back(existing.version);
    documents.push_back(runtime::SerializeDeterministic(document));
    overridden.push_back(document.upstream().overridden());
  }
  return tx
      .Execute(kUpdateUpstreams,
               {Value::Array(ids), Value::Array(versions), Value::ByteArray(documents), Value::Array(overridden), now})
      .status();
}

absl::StatusOr<std::vector<std::string>> UnknownQuestions(Tx& tx, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kUnknown, {Value::Array(ids)}));
  std::vector<std::string> unknown;
  for (const Row row : rows) unknown.push_back(row.String(0));
  return unknown;
}

absl::StatusOr<std::optional<v1::Pack>> ReadPackHeader(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPackHeader, {id}));
  if (rows.empty()) return std::nullopt;
  v1::Pack header;
  if (!header.ParseFromString(rows[0].Bytes(0))) return runtime::Internal("a stored pack header cannot be parsed");
  return header;
}

absl::Status UpsertPackHeader(Tx& tx, const v1::Pack& header, int added, runtime::Instant now) {
  return tx.Execute(kUpsertPack, {header.id(), Value::Bytes(runtime::SerializeDeterministic(header)), added, now}).status();
}

absl::Status RefreshStatistics(Tx& tx) { return tx.Run(kRefreshStatistics, {}).status(); }

absl::StatusOr<std::vector<AbandonedImport>> ListAbandoned(Tx& tx, int most) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kAbandonedImports, {most}));
  std::vector<AbandonedImport> imports;
  for (const Row row : rows) imports.push_back({row.String(0), row.String(1)});
  return imports;
}

absl::StatusOr<int> PruneImports(Tx& tx, int most) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPrune, {most}));
  return rows[0].Int(0);
}

}  // namespace assay::bank
