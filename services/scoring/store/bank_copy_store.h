#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/bank/v1/kit.pb.h"
#include "services/runtime/db/pool.h"

namespace assay::scoring {

// Scoring's copies of bank content, so that it judges while the bank is away. Copies are never changed: a revision and a
// content hash mean one content.

absl::Status CopyKit(runtime::Tx& tx, const bank::v1::Kit& kit);
// NOT_FOUND where it was never copied.
absl::StatusOr<bank::v1::Kit> ReadKitCopy(runtime::Tx& tx, std::string_view content_hash);
absl::StatusOr<bank::v1::Kit> ReadKitCopyByName(runtime::Tx& tx, std::string_view name);

absl::Status CopyPolicy(runtime::Tx& tx, const bank::v1::CatalogPolicy& policy, runtime::Instant now);
absl::Status CopyRoleGuide(runtime::Tx& tx, const bank::v1::CatalogRoleGuide& guide, runtime::Instant now);
absl::Status CopyFlagDefinitions(runtime::Tx& tx, const std::vector<bank::v1::CatalogFlagDefinition>& flags,
                                 runtime::Instant now);

// `policies/ai-engineer@1` exactly, or `policies/ai-engineer`: the newest copied. NOT_FOUND.
absl::StatusOr<bank::v1::CatalogPolicy> ReadPolicyCopy(runtime::Tx& tx, std::string_view name);
// `roleGuides/mlops` (newest copied) or with its revision. NOT_FOUND.
absl::StatusOr<bank::v1::CatalogRoleGuide> ReadRoleGuideCopy(runtime::Tx& tx, std::string_view name);
// `flagDefinitions/no-trade-offs`. NOT_FOUND.
absl::StatusOr<bank::v1::CatalogFlagDefinition> ReadFlagDefinitionCopy(runtime::Tx& tx, std::string_view name);
// The newest copy of each, by id.
absl::StatusOr<std::vector<bank::v1::CatalogFlagDefinition>> ReadFlagDefinitionCopies(runtime::Tx& tx);

}  // namespace assay::scoring
