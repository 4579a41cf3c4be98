#pragma once

#include <CLI/App.hpp>

#include "cli/session.h"

namespace assay::cli {

// Each registers its commands; they run when parsed and set the session's exit code.
void AddPackCommands(CLI::App& app, Session& session);        // pack lint|import|export
void AddBankCommands(CLI::App& app, Session& session);        // questions, kit, catalog
void AddScoringCommands(CLI::App& app, Session& session);     // candidate … interview, scorecard, flag, decision
void AddReportCommands(CLI::App& app, Session& session);      // report
void AddFeedCommands(CLI::App& app, Session& session);        // events, audit
void AddOperatorCommands(CLI::App& app, Session& session);    // token, doctor, call
void AddDemoCommand(CLI::App& app, Session& session);         // demo

// Prints `response` as --format says: a table of `list` where there is one, JSON or YAML.
struct Column;
void Print(Session& session, const google::protobuf::Message& response, const std::string& list = "",
           const std::vector<Column>& columns = {});

}  // namespace assay::cli
