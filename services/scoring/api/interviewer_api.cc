#include "services/scoring/api/interviewer_api.h"

#include "assay/scoring/v1/interview_service.pb.h"
#include "services/scoring/api/resource_api.h"
#include "services/scoring/api/standard_methods.h"
#include "services/scoring/store/interviewer_store.h"

namespace assay::scoring {
namespace {

namespace pb = ::assay::scoring::v1;

constexpr char kIdentityFixed[] = "cannot change; register another interviewer";

ResourceRules Rules() {
  return {.list = {.order = "create_time desc"},
          .fixed = {{"subject", kIdentityFixed}, {"issuer", kIdentityFixed}},
          .created = runtime::v1::EVENT_TYPE_INTERVIEWER_CREATED,
          .updated = runtime::v1::EVENT_TYPE_INTERVIEWER_UPDATED};
}

void SetState(pb::Interviewer& interviewer) {
  if (!interviewer.has_active()) interviewer.set_active(true);
  interviewer.set_state(interviewer.active() ? pb::INTERVIEWER_STATE_ACTIVE : pb::INTERVIEWER_STATE_INACTIVE);
}

// Raters.
class InterviewerApi final : public ResourceApi<pb::Interviewer> {
 public:
  explicit InterviewerApi(ScoringParts& parts) : ResourceApi(parts, Interviewers(), Rules()) {}

 private:
  absl::StatusOr<Prepare> PlanCreate(const Context&, const pb::Interviewer&) override {
    return [](runtime::WriteTx&, Row& row) {
      SetState(row.message);
      return absl::OkStatus();
    };
  }

  absl::StatusOr<Change> PlanUpdate(const Context&, const std::string&, const pb::Interviewer&,
                                    const google::protobuf::FieldMask&) override {
    return [](runtime::WriteTx&, const pb::Interviewer&, Row& row) {
      SetState(row.message);
      return absl::OkStatus();
    };
  }

  absl::Status Refused(const absl::Status& status, const Row&) const override {
    if (runtime::ViolatedConstraint(status) != "interviewer_subject") return status;
    return runtime::AlreadyExists("an interviewer with this issuer and subject");
  }

  absl::Status WritePersonal(runtime::Tx& tx, const Row& row) override {
    return WriteInterviewerPersonal(tx, parts().vault, row);
  }
  absl::Status AddPersonal(runtime::Tx& tx, std::vector<Row>& rows) override {
    return AddInterviewerPersonal(tx, parts().vault, rows);
  }
};

}  // namespace

void BindInterviewers(runtime::Service& service, ScoringParts& parts) {
  const auto api = std::make_shared<InterviewerApi>(parts);
  ASSAY_BIND_STANDARD(service, api, pb, Interviewer, Interviewers);
}

}  // namespace assay::scoring
