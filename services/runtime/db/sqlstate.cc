#include "services/runtime/db/sqlstate.h"

#include <algorithm>

#include <pqxx/except>
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

// "42501" of "ERROR:  42501: permission denied …", as verbosity VERBOSE prints it whatever the language; else empty.
std::string_view SqlStateIn(std::string_view message) {
  constexpr std::string_view kAfterSeverity = ":  ";
  constexpr size_t kLength = 5;
  const std::string_view line = message.substr(0, message.find('\n'));
  const size_t at = line.find(kAfterSeverity);
  if (at == std::string_view::npos || line.size() < at + kAfterSeverity.size() + kLength + 1) return {};
  const std::string_view code = line.substr(at + kAfterSeverity.size(), kLength);
  const bool plausible = std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
  });
  return plausible && line[at + kAfterSeverity.size() + kLength] == ':' ? code : std::string_view();
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

DbFailure CurrentFailure(const FailureContext& context) {
  try {
    throw;
  } catch (const pqxx::serialization_failure& e) {
    // These derive from failure, not from sql_error, and carry no SQLSTATE: they come first, by type.
    return FromSqlState("40001", e.what(), context);
  } catch (const pqxx::deadlock_detected& e) {
    return FromSqlState("40P01", e.what(), context);
  } catch (const pqxx::statement_completion_unknown& e) {
    return FromSqlState("40003", e.what(), context);
  } catch (const pqxx::transaction_rollback& e) {
    return FromSqlState("40000", e.what(), context);
  } catch (const pqxx::too_many_connections& e) {
    return FromSqlState("53300", e.what(), context);
  } catch (const pqxx::broken_connection& e) {
    // Refused at connect for want of slots has no SQLSTATE either.
    const std::string_view text = e.what();
    if (text.find("too many clients") != text.npos || text.find("connection slots") != text.npos ||
        text.find("too many connections") != text.npos) {
      return FromSqlState("53300", text, context);
    }
    return Broken(text, context);
  } catch (const pqxx::sql_error& e) {
    // The driver forgets the code of some of its own types (insufficient_privilege); an error without any is a lost server.
    const std::string_view text = e.what();
    const std::string_view sqlstate = e.sqlstate().empty() ? SqlStateIn(text) : std::string_view(e.sqlstate());
    return sqlstate.empty() ? Broken(text, context) : FromSqlState(sqlstate, text, context);
  } catch (const pqxx::failure& e) {
    return Broken(e.what(), context);
  } catch (const std::exception& e) {
    DbFailure failure;
    spdlog::error("query {}: {}", context.query, FirstLine(e.what()));
    failure.detail = FirstLine(e.what());
    failure.status = Internal("query " + std::string(context.query) + " failed in the driver");
    failure.discard = "unknown";
    return failure;
  }
}

std::string ViolatedConstraint(const absl::Status& status) {
  const auto payload = status.GetPayload(kConstraintPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace assay::runtime
