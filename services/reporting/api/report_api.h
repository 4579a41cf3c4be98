#pragma once

#include "services/reporting/projector/positions.h"
#include "services/reporting/api/exposures.h"
#include "services/runtime/audit/read_auditor.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/rpc/pipeline.h"
#include "services/runtime/rpc/service.h"

namespace assay::reporting {

// What the handlers stand on; outlives them.
struct ReportingParts {
  runtime::Pool& pool;
  runtime::PersonalVault& vault;
  runtime::Executor& executor;
  Positions& positions;
  // Null = reads are not audited.
  runtime::ReadAuditor* reads;
  // Where it is recorded that someone saw peers' cards.
  Exposures& exposures;
  const runtime::Clock& clock;
};

// Binds assay.reporting.v1.ReportService.
void BindReports(runtime::Service& service, ReportingParts& parts);

}  // namespace assay::reporting
