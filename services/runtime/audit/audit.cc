#include "services/runtime/audit/audit.h"

#include <fmt/format.h>

#include <optional>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

const Query kMakeHead{"audit_make_head", R"sql(
  INSERT INTO audit_head (tenant, sequence, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING
)sql"};

const Query kLockHead{"audit_lock_head", R"sql(
  SELECT sequence, hash FROM audit_head WHERE tenant = $1 FOR UPDATE
)sql"};

const Query kAppend{"audit_append", R"sql(
  WITH head AS (
    UPDATE audit_head SET sequence = $2, hash = $3 WHERE tenant = $1
  ), reasons AS (
    INSERT INTO audit_personal (tenant, sequence, key_id, ciphertext)
    SELECT $1, r.sequence, r.key_id, r.ciphertext
    FROM unnest($14::bigint[], $15::text[], $16::bytea[]) AS r (sequence, key_id, ciphertext)
  )
  INSERT INTO audit (tenant, sequence, time, actor, on_behalf_of, method, resource, category, request_id, reason_hash,
                     previous_hash, hash)
  SELECT $1, a.sequence, timestamptz 'epoch' + a.micros * interval '1 microsecond', a.actor, a.on_behalf_of, a.method,
         a.resource, a.category, a.request_id, a.reason_hash, a.previous_hash, a.hash
  FROM unnest($4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
              $12::bytea[], $13::bytea[], $17::bytea[])
    AS a (sequence, micros, actor, on_behalf_of, method, resource, category, request_id, reason_hash, previous_hash, hash)
)sql"};

struct Head {
  int64_t sequence = 0;
  std::string hash;
};

absl::StatusOr<Head> LockHead(Tx& tx) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run(kLockHead, {tx.tenant()}));
  if (rows.empty()) {
    RETURN_IF_ERROR(tx.Execute(kMakeHead, {tx.tenant(), Value::Bytes(ChainStart())}).status());
    ASSIGN_OR_RETURN(rows, tx.Run(kLockHead, {tx.tenant()}));
    if (rows.empty()) return Internal("the audit chain has no head");
  }
  return Head{rows[0].Int64(0), rows[0].Bytes(1)};
}

}  // namespace

AuditEntry EntryOf(const RequestContext& context, AuditRecord record) {
  return {context.now, context.principal.subject, context.principal.on_behalf_of, context.method, std::move(record)};
}

absl::Status AppendAudit(Tx& tx, const RequestContext& context, const std::vector<AuditRecord>& records,
                         PersonalVault* vault) {
  std::vector<AuditEntry> entries;
  for (const AuditRecord& record : records) entries.push_back(EntryOf(context, record));
  return AppendAuditEntries(tx, entries, vault);
}

absl::Status AppendAuditEntries(Tx& tx, const std::vector<AuditEntry>& entries, PersonalVault* vault) {
  if (entries.empty()) return absl::OkStatus();
  // Sealing may make a data key: done before the head is locked.
  std::vector<std::optional<SealedText>> reasons;
  for (const AuditEntry& entry : entries) {
    reasons.emplace_back();
    if (entry.record.reason.empty()) continue;
    if (vault == nullptr) return Internal("an audit reason needs a vault");
    const std::string& subject = entry.record.subject.empty() ? entry.record.resource : entry.record.subject;
    ASSIGN_OR_RETURN(reasons.back(), vault->Seal(tx, subject, entry.record.reason));
  }
  ASSIGN_OR_RETURN(Head head, LockHead(tx));

  std::vector<int64_t> sequences, times, reason_sequences;
  std::vector<std::string> actors, persons, methods, resources, categories, request_ids, reason_hashes, previous, hashes;
  std::vector<std::string> reason_keys, reason_texts;
  for (size_t i = 0; i < entries.size(); ++i) {
    const AuditEntry& entry = entries[i];
    const ChainedFields fields{tx.tenant(),           ++head.sequence,       ToMicros(entry.time),     entry.actor,
                               entry.on_behalf_of,    entry.method,          entry.record.resource,    entry.record.category,
                               entry.record.request_id, reasons[i] ? Sha256(reasons[i]->ciphertext) : ""};
    sequences.push_back(fields.sequence);
    times.push_back(fields.time_micros);
    actors.push_back(fields.actor);
    persons.push_back(fields.on_behalf_of);
    methods.push_back(fields.method);
    resources.push_back(fields.resource);
    categories.push_back(fields.category);
    request_ids.push_back(fields.request_id);
    reason_hashes.push_back(fields.reason_hash);
    previous.push_back(head.hash);
    head.hash = ChainHash(previous.back(), fields);
    hashes.push_back(head.hash);
    if (!reasons[i]) continue;
    reason_sequences.push_back(fields.sequence);
    reason_keys.push_back(reasons[i]->key_id);
    reason_texts.push_back(reasons[i]->ciphertext);
  }
  return tx
      .Execute(kAppend, {tx.tenant(), head.sequence, Value::Bytes(head.hash), Value::Array(sequences), Value::Array(times),
                         Value::Array(actors), Value::Array(persons), Value::Array(methods), Value::Array(resources),
                         Value::Array(categories), Value::Array(request_ids), Value::ByteArray(reason_hashes),
                         Value::ByteArray(previous), Value::Array(reason_sequences), Value::Array(reason_keys),
                         Value::ByteArray(reason_texts), Value::ByteArray(hashes)})
      .status();
}

}  // namespace assay::runtime
