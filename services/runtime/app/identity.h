#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/auth/jwks.h"
#include "services/runtime/auth/token_source.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/config/config.h"
#include "services/runtime/crypto/sealer.h"

namespace assay::runtime {

// What a process trusts and is trusted by.
struct Identity {
  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<KeyRing> keys;
  std::unique_ptr<TokenSource> tokens;
};

// Reads secret, issuers and token source as `config` says; with config.local, makes what is missing. The key ring is not
// started yet. `clock` must outlive the result.
absl::StatusOr<Identity> LoadIdentity(const Config& config, const std::vector<std::string>& service_scopes, const Clock& clock);

}  // namespace assay::runtime
