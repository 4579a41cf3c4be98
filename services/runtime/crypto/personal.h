#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/runtime/crypto/sealer.h"
#include "services/runtime/db/pool.h"

namespace assay::runtime {

// Ciphertext of one personal text as stored in a *_personal table.
struct SealedText {
  std::string key_id;
  std::string ciphertext;
};

// Encrypts personal text under a data key per subject (a candidate, an interviewer): destroying the key erases every copy.
// Data keys live in table `data_key(tenant, key_id, wrapped)`, wrapped by the service's secret, and are cached in memory.
class PersonalVault {
 public:
  explicit PersonalVault(const Sealer& sealer) : sealer_(sealer) {}

  // `subject` such as "candidates/ada"; its key is made on first use, in the same transaction.
  absl::StatusOr<SealedText> Seal(Tx& tx, const std::string& subject, std::string_view plain);
  // Seals under a key that is known to be in memory or returns nullopt-like NOT_FOUND: for the hot path.
  absl::StatusOr<SealedText> SealCached(const std::string& tenant, const std::string& subject, std::string_view plain);
  // NOT_FOUND when the key was destroyed.
  absl::StatusOr<std::string> Open(Tx& tx, const SealedText& sealed);

 private:
  absl::StatusOr<std::string> KeyOf(Tx& tx, const std::string& key_id, bool create);
  const Sealer& sealer_;
  std::mutex mutex_;
  std::map<std::string, std::string> keys_;  // tenant ‖ key id → key
};

}  // namespace assay::runtime
