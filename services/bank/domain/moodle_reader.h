#pragma once

#include <memory>
#include <string_view>

#include "services/bank/domain/document_reader.h"

namespace assay::bank {

// Reads Moodle XML as its bytes arrive. An essay becomes a question: what MakeMoodleWriter wrote as it was, another's with its text
// as the prompt, its information for graders and general feedback as the cue, its category as part and section. Every other type of
// question is an error finding, pictures and files are warnings. `language` is what questions are in that do not say.
std::unique_ptr<DocumentReader> MakeMoodleReader(std::string_view language);

}  // namespace assay::bank
