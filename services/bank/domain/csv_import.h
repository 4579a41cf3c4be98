#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "services/bank/domain/import_result.h"

namespace assay::bank {

// Reads questions from CSV (RFC 4180, UTF-8) with the header
//   ref,part,section,competency,question,covers,strong_answer,weak_answer,cue,probe
// in any order; `level` (fresher, experienced, senior) may be added, otherwise the part's name says
// it. `ref` and `question` must be there; a column that is absent or unknown is a finding. "Q12"
// becomes id q012, any other ref its slug. `covers` is split like the guide's, each line of `probe`
// is a probe. A row with the wrong number of cells, or without ref or question, is dropped with a
// finding over its lines. INVALID_ARGUMENT for what is no CSV with such a header, for text over
// kMaxImportBytes, NUL bytes, invalid UTF-8, or more than kMaxImportQuestions.
absl::StatusOr<CsvImport> ImportCsv(std::string_view text);

}  // namespace assay::bank
