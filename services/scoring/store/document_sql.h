#pragma once

// The statements that are the same for every table of documents (DocumentQueries); to be pasted between literals.
#define ASSAY_DOCUMENT_COLUMNS "SELECT id, uid, version, document, create_time, update_time FROM "
#define ASSAY_DOCUMENT_READ(table) {table "_read", ASSAY_DOCUMENT_COLUMNS table " WHERE tenant = $1 AND id = $2"}
#define ASSAY_DOCUMENT_LOCK(table) {table "_lock", ASSAY_DOCUMENT_COLUMNS table " WHERE tenant = $1 AND id = $2 FOR UPDATE"}
// The fields of a filter that every table of documents has, as entries of FilterFields.
#define ASSAY_DOCUMENT_FIELDS(table)                                                                                     \
  {"create_time", {table ".create_time", runtime::FilterType::kTime}},                                                   \
      {"update_time", {table ".update_time", runtime::FilterType::kTime}}, {                                             \
    "external_ids.system", {                                                                                             \
      "ARRAY(SELECT e.system FROM external_id e WHERE e.tenant = $1 AND e.type = '" table "' AND e.id = " table ".id)",  \
          runtime::FilterType::kTextArray                                                                                \
    }                                                                                                                    \
  }
#define ASSAY_DOCUMENT_BATCH(table) {table "_batch", ASSAY_DOCUMENT_COLUMNS table " WHERE tenant = $1 AND id = ANY($2::text[])"}
