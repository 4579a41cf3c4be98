#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/guide_lines.h"
#include "services/bank/domain/import_result.h"
#include "services/bank/domain/question_draft.h"

namespace assay::bank {

// The document as the layouts see it. Lines count from 1.
struct SourceDocument {
  std::vector<std::string_view> text;
  std::vector<SourceLine> lines;

  int size() const { return static_cast<int>(lines.size()); }
  const SourceLine& at(int line) const { return lines[line - 1]; }
};

// Records lines [first, last] as left out for a reason.
void AddFinding(ImportResult& result, int first, int last, FindingSeverity severity,
                std::string reason, std::string question = "");

// Marks the non-blank lines of [first, last].
void MarkLines(const SourceDocument& document, int first, int last, LineUse use,
               ImportResult& result);

// The last line of [first, last] that is not blank, at least `first`.
int LastTextLine(const SourceDocument& document, int first, int last);

// Reads the lines [first, end) of one question, the first of which is its "Q12. …" line: its prompt
// and labelled parts, with paragraphs that a blank line breaks mid-sentence joined again (each a
// finding). Text that belongs to no part is left kUnread from `loose_from` on when it stands at the
// end, and a finding otherwise. A second list of what a strong answer covers shows that a
// question's heading is lost: it and what follows are a dropped question.
struct QuestionBlock {
  QuestionDraft draft;
  // First line of trailing text that belongs to no part; `end` when there is none.
  int loose_from = 0;
};
QuestionBlock ReadQuestionBlock(const SourceDocument& document, int first, int end,
                                ImportResult& result);

// Appends a line of the same paragraph, or of the next one, to a text. True when a sentence that a
// blank line broke was joined again.
bool AppendLine(std::string_view line, bool after_blank, std::string& text);

// True for text whose last sentence is complete.
bool EndsSentence(std::string_view text);

}  // namespace assay::bank
