#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"

namespace assay::cli {

// A token of the local development issuer whose key stands in `keys_dir`. `scope` is space-separated; "all" is every scope
// of every method.
absl::StatusOr<std::string> MintLocalToken(const std::string& keys_dir, const std::string& tenant, const std::string& subject,
                                           const std::string& scope, std::chrono::seconds ttl);

}  // namespace assay::cli
