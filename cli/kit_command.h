#pragma once

#include <CLI/App.hpp>

#include "cli/session.h"

namespace assay::cli {

// kit assemble|get|list|check|swap|plan|export, exposure list|policy|leak|clear.
void AddKits(CLI::App& app, Session& session);
void AddExposure(CLI::App& app, Session& session);

}  // namespace assay::cli
