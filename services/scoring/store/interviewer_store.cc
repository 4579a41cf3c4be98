#include "services/scoring/store/interviewer_store.h"

#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/document_sql.h"
#include "services/scoring/store/personal_store.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Value;

const DocumentQueries kQueries{
    ASSAY_DOCUMENT_READ("interviewer"),
    ASSAY_DOCUMENT_LOCK("interviewer"),
    ASSAY_DOCUMENT_BATCH("interviewer"),
    {"interviewer_insert", R"sql(
      INSERT INTO interviewer (tenant, id, uid, version, state, document, create_time, update_time, issuer, subject)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    )sql"},
    {"interviewer_update", R"sql(
      UPDATE interviewer SET version = $3, state = $4, document = $5, update_time = $6, issuer = $7, subject = $8
      WHERE tenant = $1 AND id = $2 AND version = $3 - 1
    )sql"},
    {"interviewer_list", ASSAY_DOCUMENT_COLUMNS R"sql(interviewer
      WHERE tenant = $1 AND ($2::timestamptz IS NULL OR (create_time, id) < ($2::timestamptz, $3::text))
        AND {filter}
      ORDER BY create_time DESC, id DESC LIMIT $4
    )sql"},
};

const Query kBySubject{"interviewer_by_subject", R"sql(
  SELECT id FROM interviewer WHERE tenant = $1 AND subject = $2 AND issuer IN ('', $3) ORDER BY id
)sql"};

const PersonalQueries kPersonal{
    {"interviewer_personal_write", R"sql(
      INSERT INTO interviewer_personal (tenant, id, key_id, ciphertext) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant, id) DO UPDATE SET key_id = EXCLUDED.key_id, ciphertext = EXCLUDED.ciphertext
    )sql"},
    {"interviewer_personal_read", R"sql(
      SELECT id, key_id, ciphertext FROM interviewer_personal WHERE tenant = $1 AND id = ANY($2::text[])
    )sql"},
};

std::vector<Value> Columns(const google::protobuf::Message& message) {
  const auto& interviewer = static_cast<const v1::Interviewer&>(message);
  return {interviewer.issuer(), interviewer.subject()};
}

const runtime::FilterFields& Fields() {
  static const runtime::FilterFields fields{
      {"state", runtime::EnumField("interviewer.state", v1::InterviewerState_descriptor())},
      {"subject", {"interviewer.subject", runtime::FilterType::kText}},
      ASSAY_DOCUMENT_FIELDS("interviewer")};
  return fields;
}

}  // namespace

const Documents<v1::Interviewer>& Interviewers() {
  static const Documents<v1::Interviewer> documents({"interviewer", "interviewers", &kQueries, Columns, "create_time", Fields});
  return documents;
}

absl::StatusOr<std::vector<std::string>> InterviewersOfSubject(runtime::Tx& tx, std::string_view issuer,
                                                               std::string_view subject) {
  ASSIGN_OR_RETURN(const runtime::Rows rows, tx.Run(kBySubject, {tx.tenant(), subject, issuer}));
  std::vector<std::string> ids;
  for (const runtime::Row row : rows) ids.push_back(row.String(0));
  return ids;
}

absl::Status WriteInterviewerPersonal(runtime::Tx& tx, runtime::PersonalVault& vault, const Stored<v1::Interviewer>& row) {
  return WritePersonal(kPersonal, tx, vault, row.message.name(), row.id, row.message);
}

absl::Status AddInterviewerPersonal(runtime::Tx& tx, runtime::PersonalVault& vault, std::vector<Stored<v1::Interviewer>>& rows) {
  return AddPersonal(kPersonal, tx, vault, rows);
}

}  // namespace assay::scoring
