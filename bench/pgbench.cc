#include "bench/pgbench.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <regex>

#include "bench/submit_data.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

// What differs from one submission to the next, found in the recorded parameters by its look.
struct Varying {
  std::string tenant;
  std::string interview;    // decimal, ten digits
  std::string interviewer;  // id; its number also ends the subject
  int64_t audit_sequence;
};

// `text` as an SQL expression of pgbench's variables; `fresh` counts the ids that every submission makes anew.
std::string Expression(const std::string& text, const Varying& varying, int& fresh) {
  static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");
  struct Part {
    size_t at;
    size_t size;
    std::string expression;
  };
  std::vector<Part> parts;
  const auto every = [&](const std::string& what, const std::string& expression) {
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) {
      parts.push_back({at, what.size(), expression});
    }
  };
  every(varying.tenant, ":tenant::text");
  every(varying.interview, ":k::text");
  every(varying.interviewer, "('interviewer-' || :who::text)");
  for (std::sregex_iterator it(text.begin(), text.end(), kUuid), end; it != end; ++it) {
    parts.push_back({static_cast<size_t>(it->position()), static_cast<size_t>(it->length()),
                     fmt::format("('{:08x}-0000-7000-8000-00' || :k::text)", ++fresh)});
  }
  if (parts.empty()) return "";
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.at < b.at; });
  std::string expression;
  size_t done = 0;
  const auto append = [&](const std::string& piece) { expression += (expression.empty() ? "" : " || ") + piece; };
  for (const Part& part : parts) {
    if (part.at > done) append(SqlQuoted(text.substr(done, part.at - done)));
    append(part.expression);
    done = part.at + part.size;
  }
  if (done < text.size()) append(SqlQuoted(text.substr(done)));
  return expression;
}

// Types of a statement's parameters, as the server infers them.
absl::StatusOr<std::vector<std::string>> ParameterTypes(Sql& sql, const std::string& statement) {
  RETURN_IF_ERROR(sql.Run("PREPARE recorded AS " + statement).status());
  ASSIGN_OR_RETURN(const auto rows, sql.Run("SELECT t.type::text FROM pg_prepared_statements p, "
                                            "unnest(p.parameter_types) WITH ORDINALITY AS t (type, place) "
                                            "WHERE p.name = 'recorded' ORDER BY t.place"));
  RETURN_IF_ERROR(sql.Run("DEALLOCATE recorded").status());
  std::vector<std::string> types;
  for (const auto& row : rows) types.push_back(row[0]);
  return types;
}

// The statement with $n replaced by `replacements`, on one line.
std::string Substitute(const std::string& sql, const std::vector<std::string>& replacements) {
  std::string out;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql.compare(i, 2, "--") == 0) {
      while (i < sql.size() && sql[i] != '\n') ++i;
    }
    if (sql[i] == '$' && i + 1 < sql.size() && std::isdigit(static_cast<unsigned char>(sql[i + 1]))) {
      size_t end = i + 1;
      while (end < sql.size() && std::isdigit(static_cast<unsigned char>(sql[end]))) ++end;
      out += replacements.at(std::stoul(sql.substr(i + 1, end - i - 1)) - 1);
      i = end - 1;
    } else {
      out += sql[i] == '\n' ? ' ' : sql[i];
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<PgBench> PgBench::Create(Rig& rig, Sql& sql, const std::vector<RecordedStatement>& recorded, int64_t slot,
                                        int64_t audit_sequence) {
  PgBench bench(rig);
  const Slot submitted(slot);
  const Varying varying{TenantOf(submitted.tenant()), submitted.interview(), InterviewerId(submitted.interviewer()), audit_sequence};
  const std::string next = std::to_string(audit_sequence + 1);
  std::string script = fmt::format(
      "\\set n :n + 1\n"
      "\\set k :first + :client_id + :clients * :n\n"
      "\\set t (:k * 40503 >> 7) & {}\n"
      "\\set who (:k >> 3) & {}\n",
      kTenants - 1, kInterviewersPerTenant - 1);
  // As Transaction::Begin does, in one round trip. A tenant's name is a text, which pgbench's own arithmetic cannot make; the statement that opens the transaction does.
  script +=
      "\\startpipeline\n"
      "BEGIN READ WRITE;\n"
      "SELECT set_config('app.tenant', 'bench-' || lpad(:t::text, 2, '0'), true);\n"
      "SET LOCAL statement_timeout = 5000;\n"
      "SET LOCAL synchronous_commit = on;\n"
      "SET LOCAL plan_cache_mode = force_generic_plan;\n"
      "\\endpipeline\n";
  int fresh = 0;
  for (const RecordedStatement& statement : recorded) {
    ASSIGN_OR_RETURN(const std::vector<std::string> types, ParameterTypes(sql, statement.sql));
    std::vector<std::string> replacements;
    for (size_t i = 0; i < statement.parameters.size(); ++i) {
      const std::optional<std::string>& value = statement.parameters[i];
      const std::string& type = types.at(i);
      if (!value.has_value()) {
        replacements.push_back(fmt::format("NULL::{}", type));
      } else if (*value == next) {
        replacements.push_back(fmt::format("(:sequence)::{}", type));
      } else if (*value == "{" + next + "}") {
        replacements.push_back(fmt::format("('{{' || :sequence::text || '}}')::{}", type));
      } else if (const std::string expression = Expression(*value, varying, fresh); !expression.empty()) {
        replacements.push_back(fmt::format("({})::{}", expression, type));
      } else {
        const std::string variable = fmt::format("{}_{}", statement.name, i + 1);
        bench.definitions_.push_back(variable + "=" + *value);
        replacements.push_back(fmt::format("(:{})::{}", variable, type));
      }
    }
    const bool locks_chain = statement.answer == std::to_string(audit_sequence);
    script += Substitute(statement.sql, replacements);
    script += locks_chain ? " \\gset head_\n\\set sequence :head_sequence + 1\n" : ";\n";
  }
  script += "COMMIT;\n";
  // The tenant appears as a parameter of every statement: computed once, where the transaction opens.
  const std::string tenant = "('bench-' || lpad(:t::text, 2, '0'))";
  for (size_t at = script.find(":tenant::text"); at != std::string::npos; at = script.find(":tenant::text", at)) {
    script.replace(at, 13, tenant);
    at += tenant.size();
  }
  bench.script_ = rig.options().run_dir + "/submit.sql";
  std::ofstream file(bench.script_);
  file << script;
  if (!file.flush()) return absl::InternalError("cannot write " + bench.script_);
  return bench;
}

absl::StatusOr<PgBench::Report> PgBench::Run(int clients, int64_t first, double seconds) const {
  const std::string log = rig_.Log("pgbench");
  std::vector<std::string> arguments = {rig_.options().pgbench, "--no-vacuum", "--protocol=prepared",
                                        fmt::format("--client={}", clients), "--jobs=2",
                                        fmt::format("--time={}", static_cast<int>(std::ceil(seconds))),
                                        "--file=" + script_, "--define=n=-1", fmt::format("--define=first={}", first),
                                        fmt::format("--define=clients={}", clients)};
  for (const std::string& definition : definitions_) arguments.push_back("--define=" + definition);
  arguments.push_back("assay_scoring");
  // To run it again by hand: xargs -d '\n' -a submit.args env PGHOST=… PGPORT=… PGUSER=assay_login PGOPTIONS=…
  std::ofstream again(rig_.options().run_dir + "/submit.args");
  for (const std::string& argument : arguments) again << argument << "\n";
  again.close();
  ASSIGN_OR_RETURN(const std::string printed, RunProgram(arguments, log,
                                                         {{"PGHOST", rig_.options().pg_host},
                                                          {"PGPORT", rig_.options().pg_port},
                                                          {"PGUSER", "assay_login"},
                                                          {"PGOPTIONS", "-c role=assay_app -c timezone=UTC"}}));
  std::smatch tps, latency;
  if (printed.find("number of failed transactions: 0 ") == std::string::npos ||
      !std::regex_search(printed, tps, std::regex("tps = ([0-9.]+) \\(without")) ||
      !std::regex_search(printed, latency, std::regex("latency average = ([0-9.]+) ms"))) {
    return absl::InternalError("pgbench failed: " + printed);
  }
  return Report{std::stod(tps[1]), std::stod(latency[1])};
}

}  // namespace assay::bench
