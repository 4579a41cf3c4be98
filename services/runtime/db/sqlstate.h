#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace assay::runtime {

// What a failed exchange with the database means: for the caller, for the transaction and for the connection.
struct DbFailure {
  absl::Status status;
  std::string sqlstate;           // empty when the server could not say
  std::string detail;             // first line of the server's words; may quote values, so never sent and rarely logged
  bool retryable = false;         // the whole transaction may run again
  const char* discard = nullptr;  // why the connection must not be used again; the label of assay_db_pool_discarded_total
};

// Where it failed.
struct FailureContext {
  std::string_view query;        // name of the query, or "begin", "commit" …
  bool deadline_passed = false;  // the transaction's own deadline
  bool read_only = false;        // the transaction's mode
};

// An error that the server names. `message` is its text at verbosity VERBOSE.
DbFailure FromSqlState(std::string_view sqlstate, std::string_view message, const FailureContext& context);

// One without a name: the server was not reached, or was lost on the way.
DbFailure FromLostServer(std::string_view message, const FailureContext& context);

// Name of the constraint in a server's message, empty when it has none.
std::string ConstraintIn(std::string_view message);

}  // namespace assay::runtime
