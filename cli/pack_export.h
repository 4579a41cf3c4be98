#pragma once

#include <CLI/App.hpp>

#include "cli/session.h"

namespace assay::cli {

// Registers `pack lint` and `pack export` below `group`.
void AddPackLintAndExport(CLI::App& group, Session& session);

}  // namespace assay::cli
