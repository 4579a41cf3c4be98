#include "assay/scoring/v1/candidate_service.pb.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/resource_api.h"
#include "services/scoring/api/standard_methods.h"
#include "services/scoring/store/candidate_store.h"

namespace assay::scoring {
namespace {

namespace pb = ::assay::scoring::v1;

ResourceRules Rules() {
  return {.list = {.order = "create_time desc"},
          .created = runtime::v1::EVENT_TYPE_CANDIDATE_CREATED,
          .updated = runtime::v1::EVENT_TYPE_CANDIDATE_UPDATED};
}

// People who apply.
class CandidateApi final : public ResourceApi<pb::Candidate> {
 public:
  explicit CandidateApi(ScoringParts& parts) : ResourceApi(parts, Candidates(), Rules()) {}

 private:
  bool Sensitive() const override { return true; }

  absl::StatusOr<Prepare> PlanCreate(const Context&, const pb::Candidate&) override {
    return [](runtime::WriteTx&, Row& row) {
      row.message.set_state(pb::CANDIDATE_STATE_ACTIVE);
      return absl::OkStatus();
    };
  }

  absl::StatusOr<Change> PlanUpdate(const Context&, const std::string&, const pb::Candidate&,
                                    const google::protobuf::FieldMask&) override {
    return [](runtime::WriteTx&, const pb::Candidate& before, Row&) -> absl::Status {
      if (before.state() == pb::CANDIDATE_STATE_ACTIVE) return absl::OkStatus();
      const std::string state = EnumText(before, "state");
      return runtime::InvalidState(before.name(), state, fmt::format("{} is {} and cannot be changed", before.name(), state));
    };
  }

  absl::Status WritePersonal(runtime::Tx& tx, const Row& row) override {
    return WriteCandidatePersonal(tx, parts().vault, row);
  }
  absl::Status AddPersonal(runtime::Tx& tx, std::vector<Row>& rows) override {
    return AddCandidatePersonal(tx, parts().vault, rows);
  }
};

}  // namespace

void BindCandidates(runtime::Service& service, ScoringParts& parts) {
  const auto api = std::make_shared<CandidateApi>(parts);
  ASSAY_BIND_STANDARD(service, api, pb, Candidate, Candidates);
}

}  // namespace assay::scoring
