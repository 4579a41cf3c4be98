#include "bench/recording_pool.h"

#include <stdexcept>
#include <utility>

namespace assay::bench {
namespace {

using runtime::DynamicQuery;
using runtime::Query;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

// Empty where it is no text, number or truth.
std::string FirstCell(const runtime::Row& row) {
  try {
    return row.String(0);
  } catch (const std::logic_error&) {
    return "";
  }
}

class RecordingTx final : public Tx {
 public:
  RecordingTx(Tx& tx, std::vector<RecordedStatement>& log) : tx_(tx), log_(log) {}

  absl::StatusOr<Rows> Run(const Query& query, const std::vector<Value>& parameters) override { return RunAny(query, parameters); }
  absl::StatusOr<Rows> Run(const DynamicQuery& query, const std::vector<Value>& parameters) override { return RunAny(query, parameters); }
  absl::StatusOr<int> Execute(const Query& query, const std::vector<Value>& parameters) override {
    Note(query.label(), query.sql(), parameters);
    return tx_.Execute(query, parameters);
  }
  absl::Status SetTenant(const std::string& tenant) override { return tx_.SetTenant(tenant); }
  const std::string& tenant() const override { return tx_.tenant(); }

 private:
  template <typename AnyQuery>
  absl::StatusOr<Rows> RunAny(const AnyQuery& query, const std::vector<Value>& parameters) {
    absl::StatusOr<Rows> rows = tx_.Run(query, parameters);
    Note(query.label(), query.sql(), parameters);
    if (rows.ok() && !rows->empty()) log_.back().answer = FirstCell((*rows)[0]);
    return rows;
  }
  void Note(const char* label, const std::string& sql, const std::vector<Value>& parameters) {
    RecordedStatement statement{label, sql, {}, ""};
    for (const Value& value : parameters) statement.parameters.push_back(value.text());
    log_.push_back(std::move(statement));
  }

  Tx& tx_;
  std::vector<RecordedStatement>& log_;
};

}  // namespace

absl::Status RecordingPool::Transact(runtime::TxMode mode, const std::string& tenant, runtime::Deadline deadline,
                                     const std::function<absl::Status(Tx&)>& work) {
  RecordedTransaction transaction{mode == runtime::TxMode::kReadWrite, {}};
  const absl::Status status = pool_.Transact(mode, tenant, deadline, [&](Tx& tx) {
    transaction.statements.clear();
    RecordingTx recording(tx, transaction.statements);
    return work(recording);
  });
  std::lock_guard lock(mutex_);
  log_.push_back(std::move(transaction));
  return status;
}

std::vector<RecordedTransaction> RecordingPool::Take() {
  std::lock_guard lock(mutex_);
  return std::exchange(log_, {});
}

}  // namespace assay::bench
