#pragma once

#include <iosfwd>
#include <string>

#include <CLI/App.hpp>

#include "cli/exit_code.h"

namespace assay::cli {

struct PolicyEvaluateOptions {
  // A YAML file of the Policy message, or "pack:ID": a policy of the bundled pack, or the pack's
  // own id for its default.
  std::string policy;
  std::string input;
  // Directory or file of the bundled pack; empty = found beside the program or in the checkout.
  std::string pack;
};

// `assayctl policy evaluate`: prints the evaluation as JSON to `out`; what is wrong goes to `err`,
// every problem on its own line, and gives kUsage. Every outcome is kOk.
ExitCode RunPolicyEvaluate(const PolicyEvaluateOptions& options, std::ostream& out,
                           std::ostream& err);

// Directory of the bundled pack: ASSAY_PACK, else the nearest share/assay/packs/ai-engineer or
// packs/ai-engineer above the program or the working directory; "" when there is none.
std::string FindBundledPack();

// Registers `policy evaluate`; sets `exit_code` when it has run.
void AddPolicyCommands(CLI::App& app, ExitCode& exit_code);

}  // namespace assay::cli
