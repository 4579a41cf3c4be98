#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "cli/session.h"

namespace assay::cli {

// Sends a document to PackService.ImportPack in chunks.
absl::StatusOr<bank::v1::ImportReport> SendDocument(Session& session, const std::string& token, const bank::v1::ImportHeader& header,
                                                    const std::string& bytes);

// Loads a pack from a file or directory and imports and publishes it.
absl::StatusOr<bank::v1::ImportReport> SendPack(Session& session, const std::string& token, const std::string& path);

}  // namespace assay::cli
