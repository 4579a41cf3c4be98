#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/guide_competencies.h"
#include "services/bank/domain/guide_context.h"
#include "services/bank/domain/guide_layouts.h"
#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

// A PART or SECTION and the numbers of its questions, dropped ones included.
struct Heading {
  std::string title;
  int line = 0;
  std::optional<NumberRange> range;
  std::vector<int> numbers;
};

struct Part {
  Heading heading;
  int number = 0;
  bool inferred = false;
  int targeting_line = 0;
  std::string targeting;
  // Set with the part's first question.
  std::optional<v1::Level> level;
  int sections = 0;
  std::vector<int> without_section;
};

class GuideReader {
 public:
  GuideReader(const SourceDocument& document, ImportResult& result)
      : document_(document), result_(result), collector_(result) {}

  void Run() {
    for (int line = 1; line <= document_.size(); ++line) {
      if (document_.at(line).kind == LineKind::kQuestion) last_question_ = line;
    }
    matrix_ = FindMatrix(document_.text, 1, document_.size());
    const bool own_matrix = !matrix_.empty();
    if (!own_matrix && IsAboutMachineLearning(document_)) matrix_ = GuideMatrix();
    for (int line = 1; line <= document_.size();) line = Read(line);
    CloseLoose();
    ClosePart();
    ReportNumbers(own_matrix);
  }

 private:
  // Reads what begins in a line; answers the line to go on with.
  int Read(int line) {
    const SourceLine& at = document_.at(line);
    // Behind the last question nothing is a heading: a score sheet may well say "SECTION A".
    const bool headings = line <= last_question_;
    if (at.kind == LineKind::kBlank) return line + 1;
    if (at.kind == LineKind::kQuestion) {
      CloseLoose();
      return ReadQuestion(line);
    }
    if (headings && (at.kind == LineKind::kPart || at.kind == LineKind::kSection ||
                     at.kind == LineKind::kTargeting)) {
      CloseLoose();
      result_.lines[line - 1] = LineUse::kHeading;
      if (at.kind == LineKind::kPart) {
        OpenPart({.heading = {PlainText(at.rest), line, at.range, {}}, .number = at.number});
      } else if (at.kind == LineKind::kSection) {
        OpenSection(at, line);
      } else {
        ReadTargeting(at, line);
      }
      return line + 1;
    }
    if (at.kind == LineKind::kRule && loose_first_ == 0) {
      result_.lines[line - 1] = LineUse::kSeparator;
      return line + 1;
    }
    ExtendLoose(line, line);
    return line + 1;
  }

  void ExtendLoose(int first, int last) {
    if (loose_first_ == 0) loose_first_ = first;
    loose_last_ = last;
  }

  void CloseLoose() {
    if (loose_first_ == 0) return;
    const int first = std::exchange(loose_first_, 0);
    if (first > last_question_) {
      ReportBackMatter(document_, first, loose_last_, result_);
      return;
    }
    const bool front = !part_ && sections_.empty() && numbers_.empty();
    AddFinding(result_, first, loose_last_,
               front ? FindingSeverity::kInfo : FindingSeverity::kWarning,
               front ? "front matter: title, instructions and scale are no questions"
                     : "text that belongs to no question or heading; not imported");
    MarkLines(document_, first, loose_last_, LineUse::kFinding, result_);
  }

  void OpenPart(Part part) {
    ClosePart();
    part_ = std::move(part);
    section_open_ = false;
  }

  void OpenSection(const SourceLine& at, int line) {
    sections_.push_back({PlainText(at.rest), line, at.range, {}});
    result_.sections.push_back({.part = part_ ? part_->heading.title : "",
                                .title = sections_.back().title,
                                .line = line,
                                .questions = 0});
    section_open_ = true;
    if (part_) ++part_->sections;
  }

  void ReadTargeting(const SourceLine& at, int line) {
    if (!part_ || part_->targeting_line > 0 || !part_->heading.numbers.empty()) {
      const int number = part_ ? part_->number + 1 : 1;
      AddFinding(
          result_, line, line, FindingSeverity::kWarning,
          fmt::format("part {} has no heading: inferred from its \"Targeting\" line", number));
      OpenPart({.heading = {fmt::format("PART {}: {}", number, PlainText(at.rest)),
                            line,
                            std::nullopt,
                            {}},
                .number = number,
                .inferred = true});
    }
    part_->targeting_line = line;
    part_->targeting = std::string(at.rest);
  }

  // Level of the open part, decided with its first question, when heading and "Targeting" line are
  // known.
  v1::Level Level() {
    if (!part_) return v1::LEVEL_EXPERIENCED;
    if (part_->level) return *part_->level;
    part_->level = LevelOf(part_->targeting);
    if (!part_->level) {
      part_->level = LevelOf(part_->heading.title).value_or(v1::LEVEL_EXPERIENCED);
      const int line = part_->targeting_line > 0 ? part_->targeting_line : part_->heading.line;
      AddFinding(result_, line, line, FindingSeverity::kInfo,
                 fmt::format("\"{}\" {}; its questions are taken as {}", part_->heading.title,
                             part_->targeting_line > 0 ? "targets no years of experience"
                                                       : "has no \"Targeting\" line",
                             *part_->level == v1::LEVEL_FRESHER ? "fresher" : "experienced"));
    }
    return *part_->level;
  }

  int ReadQuestion(int line) {
    const int number = document_.at(line).number;
    int end = line + 1;
    while (end <= document_.size() && !EndsBlock(end)) ++end;
    QuestionBlock block = ReadQuestionBlock(document_, line, end, result_);
    QuestionDraft& draft = block.draft;
    draft.document = "guide";
    draft.id = QuestionId('Q', number);
    draft.level = Level();
    if (part_) draft.part = part_->heading.title;
    if (section_open_) draft.section = sections_.back().title;
    draft.competency = std::string(CompetencyOf(matrix_, number));
    draft.assigned_by = v1::ASSIGNED_BY_GUIDE;
    const bool imported = collector_.Add(draft);
    if (!imported) MarkLines(document_, draft.line, draft.end_line, LineUse::kFinding, result_);
    Count(number, line, imported, draft.competency.empty());
    if (block.loose_from < end)
      ExtendLoose(block.loose_from, LastTextLine(document_, block.loose_from, end - 1));
    return end;
  }

  bool EndsBlock(int line) const {
    switch (document_.at(line).kind) {
      case LineKind::kQuestion:
      case LineKind::kPart:
      case LineKind::kSection:
      case LineKind::kTargeting:
        return true;
      case LineKind::kCapitals:
        return document_.at(line - 1).kind == LineKind::kBlank;
      default:
        return false;
    }
  }

  void Count(int number, int line, bool imported, bool unassigned) {
    if (numbers_.empty()) first_question_ = line;
    numbers_.push_back(number);
    if (unassigned) unassigned_.push_back(number);
    if (section_open_) {
      sections_.back().numbers.push_back(number);
      result_.sections.back().questions += imported ? 1 : 0;
    }
    if (part_) {
      part_->heading.numbers.push_back(number);
      part_questions_ += imported ? 1 : 0;
      if (!section_open_) part_->without_section.push_back(number);
    } else {
      without_part_.push_back(number);
    }
  }

  void ClosePart() {
    if (!part_) return;
    const Heading& heading = part_->heading;
    result_.parts.push_back({.title = heading.title,
                             .line = heading.line,
                             .questions = std::exchange(part_questions_, 0),
                             .inferred = part_->inferred});
    CheckRange(heading);
    if (!part_->without_section.empty()) {
      AddFinding(
          result_, heading.line, heading.line,
          part_->sections == 0 ? FindingSeverity::kInfo : FindingSeverity::kWarning,
          fmt::format("\"{}\" has no section{}: {} stand under the part alone", heading.title,
                      part_->sections == 0 ? "s" : " before some of its questions",
                      Numbers(part_->without_section)));
    }
    part_.reset();
  }

  static std::string Numbers(std::vector<int> numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return DescribeNumbers(numbers, 'Q');
  }

  // "(Q1–Q12)" behind a heading is a promise about what follows.
  void CheckRange(const Heading& heading) {
    if (!heading.range) return;
    const auto [first, last] = *heading.range;
    const std::string announced =
        first == last ? fmt::format("Q{}", first) : fmt::format("Q{}\xE2\x80\x93Q{}", first, last);
    const std::string found = Numbers(heading.numbers);
    if (announced == found) return;
    AddFinding(result_, heading.line, heading.line, FindingSeverity::kWarning,
               fmt::format("\"{}\" announces {} and has {}", heading.title, announced,
                           found.empty() ? "no question" : found));
  }

  void ReportNumbers(bool own_matrix) {
    for (const Heading& section : sections_) CheckRange(section);
    ReportGaps(numbers_, 'Q', first_question_, result_);
    if (!without_part_.empty()) {
      AddFinding(
          result_, first_question_, first_question_, FindingSeverity::kWarning,
          fmt::format("{} stand before any part; taken as experienced", Numbers(without_part_)));
    }
    const int matrix_line = own_matrix ? matrix_.front().line : first_question_;
    const int matrix_end = own_matrix ? matrix_.back().line : first_question_;
    if (!own_matrix) {
      AddFinding(result_, matrix_line, matrix_end, FindingSeverity::kInfo,
                 matrix_.empty() ? "the document has no scoring matrix: questions are imported without a competency"
                                 : "the document has no scoring matrix: competencies are those of the bundled guide by number");
    }
    if (!matrix_.empty() && !unassigned_.empty()) {
      AddFinding(result_, matrix_line, matrix_end, FindingSeverity::kInfo,
                 fmt::format(
                     "the scoring matrix names no competency for {}; they are imported without one",
                     Numbers(unassigned_)));
    }
  }

  const SourceDocument& document_;
  ImportResult& result_;
  QuestionCollector collector_;
  std::vector<MatrixRow> matrix_;
  int last_question_ = 0;
  int first_question_ = 1;
  std::optional<Part> part_;
  int part_questions_ = 0;
  std::vector<Heading> sections_;
  bool section_open_ = false;
  std::vector<int> numbers_;
  std::vector<int> unassigned_;
  std::vector<int> without_part_;
  // Open run of lines that belong to nothing; 0 while there is none.
  int loose_first_ = 0;
  int loose_last_ = 0;
};

}  // namespace

void ReadGuideLayout(const SourceDocument& document, ImportResult& result) {
  GuideReader(document, result).Run();
}

}  // namespace assay::bank
