#include "services/bank/api/parts.h"

namespace assay::bank {

absl::StatusOr<std::shared_ptr<const KitCatalogue>> KitCatalogues::Get(const std::string& tenant, const Load& load) {
  uint64_t epoch = 0;
  {
    std::lock_guard lock(mutex_);
    if (const auto found = by_tenant_.find(tenant); found != by_tenant_.end()) return found->second;
    epoch = epochs_[tenant];
  }
  absl::StatusOr<std::shared_ptr<const KitCatalogue>> loaded = load();
  if (!loaded.ok()) return loaded;
  std::lock_guard lock(mutex_);
  // Kept only if nothing changed while it was read.
  if (epochs_[tenant] == epoch) by_tenant_[tenant] = *loaded;
  return loaded;
}

void KitCatalogues::Forget(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  ++epochs_[tenant];
  by_tenant_.erase(tenant);
}

void ForgetQuestion(BankParts& parts, const std::string& tenant, const std::string& id) {
  parts.cache.Forget(tenant, "questions/" + id);
  parts.catalogues.Forget(tenant);
}

}  // namespace assay::bank
