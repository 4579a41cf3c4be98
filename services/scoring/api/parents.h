#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/runtime/base/error.h"
#include "services/scoring/store/document_store.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {

// Reads what `field` refers to by `name`. PARENT_NOT_FOUND.
template <typename Message>
absl::StatusOr<Message> ReadParent(runtime::Tx& tx, const Documents<Message>& documents, const std::string& field,
                                   const std::string& name) {
  absl::StatusOr<Stored<Message>> row = documents.Read(tx, IdOf(name));
  if (absl::IsNotFound(row.status())) return runtime::ParentNotFound(field, name);
  if (!row.ok()) return row.status();
  return std::move(row->message);
}

}  // namespace assay::scoring
