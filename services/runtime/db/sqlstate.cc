#include "services/runtime/db/sqlstate.h"

#include <spdlog/spdlog.h>

#include "absl/strings/cord.h"
#include "services/runtime/base/error.h"
#include "services/runtime/db/pool.h"

namespace assay::runtime {
namespace {

// Private to this process: not a protobuf type, hence no type.googleapis.com prefix.
constexpr char kConstraintPayload[] = "assay.db/violated-constraint";
constexpr int kBusyMillis = 250;

std::string FirstLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

absl::Status Unreachable() { return Error(v1::ERROR_REASON_UNAVAILABLE, "the database cannot be reached; retry"); }

absl::Status DeadlinePassed() { return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed"); }

absl::Status Busy() {
  return WithRetryAfter(Error(v1::ERROR_REASON_OVERLOADED, "the service is busy; retry after 250 ms"), kBusyMillis);
}

absl::Status Conflict() { return Error(v1::ERROR_REASON_CONFLICT, "a concurrent change won; repeat the call"); }

absl::Status WithConstraint(absl::Status status, std::string_view message) {
  const std::string constraint = ConstraintIn(message);
  if (constraint.empty()) {
    // Something must still be found by ViolatedConstraint(), or the violation would pass for another error.
    spdlog::warn("the name of a violated constraint could not be read from the server's message");
  }
  status.SetPayload(kConstraintPayload, absl::Cord(constraint.empty() ? "unknown" : constraint));
  return status;
}

DbFailure Broken(std::string_view message, const FailureContext& context) {
  DbFailure failure;
  failure.detail = FirstLine(message);
  failure.discard = context.deadline_passed ? "deadline" : "broken";
  failure.status = context.deadline_passed ? DeadlinePassed() : Unreachable();
  return failure;
}

// A fault of ours: SQL that does not fit the schema, a violated check. The SQL is ours too, so class 42 may be logged whole;
// other classes may quote values.
absl::Status OurFault(std::string_view sqlstate, const std::string& detail, const FailureContext& context) {
  const bool names_no_values = sqlstate.starts_with("42") || sqlstate.starts_with("0A") || sqlstate.starts_with("XX");
  spdlog::error("query {} failed with SQLSTATE {}{}{}", context.query, sqlstate, names_no_values ? ": " : "",
                names_no_values ? detail : std::string());
  return Internal("query " + std::string(context.query) + " failed with SQLSTATE " + std::string(sqlstate));
}

}  // namespace

std::string ConstraintIn(std::string_view message) {
  // At verbosity VERBOSE libpq itself writes this line, whatever the server's language; it comes after the DETAIL, which
  // may hold any text, hence the last one.
  constexpr std::string_view kField = "\nCONSTRAINT NAME:  ";
  if (const size_t at = message.rfind(kField); at != std::string_view::npos) {
    return FirstLine(message.substr(at + kField.size()));
  }
  const std::string_view line = message.substr(0, message.find('\n'));
  constexpr std::string_view kQuoted = "constraint \"";
  const size_t at = line.find(kQuoted);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = line.substr(at + kQuoted.size());
  return std::string(rest.substr(0, rest.find('"')));
}

DbFailure FromSqlState(std::string_view sqlstate, std::string_view message, const FailureContext& context) {
  DbFailure failure;
  failure.sqlstate = std::string(sqlstate);
  failure.detail = FirstLine(message);
  const std::string_view kind = sqlstate.substr(0, 2);
  if (sqlstate == "23505" || sqlstate == "23P01") {
    failure.status = WithConstraint(Error(v1::ERROR_REASON_ALREADY_EXISTS, "the resource exists"), message);
  } else if (sqlstate == "23503") {
    const bool parent_goes = failure.detail.find("update or delete on table") != std::string::npos;
    failure.status = WithConstraint(
        parent_goes ? Error(v1::ERROR_REASON_HAS_CHILDREN, "something still refers to the resource")
                    : Error(v1::ERROR_REASON_PARENT_NOT_FOUND, "a resource that this one refers to does not exist"),
        message);
  } else if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "40000") {
    failure.status = Conflict();
    failure.retryable = true;
  } else if (sqlstate == "55P03") {
    failure.status = WithRetryAfter(Conflict(), kBusyMillis);
  } else if (sqlstate == "57014") {
    const bool timed_out = context.deadline_passed || failure.detail.find("timeout") != std::string::npos;
    failure.status = timed_out ? DeadlinePassed() : Error(v1::ERROR_REASON_CANCELLED, "the call was cancelled");
  } else if (sqlstate == "25006" && !context.read_only) {
    // We asked for READ WRITE: the primary has become a standby.
    failure.status = Unreachable();
    failure.discard = "read_only";
  } else if (sqlstate == "53300") {
    failure.status = Busy();
    failure.discard = "broken";
  } else if (kind == "53" || sqlstate == "58030") {
    failure.status = Unreachable();
  } else if (kind == "08" || sqlstate.starts_with("57P") || sqlstate == "25P03" || sqlstate == "40003") {
    failure = Broken(message, context);
    failure.sqlstate = std::string(sqlstate);
  } else if (sqlstate == "0A000" && failure.detail.find("cached plan") != std::string::npos) {
    // A migration changed the columns of a prepared statement: a fresh connection plans it anew.
    failure.status = Conflict();
    failure.retryable = true;
    failure.discard = "stale_plan";
  } else if (sqlstate == "22021" || sqlstate == "22P05") {
    failure.status = Error(v1::ERROR_REASON_INVALID_FIELDS, "a text holds characters that cannot be stored");
  } else if (sqlstate == "XX001" || sqlstate == "XX002") {
    spdlog::critical("query {}: the database reports corrupted data", context.query);
    failure.status = Error(v1::ERROR_REASON_EVENT_PARKED, "stored data cannot be read");
  } else {
    failure.status = OurFault(sqlstate, failure.detail, context);
  }
  return failure;
}

DbFailure FromLostServer(std::string_view message, const FailureContext& context) {
  // Refused at connect for want of slots.
  if (message.find("too many clients") != message.npos || message.find("connection slots") != message.npos ||
      message.find("too many connections") != message.npos) {
    return FromSqlState("53300", message, context);
  }
  return Broken(message, context);
}

std::string ViolatedConstraint(const absl::Status& status) {
  const auto payload = status.GetPayload(kConstraintPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace assay::runtime
