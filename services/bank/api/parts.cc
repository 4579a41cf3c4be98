#include "services/bank/api/parts.h"

namespace assay::bank {

void ForgetQuestion(BankParts& parts, const std::string& tenant, const std::string& id) {
  parts.cache.Forget(tenant, "questions/" + id);
  parts.catalogues.QuestionsChanged(tenant, {id});
}

}  // namespace assay::bank
