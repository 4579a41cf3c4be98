#include "bench/sql.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>

#include "services/runtime/base/status_macros.h"

namespace assay::bench {

absl::StatusOr<Sql> Sql::Open(const std::string& dsn) {
  std::shared_ptr<pg_conn> connection(PQconnectdb(dsn.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) return absl::UnavailableError(PQerrorMessage(connection.get()));
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  return Sql(std::move(connection));
}

absl::StatusOr<std::vector<std::vector<std::string>>> Sql::Run(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    return absl::InternalError(fmt::format("{}: {}", PQerrorMessage(connection_.get()), sql.substr(0, 200)));
  }
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    rows.emplace_back();
    for (int j = 0; j < PQnfields(result.get()); ++j) rows.back().emplace_back(PQgetvalue(result.get(), i, j));
  }
  return rows;
}

absl::StatusOr<std::string> Sql::CopyOut(const std::string& sql) {
  const std::unique_ptr<PGresult, decltype(&PQclear)> begun(PQexec(connection_.get(), sql.c_str()), PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COPY_OUT) return absl::InternalError(PQerrorMessage(connection_.get()));
  std::string data;
  char* row = nullptr;
  int size = 0;
  while ((size = PQgetCopyData(connection_.get(), &row, 0)) > 0) {
    data.append(row, static_cast<size_t>(size));
    PQfreemem(row);
  }
  RETURN_IF_ERROR(EndCopy());
  return data;
}

absl::StatusOr<double> Sql::CopyIn(const std::string& sql, const std::string& data) {
  constexpr size_t kPiece = 1 << 20;
  const auto begin = std::chrono::steady_clock::now();
  const std::unique_ptr<PGresult, decltype(&PQclear)> begun(PQexec(connection_.get(), sql.c_str()), PQclear);
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return absl::InternalError(PQerrorMessage(connection_.get()));
  for (size_t at = 0; at < data.size(); at += kPiece) {
    const size_t size = std::min(kPiece, data.size() - at);
    if (PQputCopyData(connection_.get(), data.data() + at, static_cast<int>(size)) != 1) break;
  }
  PQputCopyEnd(connection_.get(), nullptr);
  RETURN_IF_ERROR(EndCopy());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

absl::Status Sql::EndCopy() {
  absl::Status status;
  while (PGresult* result = PQgetResult(connection_.get())) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK) status = absl::InternalError(PQresultErrorMessage(result));
    PQclear(result);
  }
  return status;
}

absl::StatusOr<std::string> Sql::One(const std::string& sql) {
  ASSIGN_OR_RETURN(const auto rows, Run(sql));
  if (rows.size() != 1 || rows[0].size() != 1) return absl::InternalError("not one cell: " + sql);
  return rows[0][0];
}

std::string SqlQuoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string SqlBytes(const std::string& bytes) {
  std::string out = "'\\x";
  for (const unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out + "'::bytea";
}

}  // namespace assay::bench
