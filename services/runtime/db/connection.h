#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <pqxx/connection>
#include <pqxx/errorhandler>
#include <pqxx/nontransaction>

#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/db/sqlstate.h"

namespace assay::runtime {

// How a connection is opened and what holds for all of its transactions.
struct ConnectionSettings {
  std::string dsn;
  std::string role;
  std::string application_name;
  std::chrono::milliseconds statement_timeout{5000};  // 0 = none
  std::chrono::milliseconds lock_timeout{2000};
  std::chrono::milliseconds idle_in_transaction{15'000};
  std::chrono::seconds lifetime{1800};  // ± 20 %, so that connections opened together do not retire together
};

// The DSN, in either form, as key=value with our timeouts and keepalives where it has none. Never logged: it holds the
// password. UNAVAILABLE where it cannot be parsed.
absl::StatusOr<std::string> Conninfo(const ConnectionSettings& settings);

// One connection, owned by one thread at a time. Knows no transactions: BEGIN and COMMIT are sent as text, because the
// driver's transaction classes cannot put BEGIN and its settings into one round trip. Failures come back as values; the
// driver never reconnects behind our back.
class Connection {
 public:
  // UNAVAILABLE or OVERLOADED when there is none to be had.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionSettings& settings);
  ~Connection();

  // When it should be replaced, so that load follows a failover and memory of the server process is bounded.
  std::chrono::steady_clock::time_point retires_at() const { return retires_at_; }
  // For the watchdog.
  int socket() const { return connection_.sock(); }
  // Whether the server has hung up or said something while nobody asked; costs no round trip.
  bool Stale() const;
  // `text` as an SQL literal.
  std::string Quote(const std::string& text) { return connection_.quote(text); }
  // What the session commits with: "on" or "remote_apply".
  const std::string& synchronous_commit() const { return synchronous_commit_; }

  // One or more statements without parameters, in one round trip; the rows of the last one.
  std::optional<DbFailure> Send(const std::string& sql, const FailureContext& context, Rows* rows = nullptr);
  // A prepared query; prepares it at its first use here.
  std::optional<DbFailure> Run(const Query& query, const std::vector<Value>& parameters, const FailureContext& context,
                               Rows* rows, int* affected);
  // The same for a text made up for this call. At most kMaxDynamic of them stay prepared; the one used longest ago goes.
  std::optional<DbFailure> Run(const DynamicQuery& query, const std::vector<Value>& parameters, const FailureContext& context,
                               Rows* rows, int* affected);
  static constexpr size_t kMaxDynamic = 64;
  // Whether the server warned since the last call that a commit was not waited for by its standbys.
  bool TakeReplicationWarning() { return std::exchange(notices_.replication_warning, false); }

 private:
  class Notices final : public pqxx::errorhandler {
   public:
    using errorhandler::errorhandler;
    bool operator()(const char message[]) noexcept override;
    bool replication_warning = false;
  };

  explicit Connection(const std::string& conninfo);
  // Makes sure that the text can be executed by its name; throws as the driver does.
  void Prepare(const DynamicQuery& query);
  void Execute(const std::string& name, const std::vector<Value>& parameters, Rows* rows, int* affected);

  pqxx::connection connection_;
  Notices notices_;
  pqxx::nontransaction session_;
  std::unordered_set<const Query*> prepared_;
  std::list<std::string> dynamic_;  // names of prepared texts, the last used first
  std::unordered_map<std::string_view, std::list<std::string>::iterator> dynamic_by_name_;
  std::string synchronous_commit_;
  std::chrono::steady_clock::time_point retires_at_;
};

}  // namespace assay::runtime
