#include "services/runtime/app/identity.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/config/private_file.h"

namespace assay::runtime {
namespace {

constexpr size_t kSecretBytes = 32;

absl::StatusOr<std::string> ReadSecret(const Config& config) {
  absl::StatusOr<std::string> secret = ReadPrivateFile(config.secret_file);
  if (absl::IsNotFound(secret.status()) && config.local) {
    RETURN_IF_ERROR(CreatePrivateFile(config.secret_file, RandomBytes(kSecretBytes)));
    secret = ReadPrivateFile(config.secret_file);
  }
  return secret;
}

// For services that call nobody.
class NoTokens final : public TokenSource {
 public:
  absl::StatusOr<std::string> Token() override { return absl::FailedPreconditionError("service-token-file is not set"); }
};

}  // namespace

absl::StatusOr<Identity> LoadIdentity(const Config& config, const std::vector<std::string>& service_scopes, const Clock& clock) {
  Identity identity;
  ASSIGN_OR_RETURN(const std::string secret, ReadSecret(config));
  ASSIGN_OR_RETURN(identity.sealer, Sealer::Create(secret));
  std::vector<IssuerSource> sources;
  if (!config.issuers_file.empty()) {
    ASSIGN_OR_RETURN(sources, LoadIssuers(config.issuers_file));
  }
  std::shared_ptr<const LocalKey> key;
  if (config.local) {
    ASSIGN_OR_RETURN(key, LocalKey::OpenOrCreate(config.keys_dir));
    sources.push_back(key->source());
    spdlog::warn("the local signing key in {} is trusted: for development only", config.keys_dir);
  }
  identity.keys = std::make_unique<KeyRing>(std::move(sources));
  if (!config.service_token_file.empty()) {
    identity.tokens = std::make_unique<FileTokenSource>(config.service_token_file);
  } else if (key != nullptr) {
    identity.tokens = std::make_unique<LocalTokenSource>(key, "assay-" + config.service, service_scopes, clock);
  } else {
    identity.tokens = std::make_unique<NoTokens>();
  }
  return identity;
}

}  // namespace assay::runtime
