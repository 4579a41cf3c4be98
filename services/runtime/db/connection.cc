#include "services/runtime/db/connection.h"

#include <poll.h>

#include <cstring>
#include <map>
#include <random>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pqxx/result>
#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"
#include "services/runtime/db/result_table.h"

namespace assay::runtime {
namespace {

// Without these a lost network blocks a thread for minutes. What the operator writes in the DSN wins.
const std::map<std::string, std::string> kConnectionDefaults = {
    {"client_encoding", "UTF8"},    {"connect_timeout", "2"},     {"keepalives_count", "3"},
    {"keepalives_idle", "10"},      {"keepalives_interval", "5"}, {"tcp_user_timeout", "10000"},
};

std::string ConninfoQuoted(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// What is asked here is answered in milliseconds: compiling a plan or starting workers for it would take longer than the answer, and
// the server's estimates of a page of a long list say otherwise. lc_messages and synchronous_commit are asked for only where they differ and may be set: a refused SET would fail the
// connection. Replication stronger than "on" is left as the operator chose it.
std::string SessionSql(const ConnectionSettings& settings, const std::string& quoted_role) {
  return fmt::format(
      "{}SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1; "
      "SET standard_conforming_strings = on; SET jit = off; SET max_parallel_workers_per_gather = 0; SET statement_timeout = {}; SET lock_timeout = {}; "
      "SET idle_in_transaction_session_timeout = {}; "
      "SELECT set_config('lc_messages', 'C', false) WHERE current_setting('lc_messages') <> 'C' "
      "AND has_parameter_privilege('lc_messages', 'SET'); "
      "SELECT set_config('synchronous_commit', 'on', false) "
      "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply'); "
      "SELECT current_setting('synchronous_commit')",
      quoted_role.empty() ? "" : "SET ROLE " + quoted_role + "; ", settings.statement_timeout.count(),
      settings.lock_timeout.count(), settings.idle_in_transaction.count());
}

std::chrono::steady_clock::time_point RetiresAt(std::chrono::milliseconds lifetime) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double factor = std::uniform_real_distribution<double>(0.8, 1.2)(random);
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(lifetime.count() * factor));
}

Rows ToRows(pqxx::result result) {
  auto table = std::make_shared<ResultTable>();
  table->rows = static_cast<int>(result.size());
  table->columns = static_cast<int>(result.columns());
  table->cells.reserve(static_cast<size_t>(table->rows) * table->columns);
  for (int i = 0; i < table->rows; ++i) {
    const pqxx::row row = result[i];
    for (int j = 0; j < table->columns; ++j) {
      const pqxx::field field = row[j];
      table->cells.push_back({std::string_view(field.c_str(), field.size()), field.is_null()});
    }
  }
  const int rows = table->rows;
  table->owner = std::make_shared<const pqxx::result>(std::move(result));
  return Rows(std::move(table), rows);
}

}  // namespace

absl::StatusOr<std::string> Conninfo(const ConnectionSettings& settings) {
  char* problem = nullptr;
  PQconninfoOption* options = PQconninfoParse(settings.dsn.c_str(), &problem);
  PQfreemem(problem);
  if (options == nullptr) return Error(v1::ERROR_REASON_UNAVAILABLE, "the database DSN cannot be parsed");
  std::map<std::string, std::string> values = kConnectionDefaults;
  if (!settings.application_name.empty()) values["application_name"] = settings.application_name;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  if (const auto host = values.find("host"); host != values.end() && host->second.find(',') != std::string::npos) {
    values.emplace("target_session_attrs", "read-write");
  }
  std::string text;
  for (const auto& [key, value] : values) text += key + "=" + ConninfoQuoted(value) + " ";
  return text;
}

bool Connection::Notices::operator()(const char message[]) noexcept {
  if (std::strstr(message, "synchronous replication") != nullptr) replication_warning = true;
  return false;
}

Connection::Connection(const std::string& conninfo) : connection_(conninfo), notices_(connection_), session_(connection_) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  // The only verbosity that names the constraint in a field of its own.
  connection_.set_verbosity(pqxx::connection_base::verbose);
}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionSettings& settings) {
  absl::StatusOr<std::string> conninfo = Conninfo(settings);
  if (!conninfo.ok()) return conninfo.status();
  std::unique_ptr<Connection> connection;
  std::string quoted_role;
  try {
    connection.reset(new Connection(*conninfo));
    if (!settings.role.empty()) quoted_role = connection->connection_.quote_name(settings.role);
  } catch (...) {
    const DbFailure failure = CurrentFailure({.query = "connect"});
    spdlog::warn("cannot connect to the database: {}", failure.detail);
    return failure.status;
  }
  Rows rows;
  if (const auto failure = connection->Send(SessionSql(settings, quoted_role), {.query = "session"}, &rows)) {
    spdlog::warn("cannot set up a database session: {}", failure->detail);
    // A missing role or grant is the operator's to cure; to callers the database is not there.
    return failure->discard != nullptr ? failure->status
                                       : Error(v1::ERROR_REASON_UNAVAILABLE, "the database cannot be reached; retry");
  }
  connection->synchronous_commit_ = rows[0].String(0);
  connection->retires_at_ = RetiresAt(settings.lifetime);
  return connection;
}

bool Connection::Stale() const {
  pollfd state{.fd = socket(), .events = POLLIN, .revents = 0};
  return state.fd < 0 || ::poll(&state, 1, 0) != 0;
}

std::optional<DbFailure> Connection::Send(const std::string& sql, const FailureContext& context, Rows* rows) {
  try {
    pqxx::result result = session_.exec(sql);
    if (rows != nullptr) *rows = ToRows(std::move(result));
    return std::nullopt;
  } catch (...) {
    return CurrentFailure(context);
  }
}

std::optional<DbFailure> Connection::Run(const Query& query, const std::vector<Value>& parameters,
                                         const FailureContext& context, Rows* rows, int* affected) {
  try {
    if (prepared_.insert(&query).second) connection_.prepare(query.name(), query.sql());
    Execute(query.name(), parameters, rows, affected);
    return std::nullopt;
  } catch (...) {
    return CurrentFailure(context);
  }
}

std::optional<DbFailure> Connection::Run(const DynamicQuery& query, const std::vector<Value>& parameters,
                                         const FailureContext& context, Rows* rows, int* affected) {
  try {
    Prepare(query);
    Execute(query.name(), parameters, rows, affected);
    return std::nullopt;
  } catch (...) {
    return CurrentFailure(context);
  }
}

void Connection::Prepare(const DynamicQuery& query) {
  if (const auto found = dynamic_by_name_.find(query.name()); found != dynamic_by_name_.end()) {
    dynamic_.splice(dynamic_.begin(), dynamic_, found->second);
    return;
  }
  if (dynamic_.size() >= kMaxDynamic) {
    const std::string oldest = dynamic_.back();
    dynamic_by_name_.erase(oldest);
    dynamic_.pop_back();
    connection_.unprepare(oldest);
  }
  connection_.prepare(query.name(), query.sql());
  dynamic_.push_front(query.name());
  dynamic_by_name_.emplace(dynamic_.front(), dynamic_.begin());
}

void Connection::Execute(const std::string& name, const std::vector<Value>& parameters, Rows* rows, int* affected) {
  std::vector<const char*> texts;
  texts.reserve(parameters.size());
  for (const Value& value : parameters) texts.push_back(value.text().has_value() ? value.text()->c_str() : nullptr);
  pqxx::result result = session_.exec_prepared(name, pqxx::prepare::make_dynamic_params(texts));
  if (affected != nullptr) *affected = static_cast<int>(result.affected_rows());
  if (rows != nullptr) *rows = ToRows(std::move(result));
}

}  // namespace assay::runtime
