#include "services/runtime/db/connection.h"

#include <poll.h>

#include <charconv>
#include <cstring>
#include <map>
#include <random>

#include <fmt/format.h>
#include <libpq-fe.h>
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
// the server's estimates of a page of a long list say otherwise. No table is to be read as a whole where an index answers: plans are
// kept, and one that was made while a table was empty would read all of it ever after. lc_messages and synchronous_commit are asked for
// only where they differ and may be set: a refused SET would fail the connection. Replication stronger than "on" is left as the operator
// chose it.
std::string SessionSql(const ConnectionSettings& settings, const std::string& quoted_role) {
  return fmt::format(
      "{}SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1; "
      "SET standard_conforming_strings = on; SET jit = off; SET max_parallel_workers_per_gather = 0; "
      "SET enable_seqscan = off; SET plan_cache_mode = {}; SET statement_timeout = {}; SET lock_timeout = {}; "
      "SET idle_in_transaction_session_timeout = {}; "
      "SELECT set_config('lc_messages', 'C', false) WHERE current_setting('lc_messages') <> 'C' "
      "AND has_parameter_privilege('lc_messages', 'SET'); "
      "SELECT set_config('synchronous_commit', 'on', false) "
      "WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply'); "
      "SELECT current_setting('synchronous_commit')",
      quoted_role.empty() ? "" : "SET ROLE " + quoted_role + "; ",
      settings.one_plan ? "force_generic_plan" : "auto", settings.statement_timeout.count(),
      settings.lock_timeout.count(), settings.idle_in_transaction.count());
}

std::chrono::steady_clock::time_point RetiresAt(std::chrono::milliseconds lifetime) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double factor = std::uniform_real_distribution<double>(0.8, 1.2)(random);
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(lifetime.count() * factor));
}

// How a column of this type travels in binary; nullopt where Row does not read that.
std::optional<Encoding> BinaryEncoding(Oid type) {
  switch (type) {
    case Type::kBool: return Encoding::kBool;
    case Type::kBytea: return Encoding::kBytes;
    case Type::kInt8: return Encoding::kInt64;
    case Type::kInt4: return Encoding::kInt32;
    case Type::kText: return Encoding::kText;
    case Type::kTimestamptz: return Encoding::kTime;
    default: return std::nullopt;
  }
}

// Whether a result of these columns is worth to be had in binary, and can be read then.
bool IsBinary(const PGresult* described) {
  bool bytes = false;
  for (int i = 0; i < PQnfields(described); ++i) {
    const auto encoding = BinaryEncoding(PQftype(described, i));
    if (!encoding.has_value()) return false;
    bytes = bytes || *encoding == Encoding::kBytes;
  }
  return bytes;
}

Rows ToRows(std::shared_ptr<const PGresult> result) {
  auto table = std::make_shared<ResultTable>();
  const int rows = table->rows = PQntuples(result.get());
  for (int j = 0; j < PQnfields(result.get()); ++j) {
    const bool binary = PQfformat(result.get(), j) == 1;
    table->encodings.push_back(binary ? BinaryEncoding(PQftype(result.get(), j)).value() : Encoding::kText);
  }
  table->result = std::move(result);
  return Rows(std::move(table), rows);
}

std::shared_ptr<const PGresult> Owned(PGresult* result) { return {result, [](PGresult* owned) { PQclear(owned); }}; }

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

Connection::Connection(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
  // The constraint's name stands on a line of its own then, and the SQLSTATE in the message.
  PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  const auto notice = [](void* connection, const char* message) {
    if (std::strstr(message, "synchronous replication") != nullptr) static_cast<Connection*>(connection)->replication_warning_ = true;
  };
  PQsetNoticeProcessor(connection_.get(), notice, this);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionSettings& settings) {
  absl::StatusOr<std::string> conninfo = Conninfo(settings);
  if (!conninfo.ok()) return conninfo.status();
  std::unique_ptr<Connection> connection(new Connection(*conninfo));
  pg_conn* driver = connection->connection_.get();
  if (PQstatus(driver) != CONNECTION_OK) {
    const DbFailure failure = FromLostServer(PQerrorMessage(driver), {.query = "connect"});
    spdlog::warn("cannot connect to the database: {}", failure.detail);
    return failure.status;
  }
  std::string quoted_role;
  if (!settings.role.empty()) {
    const std::unique_ptr<char, void (*)(void*)> quoted(PQescapeIdentifier(driver, settings.role.data(), settings.role.size()), PQfreemem);
    if (quoted == nullptr) return Error(v1::ERROR_REASON_UNAVAILABLE, "the database role is no identifier");
    quoted_role = quoted.get();
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

int Connection::socket() const { return PQsocket(connection_.get()); }

bool Connection::Stale() const {
  pollfd state{.fd = socket(), .events = POLLIN, .revents = 0};
  return state.fd < 0 || ::poll(&state, 1, 0) != 0;
}

std::string Connection::Quote(const std::string& text) const {
  const std::unique_ptr<char, void (*)(void*)> quoted(PQescapeLiteral(connection_.get(), text.data(), text.size()), PQfreemem);
  // Of a text that is not UTF-8 there is no literal.
  return quoted == nullptr ? "NULL" : quoted.get();
}

std::optional<DbFailure> Connection::FailureOf(const pg_result* result, const FailureContext& context) const {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return std::nullopt;
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  // The server names its errors; what has no name happened on the way.
  if (sqlstate == nullptr) return FromLostServer(PQerrorMessage(connection_.get()), context);
  return FromSqlState(sqlstate, PQresultErrorMessage(result), context);
}

std::optional<DbFailure> Connection::Send(const std::string& sql, const FailureContext& context, Rows* rows) {
  Result result = Owned(PQexec(connection_.get(), sql.c_str()));
  if (auto failure = FailureOf(result.get(), context)) return failure;
  if (rows != nullptr) *rows = ToRows(std::move(result));
  return std::nullopt;
}

std::optional<DbFailure> Connection::Run(const Query& query, const std::vector<Value>& parameters,
                                         const FailureContext& context, Rows* rows, int* affected) {
  auto prepared = prepared_.find(&query);
  if (prepared == prepared_.end()) {
    Prepared made;
    if (auto failure = Prepare(query.name(), query.sql(), context, &made)) return failure;
    prepared = prepared_.emplace(&query, std::move(made)).first;
  }
  return Execute(prepared->second, parameters, context, rows, affected);
}

std::optional<DbFailure> Connection::Run(const DynamicQuery& query, const std::vector<Value>& parameters,
                                         const FailureContext& context, Rows* rows, int* affected) {
  const Prepared* prepared = nullptr;
  if (auto failure = PrepareDynamic(query, context, &prepared)) return failure;
  return Execute(*prepared, parameters, context, rows, affected);
}

std::optional<DbFailure> Connection::Prepare(const std::string& name, const char* sql, const FailureContext& context, Prepared* prepared) {
  const Result made = Owned(PQprepare(connection_.get(), name.c_str(), sql, 0, nullptr));
  if (auto failure = FailureOf(made.get(), context)) return failure;
  const Result described = Owned(PQdescribePrepared(connection_.get(), name.c_str()));
  if (auto failure = FailureOf(described.get(), context)) {
    // The name is taken there and not known here.
    if (failure->discard == nullptr) failure->discard = "unknown";
    return failure;
  }
  *prepared = {name, {}, IsBinary(described.get())};
  for (int i = 0; i < PQnparams(described.get()); ++i) prepared->parameter_types.push_back(PQparamtype(described.get(), i));
  return std::nullopt;
}

std::optional<DbFailure> Connection::PrepareDynamic(const DynamicQuery& query, const FailureContext& context, const Prepared** prepared) {
  if (const auto found = dynamic_by_sql_.find(query.sql()); found != dynamic_by_sql_.end()) {
    dynamic_.splice(dynamic_.begin(), dynamic_, found->second);
    *prepared = &dynamic_.front().second;
    return std::nullopt;
  }
  if (dynamic_.size() >= kMaxDynamic) {
    const auto& [sql, oldest] = dynamic_.back();
    if (auto failure = Send("DEALLOCATE " + oldest.name, context)) return failure;
    dynamic_by_sql_.erase(sql);
    dynamic_.pop_back();
  }
  Prepared made;
  if (auto failure = Prepare(fmt::format("dynamic_{}", ++dynamic_made_), query.sql().c_str(), context, &made)) return failure;
  dynamic_.emplace_front(query.sql(), std::move(made));
  dynamic_by_sql_.emplace(dynamic_.front().first, dynamic_.begin());
  *prepared = &dynamic_.front().second;
  return std::nullopt;
}

std::optional<DbFailure> Connection::Execute(const Prepared& prepared, const std::vector<Value>& parameters,
                                             const FailureContext& context, Rows* rows, int* affected) {
  std::vector<const char*> values(parameters.size());
  std::vector<int> lengths(parameters.size()), formats(parameters.size());
  std::list<std::string> texts;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Value& value = parameters[i];
    if (value.null()) continue;
    const uint32_t type = value.binary_type();
    const bool binary = type != 0 && i < prepared.parameter_types.size() && prepared.parameter_types[i] == type;
    const std::string& sent = type == 0 || binary ? value.wire() : texts.emplace_back(*value.text());
    values[i] = sent.c_str();
    lengths[i] = static_cast<int>(sent.size());
    formats[i] = binary ? 1 : 0;
  }
  Result result = Owned(PQexecPrepared(connection_.get(), prepared.name.c_str(), static_cast<int>(values.size()), values.data(),
                                       lengths.data(), formats.data(), prepared.binary ? 1 : 0));
  if (auto failure = FailureOf(result.get(), context)) return failure;
  if (affected != nullptr) {
    const std::string_view count = PQcmdTuples(const_cast<PGresult*>(result.get()));
    *affected = 0;
    std::from_chars(count.data(), count.data() + count.size(), *affected);
  }
  if (rows != nullptr) *rows = ToRows(std::move(result));
  return std::nullopt;
}

}  // namespace assay::runtime
