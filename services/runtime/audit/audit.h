#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// One entry of the tenant's chain (assay.runtime.v1.AuditEntry without what the chain adds).
struct AuditRecord {
  std::string category = "write";  // write, read, privileged, break-glass, export, privacy
  std::string resource;
  std::string reason;
  std::string request_id;
};

// Appends to the tenant's hash chain within the transaction. It locks the tenant's head row until the commit, so it is the
// last thing a transaction does.
absl::Status AppendAudit(Tx& tx, const RequestContext& context, const std::vector<AuditRecord>& records);

}  // namespace assay::runtime
