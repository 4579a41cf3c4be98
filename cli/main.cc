#include <CLI/CLI.hpp>

#include <clocale>
#include <csignal>
#include <iostream>

#include "cli/commands.h"
#include "cli/policy_command.h"

int main(int argc, char** argv) {
  // A closed pipe (`assayctl … | head`) is the reader's wish, not an error.
  std::signal(SIGPIPE, SIG_DFL);
  assay::cli::Session session;
  CLI::App app{"assayctl talks to the Assay services and runs their rules offline."};
  app.require_subcommand(1);
  app.set_version_flag("--version", ASSAY_VERSION);
  app.fallthrough();
  auto& options = session.options;
  app.add_option("--bank", options.bank, "HOST:PORT of the question bank")->envname("ASSAY_BANK");
  app.add_option("--scoring", options.scoring, "HOST:PORT of scoring")->envname("ASSAY_SCORING");
  app.add_option("--reporting", options.reporting, "HOST:PORT of reporting")->envname("ASSAY_REPORTING");
  app.add_option("--token", options.token, "Bearer token")->envname("ASSAY_TOKEN");
  app.add_option("--ca", options.ca, "PEM file of the authorities; empty = plaintext")->envname("ASSAY_CA");
  app.add_option("--on-behalf-of", options.on_behalf_of, "Subject of the person to act for");
  app.add_option("-o,--output", options.output, "File to write the answer to");
  app.add_option("--format", options.format, "table, json or yaml; reports: html, json or svg");
  app.add_option("--timeout", options.timeout_seconds, "Seconds to wait for an answer")->capture_default_str();

  assay::cli::AddPackCommands(app, session);
  assay::cli::AddBankCommands(app, session);
  assay::cli::AddScoringCommands(app, session);
  assay::cli::AddReportCommands(app, session);
  assay::cli::AddFeedCommands(app, session);
  assay::cli::AddOperatorCommands(app, session);
  assay::cli::AddDemoCommand(app, session);
  assay::cli::AddPolicyCommands(app, session.exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(assay::cli::ExitCode::kUsage);
  }
  return static_cast<int>(session.exit_code);
}
