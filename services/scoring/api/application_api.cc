#include "assay/scoring/v1/application_service.pb.h"
#include "services/scoring/api/parents.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/resource_api.h"
#include "services/scoring/api/standard_methods.h"
#include "services/scoring/domain/application_state.h"
#include "services/scoring/domain/requisition_rules.h"
#include "services/scoring/store/application_store.h"
#include "services/scoring/store/candidate_store.h"
#include "services/scoring/store/requisition_store.h"

namespace assay::scoring {
namespace {

namespace pb = ::assay::scoring::v1;

ResourceRules Rules() {
  return {.list = {.fields = {"stage"}, .order = "create_time desc"},
          .fixed = {{"candidate", "cannot change"}, {"requisition", "cannot change"}},
          .created = runtime::v1::EVENT_TYPE_APPLICATION_CREATED,
          .updated = runtime::v1::EVENT_TYPE_APPLICATION_UPDATED};
}

absl::Status CheckCandidateActive(const pb::Candidate& candidate) {
  if (candidate.state() == pb::CANDIDATE_STATE_ACTIVE) return absl::OkStatus();
  const std::string state = EnumText(candidate, "state");
  return runtime::InvalidState(candidate.name(), state, fmt::format("{} is {} and cannot apply", candidate.name(), state));
}

absl::Status CheckStage(const pb::Requisition& requisition, const std::string& stage) {
  if (FindStage(requisition, stage) != nullptr) return absl::OkStatus();
  std::string known;
  for (const pb::Stage& each : requisition.stages()) known += (known.empty() ? "" : ", ") + each.id();
  return runtime::InvalidField("application.stage", fmt::format("no stage \"{}\" in {}; there are {}", stage, requisition.name(), known));
}

// Candidates in a requisition's process.
class ApplicationApi final : public ResourceApi<pb::Application> {
 public:
  explicit ApplicationApi(ScoringParts& parts) : ResourceApi(parts, Applications(), Rules()) {}

  absl::StatusOr<pb::Application> Withdraw(const Context& context, const pb::WithdrawApplicationRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_APPLICATION_UPDATED, [&](runtime::WriteTx&, Row& row) {
      return WithdrawApplication(row.message, request.withdraw_reason(), parts().clock.Now());
    });
  }

  absl::StatusOr<pb::Application> Close(const Context& context, const pb::CloseApplicationRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_APPLICATION_UPDATED, [&](runtime::WriteTx&, Row& row) {
      return CloseApplication(row.message, request.state(), parts().clock.Now());
    });
  }

  absl::StatusOr<pb::Application> Reopen(const Context& context, const pb::ReopenApplicationRequest& request) {
    return Transition(context, request, runtime::v1::EVENT_TYPE_APPLICATION_UPDATED,
                      [&](runtime::WriteTx& write, Row& row) -> absl::Status {
                        RETURN_IF_ERROR(ReopenApplication(row.message));
                        return CheckParents(write.tx(), row.message);
                      });
  }

 private:
  static absl::Status CheckParents(runtime::Tx& tx, pb::Application& application) {
    ASSIGN_OR_RETURN(const pb::Candidate candidate,
                     ReadParent(tx, Candidates(), "application.candidate", application.candidate()));
    ASSIGN_OR_RETURN(const pb::Requisition requisition,
                     ReadParent(tx, Requisitions(), "application.requisition", application.requisition()));
    RETURN_IF_ERROR(CheckCandidateActive(candidate));
    RETURN_IF_ERROR(CheckOpen(requisition, "takes no applications"));
    if (application.stage().empty() && requisition.stages_size() > 0) application.set_stage(requisition.stages(0).id());
    return application.stage().empty() ? absl::OkStatus() : CheckStage(requisition, application.stage());
  }

  absl::StatusOr<Prepare> PlanCreate(const Context&, const pb::Application&) override {
    return [](runtime::WriteTx& write, Row& row) -> absl::Status {
      row.message.set_state(pb::APPLICATION_STATE_ACTIVE);
      return CheckParents(write.tx(), row.message);
    };
  }

  absl::StatusOr<Change> PlanUpdate(const Context&, const std::string&, const pb::Application&,
                                    const google::protobuf::FieldMask&) override {
    return [](runtime::WriteTx& write, const pb::Application& before, Row& row) -> absl::Status {
      if (row.message.stage() == before.stage()) return absl::OkStatus();
      RETURN_IF_ERROR(CheckActive(before, "be moved to another stage"));
      ASSIGN_OR_RETURN(const pb::Requisition requisition,
                       ReadParent(write.tx(), Requisitions(), "application.requisition", before.requisition()));
      return CheckStage(requisition, row.message.stage());
    };
  }

  absl::Status Refused(const absl::Status& status, const Row& row) const override {
    if (runtime::ViolatedConstraint(status) != "application_once") return status;
    return runtime::AlreadyExists(fmt::format("an application of {} to {}", row.message.candidate(), row.message.requisition()));
  }

  std::map<std::string, std::string> Related(const pb::Application& application) const override {
    return {{"candidate", application.candidate()}, {"requisition", application.requisition()}};
  }
};

}  // namespace

void BindApplications(runtime::Service& service, ScoringParts& parts) {
  const auto api = std::make_shared<ApplicationApi>(parts);
  ASSAY_BIND_STANDARD(service, api, pb, Application, Applications);
  service.Unary<pb::WithdrawApplicationRequest, pb::Application>(
      "WithdrawApplication", [api](const auto& context, const auto& request) { return api->Withdraw(context, request); });
  service.Unary<pb::CloseApplicationRequest, pb::Application>(
      "CloseApplication", [api](const auto& context, const auto& request) { return api->Close(context, request); });
  service.Unary<pb::ReopenApplicationRequest, pb::Application>(
      "ReopenApplication", [api](const auto& context, const auto& request) { return api->Reopen(context, request); });
}

}  // namespace assay::scoring
