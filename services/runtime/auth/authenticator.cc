#include "services/runtime/auth/authenticator.h"

#include <spdlog/spdlog.h>

#include <functional>
#include <mutex>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {

JwtAuthenticator::JwtAuthenticator(KeyRing& keys, size_t max_known)
    : keys_(keys), max_per_shard_(std::max<size_t>(1, max_known / shards_.size())) {}

absl::StatusOr<std::shared_ptr<const Principal>> JwtAuthenticator::Authenticate(std::string_view token, Instant now) {
  // Hashed once: the top bits choose the shard, the rest the place in it.
  const size_t hash = decltype(Shard::tokens)::hasher()(ToAbsl(token));
  Shard& shard = shards_[(hash >> (8 * sizeof(hash) - 4)) % shards_.size()];
  const uint64_t generation = keys_.generation();
  {
    std::shared_lock lock(shard.mutex);
    const auto found = shard.tokens.find(ToAbsl(token), hash);
    if (found != shard.tokens.end() && found->second.generation == generation && found->second.expires > now) {
      return found->second.principal;
    }
  }
  absl::StatusOr<VerifiedToken> verified = Verify(token, now);
  if (!verified.ok()) {
    spdlog::debug("a token was refused: {}", ToStd(verified.status().message()));
    return Error(v1::ERROR_REASON_UNAUTHENTICATED, "a valid bearer token is required");
  }
  auto principal = std::make_shared<const Principal>(std::move(verified->principal));
  // Entered under the generation read before verifying: keys that changed meanwhile make it unknown again.
  Remember(shard, token, {principal, verified->expires, generation}, now);
  return principal;
}

absl::StatusOr<VerifiedToken> JwtAuthenticator::Verify(std::string_view text, Instant now) {
  ASSIGN_OR_RETURN(const UnverifiedToken token, ParseToken(text));
  const std::optional<KeyRing::Entry> entry = keys_.Find(token.issuer);
  if (!entry.has_value()) return absl::UnauthenticatedError("unknown issuer");
  if (entry->keys == nullptr) return absl::UnauthenticatedError("the issuer's keys are not known yet");
  const cjose_jwk_t* key = entry->keys->Find(token.kid);
  if (key == nullptr) keys_.ReportUnknownKey(token.issuer);
  return VerifyToken(token, *entry->issuer, key, now);
}

void JwtAuthenticator::Remember(Shard& shard, std::string_view token, Known known, Instant now) {
  std::lock_guard lock(shard.mutex);
  if (shard.tokens.size() >= max_per_shard_) {
    for (auto it = shard.tokens.begin(); it != shard.tokens.end();) {
      const auto current = it++;
      if (current->second.expires <= now || current->second.generation != known.generation) shard.tokens.erase(current);
    }
    // All still good: any one goes, since looking it up again costs one verification.
    if (shard.tokens.size() >= max_per_shard_) shard.tokens.erase(shard.tokens.begin());
  }
  shard.tokens.insert_or_assign(std::string(token), std::move(known));
}

}  // namespace assay::runtime
