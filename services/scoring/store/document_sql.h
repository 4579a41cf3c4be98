#pragma once

// The statements that are the same for every table of documents (DocumentQueries); to be pasted between literals.
#define ASSAY_DOCUMENT_COLUMNS "SELECT id, uid, version, document, create_time, update_time FROM "
#define ASSAY_DOCUMENT_READ(table) {table "_read", ASSAY_DOCUMENT_COLUMNS table " WHERE tenant = $1 AND id = $2"}
#define ASSAY_DOCUMENT_LOCK(table) {table "_lock", ASSAY_DOCUMENT_COLUMNS table " WHERE tenant = $1 AND id = $2 FOR UPDATE"}
#define ASSAY_DOCUMENT_BATCH(table) {table "_batch", ASSAY_DOCUMENT_COLUMNS table " WHERE tenant = $1 AND id = ANY($2::text[])"}
