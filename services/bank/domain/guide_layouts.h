#pragma once

#include "services/bank/domain/guide_block.h"
#include "services/bank/domain/import_result.h"

// The layouts that ImportGuide tells apart. Each fills parts, sections, questions, findings and the
// use of lines.
namespace assay::bank {

// "Q12. …" with labelled parts, under PART and SECTION headings.
void ReadGuideLayout(const SourceDocument& document, ImportResult& result);

// "12. …" alone, under "## 3. …" headings.
void ReadGrillLayout(const SourceDocument& document, ImportResult& result);

// Reports what follows the last question: one finding for frameworks and rubrics, one for a closing
// advertisement.
void ReportBackMatter(const SourceDocument& document, int first, int last, ImportResult& result);

// Reports numbers that are missing between the lowest and the highest. `numbers` need not be
// sorted.
void ReportGaps(std::vector<int> numbers, char letter, int line, ImportResult& result);

}  // namespace assay::bank
