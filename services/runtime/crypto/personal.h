#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
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
// Data keys live in table `data_key(tenant, key_id, wrapped)`, wrapped by the service's secret, and are kept in memory for
// at most a minute, which is how long another process may still read what was erased. Thread-safe.
class PersonalVault {
 public:
  explicit PersonalVault(const Sealer& sealer) : sealer_(sealer) {}

  // `subject` such as "candidates/ada", which is also the key's id; its key is made on first use, in the same transaction.
  absl::StatusOr<SealedText> Seal(Tx& tx, const std::string& subject, std::string_view plain);
  // Seals under a key that is known to be in memory or returns nullopt-like NOT_FOUND: for the hot path.
  absl::StatusOr<SealedText> SealCached(const std::string& tenant, const std::string& subject, std::string_view plain);
  // NOT_FOUND when the key was destroyed; DATA_LOSS when the text was not sealed with it.
  absl::StatusOr<std::string> Open(Tx& tx, const SealedText& sealed);
  // Deletes the subject's key within the transaction: nothing sealed with it can be read again.
  absl::Status Destroy(Tx& tx, const std::string& subject);

 private:
  using Key = std::shared_ptr<const Sealer>;
  struct Kept {
    Key key;
    std::chrono::steady_clock::time_point until;
  };
  absl::StatusOr<Key> KeyOf(Tx& tx, const std::string& key_id, bool create);
  Key Cached(const std::string& tenant, const std::string& key_id);
  SealedText SealWith(const Sealer& key, const std::string& tenant, const std::string& key_id, std::string_view plain) const;

  const Sealer& sealer_;
  std::mutex mutex_;
  std::map<std::string, Kept> keys_ ABSL_GUARDED_BY(mutex_);  // by tenant and key id
};

}  // namespace assay::runtime
