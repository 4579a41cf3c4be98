#include "services/scoring/store/flag_store.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/personal_fields.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/document_store.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/submission_store.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

#define ASSAY_FLAG_COLUMNS \
  "f.application, f.id, f.version, f.interview, f.interviewer, f.raised_by, f.uid, f.create_time, f.update_time, f.document"

const Query kRead{"flag_read", "SELECT " ASSAY_FLAG_COLUMNS R"sql(
  FROM flag f WHERE f.tenant = $1 AND f.application = $2 AND f.id = $3
)sql"};

const Query kLock{"flag_lock", "SELECT " ASSAY_FLAG_COLUMNS R"sql(
  FROM flag f WHERE f.tenant = $1 AND f.application = $2 AND f.id = $3 FOR UPDATE
)sql"};

const Query kOfApplication{"flag_of_application", "SELECT " ASSAY_FLAG_COLUMNS R"sql(
  FROM flag f WHERE f.tenant = $1 AND f.application = $2 ORDER BY f.id
)sql"};

const runtime::FilteredQuery kList{"flag_list", "SELECT " ASSAY_FLAG_COLUMNS R"sql(
  FROM flag f
  WHERE f.tenant = $1
    AND ($2::timestamptz IS NULL OR (f.create_time, f.application, f.id) < ($2::timestamptz, $3::text, $4::text))
    AND ($6::text IS NULL OR f.application = $6) AND {filter}
  ORDER BY f.create_time DESC, f.application DESC, f.id DESC LIMIT $5
)sql"};

const Query kInsert{"flag_insert", R"sql(
  WITH texts AS (
    INSERT INTO flag_personal (tenant, application, id, key_id, ciphertext)
    SELECT $1, t.application, t.id, t.key_id, t.ciphertext
    FROM unnest($2::text[], $3::text[], $15::text[], $16::bytea[]) AS t (application, id, key_id, ciphertext)
  )
  INSERT INTO flag (tenant, application, id, uid, version, state, flag_id, kind, critical, interview, interviewer, raised_by,
                    people_needed, document, create_time, update_time)
  SELECT $1, f.application, f.id, f.uid, 1, f.state, f.flag_id, f.kind, f.critical, f.interview, f.interviewer, f.raised_by,
         f.people_needed, f.document, f.at, f.at
  FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::text[],
              $11::text[], $12::integer[], $13::bytea[], $14::timestamptz[])
    AS f (application, id, uid, state, flag_id, kind, critical, interview, interviewer, raised_by, people_needed, document, at)
)sql"};

const Query kUpdate{"flag_update", R"sql(
  WITH texts AS (
    INSERT INTO flag_personal (tenant, application, id, key_id, ciphertext) VALUES ($1, $2, $3, $9, $10)
    ON CONFLICT (tenant, application, id) DO UPDATE SET key_id = EXCLUDED.key_id, ciphertext = EXCLUDED.ciphertext
  )
  UPDATE flag SET version = $4, state = $5, critical = $6, document = $7, update_time = $8
  WHERE tenant = $1 AND application = $2 AND id = $3 AND version = $4 - 1
)sql"};

const Query kTexts{"flag_texts", R"sql(
  SELECT k.place, p.key_id, p.ciphertext
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (application, id, place)
  JOIN flag_personal p ON p.tenant = $1 AND p.application = k.application AND p.id = k.id
)sql"};

FlagRow RowOf(const Row& row) {
  FlagRow flag;
  flag.application = row.String(0);
  flag.id = row.String(1);
  flag.version = row.Int64(2);
  flag.interview = row.String(3);
  flag.interviewer = row.String(4);
  flag.raised_by = row.String(5);
  flag.flag.ParseFromString(row.Bytes(9));
  flag.flag.set_name(FlagName(flag.application, flag.id));
  flag.flag.set_uid(row.String(6));
  flag.flag.set_etag(EtagOf(flag.version));
  *flag.flag.mutable_create_time() = runtime::ToTimestamp(row.Time(7));
  *flag.flag.mutable_update_time() = runtime::ToTimestamp(row.Time(8));
  return flag;
}

std::vector<FlagRow> RowsOf(const Rows& rows) {
  std::vector<FlagRow> flags;
  for (const Row row : rows) flags.push_back(RowOf(row));
  return flags;
}

absl::StatusOr<FlagRow> One(const Query& query, Tx& tx, std::string_view application, std::string_view id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {tx.tenant(), application, id}));
  if (rows.empty()) return runtime::NotFound(FlagName(application, id));
  return RowOf(rows[0]);
}

std::string DocumentOf(v1::Flag flag) {
  runtime::ClearPersonal(flag);
  flag.clear_uid();
  flag.clear_etag();
  return runtime::SerializeDeterministic(flag);
}

}  // namespace

std::string FlagName(std::string_view application, std::string_view id) {
  return fmt::format("applications/{}/flags/{}", application, id);
}

FlagRow RowOfNewFlag(const NewFlag& flag, const std::string& application, runtime::Instant at) {
  FlagRow row;
  row.application = application;
  row.id = flag.id;
  row.flag = flag.flag;
  if (!flag.flag.interview().empty()) row.interview = IdOf(flag.flag.interview());
  if (!flag.flag.scorecard().empty()) row.interviewer = IdOf(flag.flag.scorecard());
  row.raised_by = flag.raised_by_subject;
  row.flag.set_name(FlagName(application, flag.id));
  row.flag.set_uid(flag.id);
  row.flag.set_etag(EtagOf(1));
  *row.flag.mutable_create_time() = runtime::ToTimestamp(at);
  *row.flag.mutable_update_time() = runtime::ToTimestamp(at);
  return row;
}

std::string FlagPersonalPart(const v1::Flag& flag) {
  v1::Flag part;
  part.set_evidence(flag.evidence());
  for (const auto& confirmation : flag.confirmations()) part.add_confirmations()->set_reason(confirmation.reason());
  if (flag.has_dismissal()) part.mutable_dismissal()->set_reason(flag.dismissal().reason());
  return part.SerializeAsString();
}

absl::Status InsertFlags(Tx& tx, const std::vector<FlagRow>& rows, const std::vector<runtime::SealedText>& texts) {
  std::vector<std::string> applications, ids, uids, states, flag_ids, kinds, interviews, interviewers, raisers, documents, times;
  std::vector<std::string> key_ids, ciphertexts;
  std::vector<bool> critical;
  std::vector<int32_t> needed;
  for (size_t i = 0; i < rows.size(); ++i) {
    const FlagRow& row = rows[i];
    applications.push_back(row.application);
    ids.push_back(row.id);
    uids.push_back(row.flag.uid());
    states.push_back(EnumText(row.flag, "state"));
    flag_ids.push_back(row.flag.flag_id());
    kinds.push_back(EnumText(row.flag, "kind"));
    critical.push_back(row.flag.critical());
    interviews.push_back(row.interview);
    interviewers.push_back(row.interviewer);
    raisers.push_back(row.raised_by);
    needed.push_back(row.flag.people_needed());
    documents.push_back(DocumentOf(row.flag));
    times.push_back(runtime::ToText(runtime::FromTimestamp(row.flag.create_time())));
    key_ids.push_back(texts[i].key_id);
    ciphertexts.push_back(texts[i].ciphertext);
  }
  return tx
      .Execute(kInsert, {tx.tenant(), Value::Array(applications), Value::Array(ids), Value::Array(uids), Value::Array(states),
                         Value::Array(flag_ids), Value::Array(kinds), Value::Array(critical), Value::Array(interviews),
                         Value::Array(interviewers), Value::Array(raisers), Value::Array(needed),
                         Value::ByteArray(documents), Value::Array(times), Value::Array(key_ids),
                         Value::ByteArray(ciphertexts)})
      .status();
}

absl::Status UpdateFlag(Tx& tx, runtime::PersonalVault& vault, FlagRow& row, std::string_view candidate) {
  ASSIGN_OR_RETURN(const runtime::SealedText sealed, vault.Seal(tx, CandidateKey(candidate), FlagPersonalPart(row.flag)));
  ++row.version;
  row.flag.set_etag(EtagOf(row.version));
  ASSIGN_OR_RETURN(const int updated,
                   tx.Execute(kUpdate, {tx.tenant(), row.application, row.id, row.version, EnumText(row.flag, "state"),
                                        row.flag.critical(), Value::Bytes(DocumentOf(row.flag)),
                                        runtime::FromTimestamp(row.flag.update_time()), sealed.key_id,
                                        Value::Bytes(sealed.ciphertext)}));
  if (updated != 1) return runtime::EtagMismatch(row.flag.name());
  return absl::OkStatus();
}

absl::StatusOr<FlagRow> ReadFlag(Tx& tx, std::string_view application, std::string_view id) {
  return One(kRead, tx, application, id);
}

absl::StatusOr<FlagRow> LockFlag(Tx& tx, std::string_view application, std::string_view id) {
  return One(kLock, tx, application, id);
}

absl::StatusOr<std::vector<FlagRow>> FlagsOfApplication(Tx& tx, std::string_view application) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kOfApplication, {tx.tenant(), application}));
  return RowsOf(rows);
}

const runtime::FilterFields& FlagFields() {
  using runtime::FilterType;
  static const runtime::FilterFields fields{{"flag_id", {"f.flag_id"}},
                                            {"kind", runtime::EnumField("f.kind", assay::bank::v1::FlagKind_descriptor())},
                                            {"state", runtime::EnumField("f.state", v1::FlagState_descriptor())},
                                            {"critical", {"f.critical", FilterType::kBool}},
                                            {"interview", {"f.interview", FilterType::kName}},
                                            {"create_time", {"f.create_time", FilterType::kTime}},
                                            {"update_time", {"f.update_time", FilterType::kTime}}};
  return fields;
}

absl::StatusOr<std::vector<FlagRow>> ListFlags(Tx& tx, const FlagFilter& filter, const std::vector<std::string>& after,
                                               int limit) {
  const bool first = after.size() != 3;
  const Value none{std::nullopt};
  std::vector<Value> parameters = {tx.tenant(), first ? none : Value(after[0]), first ? none : Value(after[1]),
                                   first ? none : Value(after[2]), limit, filter.application};
  parameters.insert(parameters.end(), filter.filter.parameters.begin(), filter.filter.parameters.end());
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList.Where(filter.filter.where), parameters));
  return RowsOf(rows);
}

std::vector<std::string> PageKeyOf(const FlagRow& row) {
  return {runtime::ToText(runtime::FromTimestamp(row.flag.create_time())), row.application, row.id};
}

absl::Status AddFlagTexts(Tx& tx, runtime::PersonalVault& vault, std::vector<FlagRow*> rows) {
  if (rows.empty()) return absl::OkStatus();
  std::vector<std::string> applications, ids;
  for (const FlagRow* row : rows) {
    applications.push_back(row->application);
    ids.push_back(row->id);
  }
  ASSIGN_OR_RETURN(const Rows found, tx.Run(kTexts, {tx.tenant(), Value::Array(applications), Value::Array(ids)}));
  for (const Row row : found) {
    const absl::StatusOr<std::string> opened = vault.Open(tx, {row.String(1), row.Bytes(2)});
    if (absl::IsNotFound(opened.status())) continue;  // erased with the candidate
    RETURN_IF_ERROR(opened.status());
    v1::Flag part;
    part.ParseFromString(*opened);
    v1::Flag& flag = rows[row.Int64(0) - 1]->flag;
    flag.set_evidence(part.evidence());
    for (int i = 0; i < std::min(flag.confirmations_size(), part.confirmations_size()); ++i)
      flag.mutable_confirmations(i)->set_reason(part.confirmations(i).reason());
    if (flag.has_dismissal()) flag.mutable_dismissal()->set_reason(part.dismissal().reason());
  }
  return absl::OkStatus();
}

}  // namespace assay::scoring
