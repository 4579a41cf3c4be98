#pragma once

#include <CLI/App.hpp>

#include "cli/session.h"

namespace assay::cli {

// questions search|similar, below `questions`.
void AddSearchCommands(CLI::App& questions, Session& session);

}  // namespace assay::cli
