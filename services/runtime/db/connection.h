#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/db/sqlstate.h"

struct pg_conn;
struct pg_result;

namespace assay::runtime {

// How a connection is opened and what holds for all of its transactions.
struct ConnectionSettings {
  std::string dsn;
  std::string role;
  std::string application_name;
  std::chrono::milliseconds statement_timeout{5000};  // 0 = none
  std::chrono::milliseconds lock_timeout{2000};
  std::chrono::milliseconds idle_in_transaction{15'000};
  bool one_plan = false;
  std::chrono::seconds lifetime{1800};  // ± 20 %, so that connections opened together do not retire together
};

// The DSN, in either form, as key=value with our timeouts and keepalives where it has none. Never logged: it holds the
// password. UNAVAILABLE where it cannot be parsed.
absl::StatusOr<std::string> Conninfo(const ConnectionSettings& settings);

// One connection, owned by one thread at a time. Knows no transactions: BEGIN and COMMIT are sent as text, with their settings in the
// same round trip. Failures come back as values. Straight from libpq, because no driver above it passes results in binary: documents
// would be written as hexadecimal digits by the server and read back from them here, which takes longer than to look them up.
class Connection {
 public:
  // UNAVAILABLE or OVERLOADED when there is none to be had.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionSettings& settings);

  // When it should be replaced, so that load follows a failover and memory of the server process is bounded.
  std::chrono::steady_clock::time_point retires_at() const { return retires_at_; }
  // For the watchdog.
  int socket() const;
  // Whether the server has hung up or said something while nobody asked; costs no round trip.
  bool Stale() const;
  // `text` as an SQL literal.
  std::string Quote(const std::string& text) const;
  // What the session commits with: "on" or "remote_apply".
  const std::string& synchronous_commit() const { return synchronous_commit_; }

  // One or more statements without parameters, in one round trip; the rows of the last one, as text.
  std::optional<DbFailure> Send(const std::string& sql, const FailureContext& context, Rows* rows = nullptr);
  // A prepared query; prepares it at its first use here. Its rows come in binary where they hold bytes and nothing but what Row reads in
  // that form.
  std::optional<DbFailure> Run(const Query& query, const std::vector<Value>& parameters, const FailureContext& context,
                               Rows* rows, int* affected);
  // The same for a text made up for this call. At most kMaxDynamic of them stay prepared; the one used longest ago goes.
  std::optional<DbFailure> Run(const DynamicQuery& query, const std::vector<Value>& parameters, const FailureContext& context,
                               Rows* rows, int* affected);
  static constexpr size_t kMaxDynamic = 64;
  // Whether the server warned since the last call that a commit was not waited for by its standbys.
  bool TakeReplicationWarning() { return std::exchange(replication_warning_, false); }

 private:
  using Result = std::shared_ptr<const pg_result>;
  struct Prepared {
    std::string name;
    std::vector<uint32_t> parameter_types;
    bool binary = false;  // its result
  };

  explicit Connection(const std::string& conninfo);
  // What came of an exchange, unless it succeeded.
  std::optional<DbFailure> FailureOf(const pg_result* result, const FailureContext& context) const;
  std::optional<DbFailure> Prepare(const std::string& name, const char* sql, const FailureContext& context, Prepared* prepared);
  std::optional<DbFailure> PrepareDynamic(const DynamicQuery& query, const FailureContext& context, const Prepared** prepared);
  std::optional<DbFailure> Execute(const Prepared& prepared, const std::vector<Value>& parameters, const FailureContext& context,
                                   Rows* rows, int* affected);

  const std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
  bool replication_warning_ = false;
  std::unordered_map<const Query*, Prepared> prepared_;
  // By their texts, the last used first.
  using Dynamic = std::list<std::pair<std::string, Prepared>>;
  Dynamic dynamic_;
  std::unordered_map<std::string_view, Dynamic::iterator> dynamic_by_sql_;
  uint64_t dynamic_made_ = 0;
  std::string synchronous_commit_;
  std::chrono::steady_clock::time_point retires_at_;
};

}  // namespace assay::runtime
