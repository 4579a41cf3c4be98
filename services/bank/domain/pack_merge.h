#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/domain/pack_yaml.h"

namespace assay::bank {

// What reading a document of some format yields: a pack, and what is to be said about the document.
struct ReadDocument {
  v1::Pack pack;
  v1::ImportReport report;
};

// Reads `bytes` as `format` says. `fallback_id` names the pack where the document names none. Problems of a PACK document
// come back as findings of severity ERROR; what is no such document at all is INVALID_ARGUMENT.
absl::StatusOr<ReadDocument> ReadImport(v1::PackFormat format, const std::string& bytes, const std::string& fallback_id);

// Puts the pack's id_prefix before every id and every reference to one.
void ApplyPrefix(v1::Pack& pack);

}  // namespace assay::bank
