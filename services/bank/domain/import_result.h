#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assay/bank/v1/question.pb.h"

// What reading a foreign document yields: questions, and a finding for everything that did not
// become one.
namespace assay::bank {

// A document over this is refused whole.
inline constexpr std::size_t kMaxImportBytes = 8u << 20;
// As many questions as a pack may hold.
inline constexpr std::size_t kMaxImportQuestions = 200'000;

enum class FindingSeverity {
  // Repaired, inferred or set aside on purpose.
  kInfo,
  // Imported, and a person should look at it.
  kWarning,
  // Something that looks like a question, or a part of one, was not imported or is in conflict.
  kError,
};

// One thing to know about the document. Lines count from 1; `end_line` is inclusive.
struct ImportFinding {
  int line = 0;
  int end_line = 0;
  std::string reason;
  FindingSeverity severity = FindingSeverity::kInfo;
  // Ref of the question concerned ("Q12"), empty when none is.
  std::string question;
};

// What became of a line. After an import no line is kUnread: that is the promise that nothing is
// silently dropped.
enum class LineUse : std::uint8_t {
  kUnread,
  kBlank,
  // A part, section or "Targeting" line, or a table header.
  kHeading,
  // Horizontal rule between sections.
  kSeparator,
  // Became a part of a question.
  kQuestion,
  // Lies within the range of a finding that says why it was left out.
  kFinding,
};

struct ImportedPart {
  std::string title;
  int line = 0;
  int questions = 0;
  // The document has no heading for it.
  bool inferred = false;
};

struct ImportedSection {
  std::string part;
  std::string title;
  int line = 0;
  int questions = 0;
};

struct ImportResult {
  // "guide", "grill" or "csv".
  std::string layout;
  // In the order of the document; ids are unique.
  std::vector<v1::QuestionContent> questions;
  std::vector<ImportedPart> parts;
  std::vector<ImportedSection> sections;
  // In order of line.
  std::vector<ImportFinding> findings;
  // Questions that were recognised and could not be imported; each has a finding of severity
  // kError.
  int dropped = 0;
  // lines[i] is what became of line i + 1.
  std::vector<LineUse> lines;
};

using GuideImport = ImportResult;
using CsvImport = ImportResult;

// Sorts the findings by line and turns lines that nothing accounts for into findings of their own.
void FinishImport(ImportResult& result);

// What a dry run prints: the import without its content.
struct ImportReport {
  int questions = 0;
  int dropped = 0;
  std::vector<ImportedPart> parts;
  std::vector<ImportedSection> sections;
  std::vector<ImportFinding> findings;
};

ImportReport ReportOf(const ImportResult& result);

// One line: {"questions":100,"dropped":0,"sections":9,"parts":4,"findings":[…],"section_list":[…],
// "part_list":[…]}. `sections` counts section headings; a finding has line, end_line, reason, severity
// (info, warning, error) and, where one is concerned, question.
std::string ToJson(const ImportReport& report);

}  // namespace assay::bank
