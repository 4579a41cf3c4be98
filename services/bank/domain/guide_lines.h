#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/question.pb.h"

// What a single line of a question document is, whatever stands around it.
namespace assay::bank {

enum class LineKind {
  kBlank,
  kRule,
  kQuestion,
  kPart,
  kSection,
  kTargeting,
  kLabel,
  kCapitals,
  kText
};

// The labelled parts of a question of the guide, in the order of the guide. A probe belongs to the cue.
enum class Label { kCovers, kStrong, kWeak, kCue, kProbe };

// "(Q13–Q22)" behind a heading, inclusive.
struct NumberRange {
  int first = 0;
  int last = 0;
};

struct SourceLine {
  LineKind kind = LineKind::kText;
  // Number of a question, part or (where it has a number) section.
  int number = 0;
  Label label = Label::kCovers;
  // Behind the number or label; for headings the whole heading without markdown and range.
  std::string_view rest;
  std::optional<NumberRange> range;
  // It may be text as well: what stands around it decides.
  bool unsure = false;
};

// A line of a guide: "Q12. …" or "Question 12: …", "PART 2: … (Q36–Q60)", "SECTION A: …", "Targeting: …", "Strong
// Answer: …", a heading in capitals, or text. Markdown around them is looked through. A heading in small letters ("Part two –
// Experienced nurses") is unsure.
SourceLine ClassifyGuideLine(std::string_view line);

// A line of a list of bare questions: "## 3. Deep Learning …", "12. …", or text.
SourceLine ClassifyGrillLine(std::string_view line);

// "12. …" or "12) …": the number and what stands behind it; none for any other line.
std::optional<SourceLine> NumberedLine(std::string_view line);

// Without the markdown, bullets left, that stands before a text.
std::string_view SkipMarkers(std::string_view text);

// Without the bullet, of whatever shape, that a list item begins with.
std::string_view WithoutBullet(std::string_view text);

// Cuts a bold mark whose opening one stood before the number or label, in `line` of which `rest` is the end.
std::string_view WithoutDanglingBold(std::string_view line, std::string_view rest);

// "Q23–Q28, Q30" of ascending numbers, with the given letter before each.
std::string DescribeNumbers(const std::vector<int>& ascending, char letter);

// What a "Targeting" line or a part's name says about experience: years first ("0–2 years"), else
// words ("fresher").
std::optional<v1::Level> LevelOf(std::string_view text);

// What a question is for, by its section's heading and its wording; technical where nothing says
// otherwise.
v1::QuestionKind KindOf(std::string_view section, std::string_view prompt);

// Minutes of the guide's 60-minute round for one question of the kind.
int DefaultMinutes(v1::QuestionKind kind);

// "Q", 12 → "q012".
std::string QuestionId(char letter, int number);

}  // namespace assay::bank
