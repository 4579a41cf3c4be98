#include "services/scoring/api/judged_content_cache.h"

#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/bank_copy_store.h"

namespace assay::scoring {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kKeep{60};
constexpr size_t kMaxEntries = 10'000;

absl::StatusOr<JudgedContent> Read(runtime::Tx& tx, const std::string& kit_hash, const std::string& policy) {
  KitFacts kit;
  if (!kit_hash.empty()) {
    ASSIGN_OR_RETURN(const bank::v1::Kit copy, ReadKitCopy(tx, kit_hash));
    kit = FactsFromKit(copy);
  }
  bank::v1::Policy judged_by;
  if (!policy.empty()) {
    ASSIGN_OR_RETURN(const bank::v1::CatalogPolicy copy, ReadPolicyCopy(tx, policy));
    judged_by = copy.policy();
  }
  ASSIGN_OR_RETURN(const std::vector<bank::v1::CatalogFlagDefinition> copies, ReadFlagDefinitionCopies(tx));
  std::vector<bank::v1::FlagDefinition> flags;
  for (const auto& copy : copies) flags.push_back(copy.flag_definition());
  return Judge(std::move(kit), judged_by, flags);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const JudgedContent>> JudgedContentCache::Get(runtime::Tx& tx, const std::string& kit_hash,
                                                                             const std::string& policy, bool fresh) {
  const std::string key = tx.tenant() + "\n" + kit_hash + "\n" + policy;
  const auto now = steady_clock::now();
  if (!fresh) {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end() && found->second.until > now) return found->second.content;
  }
  ASSIGN_OR_RETURN(JudgedContent content, Read(tx, kit_hash, policy));
  auto shared = std::make_shared<const JudgedContent>(std::move(content));
  std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_[key] = {shared, now + kKeep};
  return shared;
}

}  // namespace assay::scoring
