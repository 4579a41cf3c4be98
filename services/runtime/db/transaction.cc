#include "services/runtime/db/transaction.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

DbFailure Local(absl::Status status) {
  DbFailure failure;
  failure.status = std::move(status);
  return failure;
}

absl::Status DeadlinePassedStatus() { return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed"); }

absl::Status InDoubt() {
  return Error(v1::ERROR_REASON_COMMIT_IN_DOUBT, "the outcome is unknown; repeat with the same request_id");
}

// The driver passes C strings: what follows a NUL would silently be lost.
bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

void QueryTimes::Observe(const char* label, steady_clock::duration took) {
  prometheus::Histogram* histogram = nullptr;
  {
    std::lock_guard lock(mutex_);
    prometheus::Histogram*& slot = by_label_[label];
    if (slot == nullptr) {
      slot = &metrics_.Histogram("assay_db_query_seconds", "Time of a query as its caller sees it, in seconds",
                                 {{"query", label}});
    }
    histogram = slot;
  }
  histogram->Observe(std::chrono::duration<double>(took).count());
}

absl::Status Transaction::Fail(DbFailure failure) {
  if (failure.discard != nullptr) discard_ = failure.discard;
  if (!failure_.has_value()) failure_ = std::move(failure);
  return failure_->status;
}

absl::Status Transaction::Ready() {
  if (failure_.has_value()) return failure_->status;
  if (DeadlinePassed()) return Fail(Local(DeadlinePassedStatus()));
  return absl::OkStatus();
}

absl::Status Transaction::Begin(const std::string& tenant, milliseconds statement_timeout) {
  if (HasNul(tenant)) return Fail(Local(Internal("a tenant holds a NUL")));
  constexpr milliseconds kLongest{std::numeric_limits<int32_t>::max()};  // what PostgreSQL takes
  const auto remaining = std::min(kLongest, std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now()));
  if (remaining <= milliseconds(0)) return Fail(Local(DeadlinePassedStatus()));
  const milliseconds timeout = statement_timeout.count() > 0 ? std::min(statement_timeout, remaining) : remaining;
  // SET LOCAL rather than set_config(): the same effect without a plan, and without taking the snapshot before the first
  // query. A read transaction sees one snapshot throughout, so what it answers with is consistent.
  std::string sql = mode_ == TxMode::kReadOnly ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN READ WRITE";
  sql += fmt::format("; SET LOCAL app.tenant = {}; SET LOCAL statement_timeout = {}", connection_.Quote(tenant), timeout.count());
  if (mode_ == TxMode::kReadWrite) {
    // Per transaction too, because any statement could have relaxed the session.
    sql += "; SET LOCAL synchronous_commit = " + connection_.synchronous_commit();
    // Writes go by key, so one plan does for all. Left to itself the server takes unnest() of a parameter for ten rows, finds
    // that no plan but a fresh one is good enough, and spends more on planning a write than on the write.
    sql += "; SET LOCAL plan_cache_mode = force_generic_plan";
  }
  tenant_ = tenant;
  if (auto failure = connection_.Send(sql, Context("begin"))) {
    // Whatever went wrong, nobody knows which of these statements took effect.
    if (failure->discard == nullptr) failure->discard = "unknown";
    if (watch_.fired()) failure->status = DeadlinePassedStatus();
    return Fail(*std::move(failure));
  }
  connection_.TakeReplicationWarning();
  return absl::OkStatus();
}

absl::Status Transaction::Commit() {
  if (absl::Status ready = Ready(); !ready.ok()) {
    Rollback();
    return ready;
  }
  if (auto failure = connection_.Send("COMMIT", Context("commit"))) {
    const char* discard = failure->discard;
    if (discard == nullptr) return Fail(*std::move(failure));  // the server said no: nothing was kept
    discard_ = discard;
    // What was read is good, whatever became of the connection.
    if (mode_ == TxMode::kReadOnly) return absl::OkStatus();
    spdlog::warn("a connection was lost at COMMIT: {}", failure->detail);
    failure->status = InDoubt();
    failure->discard = "in_doubt";
    failure->retryable = false;
    return Fail(*std::move(failure));
  }
  if (connection_.TakeReplicationWarning()) {
    spdlog::warn("a COMMIT returned before its standbys confirmed it");
    DbFailure failure = Local(InDoubt());
    failure.discard = "in_doubt";
    return Fail(std::move(failure));
  }
  return absl::OkStatus();
}

void Transaction::Rollback() {
  if (discard_ != nullptr) return;  // closing the connection rolls back
  if (auto failure = connection_.Send("ROLLBACK", Context("rollback"))) {
    discard_ = failure->discard != nullptr ? failure->discard : "unknown";
  }
}

template <typename AnyQuery>
absl::Status Transaction::RunQuery(const AnyQuery& query, const std::vector<Value>& parameters, Rows* rows, int* affected) {
  RETURN_IF_ERROR(Ready());
  for (const Value& value : parameters) {
    if (value.HoldsNul()) {
      return Fail(Local(Error(v1::ERROR_REASON_INVALID_FIELDS, "a text holds a NUL character, which cannot be stored")));
    }
  }
  const auto started = steady_clock::now();
  auto failure = connection_.Run(query, parameters, {.query = query.label(), .read_only = mode_ == TxMode::kReadOnly}, rows,
                                 affected);
  times_.Observe(query.label(), steady_clock::now() - started);
  if (!failure.has_value()) return absl::OkStatus();
  if (failure->discard != nullptr && DeadlinePassed()) {
    failure->status = DeadlinePassedStatus();
    failure->discard = "deadline";
  } else if (failure->sqlstate == "57014" && DeadlinePassed()) {
    failure->status = DeadlinePassedStatus();
  }
  return Fail(*std::move(failure));
}

absl::StatusOr<Rows> Transaction::Run(const Query& query, const std::vector<Value>& parameters) {
  Rows rows;
  RETURN_IF_ERROR(RunQuery(query, parameters, &rows, nullptr));
  return rows;
}

absl::StatusOr<Rows> Transaction::Run(const DynamicQuery& query, const std::vector<Value>& parameters) {
  Rows rows;
  RETURN_IF_ERROR(RunQuery(query, parameters, &rows, nullptr));
  return rows;
}

absl::StatusOr<int> Transaction::Execute(const Query& query, const std::vector<Value>& parameters) {
  int affected = 0;
  RETURN_IF_ERROR(RunQuery(query, parameters, nullptr, &affected));
  return affected;
}

absl::Status Transaction::SetTenant(const std::string& tenant) {
  RETURN_IF_ERROR(Ready());
  if (HasNul(tenant)) return Fail(Local(Internal("a tenant holds a NUL")));
  if (auto failure = connection_.Send("SET LOCAL app.tenant = " + connection_.Quote(tenant), Context("set_tenant"))) {
    return Fail(*std::move(failure));
  }
  tenant_ = tenant;
  return absl::OkStatus();
}

}  // namespace assay::runtime
