#include "services/runtime/auth/token_source.h"

#include <fmt/format.h>

#include <fstream>

#include "services/runtime/base/status_macros.h"

namespace assay::runtime {

LocalTokenSource::LocalTokenSource(std::shared_ptr<const LocalKey> key, std::string subject, std::vector<std::string> scopes,
                                   const Clock& clock)
    : key_(std::move(key)),
      spec_{.tenant = "*", .subject = std::move(subject), .scopes = std::move(scopes), .lifetime = std::chrono::hours(1), .audience = ""},
      clock_(clock) {}

absl::StatusOr<std::string> LocalTokenSource::Token() {
  const Instant now = clock_.Now();
  std::lock_guard lock(mutex_);
  if (token_.empty() || now >= renew_) {
    ASSIGN_OR_RETURN(token_, key_->MintToken(spec_, now));
    renew_ = now + spec_.lifetime / 2;
  }
  return token_;
}

absl::StatusOr<std::string> FileTokenSource::Token() {
  std::ifstream file(path_);
  std::string token;
  if (!(file >> token)) return absl::UnavailableError(fmt::format("no token in {}", path_));
  return token;
}

}  // namespace assay::runtime
