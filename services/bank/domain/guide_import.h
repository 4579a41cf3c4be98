#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "services/bank/domain/import_result.h"

namespace assay::bank {

// Reads a question document in either layout of the seeds, told apart by its lines:
//  - the guide: "Q12. …" with what a strong answer covers, a strong (5) and a weak (2) answer and a
//  cue with its probe,
//    under PART and SECTION headings, the level in a "Targeting" line;
//  - the grill list: "12. …" alone, under numbered "## " headings.
// Repairs paragraphs that a blank line breaks, infers a part without a heading, and reports both.
// Every non-blank line ends up in a question, a heading or a finding. INVALID_ARGUMENT for text
// over kMaxImportBytes, NUL bytes, invalid UTF-8, no question at all, or more than
// kMaxImportQuestions.
absl::StatusOr<GuideImport> ImportGuide(std::string_view text);

}  // namespace assay::bank
