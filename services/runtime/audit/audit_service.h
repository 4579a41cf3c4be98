#pragma once

#include "absl/status/statusor.h"
#include "services/runtime/audit/audit.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/paging/page_token.h"
#include "services/runtime/rpc/service.h"

namespace assay::runtime {

// Recomputes the tenant's whole chain in pages of a transaction each. Entries appended meanwhile are not looked at.
absl::StatusOr<ChainFinding> VerifyChain(Pool& pool, const std::string& tenant, Deadline deadline);

// Binds ListAuditEntries and VerifyAuditChain of "assay.runtime.v1.AuditService". The references must outlive the service.
void AddAuditService(Service& service, Pool& pool, PersonalVault& vault, const PageTokens& tokens);

}  // namespace assay::runtime
