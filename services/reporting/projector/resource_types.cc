#include "services/reporting/projector/resource_types.h"

#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/scoring/v1/application_service.pb.h"
#include "assay/scoring/v1/candidate_service.pb.h"
#include "assay/scoring/v1/decision_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "assay/scoring/v1/requisition_service.pb.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"

namespace assay::reporting {
namespace {

// The method's name as a template argument.
template <size_t N>
struct MethodName {
  constexpr MethodName(const char (&text)[N]) { std::copy_n(text, N, value); }  // NOLINT(google-explicit-constructor)
  char value[N];
};

template <MethodName kMethod, typename Request, typename Resource>
absl::StatusOr<std::shared_ptr<const google::protobuf::Message>> Fetch(const runtime::Client& client, const std::string& name,
                                                                       const runtime::CallOptions& options) {
  Request request;
  request.set_name(name);
  ASSIGN_OR_RETURN(Resource resource, client.Call<Resource>(kMethod.value, request, options));
  return std::make_shared<const Resource>(std::move(resource));
}

const ResourceType kTypes[] = {
    {"scoring", "candidates/*", "candidate", false,
     Fetch<"assay.scoring.v1.CandidateService/GetCandidate", scoring::v1::GetCandidateRequest, scoring::v1::Candidate>},
    {"scoring", "requisitions/*", "requisition", false,
     Fetch<"assay.scoring.v1.RequisitionService/GetRequisition", scoring::v1::GetRequisitionRequest, scoring::v1::Requisition>},
    {"scoring", "applications/*", "application", false,
     Fetch<"assay.scoring.v1.ApplicationService/GetApplication", scoring::v1::GetApplicationRequest, scoring::v1::Application>},
    {"scoring", "interviewers/*", "interviewer", false,
     Fetch<"assay.scoring.v1.InterviewService/GetInterviewer", scoring::v1::GetInterviewerRequest, scoring::v1::Interviewer>},
    {"scoring", "interviews/*", "interview", false,
     Fetch<"assay.scoring.v1.InterviewService/GetInterview", scoring::v1::GetInterviewRequest, scoring::v1::Interview>},
    {"scoring", "interviews/*/scorecards/*", "scorecard", false,
     Fetch<"assay.scoring.v1.ScorecardService/GetScorecard", scoring::v1::GetScorecardRequest, scoring::v1::Scorecard>},
    {"scoring", "applications/*/flags/*", "flag", false,
     Fetch<"assay.scoring.v1.ScorecardService/GetFlag", scoring::v1::GetFlagRequest, scoring::v1::Flag>},
    {"scoring", "applications/*/decisions/*", "decision", false,
     Fetch<"assay.scoring.v1.DecisionService/GetDecision", scoring::v1::GetDecisionRequest, scoring::v1::Decision>},
    {"bank", "competencies/*", "competency", true,
     Fetch<"assay.bank.v1.CatalogService/GetCompetency", bank::v1::GetCompetencyRequest, bank::v1::CatalogCompetency>},
    {"bank", "flagDefinitions/*", "flag-definition", true,
     Fetch<"assay.bank.v1.CatalogService/GetFlagDefinition", bank::v1::GetFlagDefinitionRequest, bank::v1::CatalogFlagDefinition>},
    {"bank", "roleGuides/*", "role-guide", true,
     Fetch<"assay.bank.v1.CatalogService/GetRoleGuide", bank::v1::GetRoleGuideRequest, bank::v1::CatalogRoleGuide>},
    {"bank", "policies/*", "policy", false,
     Fetch<"assay.bank.v1.CatalogService/GetPolicy", bank::v1::GetPolicyRequest, bank::v1::CatalogPolicy>},
};

}  // namespace

const ResourceType* TypeOf(std::string_view feed, const std::string& resource) {
  for (const ResourceType& type : kTypes) {
    if (type.feed == feed && runtime::MatchesName(type.pattern, resource)) return &type;
  }
  return nullptr;
}

std::string StoredName(const ResourceType& type, const std::string& resource) {
  return type.newest_only ? resource.substr(0, resource.find('@')) : resource;
}

}  // namespace assay::reporting
