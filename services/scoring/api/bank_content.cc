#include "services/scoring/api/bank_content.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/bank_copy_store.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::Tx;

// The bank cannot answer now; a copy may.
bool Away(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

template <typename T>
absl::StatusOr<T> FromCopies(ScoringParts& parts, const RequestContext& context,
                             const std::function<absl::StatusOr<T>(Tx&)>& read) {
  return runtime::Transact<T>(parts.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline, read);
}

// The bank's answer; where the bank is away the copy; where there is none, that the bank is away.
template <typename T>
absl::StatusOr<T> OrCopy(ScoringParts& parts, const RequestContext& context, absl::StatusOr<T> answer,
                         const std::function<absl::StatusOr<T>(Tx&)>& read) {
  if (answer.ok() || !Away(answer.status())) return answer;
  absl::StatusOr<T> copy = FromCopies<T>(parts, context, read);
  return absl::IsNotFound(copy.status()) ? answer : copy;
}

absl::Status UnknownRole(const std::string& role, const std::vector<bank::v1::CatalogRoleGuide>& known) {
  std::string names;
  for (const bank::v1::CatalogRoleGuide& guide : known) names += (names.empty() ? "" : ", ") + guide.role_guide().id();
  return runtime::Error(runtime::v1::ERROR_REASON_UNKNOWN_ROLE,
                        fmt::format("role: no role guide \"{}\"; known: {}", role, names.empty() ? "none" : names),
                        {{"role", role}});
}

}  // namespace

absl::StatusOr<bank::v1::CatalogRoleGuide> BankContent::RoleGuide(const RequestContext& context, const std::string& role) {
  const std::string name = "roleGuides/" + role;
  absl::StatusOr<bank::v1::CatalogRoleGuide> guide = parts_.bank.GetRoleGuide(context, name);
  if (absl::IsNotFound(guide.status())) {
    ASSIGN_OR_RETURN(const auto known, parts_.bank.ListRoleGuides(context));
    return UnknownRole(role, known);
  }
  return OrCopy<bank::v1::CatalogRoleGuide>(parts_, context, std::move(guide),
                                            [&](Tx& tx) { return ReadRoleGuideCopy(tx, name); });
}

absl::StatusOr<bank::v1::CatalogPolicy> BankContent::Policy(const RequestContext& context, const std::string& name) {
  absl::StatusOr<bank::v1::CatalogPolicy> policy = parts_.bank.GetPolicy(context, name);
  if (absl::IsNotFound(policy.status())) return runtime::ParentNotFound("requisition.policy", name);
  return OrCopy<bank::v1::CatalogPolicy>(parts_, context, std::move(policy), [&](Tx& tx) { return ReadPolicyCopy(tx, name); });
}

absl::StatusOr<JudgingBasis> BankContent::Basis(const RequestContext& context, const std::string& role,
                                                const std::string& policy) {
  JudgingBasis basis;
  ASSIGN_OR_RETURN(basis.role_guide, RoleGuide(context, role));
  const std::string& of_role = basis.role_guide.role_guide().policy();
  if (policy.empty() && of_role.empty()) {
    return runtime::InvalidField("requisition.policy", fmt::format("role {} has no policy of its own; name one", role));
  }
  ASSIGN_OR_RETURN(basis.policy, Policy(context, policy.empty() ? "policies/" + of_role : policy));
  ASSIGN_OR_RETURN(basis.flags, OrCopy<std::vector<bank::v1::CatalogFlagDefinition>>(
                                    parts_, context, parts_.bank.ListFlagDefinitions(context),
                                    [](Tx& tx) { return ReadFlagDefinitionCopies(tx); }));
  return basis;
}

absl::StatusOr<bank::v1::Kit> BankContent::Kit(const RequestContext& context, const std::string& field, const std::string& name) {
  absl::StatusOr<bank::v1::Kit> kit =
      FromCopies<bank::v1::Kit>(parts_, context, [&](Tx& tx) { return ReadKitCopyByName(tx, name); });
  if (!absl::IsNotFound(kit.status())) return kit;
  kit = parts_.bank.GetKit(context, name);
  if (absl::IsNotFound(kit.status())) return runtime::ParentNotFound(field, name);
  return kit;
}

absl::StatusOr<std::vector<bank::v1::Kit>> BankContent::Kits(const RequestContext& context, const std::string& field,
                                                             const std::vector<std::string>& names) {
  std::vector<bank::v1::Kit> kits;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(bank::v1::Kit kit, Kit(context, field, name));
    kits.push_back(std::move(kit));
  }
  return kits;
}

absl::Status BankContent::Keep(Tx& tx, const JudgingBasis& basis, runtime::Instant now) {
  RETURN_IF_ERROR(CopyPolicy(tx, basis.policy, now));
  RETURN_IF_ERROR(CopyRoleGuide(tx, basis.role_guide, now));
  return CopyFlagDefinitions(tx, basis.flags, now);
}

}  // namespace assay::scoring
