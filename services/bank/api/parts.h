#pragma once

#include <string>

#include "services/bank/api/kit_catalogues.h"
#include "services/bank/api/question_cache.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/mutation.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// What the bank's handlers share; owned by main.
struct BankParts {
  runtime::Pool& pool;
  runtime::Mutator& mutator;
  runtime::PageTokens& pages;
  runtime::CursorCodec& cursors;
  QuestionCache& cache;
  KitCatalogues& catalogues;
};

// What a change of a question makes stale in memory.
void ForgetQuestion(BankParts& parts, const std::string& tenant, const std::string& id);

}  // namespace assay::bank
