#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/bank/v1/catalog.pb.h"
#include "assay/scoring/v1/application.pb.h"
#include "assay/scoring/v1/candidate.pb.h"
#include "assay/scoring/v1/decision.pb.h"
#include "assay/scoring/v1/flag.pb.h"
#include "assay/scoring/v1/interview.pb.h"
#include "assay/scoring/v1/interviewer.pb.h"
#include "assay/scoring/v1/requisition.pb.h"
#include "assay/scoring/v1/scorecard.pb.h"

namespace assay::reporting {

// Everything the read model knows of one application, before anybody looks at it.
struct ReportSource {
  scoring::v1::Application application;
  scoring::v1::Candidate candidate;
  scoring::v1::Requisition requisition;
  std::vector<scoring::v1::Interview> interviews;
  // Submitted ones: drafts never reach the read model.
  std::vector<scoring::v1::Scorecard> scorecards;
  std::vector<scoring::v1::Flag> flags;
  std::vector<scoring::v1::Decision> decisions;
  // By resource name. Of every panel and card.
  std::map<std::string, scoring::v1::Interviewer> interviewers;
  // Of the bank, newest revisions by id.
  std::map<std::string, bank::v1::Competency> competencies;
  std::map<std::string, bank::v1::FlagDefinition> flags_known;
  std::map<std::string, bank::v1::RoleGuide> roles;
  // By resource name with revision, "policies/ai-engineer@1".
  std::map<std::string, bank::v1::Policy> policies;
};

}  // namespace assay::reporting
