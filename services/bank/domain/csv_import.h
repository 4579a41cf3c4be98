#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

#include "services/bank/domain/document_reader.h"
#include "services/bank/domain/import_result.h"

namespace assay::bank {

// Reads questions from CSV (RFC 4180, UTF-8; semicolons or tabs where a spreadsheet put them) with the header
//   ref,part,section,competency,question,covers,strong_answer,weak_answer,cue,probe
// in any order; `ref` and `question` must be there. Any other field of QuestionContent may be a column of its name (csv_columns.h);
// a column that is absent or unknown is a finding. "Q12" becomes id q012, any other ref its slug; the level comes from `level` or
// else from the part's name. `covers` is split like the guide's, each line of `probe` is a probe. A row with the wrong number of
// cells, without ref or question, with a ref that stood before or a level that is none is dropped with a finding over its lines. With
// a column `id`, which MakeCsvWriter writes, cells are the fields' exact text, those missing at the end of a row are empty, and what
// the columns of fields say goes before the readable columns.
// INVALID_ARGUMENT for what is no CSV with such a header, for text over kMaxImportBytes, NUL bytes, invalid UTF-8, or more than
// kMaxImportQuestions.
absl::StatusOr<CsvImport> ImportCsv(std::string_view text);

// The same, as bytes arrive and for documents of any size. `language` is what questions are in where no column says it.
std::unique_ptr<DocumentReader> MakeCsvReader(std::string_view language);

}  // namespace assay::bank
