#include "services/scoring/store/candidate_store.h"

#include "services/scoring/store/document_sql.h"
#include "services/scoring/store/personal_store.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Value;

const DocumentQueries kQueries{
    ASSAY_DOCUMENT_READ("candidate"),
    ASSAY_DOCUMENT_LOCK("candidate"),
    ASSAY_DOCUMENT_BATCH("candidate"),
    {"candidate_insert", R"sql(
      INSERT INTO candidate (tenant, id, uid, version, state, document, create_time, update_time, legal_hold)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    )sql"},
    {"candidate_update", R"sql(
      UPDATE candidate SET version = $3, state = $4, document = $5, update_time = $6, legal_hold = $7
      WHERE tenant = $1 AND id = $2 AND version = $3 - 1
    )sql"},
    {"candidate_list", ASSAY_DOCUMENT_COLUMNS R"sql(candidate
      WHERE tenant = $1 AND ($2::timestamptz IS NULL OR (create_time, id) < ($2::timestamptz, $3::text))
        AND {filter}
      ORDER BY create_time DESC, id DESC LIMIT $4
    )sql"},
};

const PersonalQueries kPersonal{
    {"candidate_personal_write", R"sql(
      INSERT INTO candidate_personal (tenant, id, key_id, ciphertext) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant, id) DO UPDATE SET key_id = EXCLUDED.key_id, ciphertext = EXCLUDED.ciphertext
    )sql"},
    {"candidate_personal_read", R"sql(
      SELECT id, key_id, ciphertext FROM candidate_personal WHERE tenant = $1 AND id = ANY($2::text[])
    )sql"},
};

std::vector<Value> Columns(const google::protobuf::Message& message) {
  return {static_cast<const v1::Candidate&>(message).legal_hold()};
}

const runtime::FilterFields& Fields() {
  static const runtime::FilterFields fields{
      {"state", runtime::EnumField("candidate.state", v1::CandidateState_descriptor())},
      {"legal_hold", {"candidate.legal_hold", runtime::FilterType::kBool}},
      ASSAY_DOCUMENT_FIELDS("candidate")};
  return fields;
}

}  // namespace

const Documents<v1::Candidate>& Candidates() {
  static const Documents<v1::Candidate> documents({"candidate", "candidates", &kQueries, Columns, "create_time", Fields});
  return documents;
}

absl::Status WriteCandidatePersonal(runtime::Tx& tx, runtime::PersonalVault& vault, const Stored<v1::Candidate>& row) {
  return WritePersonal(kPersonal, tx, vault, row.message.name(), row.id, row.message);
}

absl::Status AddCandidatePersonal(runtime::Tx& tx, runtime::PersonalVault& vault, std::vector<Stored<v1::Candidate>>& rows) {
  return AddPersonal(kPersonal, tx, vault, rows);
}

}  // namespace assay::scoring
