#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

struct pg_conn;

namespace assay::bench {

// A plain connection to PostgreSQL for setting up and looking; not for what is measured.
class Sql {
 public:
  static absl::StatusOr<Sql> Open(const std::string& dsn);

  // Runs statements; the rows of the last one, as text.
  absl::StatusOr<std::vector<std::vector<std::string>>> Run(const std::string& sql);
  // What COPY … TO STDOUT gives, and the time in seconds that COPY … FROM STDIN takes with it.
  absl::StatusOr<std::string> CopyOut(const std::string& sql);
  absl::StatusOr<double> CopyIn(const std::string& sql, const std::string& data);
  // The one cell of the answer.
  absl::StatusOr<std::string> One(const std::string& sql);

 private:
  absl::Status EndCopy();
  explicit Sql(std::shared_ptr<pg_conn> connection) : connection_(std::move(connection)) {}

  std::shared_ptr<pg_conn> connection_;
};

std::string SqlQuoted(const std::string& text);
// Bytes as a literal of type bytea.
std::string SqlBytes(const std::string& bytes);

}  // namespace assay::bench
