#include "services/runtime/rpc/channel.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <fstream>
#include <iterator>

#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

constexpr const char* kServices[] = {
    "assay.bank.v1.CatalogService",         "assay.bank.v1.KitService",           "assay.bank.v1.PackService",
    "assay.bank.v1.QuestionService",        "assay.reporting.v1.ExportService",   "assay.reporting.v1.OutcomeService",
    "assay.reporting.v1.ReportService",     "assay.runtime.v1.AuditService",      "assay.runtime.v1.TenantService",
    "assay.scoring.v1.ApplicationService",  "assay.scoring.v1.AssistService",     "assay.scoring.v1.CalibrationService",
    "assay.scoring.v1.CandidateService",    "assay.scoring.v1.DecisionService",   "assay.scoring.v1.DemographicsService",
    "assay.scoring.v1.InterviewService",    "assay.scoring.v1.PrivacyService",    "assay.scoring.v1.RequisitionService",
    "assay.scoring.v1.ScorecardService",
};

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(fmt::format("cannot read {}", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const ChannelOptions& options) {
  if (options.ca_file.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadFile(options.ca_file));
  if (!options.certificate_file.empty()) {
    ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadFile(options.certificate_file));
    ASSIGN_OR_RETURN(ssl.pem_private_key, ReadFile(options.key_file));
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

std::string ServiceConfig() {
  std::string names;
  for (const char* name : kServices) {
    // A process has the contracts it was linked with; the others it does not call.
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (method->client_streaming() || method->server_streaming()) continue;
      if (method->options().GetExtension(assay::method).mutation()) continue;
      names += fmt::format(R"({}{{"service":"{}","method":"{}"}})", names.empty() ? "" : ",", name, method->name());
    }
  }
  std::string config = R"({"loadBalancingConfig":[{"round_robin":{}}])";
  if (!names.empty()) {
    config += fmt::format(R"(,"methodConfig":[{{"name":[{}],"retryPolicy":{{"maxAttempts":3,"initialBackoff":"0.05s",)"
                          R"("maxBackoff":"1s","backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}}}}],)"
                          R"("retryThrottling":{{"maxTokens":10,"tokenRatio":0.1}})",
                          names);
  }
  return config + "}";
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ChannelOptions& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials, Credentials(options));
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig());
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetMaxSendMessageSize(kMaxRequestBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMillis);
  // No pings without calls: an idle connection ends by the server's idle limit and comes back on demand.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  // What a name resolves to comes from DNS alone, not from TXT records of a stranger.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetUserAgentPrefix("assay/0.1");
  return grpc::CreateCustomChannel(options.target, credentials, arguments);
}

}  // namespace assay::runtime
