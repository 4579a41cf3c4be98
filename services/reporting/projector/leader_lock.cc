#include "services/reporting/projector/leader_lock.h"

#include <fmt/format.h>

#include "services/runtime/base/status_macros.h"
#include "services/runtime/db/connection.h"

namespace assay::reporting {
namespace {

class SessionLock final : public LeaderLock {
 public:
  explicit SessionLock(std::unique_ptr<runtime::Connection> connection) : connection_(std::move(connection)) {}
  bool Held() override { return !connection_->Send("SELECT 1", {.query = "leader_lock_held"}).has_value(); }

 private:
  std::unique_ptr<runtime::Connection> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LeaderLock>> LeaderLock::Try(const std::string& dsn, const std::string& role,
                                                            const std::string& name) {
  ASSIGN_OR_RETURN(std::unique_ptr<runtime::Connection> connection,
                   runtime::Connection::Open({.dsn = dsn, .role = role, .application_name = "assay-projector"}));
  runtime::Rows rows;
  const std::string sql =
      fmt::format("SELECT pg_try_advisory_lock(hashtextextended({}, 0))", connection->Quote("assay_projector/" + name));
  if (const auto failure = connection->Send(sql, {.query = "leader_lock"}, &rows)) return failure->status;
  if (rows.empty() || !rows[0].Bool(0)) return nullptr;
  return std::make_unique<SessionLock>(std::move(connection));
}

}  // namespace assay::reporting
