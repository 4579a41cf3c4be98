#pragma once

#include <CLI/App.hpp>

#include "cli/session.h"

namespace assay::cli {

// Registers `kit export` below `group`.
void AddKitExport(CLI::App& group, Session& session);

}  // namespace assay::cli
