#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "services/runtime/db/connection.h"
#include "services/runtime/db/watchdog.h"

namespace assay::runtime {

// assay_db_query_seconds by query. Thread-safe.
class QueryTimes {
 public:
  explicit QueryTimes(Metrics& metrics) : metrics_(metrics) {}
  // `label` has static storage.
  void Observe(const char* label, std::chrono::steady_clock::duration took);

 private:
  Metrics& metrics_;
  std::mutex mutex_;
  std::unordered_map<const char*, prometheus::Histogram*> by_label_ ABSL_GUARDED_BY(mutex_);
};

// One attempt at a transaction on a leased connection. The first failure ends it: later statements get the same status
// without a round trip, and it can only be rolled back.
class Transaction final : public Tx {
 public:
  Transaction(Connection& connection, const Watchdog::Watch& watch, QueryTimes& times, TxMode mode, Deadline deadline)
      : connection_(connection), watch_(watch), times_(times), mode_(mode), deadline_(deadline) {}

  // Opens it with tenant and statement timeout set, in one round trip.
  absl::Status Begin(const std::string& tenant, std::chrono::milliseconds statement_timeout);
  // Commits. COMMIT_IN_DOUBT when the connection is lost on the way, or the standbys were not waited for.
  absl::Status Commit();
  void Rollback();

  absl::StatusOr<Rows> Run(const Query& query, const std::vector<Value>& parameters) override;
  absl::StatusOr<Rows> Run(const DynamicQuery& query, const std::vector<Value>& parameters) override;
  absl::StatusOr<int> Execute(const Query& query, const std::vector<Value>& parameters) override;
  absl::Status SetTenant(const std::string& tenant) override;
  const std::string& tenant() const override { return tenant_; }

  // The first failure of a statement, BEGIN and COMMIT included.
  const std::optional<DbFailure>& failure() const { return failure_; }
  // Why the connection must not be used again, else null.
  const char* discard() const { return discard_; }
  // A fault outside of SQL left the connection in an unknown state.
  void Discard(const char* reason) { discard_ = reason; }

 private:
  bool DeadlinePassed() const { return watch_.fired() || std::chrono::steady_clock::now() >= deadline_; }
  FailureContext Context(std::string_view query) const {
    return {.query = query, .deadline_passed = DeadlinePassed(), .read_only = mode_ == TxMode::kReadOnly};
  }
  absl::Status Fail(DbFailure failure);
  absl::Status Ready();
  template <typename AnyQuery>
  absl::Status RunQuery(const AnyQuery& query, const std::vector<Value>& parameters, Rows* rows, int* affected);

  Connection& connection_;
  const Watchdog::Watch& watch_;
  QueryTimes& times_;
  const TxMode mode_;
  const Deadline deadline_;
  std::string tenant_;
  std::optional<DbFailure> failure_;
  const char* discard_ = nullptr;
};

}  // namespace assay::runtime
