#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/recording_pool.h"
#include "bench/rig.h"
#include "bench/sql.h"

namespace assay::bench {

// What differs from one transaction to the next, found in the recorded parameters by its look, and what pgbench puts there.
struct Variation {
  std::string text;
  std::string expression;
};

// A script of pgbench made of what a service was recorded to run: prepared, and with everything that a client sends sent as
// parameters.
class Script {
 public:
  // `name` begins the names of its variables and of its file. `within` is replaced wherever it occurs in a parameter, `whole`
  // where it is the parameter or the only element of an array. Each UUID of version 7 becomes a new one, made from variable k, a
  // number of ten digits.
  Script(Sql& sql, std::string name, std::vector<Variation> within = {}, std::vector<Variation> whole = {})
      : sql_(sql), name_(std::move(name)), within_(std::move(within)), whole_(std::move(whole)) {}

  // Lines as they are.
  void Add(const std::string& lines) { text_ += lines; }
  // As Transaction::Begin does, in one round trip; `tenant` is an SQL expression.
  void Begin(const std::string& tenant, bool write);
  // `then` ends the statement, as in "\gset x_\n"; empty = a semicolon.
  absl::Status AddStatement(const RecordedStatement& statement, const std::string& then = "");

  // Writes the file.
  absl::Status Write(const Rig& rig);
  const std::string& path() const { return path_; }
  // Constant parameters, "variable=value".
  const std::vector<std::string>& definitions() const { return definitions_; }

 private:
  std::string Expression(const std::string& parameter);

  Sql& sql_;
  const std::string name_;
  const std::vector<Variation> within_;
  const std::vector<Variation> whole_;
  std::string text_;
  std::string path_;
  std::vector<std::string> definitions_;
  int statements_ = 0;
  std::map<std::string, int> fresh_ids_;  // by the recorded one
};

}  // namespace assay::bench
