#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/runtime/db/query.h"
#include "services/runtime/db/value.h"
#include "services/runtime/telemetry/metrics.h"

namespace assay::runtime {

using Deadline = std::chrono::steady_clock::time_point;

// Result of a query. Owns its rows.
class Rows {
 public:
  Rows();
  explicit Rows(std::shared_ptr<const void> result, int size) : result_(std::move(result)), size_(size) {}
  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Row operator[](int index) const { return Row(result_.get(), index); }
  class Iterator {
   public:
    Iterator(const Rows* rows, int index) : rows_(rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() { ++index_; return *this; }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }
   private:
    const Rows* rows_;
    int index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  std::shared_ptr<const void> result_;
  int size_ = 0;
};

// An open transaction on one connection. Passed down by reference; never kept. SQL errors come back as statuses of the
// catalogue by SQLSTATE (ViolatedConstraint() tells a constraint apart) and end the transaction: what follows fails alike, and
// it is rolled back even when `work` returns OK.
class Tx {
 public:
  virtual ~Tx() = default;
  virtual absl::StatusOr<Rows> Run(const Query& query, const std::vector<Value>& parameters) = 0;
  virtual absl::StatusOr<Rows> Run(const DynamicQuery& query, const std::vector<Value>& parameters) = 0;
  // Rows affected.
  virtual absl::StatusOr<int> Execute(const Query& query, const std::vector<Value>& parameters) = 0;
  // Sets the row-level-security tenant for the statements that follow in this transaction.
  virtual absl::Status SetTenant(const std::string& tenant) = 0;
  virtual const std::string& tenant() const = 0;
};

// Name of the violated constraint when `status` is a unique or foreign key violation of the transaction, else empty.
std::string ViolatedConstraint(const absl::Status& status);

// A read-only transaction sees one snapshot throughout (REPEATABLE READ); a writing one is READ COMMITTED.
enum class TxMode { kReadOnly, kReadWrite };

struct PoolOptions {
  std::string dsn;          // libpq conninfo; several hosts allowed
  std::string role;         // SET ROLE at connect; empty = as logged in
  int size = 8;             // connections, made on demand
  int max_waiting = 64;     // callers that may wait for one
  std::chrono::milliseconds max_wait{250};
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::minutes lifetime{30};  // ± 20 %
  // Statements that read are planned once per connection, as those that write are everywhere: for a pool whose every statement
  // goes along one index, where planning it anew takes longer than running it.
  bool one_plan = false;
  std::string application_name;
};

// A bounded pool of direct connections. Broken connections are discarded, never reused; a watchdog shuts the socket of a
// transaction whose deadline passed (never a cancel, which may hit a COMMIT).
class Pool {
 public:
  virtual ~Pool() = default;
  static std::unique_ptr<Pool> Create(PoolOptions options, Metrics& metrics);

  // Runs `work` in one transaction with `tenant` set for row-level security ("" = none, only for tables without it),
  // commits when it returns OK, rolls back otherwise. Serialisation failures and deadlocks run `work` again, at most 3
  // times with jitter. UNAVAILABLE, DEADLINE_EXCEEDED, OVERLOADED, COMMIT_IN_DOUBT.
  virtual absl::Status Transact(TxMode mode, const std::string& tenant, Deadline deadline,
                                const std::function<absl::Status(Tx&)>& work) = 0;
  // Cheap liveness of the database, bounded to 500 ms; for readiness.
  virtual absl::Status Ping() = 0;
  virtual void Close() = 0;
};

// The same for a value.
template <typename T>
absl::StatusOr<T> Transact(Pool& pool, TxMode mode, const std::string& tenant, Deadline deadline,
                           const std::function<absl::StatusOr<T>(Tx&)>& work) {
  absl::StatusOr<T> result = absl::UnknownError("the transaction did not run");
  absl::Status status = pool.Transact(mode, tenant, deadline, [&](Tx& tx) {
    result = work(tx);
    return result.status();
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace assay::runtime
