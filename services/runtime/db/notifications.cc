#include "services/runtime/db/notifications.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <spdlog/spdlog.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/db/connection.h"

namespace assay::runtime {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

constexpr char kNotify[] = "SELECT pg_notify($1, $2)";

std::string Quoted(pg_conn* connection, const std::string& name) {
  const std::unique_ptr<char, void (*)(void*)> quoted(PQescapeIdentifier(connection, name.data(), name.size()), PQfreemem);
  return quoted == nullptr ? "" : quoted.get();
}

}  // namespace

NotificationConnection::NotificationConnection(pg_conn* connection, std::string channel)
    : connection_(connection, PQfinish), channel_(std::move(channel)) {
  // What the server remarks belongs into its own log.
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
}

NotificationConnection::~NotificationConnection() = default;

// A connection of its own: notifications come while nobody asks anything, and a transaction's connection is busy or not ours.
absl::StatusOr<std::unique_ptr<NotificationConnection>> NotificationConnection::Open(const ConnectionSettings& settings,
                                                                                     const std::string& channel) {
  ASSIGN_OR_RETURN(const std::string conninfo, Conninfo(settings));
  std::unique_ptr<NotificationConnection> opened(new NotificationConnection(PQconnectdb(conninfo.c_str()), channel));
  pg_conn* connection = opened->connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) return opened->Gone();
  std::string session = fmt::format("SET synchronous_commit = off; SET statement_timeout = {}; LISTEN {}",
                                    settings.statement_timeout.count(), Quoted(connection, channel));
  if (!settings.role.empty()) session = fmt::format("SET ROLE {}; {}", Quoted(connection, settings.role), session);
  const Result result(PQexec(connection, session.c_str()), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return opened->Gone();
  return opened;
}

absl::Status NotificationConnection::Gone() const {
  std::string words = PQerrorMessage(connection_.get());
  words.resize(std::min(words.size(), words.find('\n')));
  spdlog::warn("no connection for notifications: {}", words);
  return Error(v1::ERROR_REASON_UNAVAILABLE, "there is no connection for notifications");
}

int NotificationConnection::socket() const { return PQsocket(connection_.get()); }

absl::Status NotificationConnection::Send(const std::string& payload) {
  const char* parameters[] = {channel_.c_str(), payload.c_str()};
  if (PQsendQueryParams(connection_.get(), kNotify, 2, nullptr, parameters, nullptr, nullptr, 0) != 1) return Gone();
  busy_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> NotificationConnection::Receive() {
  pg_conn* connection = connection_.get();
  if (PQconsumeInput(connection) != 1) return Gone();
  while (busy_ && PQisBusy(connection) == 0) {
    const Result result(PQgetResult(connection), PQclear);
    if (result == nullptr) {
      busy_ = false;
    } else if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
      // The queue may be full. Whoever listens looks by itself in a while.
      spdlog::warn("a notification was refused: {}", PQresultErrorField(result.get(), PG_DIAG_SQLSTATE)
                                                         ? PQresultErrorField(result.get(), PG_DIAG_SQLSTATE)
                                                         : "unknown");
    }
  }
  if (PQstatus(connection) != CONNECTION_OK) return Gone();
  std::vector<std::string> payloads;
  const int own = PQbackendPID(connection);
  while (true) {
    const std::unique_ptr<PGnotify, void (*)(void*)> notification(PQnotifies(connection), PQfreemem);
    if (notification == nullptr) return payloads;
    if (notification->be_pid != own) payloads.emplace_back(notification->extra);
  }
}

}  // namespace assay::runtime
