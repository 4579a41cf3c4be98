#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/pack_export.h"
#include "cli/pack_import.h"

namespace assay::cli {

void AddPackCommands(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("pack", "Packs: check, import, export")->require_subcommand(1)->fallthrough();
  AddPackLintAndExport(*group, session);
  AddPackImport(*group, session);
}

}  // namespace assay::cli
