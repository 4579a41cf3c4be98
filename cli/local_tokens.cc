#include "cli/local_tokens.h"

#include <set>
#include <sstream>
#include <vector>

#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/base/status_macros.h"

namespace assay::cli {
namespace {

constexpr const char* kServices[] = {
    "assay.bank.v1.QuestionService", "assay.bank.v1.CatalogService", "assay.bank.v1.KitService", "assay.bank.v1.PackService",
    "assay.bank.v1.EventService", "assay.scoring.v1.CandidateService", "assay.scoring.v1.RequisitionService",
    "assay.scoring.v1.ApplicationService", "assay.scoring.v1.InterviewService", "assay.scoring.v1.ScorecardService",
    "assay.scoring.v1.DecisionService", "assay.scoring.v1.CalibrationService", "assay.scoring.v1.PrivacyService",
    "assay.scoring.v1.DemographicsService", "assay.scoring.v1.AssistService", "assay.scoring.v1.EventService",
    "assay.reporting.v1.ReportService", "assay.reporting.v1.ExportService", "assay.reporting.v1.OutcomeService",
    "assay.runtime.v1.AuditService", "assay.runtime.v1.TenantService"};

// Scopes that methods look for beyond what opens them: acting for a person, and sight of every card of the tenant.
constexpr const char* kBeyondMethods[] = {"delegate", "scorecards.read_any", "scorecards.write_any"};
// For services of ours alone, with a token for every tenant.
const std::set<std::string> kServiceOnly{"feed.all", "projection.read"};

// Every scope of every method.
std::vector<std::string> AllScopes() {
  std::set<std::string> scopes(std::begin(kBeyondMethods), std::end(kBeyondMethods));
  for (const char* name : kServices) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      for (const std::string& scope : service->method(i)->options().GetExtension(method).scopes()) {
        if (kServiceOnly.count(scope) == 0) scopes.insert(scope);
      }
    }
  }
  return {scopes.begin(), scopes.end()};
}

}  // namespace

absl::StatusOr<std::string> MintLocalToken(const std::string& keys_dir, const std::string& tenant, const std::string& subject,
                                           const std::string& scope, std::chrono::seconds ttl) {
  ASSIGN_OR_RETURN(const auto key, runtime::LocalKey::Open(keys_dir));
  runtime::TokenSpec spec{.tenant = tenant, .subject = subject, .scopes = {}, .lifetime = ttl, .audience = ""};
  if (scope == "all") {
    spec.scopes = AllScopes();
  } else {
    std::istringstream words(scope);
    for (std::string word; words >> word;) spec.scopes.push_back(word);
  }
  return key->MintToken(spec, runtime::SystemClock().Now());
}

}  // namespace assay::cli
