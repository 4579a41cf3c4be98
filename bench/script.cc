#include "bench/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <regex>

#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

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

void Script::Begin(const std::string& tenant, bool write) {
  text_ += "\\startpipeline\n";
  text_ += write ? "BEGIN READ WRITE;\n" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n";
  text_ += fmt::format("SELECT set_config('app.tenant', {}, true);\nSET LOCAL statement_timeout = 5000;\n", tenant);
  if (write) {
    text_ += "SET LOCAL synchronous_commit = on;\nSET LOCAL plan_cache_mode = force_generic_plan;\n";
  }
  text_ += "\\endpipeline\n";
}

// The parameter as an SQL expression of pgbench's variables; empty when nothing in it varies.
std::string Script::Expression(const std::string& parameter) {
  static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");
  struct Part {
    size_t at;
    size_t size;
    std::string expression;
  };
  std::vector<Part> parts;
  for (const Variation& variation : within_) {
    for (size_t at = parameter.find(variation.text); at != std::string::npos; at = parameter.find(variation.text, at + variation.text.size())) {
      parts.push_back({at, variation.text.size(), variation.expression});
    }
  }
  for (std::sregex_iterator it(parameter.begin(), parameter.end(), kUuid), end; it != end; ++it) {
    const size_t at = static_cast<size_t>(it->position()), size = static_cast<size_t>(it->length());
    const bool taken = std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return part.at < at + size && at < part.at + part.size; });
    if (taken) continue;
    const int number = fresh_ids_.emplace(it->str(), fresh_ids_.size() + 1).first->second;
    parts.push_back({at, size, fmt::format("('{:08x}-0000-7000-8000-00' || :k::text)", number)});
  }
  if (parts.empty()) return "";
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.at < b.at; });
  std::string expression;
  size_t done = 0;
  const auto append = [&](const std::string& piece) { expression += (expression.empty() ? "" : " || ") + piece; };
  for (const Part& part : parts) {
    if (part.at > done) append(SqlQuoted(parameter.substr(done, part.at - done)));
    append(part.expression);
    done = part.at + part.size;
  }
  if (done < parameter.size()) append(SqlQuoted(parameter.substr(done)));
  return expression;
}

absl::Status Script::AddStatement(const RecordedStatement& statement, const std::string& then) {
  ASSIGN_OR_RETURN(const std::vector<std::string> types, ParameterTypes(sql_, statement.sql));
  ++statements_;
  std::vector<std::string> replacements;
  for (size_t i = 0; i < statement.parameters.size(); ++i) {
    const std::optional<std::string>& value = statement.parameters[i];
    const std::string& type = types.at(i);
    std::string replacement;
    for (const Variation& variation : whole_) {
      if (value == variation.text) replacement = fmt::format("({})::{}", variation.expression, type);
      if (value == "{" + variation.text + "}") replacement = fmt::format("('{{' || ({})::text || '}}')::{}", variation.expression, type);
    }
    if (!value.has_value()) {
      replacement = fmt::format("NULL::{}", type);
    } else if (value->empty()) {
      // Which a variable of pgbench cannot be.
      replacement = fmt::format("''::{}", type);
    } else if (replacement.empty()) {
      if (const std::string expression = Expression(*value); !expression.empty()) {
        replacement = fmt::format("({})::{}", expression, type);
      } else {
        const std::string variable = fmt::format("{}_{}_{}", name_, statements_, i + 1);
        definitions_.push_back(variable + "=" + *value);
        replacement = fmt::format("(:{})::{}", variable, type);
      }
    }
    replacements.push_back(std::move(replacement));
  }
  text_ += Substitute(statement.sql, replacements) + (then.empty() ? ";\n" : " " + then);
  return absl::OkStatus();
}

absl::Status Script::Write(const Rig& rig) {
  path_ = fmt::format("{}/{}.sql", rig.options().run_dir, name_);
  std::ofstream file(path_);
  file << text_;
  return file.flush() ? absl::OkStatus() : absl::InternalError("cannot write " + path_);
}

}  // namespace assay::bench
