#pragma once

#include <optional>
#include <string_view>

#include "services/bank/domain/guide_lines.h"

namespace assay::bank {

// The label that a line of a guide begins with ("Strong Answer Example:", "What good answers should cover -", "LISTEN FOR"), and what
// stands behind it. Labels are known by their words, not by a list of phrases, because every author words them a little differently.
std::optional<SourceLine> LabelLine(std::string_view line);

}  // namespace assay::bank
