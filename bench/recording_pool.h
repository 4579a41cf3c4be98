#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "services/runtime/db/pool.h"

namespace assay::bench {

// A statement as the service ran it.
struct RecordedStatement {
  std::string name;
  std::string sql;
  std::vector<std::optional<std::string>> parameters;
  // First column of its first row; empty without rows.
  std::string answer;
};

// What ran between BEGIN and COMMIT.
struct RecordedTransaction {
  bool write = false;
  std::vector<RecordedStatement> statements;
};

// Passes everything on and keeps the statements of every transaction.
class RecordingPool final : public runtime::Pool {
 public:
  explicit RecordingPool(runtime::Pool& pool) : pool_(pool) {}

  absl::Status Transact(runtime::TxMode mode, const std::string& tenant, runtime::Deadline deadline,
                        const std::function<absl::Status(runtime::Tx&)>& work) override;
  absl::Status Ping() override { return pool_.Ping(); }
  void Close() override { pool_.Close(); }

  // What was kept since the last time, in the order of the commits.
  std::vector<RecordedTransaction> Take();

 private:
  runtime::Pool& pool_;
  std::mutex mutex_;
  std::vector<RecordedTransaction> log_;
};

}  // namespace assay::bench
