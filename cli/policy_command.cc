#include "cli/policy_command.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/policy_input_yaml.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/scoring/domain/policy_canonical.h"
#include "services/scoring/domain/policy_evaluate.h"
#include "services/scoring/domain/policy_robustness.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPackScheme = "pack:";

using Problems = std::vector<std::string>;

std::optional<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string Text(const absl::Status& status) { return std::string(status.message()); }

std::string FindAbove(fs::path from) {
  std::error_code error;
  for (;; from = from.parent_path()) {
    for (const char* place : {"share/assay/packs/ai-engineer", "packs/ai-engineer"}) {
      if (fs::exists(from / place / "pack.yaml", error)) return (from / place).string();
    }
    if (!from.has_relative_path()) return "";
  }
}

const bank::v1::Policy* FindPolicy(const bank::v1::Pack& pack, std::string_view id) {
  for (const bank::v1::Policy& policy : pack.policies()) {
    if (policy.id() == id) return &policy;
  }
  return nullptr;
}

// `pack:ID`. A policy of that name comes before the pack of that name.
std::optional<bank::v1::Policy> PolicyOfPack(const bank::v1::Pack& pack, std::string_view id,
                                             Problems& problems) {
  const bank::v1::Policy* policy = FindPolicy(pack, id);
  if (id == pack.id() && !pack.default_policy().empty())
    policy = FindPolicy(pack, pack.default_policy());
  if (policy != nullptr) return *policy;
  std::string known;
  for (const bank::v1::Policy& other : pack.policies())
    known += (known.empty() ? "" : ", ") + other.id();
  problems.push_back(
      fmt::format("--policy: the bundled pack has no policy '{}' (it has: {})", id, known));
  return std::nullopt;
}

std::optional<bank::v1::Policy> LoadPolicy(const std::string& named, const bank::v1::Pack& pack,
                                           Problems& problems) {
  if (named.rfind(kPackScheme, 0) == 0) {
    return PolicyOfPack(pack, std::string_view(named).substr(kPackScheme.size()), problems);
  }
  const std::optional<std::string> yaml = ReadFile(named);
  if (!yaml) {
    problems.push_back(fmt::format("{}: cannot be read", named));
    return std::nullopt;
  }
  bank::v1::Policy policy;
  if (const absl::Status read = bank::ReadYaml(*yaml, named, policy); !read.ok()) {
    problems.push_back(Text(read));
    return std::nullopt;
  }
  return policy;
}

void CheckFlagKinds(const PolicyInputFile& file, const scoring::CatalogueFacts& facts,
                    std::string_view name, Problems& problems) {
  for (const auto& [id, kind] : file.flag_kinds) {
    const auto known = facts.flags.find(id);
    if (known == facts.flags.end() || known->second.kind == kind)
      continue;  // unknown ids are found by the domain
    problems.push_back(
        fmt::format("{}:{}: flags: '{}' is of kind {}, not {}", name, file.LineOf("flags"), id,
                    bank::v1::FlagKind_Name(known->second.kind), bank::v1::FlagKind_Name(kind)));
  }
}

void Check(const PolicyInputFile& file, const bank::v1::Policy& policy,
           const scoring::CatalogueFacts& facts, const PolicyEvaluateOptions& options,
           Problems& problems) {
  for (const auto& violation : scoring::PolicyViolations(policy, facts)) {
    problems.push_back(
        fmt::format("{}: {}: {}", options.policy, violation.field, violation.message));
  }
  for (const auto& violation : scoring::InputViolations(facts, file.input)) {
    problems.push_back(fmt::format("{}:{}: {}: {}", options.input, file.LineOf(violation.field),
                                   violation.field, violation.message));
  }
  CheckFlagKinds(file, facts, options.input, problems);
}

std::string Evaluated(const bank::v1::Policy& policy, const scoring::CatalogueFacts& facts,
                      const scoring::EvaluationInput& input) {
  const scoring::PolicySettings settings = scoring::Settle(policy);
  const scoring::Evaluation evaluation = scoring::Evaluate(settings, facts, input);
  const auto decimal = [](const std::optional<runtime::Rational>& value) {
    return value ? runtime::Json::Decimal(*value) : runtime::Json();
  };
  runtime::Json::Object json = scoring::EvaluationJson(evaluation);
  json["policy"] = settings.id;
  json["engine_version"] = scoring::kPolicyEngineVersion;
  json["binding"] = false;
  json["weighted_average_decimal"] = decimal(evaluation.weighted_average);
  json["question_average_decimal"] = decimal(evaluation.question_average);
  json["digest"] = scoring::InputDigest(settings, facts, input);
  json["robustness"] =
      scoring::RobustnessJson(scoring::CheckRobustness(settings, facts, input, evaluation));
  return runtime::Json(std::move(json)).Pretty();
}

}  // namespace

ExitCode RunPolicyEvaluate(const PolicyEvaluateOptions& options, std::ostream& out,
                           std::ostream& err) {
  const auto refuse = [&](const Problems& problems) {
    for (const std::string& problem : problems) err << problem << '\n';
    return ExitCode::kUsage;
  };
  const std::string pack_path = options.pack.empty() ? FindBundledPack() : options.pack;
  if (pack_path.empty())
    return refuse({"the bundled pack was not found; set ASSAY_PACK to its directory"});
  const auto pack = bank::LoadPack(pack_path);
  if (!pack.ok()) return refuse({Text(pack.status())});

  Problems problems;
  std::optional<bank::v1::Policy> policy = LoadPolicy(options.policy, *pack, problems);
  const std::optional<std::string> yaml = ReadFile(options.input);
  if (!yaml) problems.push_back(fmt::format("{}: cannot be read", options.input));
  PolicyInputFile file;
  if (yaml) {
    const Problems found = ReadPolicyInput(*yaml, options.input, file);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  if (!policy || !yaml) return refuse(problems);

  if (file.gives_required_competencies) policy->mutable_parameters()->clear_required_competencies();
  policy = scoring::WithParameters(std::move(*policy), file.parameters);
  const scoring::CatalogueFacts facts = scoring::FactsFromPack(*pack);
  Check(file, *policy, facts, options, problems);
  if (!problems.empty()) return refuse(problems);
  out << Evaluated(*policy, facts, file.input);
  return ExitCode::kOk;
}

std::string FindBundledPack() {
  if (const char* given = std::getenv("ASSAY_PACK"); given != nullptr && *given != '\0')
    return given;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    if (std::string found = FindAbove(program.parent_path()); !found.empty()) return found;
  }
  const fs::path here = fs::current_path(error);
  return error ? "" : FindAbove(here);
}

void AddPolicyCommands(CLI::App& app, ExitCode& exit_code) {
  CLI::App* policy = app.add_subcommand("policy", "Decision policies");
  policy->require_subcommand(1);
  CLI::App* evaluate =
      policy->add_subcommand("evaluate", "Evaluates a policy on ratings and flags, offline");
  // Lives as long as the callback, which CLI11 keeps in the app.
  const auto options = std::make_shared<PolicyEvaluateOptions>();
  const auto format = std::make_shared<std::string>("json");
  evaluate->add_option("--policy", options->policy, "Policy file, or pack:ID")->required();
  evaluate->add_option("--input", options->input, "Ratings and flags, YAML")->required();
  evaluate->add_option("--format", *format, "Output format")
      ->check(CLI::IsMember({"json"}))
      ->capture_default_str();
  evaluate->callback([options, format, &exit_code] {
    exit_code = RunPolicyEvaluate(*options, std::cout, std::cerr);
  });
}

}  // namespace assay::cli
