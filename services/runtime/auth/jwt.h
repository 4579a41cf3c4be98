#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/auth/jose.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

enum class Algorithm { kES256, kRS256 };
const char* AlgorithmName(Algorithm algorithm);

// Who may sign tokens, for whom and how. What a token says of itself never widens this.
struct Issuer {
  // Compared with claim `iss`, byte for byte.
  std::string name;
  Algorithm algorithm = Algorithm::kES256;
  // Must be among claim `aud`; empty = not asked for.
  std::string audience;
  // Tenants it speaks for; "*" = all.
  std::vector<std::string> tenants;
  // May issue tokens of our services (`tenant: *`).
  bool service_tokens = false;
  // Furthest an expiry may lie ahead.
  std::chrono::seconds max_lifetime = std::chrono::hours(24);

  bool SpeaksFor(std::string_view tenant) const;
};

// A token taken apart; nothing in it is believed yet. Refused are more than 8 KiB, anything but three base64url parts, JSON
// with duplicate names, header parameters that bring keys or extensions along (jku, x5u, x5c, jwk, crit, b64, zip, enc), and
// a `typ` that is not of an access token.
struct UnverifiedToken {
  std::string compact;
  std::string algorithm;
  std::string kid;
  std::string issuer;
  std::string signature;  // raw bytes
  JsonPtr claims;
};
absl::StatusOr<UnverifiedToken> ParseToken(std::string_view compact);

struct VerifiedToken {
  Principal principal;
  Instant expires;
};

// Checks the signature and every claim of `token` against its issuer (RFC 8725). The error says what is wrong for the log
// and the tests; callers hear the same words whatever it was.
absl::StatusOr<VerifiedToken> VerifyToken(const UnverifiedToken& token, const Issuer& issuer, const cjose_jwk_t* key, Instant now);

}  // namespace assay::runtime
