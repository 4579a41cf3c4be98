#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "services/runtime/auth/jwks.h"
#include "services/runtime/rpc/pipeline.h"

namespace assay::runtime {

// Verifies bearer tokens against the key ring. A token that was verified once is known by its text until it expires or the
// keys change; the number of known tokens is bounded. Nothing here waits for a network.
class JwtAuthenticator final : public Authenticator {
 public:
  explicit JwtAuthenticator(KeyRing& keys, size_t max_known = 32'768);

  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(std::string_view token, Instant now) override;

 private:
  struct Known {
    std::shared_ptr<const Principal> principal;
    Instant expires;
    uint64_t generation = 0;
  };
  struct Shard {
    std::shared_mutex mutex;
    absl::flat_hash_map<std::string, Known> tokens ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<VerifiedToken> Verify(std::string_view token, Instant now);
  void Remember(Shard& shard, std::string_view token, Known known, Instant now);

  KeyRing& keys_;
  const size_t max_per_shard_;
  std::array<Shard, 16> shards_;
};

}  // namespace assay::runtime
