#pragma once

#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/mutation.h"
#include "services/runtime/paging/page_token.h"
#include "services/runtime/rpc/service.h"
#include "services/scoring/api/bank_client.h"

namespace assay::runtime {
class ReadAuditor;
}

namespace assay::scoring {

// What the handlers of this service stand on. Outlives every service bound to it.
struct ScoringParts {
  runtime::Mutator& mutator;
  runtime::Pool& pool;
  runtime::PersonalVault& vault;
  runtime::PageTokens& pages;
  runtime::CursorCodec& cursors;
  BankClient& bank;
  runtime::ReadAuditor* reads;  // null = reads are not audited
  const runtime::Clock& clock;
};

// Each binds the handlers of one service of the contract; `parts` is kept by reference.
void BindCandidates(runtime::Service& service, ScoringParts& parts);
void BindRequisitions(runtime::Service& service, ScoringParts& parts);
void BindApplications(runtime::Service& service, ScoringParts& parts);
void BindInterviews(runtime::Service& service, ScoringParts& parts);
void BindDecisions(runtime::Service& service, ScoringParts& parts);

}  // namespace assay::scoring
