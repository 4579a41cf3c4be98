#pragma once

#include <memory>
#include <string_view>

#include "services/bank/domain/document_reader.h"

namespace assay::bank {

// Reads the items of a bank that MakeQtiWriter wrote, or one qti-assessment-item of another system (QTI 3, or the names of QTI 2.x:
// assessmentItem, itemBody …), as the bytes arrive. Of another system's item, an extended text interaction becomes a question: the
// body its prompt, rubric blocks that candidates do not see its cue, a correct response an exemplar with score 5. Other interactions
// are an error finding. `language` is what items are in that have no xml:lang.
std::unique_ptr<DocumentReader> MakeQtiReader(std::string_view language);

}  // namespace assay::bank
