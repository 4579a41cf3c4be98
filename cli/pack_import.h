#pragma once

#include <CLI/App.hpp>

#include <string>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "cli/session.h"

namespace assay::cli {

// Loads a pack from a file or directory and imports and publishes it.
absl::StatusOr<bank::v1::ImportReport> SendPack(Session& session, const std::string& token, const std::string& path);

// Registers `pack import` and `pack imports` below `group`.
void AddPackImport(CLI::App& group, Session& session);

}  // namespace assay::cli
