#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/scoring/api/parts.h"

namespace assay::scoring {

// What a requisition judges by.
struct JudgingBasis {
  bank::v1::CatalogPolicy policy;
  bank::v1::CatalogRoleGuide role_guide;
  std::vector<bank::v1::CatalogFlagDefinition> flags;
};

// Brings bank content over: from the bank, or from our copies where the bank is away. Never called inside a transaction.
class BankContent {
 public:
  explicit BankContent(ScoringParts& parts) : parts_(parts) {}

  // Role guide, flag catalogue and the policy named (empty = the role's; without a revision = the newest). UNKNOWN_ROLE with
  // the roles there are; PARENT_NOT_FOUND for the policy; UNAVAILABLE where neither the bank nor a copy can say.
  absl::StatusOr<JudgingBasis> Basis(const runtime::RequestContext& context, const std::string& role,
                                     const std::string& policy);
  // Kits are immutable, so a copy is as good as the bank. PARENT_NOT_FOUND of `field`.
  absl::StatusOr<bank::v1::Kit> Kit(const runtime::RequestContext& context, const std::string& field, const std::string& name);
  absl::StatusOr<std::vector<bank::v1::Kit>> Kits(const runtime::RequestContext& context, const std::string& field,
                                                  const std::vector<std::string>& names);

  // Keeps what was brought over, within the transaction that refers to it.
  static absl::Status Keep(runtime::Tx& tx, const JudgingBasis& basis, runtime::Instant now);

 private:
  absl::StatusOr<bank::v1::CatalogRoleGuide> RoleGuide(const runtime::RequestContext& context, const std::string& role);
  absl::StatusOr<bank::v1::CatalogPolicy> Policy(const runtime::RequestContext& context, const std::string& name);

  ScoringParts& parts_;
};

}  // namespace assay::scoring
