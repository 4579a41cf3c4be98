#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/base/instant.h"

namespace assay::runtime {

// Where a service gets the token that it calls other services with. Thread-safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // A token that is good for a while; ask before every call.
  virtual absl::StatusOr<std::string> Token() = 0;
};

// Mints service tokens (`tenant: *`) with the local key and renews them at half their life.
class LocalTokenSource final : public TokenSource {
 public:
  LocalTokenSource(std::shared_ptr<const LocalKey> key, std::string subject, std::vector<std::string> scopes, const Clock& clock);
  absl::StatusOr<std::string> Token() override;

 private:
  const std::shared_ptr<const LocalKey> key_;
  const TokenSpec spec_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string token_ ABSL_GUARDED_BY(mutex_);
  Instant renew_ ABSL_GUARDED_BY(mutex_){};
};

// Reads the token from a file that something else keeps fresh (an identity provider's agent, a projected volume).
class FileTokenSource final : public TokenSource {
 public:
  explicit FileTokenSource(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<std::string> Token() override;

 private:
  const std::string path_;
};

}  // namespace assay::runtime
