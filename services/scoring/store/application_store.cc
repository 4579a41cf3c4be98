#include "services/scoring/store/application_store.h"

#include "services/scoring/store/document_sql.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using runtime::Value;

const DocumentQueries kQueries{
    ASSAY_DOCUMENT_READ("application"),
    ASSAY_DOCUMENT_LOCK("application"),
    ASSAY_DOCUMENT_BATCH("application"),
    {"application_insert", R"sql(
      INSERT INTO application (tenant, id, uid, version, state, document, create_time, update_time, candidate, requisition)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    )sql"},
    {"application_update", R"sql(
      UPDATE application SET version = $3, state = $4, document = $5, update_time = $6, candidate = $7, requisition = $8
      WHERE tenant = $1 AND id = $2 AND version = $3 - 1
    )sql"},
    {"application_list", ASSAY_DOCUMENT_COLUMNS R"sql(application
      WHERE tenant = $1 AND ($2::timestamptz IS NULL OR (create_time, id) < ($2::timestamptz, $3::text))
        AND {filter}
      ORDER BY create_time DESC, id DESC LIMIT $4
    )sql"},
};

std::vector<Value> Columns(const google::protobuf::Message& message) {
  const auto& application = static_cast<const v1::Application&>(message);
  return {IdOf(application.candidate()), IdOf(application.requisition())};
}

const runtime::FilterFields& Fields() {
  static const runtime::FilterFields fields{
      {"state", runtime::EnumField("application.state", v1::ApplicationState_descriptor())},
      {"candidate", {"application.candidate", runtime::FilterType::kName}},
      {"requisition", {"application.requisition", runtime::FilterType::kName}},
      ASSAY_DOCUMENT_FIELDS("application")};
  return fields;
}

}  // namespace

const Documents<v1::Application>& Applications() {
  static const Documents<v1::Application> documents({"application", "applications", &kQueries, Columns, "create_time", Fields});
  return documents;
}

}  // namespace assay::scoring
