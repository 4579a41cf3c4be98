#pragma once

#include <CLI/App.hpp>

#include "cli/session.h"

namespace assay::cli {

// questions list|get|history|diff|publish|schedule|unschedule|retire|delete
void AddQuestions(CLI::App& app, Session& session);

}  // namespace assay::cli
