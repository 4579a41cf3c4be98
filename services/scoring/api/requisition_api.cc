#include <algorithm>

#include "assay/scoring/v1/requisition_service.pb.h"
#include "services/scoring/api/bank_content.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/resource_api.h"
#include "services/scoring/api/standard_methods.h"
#include "services/scoring/api/time_zones.h"
#include "services/scoring/domain/requisition_rules.h"
#include "services/scoring/store/bank_copy_store.h"
#include "services/scoring/store/interview_store.h"
#include "services/scoring/store/requisition_store.h"

namespace assay::scoring {
namespace {

namespace pb = ::assay::scoring::v1;

constexpr char kKitField[] = "requisition.stages.kit_plan";

ResourceRules Rules() {
  return {.list = {.fields = {"jurisdiction", "target_level"},
                   .order = "create_time desc"},
          .fixed = {{"role", "cannot change; open another requisition"}},
          .created = runtime::v1::EVENT_TYPE_REQUISITION_CREATED,
          .updated = runtime::v1::EVENT_TYPE_REQUISITION_UPDATED};
}

// Pins what the policy says of the requisition.
void PinPolicy(const bank::v1::CatalogPolicy& policy, pb::Requisition& requisition) {
  requisition.set_policy(policy.name());
  requisition.set_peer_visibility(policy.policy().peer_visibility() == bank::v1::PEER_VISIBILITY_UNSPECIFIED
                                      ? bank::v1::PEER_VISIBILITY_AFTER_OWN
                                      : policy.policy().peer_visibility());
  requisition.set_earlier_rounds_visible(policy.policy().earlier_rounds_visible());
}

absl::Status KeepKits(runtime::Tx& tx, const std::vector<bank::v1::Kit>& kits) {
  for (const bank::v1::Kit& kit : kits) RETURN_IF_ERROR(CopyKit(tx, kit));
  return absl::OkStatus();
}

// Job openings.
class RequisitionApi final : public ResourceApi<pb::Requisition> {
 public:
  explicit RequisitionApi(ScoringParts& parts) : ResourceApi(parts, Requisitions(), Rules()), bank_(parts) {}

  absl::StatusOr<pb::Requisition> Close(const Context& context, const pb::CloseRequisitionRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_REQUISITION_UPDATED, [&](runtime::WriteTx& write, Row& row) {
      AuditReason(write, request.name(), request.reason());
      return CloseRequisition(row.message, runtime::ToTimestamp(parts().clock.Now()));
    });
  }

  absl::StatusOr<pb::Requisition> Reopen(const Context& context, const pb::ReopenRequisitionRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_REQUISITION_UPDATED, [&](runtime::WriteTx& write, Row& row) {
      AuditReason(write, request.name(), request.reason());
      return ReopenRequisition(row.message);
    });
  }

 private:
  static void AuditReason(runtime::WriteTx& write, const std::string& name, const std::string& reason) {
    write.Audit({.category = "write", .resource = name, .reason = reason, .request_id = {}, .subject = {}});
  }

  absl::StatusOr<Prepare> PlanCreate(const Context& context, const pb::Requisition& wanted) override {
    RETURN_IF_ERROR(CheckRequisition(wanted, TimeZoneExists));
    ASSIGN_OR_RETURN(const JudgingBasis basis, bank_.Basis(context, wanted.role(), wanted.policy()));
    ASSIGN_OR_RETURN(const std::vector<bank::v1::Kit> kits, bank_.Kits(context, kKitField, KitsOfStages(wanted)));
    return [this, basis, kits](runtime::WriteTx& write, Row& row) -> absl::Status {
      PinPolicy(basis.policy, row.message);
      row.message.set_state(pb::REQUISITION_STATE_OPEN);
      RETURN_IF_ERROR(KeepKits(write.tx(), kits));
      return BankContent::Keep(write.tx(), basis, parts().clock.Now());
    };
  }

  // The policy is resolved anew only where the update names another one.
  absl::StatusOr<Change> PlanUpdate(const Context& context, const std::string& id, const pb::Requisition& wanted,
                                    const google::protobuf::FieldMask& mask) override {
    ASSIGN_OR_RETURN(const Row current, (InRead<Row>(context, [&](runtime::Tx& tx) { return documents().Read(tx, id); })));
    pb::Requisition planned = current.message;
    ASSIGN_OR_RETURN(const auto changed, ApplyUpdate(wanted, mask, {{"role", Rules().fixed.at("role")}}, "requisition.", planned));
    RETURN_IF_ERROR(CheckRequisition(planned, TimeZoneExists));
    JudgingBasis basis;
    if (planned.policy() != current.message.policy()) {
      ASSIGN_OR_RETURN(basis, bank_.Basis(context, planned.role(), planned.policy()));
    }
    ASSIGN_OR_RETURN(const std::vector<bank::v1::Kit> kits, bank_.Kits(context, kKitField, KitsOfStages(planned)));
    return [this, basis, kits, asked = planned.policy()](runtime::WriteTx& write, const pb::Requisition& before,
                                                         Row& row) -> absl::Status {
      // Somebody else changed the requisition since the plan was made.
      if (row.message.policy() != asked) return runtime::EtagMismatch(before.name());
      RETURN_IF_ERROR(CheckRequisition(row.message, TimeZoneExists));
      ASSIGN_OR_RETURN(const std::vector<std::string> used, StagesWithInterviews(write.tx(), row.id));
      RETURN_IF_ERROR(CheckStageChange(before, row.message, used));
      RETURN_IF_ERROR(KeepKits(write.tx(), kits));
      if (asked == before.policy()) return absl::OkStatus();
      PinPolicy(basis.policy, row.message);
      ASSIGN_OR_RETURN(const bool has_card, HasSubmittedCard(write.tx(), row.id));
      RETURN_IF_ERROR(CheckPolicyChange(before, row.message, has_card));
      return BankContent::Keep(write.tx(), basis, parts().clock.Now());
    };
  }

  BankContent bank_;
};

}  // namespace

void BindRequisitions(runtime::Service& service, ScoringParts& parts) {
  const auto api = std::make_shared<RequisitionApi>(parts);
  ASSAY_BIND_STANDARD(service, api, pb, Requisition, Requisitions);
  service.Unary<pb::CloseRequisitionRequest, pb::Requisition>(
      "CloseRequisition", [api](const auto& context, const auto& request) { return api->Close(context, request); });
  service.Unary<pb::ReopenRequisitionRequest, pb::Requisition>(
      "ReopenRequisition", [api](const auto& context, const auto& request) { return api->Reopen(context, request); });
}

}  // namespace assay::scoring
