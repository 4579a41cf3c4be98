#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"

namespace assay::runtime {

// AES-256-GCM with keys derived per purpose (HKDF-SHA256) from one 32-byte secret: page tokens, cursors and the wrapping of
// data keys. Every replica of a service holds the same secret.
class Sealer {
 public:
  // `secret` has at least 32 bytes.
  static absl::StatusOr<std::unique_ptr<Sealer>> Create(std::string_view secret);

  // nonce ‖ ciphertext ‖ tag; `context` is authenticated, not stored (tenant, method, field …).
  std::string Seal(std::string_view purpose, std::string_view context, std::string_view plain) const;
  // INVALID_ARGUMENT (unannotated) when it is not ours or was altered.
  absl::StatusOr<std::string> Open(std::string_view purpose, std::string_view context, std::string_view sealed) const;

 private:
  explicit Sealer(std::string secret) : secret_(std::move(secret)) {}
  std::string KeyFor(std::string_view purpose) const;

  const std::string secret_;
  mutable std::mutex mutex_;
  // By purpose, of which there are a handful.
  mutable std::map<std::string, std::string, std::less<>> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay::runtime
