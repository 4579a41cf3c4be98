#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/auth/jose.h"
#include "services/runtime/auth/jwks.h"
#include "services/runtime/base/instant.h"

namespace assay::runtime {

// Claim `iss` of the local development issuer.
inline constexpr char kLocalIssuer[] = "assay-local";

// What a minted token says.
struct TokenSpec {
  // Tenant, or "*" for a service of ours.
  std::string tenant;
  std::string subject;
  std::vector<std::string> scopes;
  std::chrono::seconds lifetime = std::chrono::hours(1);
  // Claim `aud`; empty = none.
  std::string audience;
};

// The signing key of a development machine: an EC P-256 key in `signing-key.json` (mode 0600) of a directory, with its public
// half beside it in `jwks.json`. For local use: whoever can read the directory can be anyone.
class LocalKey {
 public:
  // Opens the key, or makes it (and the directory) when there is none; processes that start together end with one key.
  // FAILED_PRECONDITION when the key file is open to others.
  static absl::StatusOr<std::shared_ptr<const LocalKey>> OpenOrCreate(const std::string& directory);
  // Opens an existing key; NOT_FOUND.
  static absl::StatusOr<std::shared_ptr<const LocalKey>> Open(const std::string& directory);

  // A signed compact JWT. INVALID_ARGUMENT: lifetime above a day, tenant or subject missing.
  absl::StatusOr<std::string> MintToken(const TokenSpec& spec, Instant now) const;
  // The issuer that verifies what this key signs: every tenant, service tokens allowed.
  IssuerSource source() const;

 private:
  LocalKey(JwkPtr key, std::string kid, std::string directory)
      : key_(std::move(key)), kid_(std::move(kid)), directory_(std::move(directory)) {}

  JwkPtr key_;
  std::string kid_;
  std::string directory_;
};

}  // namespace assay::runtime
