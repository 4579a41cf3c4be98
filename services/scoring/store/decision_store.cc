#include "services/scoring/store/decision_store.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/personal_fields.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/domain/decision_encoding.h"
#include "services/scoring/store/document_store.h"
#include "services/scoring/store/scorecard_store.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

#define ASSAY_DECISION_COLUMNS                                                                                            \
  "d.application, d.id, d.version, d.uid, d.state, d.canonical, d.inputs, d.document, d.create_time, d.update_time, "     \
  "a.requisition, a.candidate"
#define ASSAY_DECISION_FROM " FROM decision d JOIN application a ON a.tenant = d.tenant AND a.id = d.application "

const Query kRead{"decision_read", "SELECT " ASSAY_DECISION_COLUMNS ASSAY_DECISION_FROM
                                   "WHERE d.tenant = $1 AND d.application = $2 AND d.id = $3"};

const Query kLock{"decision_lock", "SELECT " ASSAY_DECISION_COLUMNS ASSAY_DECISION_FROM
                                   "WHERE d.tenant = $1 AND d.application = $2 AND d.id = $3 FOR UPDATE OF d"};

const runtime::FilteredQuery kList{"decision_list", "SELECT " ASSAY_DECISION_COLUMNS ASSAY_DECISION_FROM R"sql(
  WHERE d.tenant = $1
    AND ($2::timestamptz IS NULL OR (d.create_time, d.application, d.id) < ($2::timestamptz, $3::text, $4::text))
    AND ($6::text IS NULL OR d.application = $6) AND {filter}
  ORDER BY d.create_time DESC, d.application DESC, d.id DESC LIMIT $5
)sql"};

const Query kInsert{"decision_insert", R"sql(
  INSERT INTO decision (tenant, application, id, uid, version, state, recommendation, final_outcome, proposer, signer,
                        input_digest, engine_version, canonical, inputs, document, create_time, update_time)
  VALUES ($1, $2, $3, $4, 1, $5, $6, '', $7, '', $8, $9, $10, $11, $12, $13, $13)
)sql"};

const Query kUpdate{"decision_update", R"sql(
  WITH texts AS (
    INSERT INTO decision_personal (tenant, application, id, key_id, ciphertext) VALUES ($1, $2, $3, $9, $10)
    ON CONFLICT (tenant, application, id) DO UPDATE SET key_id = EXCLUDED.key_id, ciphertext = EXCLUDED.ciphertext
  )
  UPDATE decision SET version = $4, state = $5, final_outcome = $6, signer = $7, document = $8, update_time = $11
  WHERE tenant = $1 AND application = $2 AND id = $3 AND version = $4 - 1
)sql"};

// The patch is appended to the stored message, which merges it when read.
const Query kSupersede{"decision_supersede", R"sql(
  UPDATE decision SET state = 'SUPERSEDED', version = version + 1, update_time = $5, document = document || $6::bytea
  WHERE tenant = $1 AND application = $2 AND state = ANY($3::text[]) AND id <> $4
  RETURNING id, version
)sql"};

const Query kTexts{"decision_texts", R"sql(
  SELECT k.place, p.key_id, p.ciphertext
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (application, id, place)
  JOIN decision_personal p ON p.tenant = $1 AND p.application = k.application AND p.id = k.id
)sql"};

DecisionRow RowOf(const Row& row) {
  DecisionRow stored;
  stored.application = row.String(0);
  stored.id = row.String(1);
  stored.version = row.Int64(2);
  v1::Decision& decision = stored.decision;
  decision.ParseFromString(row.Bytes(7));
  decision.set_name(DecisionName(stored.application, stored.id));
  decision.set_uid(row.String(3));
  decision.set_state(DecisionStateFromText(row.Text(4)));
  // What took a decision's ground away also took its force; the outcome that was signed stays readable.
  decision.set_binding(decision.state() == v1::DECISION_STATE_SIGNED || decision.state() == v1::DECISION_STATE_OVERRIDDEN);
  decision.set_canonical_json(row.Bytes(5));
  decision.set_canonical_digest(runtime::Sha256Hex(decision.canonical_json()));
  decision.set_etag(EtagOf(stored.version));
  *decision.mutable_create_time() = runtime::ToTimestamp(row.Time(8));
  *decision.mutable_update_time() = runtime::ToTimestamp(row.Time(9));
  decision.set_requisition("requisitions/" + row.String(10));
  decision.set_candidate("candidates/" + row.String(11));
  stored.inputs = row.Bytes(6);
  return stored;
}

absl::StatusOr<DecisionRow> One(const Query& query, Tx& tx, std::string_view application, std::string_view id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {tx.tenant(), application, id}));
  if (rows.empty()) return runtime::NotFound(DecisionName(application, id));
  return RowOf(rows[0]);
}

std::string DocumentOf(v1::Decision decision) {
  runtime::ClearPersonal(decision);
  decision.clear_uid();
  decision.clear_etag();
  decision.clear_canonical_json();
  decision.clear_canonical_digest();
  return runtime::SerializeDeterministic(decision);
}

std::string PersonalPartOf(const v1::Decision& decision) {
  v1::Decision part;
  if (decision.has_signature()) part.mutable_signature()->set_reason(decision.signature().reason());
  if (decision.has_override()) {
    part.mutable_override()->set_rationale(decision.override().rationale());
    part.mutable_override()->set_confirm_reason(decision.override().confirm_reason());
  }
  part.set_void_reason(decision.void_reason());
  return part.SerializeAsString();
}

}  // namespace

std::string DecisionName(std::string_view application, std::string_view id) {
  return fmt::format("applications/{}/decisions/{}", application, id);
}

const std::vector<std::string>& StandingStates() {
  static const std::vector<std::string> states = {"PROPOSED", "SIGNED", "OVERRIDDEN"};
  return states;
}

absl::Status InsertDecision(Tx& tx, const DecisionRow& row) {
  const v1::Decision& decision = row.decision;
  const absl::StatusOr<int> inserted =
      tx.Execute(kInsert, {tx.tenant(), row.application, row.id, decision.uid(), StateText(decision.state()),
                           OutcomeText(decision.recommendation()), decision.proposer(), decision.evaluation().input_digest(),
                           decision.evaluation().engine_version(), Value::Bytes(decision.canonical_json()),
                           Value::Bytes(row.inputs), Value::Bytes(DocumentOf(decision)),
                           runtime::FromTimestamp(decision.create_time())});
  if (runtime::ViolatedConstraint(inserted.status()) == "decision_pkey")
    return runtime::AlreadyExists(DecisionName(row.application, row.id));
  return inserted.status();
}

absl::Status UpdateDecision(Tx& tx, runtime::PersonalVault& vault, DecisionRow& row, std::string_view candidate) {
  const v1::Decision& decision = row.decision;
  ASSIGN_OR_RETURN(const runtime::SealedText sealed, vault.Seal(tx, CandidateKey(candidate), PersonalPartOf(decision)));
  ++row.version;
  row.decision.set_etag(EtagOf(row.version));
  ASSIGN_OR_RETURN(const int updated,
                   tx.Execute(kUpdate, {tx.tenant(), row.application, row.id, row.version, StateText(decision.state()),
                                        OutcomeText(decision.final_outcome()), decision.signature().signer(),
                                        Value::Bytes(DocumentOf(decision)), sealed.key_id, Value::Bytes(sealed.ciphertext),
                                        runtime::FromTimestamp(decision.update_time())}));
  if (updated != 1) return runtime::EtagMismatch(decision.name());
  return absl::OkStatus();
}

absl::StatusOr<DecisionRow> ReadDecision(Tx& tx, std::string_view application, std::string_view id) {
  return One(kRead, tx, application, id);
}

absl::StatusOr<DecisionRow> LockDecision(Tx& tx, std::string_view application, std::string_view id) {
  return One(kLock, tx, application, id);
}

const runtime::FilterFields& DecisionFields() {
  using runtime::FilterType;
  static const runtime::FilterFields fields{
      {"state", runtime::EnumField("d.state", v1::DecisionState_descriptor())},
      {"recommendation", runtime::EnumField("d.recommendation", v1::Outcome_descriptor())},
      {"final_outcome", runtime::EnumField("d.final_outcome", v1::Outcome_descriptor())},
      {"requisition", {"a.requisition", FilterType::kName}},
      {"candidate", {"a.candidate", FilterType::kName}},
      {"binding", {"(d.state IN ('SIGNED', 'OVERRIDDEN'))", FilterType::kBool}},
      {"create_time", {"d.create_time", FilterType::kTime}},
      {"update_time", {"d.update_time", FilterType::kTime}}};
  return fields;
}

absl::StatusOr<std::vector<DecisionRow>> ListDecisions(Tx& tx, const DecisionFilter& filter,
                                                       const std::vector<std::string>& after, int limit) {
  const bool first = after.size() != 3;
  const Value none{std::nullopt};
  std::vector<Value> parameters = {tx.tenant(), first ? none : Value(after[0]), first ? none : Value(after[1]),
                                   first ? none : Value(after[2]), limit, filter.application};
  parameters.insert(parameters.end(), filter.filter.parameters.begin(), filter.filter.parameters.end());
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList.Where(filter.filter.where), parameters));
  std::vector<DecisionRow> decisions;
  for (const Row row : rows) decisions.push_back(RowOf(row));
  return decisions;
}

std::vector<std::string> PageKeyOf(const DecisionRow& row) {
  return {runtime::ToText(runtime::FromTimestamp(row.decision.create_time())), row.application, row.id};
}

absl::StatusOr<std::vector<SupersededDecision>> SupersedeDecisions(Tx& tx, std::string_view application,
                                                                   const std::vector<std::string>& states,
                                                                   std::string_view keep, std::string_view end_reason,
                                                                   std::string_view superseded_by, runtime::Instant now) {
  v1::Decision patch;
  patch.set_end_reason(std::string(end_reason));
  patch.set_superseded_by(std::string(superseded_by));
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kSupersede, {tx.tenant(), application, Value::Array(states), keep, now,
                                                        Value::Bytes(patch.SerializeAsString())}));
  std::vector<SupersededDecision> superseded;
  for (const Row row : rows) superseded.push_back({DecisionName(application, row.Text(0)), row.Int64(1)});
  return superseded;
}

absl::Status AddDecisionTexts(Tx& tx, runtime::PersonalVault& vault, std::vector<DecisionRow*> rows) {
  if (rows.empty()) return absl::OkStatus();
  std::vector<std::string> applications, ids;
  for (const DecisionRow* row : rows) {
    applications.push_back(row->application);
    ids.push_back(row->id);
  }
  ASSIGN_OR_RETURN(const Rows found, tx.Run(kTexts, {tx.tenant(), Value::Array(applications), Value::Array(ids)}));
  for (const Row row : found) {
    const absl::StatusOr<std::string> opened = vault.Open(tx, {row.String(1), row.Bytes(2)});
    if (absl::IsNotFound(opened.status())) continue;  // erased with the candidate
    RETURN_IF_ERROR(opened.status());
    v1::Decision part;
    part.ParseFromString(*opened);
    rows[row.Int64(0) - 1]->decision.MergeFrom(part);
  }
  return absl::OkStatus();
}

}  // namespace assay::scoring
