#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "services/bank/api/question_cache.h"
#include "services/bank/domain/kit.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/mutation.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// Facts that kits are drawn from, per tenant, built on first use and forgotten when the bank changes. Thread-safe.
class KitCatalogues {
 public:
  using Load = std::function<absl::StatusOr<std::shared_ptr<const KitCatalogue>>()>;
  absl::StatusOr<std::shared_ptr<const KitCatalogue>> Get(const std::string& tenant, const Load& load);
  void Forget(const std::string& tenant);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const KitCatalogue>> by_tenant_;
  std::map<std::string, uint64_t> epochs_;
};

// What the bank's handlers share; owned by main.
struct BankParts {
  runtime::Pool& pool;
  runtime::Mutator& mutator;
  runtime::PageTokens& pages;
  runtime::CursorCodec& cursors;
  QuestionCache& cache;
  KitCatalogues& catalogues;
};

// What a change of a question or the catalogue makes stale in memory.
void ForgetQuestion(BankParts& parts, const std::string& tenant, const std::string& id);

}  // namespace assay::bank
