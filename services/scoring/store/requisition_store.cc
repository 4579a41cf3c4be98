#include "services/scoring/store/requisition_store.h"

#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/document_sql.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Value;

const DocumentQueries kQueries{
    ASSAY_DOCUMENT_READ("requisition"),
    ASSAY_DOCUMENT_LOCK("requisition"),
    ASSAY_DOCUMENT_BATCH("requisition"),
    {"requisition_insert", R"sql(
      INSERT INTO requisition (tenant, id, uid, version, state, document, create_time, update_time, role, policy)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    )sql"},
    {"requisition_update", R"sql(
      UPDATE requisition SET version = $3, state = $4, document = $5, update_time = $6, role = $7, policy = $8
      WHERE tenant = $1 AND id = $2 AND version = $3 - 1
    )sql"},
    {"requisition_list", ASSAY_DOCUMENT_COLUMNS R"sql(requisition
      WHERE tenant = $1 AND ($2::timestamptz IS NULL OR (create_time, id) < ($2::timestamptz, $3::text))
        AND {filter}
      ORDER BY create_time DESC, id DESC LIMIT $4
    )sql"},
};

const Query kHasSubmittedCard{"requisition_has_submitted_card", R"sql(
  SELECT EXISTS (
    SELECT 1 FROM application a
    JOIN scorecard s ON s.tenant = a.tenant AND s.application = a.id AND s.state <> 'DRAFT'
    WHERE a.tenant = $1 AND a.requisition = $2)
)sql"};

std::vector<Value> Columns(const google::protobuf::Message& message) {
  const auto& requisition = static_cast<const v1::Requisition&>(message);
  return {requisition.role(), requisition.policy()};
}

const runtime::FilterFields& Fields() {
  static const runtime::FilterFields fields{
      {"state", runtime::EnumField("requisition.state", v1::RequisitionState_descriptor())},
      {"role", {"requisition.role", runtime::FilterType::kName}},
      {"policy", {"requisition.policy", runtime::FilterType::kText}},
      ASSAY_DOCUMENT_FIELDS("requisition")};
  return fields;
}

}  // namespace

const Documents<v1::Requisition>& Requisitions() {
  static const Documents<v1::Requisition> documents({"requisition", "requisitions", &kQueries, Columns, "create_time", Fields});
  return documents;
}

absl::StatusOr<bool> HasSubmittedCard(runtime::Tx& tx, std::string_view requisition_id) {
  ASSIGN_OR_RETURN(const runtime::Rows rows, tx.Run(kHasSubmittedCard, {tx.tenant(), requisition_id}));
  return rows[0].Bool(0);
}

}  // namespace assay::scoring
