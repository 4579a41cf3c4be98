#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace assay::reporting {

// One process follows a feed at a time: a session advisory lock on a connection of its own, which the server frees when the
// process dies. It spares work; what makes projecting exact is the lock on the feed's row (LockProgress).
class LeaderLock {
 public:
  virtual ~LeaderLock() = default;
  // Whether the lock is still held; one round trip.
  virtual bool Held() = 0;

  // The lock on `name`, or null while another process has it. UNAVAILABLE without a database.
  static absl::StatusOr<std::unique_ptr<LeaderLock>> Try(const std::string& dsn, const std::string& role, const std::string& name);
};

}  // namespace assay::reporting
