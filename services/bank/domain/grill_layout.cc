#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/guide_competencies.h"
#include "services/bank/domain/guide_context.h"
#include "services/bank/domain/guide_layouts.h"
#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

class GrillReader {
 public:
  GrillReader(const SourceDocument& document, ImportResult& result)
      : document_(document), result_(result), collector_(result), assigned_(IsAboutMachineLearning(document)) {}

  void Run() {
    for (int line = 1; line <= document_.size();) line = Read(line);
    CloseLoose(true);
    Report();
  }

 private:
  int Read(int line) {
    const SourceLine& at = document_.at(line);
    switch (at.kind) {
      case LineKind::kBlank:
        return line + 1;
      case LineKind::kRule:
        result_.lines[line - 1] = LineUse::kSeparator;
        return line + 1;
      case LineKind::kSection:
        CloseLoose(false);
        OpenSection(at, line);
        return line + 1;
      case LineKind::kQuestion:
        CloseLoose(false);
        return ReadQuestion(line);
      default:
        if (loose_first_ == 0) loose_first_ = line;
        loose_last_ = line;
        return line + 1;
    }
  }

  void OpenSection(const SourceLine& at, int line) {
    const int expected = section_number_ + 1;
    if (at.number != expected) {
      AddFinding(
          result_, line, line, FindingSeverity::kWarning,
          at.number == 0
              ? fmt::format("section heading without a number, where {} was expected", expected)
              : fmt::format("section {} where {} was expected", at.number, expected));
    }
    section_number_ = at.number == 0 ? expected : at.number;
    result_.sections.push_back(
        {.part = "", .title = PlainText(at.rest), .line = line, .questions = 0});
    result_.lines[line - 1] = LineUse::kHeading;
  }

  int ReadQuestion(int line) {
    const SourceLine& at = document_.at(line);
    QuestionDraft draft;
    draft.document = "grill";
    draft.ref = fmt::format("G{}", at.number);
    draft.id = QuestionId('G', at.number);
    draft.prompt = std::string(at.rest);
    draft.line = draft.end_line = line;
    draft.level = v1::LEVEL_EXPERIENCED;
    if (assigned_) draft.competency = std::string(CompetencyOf(GrillAssignment(), at.number));
    draft.assigned_by = v1::ASSIGNED_BY_PACK;
    draft.expects_parts = false;
    if (!result_.sections.empty()) draft.section = result_.sections.back().title;
    result_.lines[line - 1] = LineUse::kQuestion;
    const int end = Continue(line + 1, draft);
    const bool imported = collector_.Add(draft);
    if (!imported) MarkLines(document_, draft.line, draft.end_line, LineUse::kFinding, result_);
    if (numbers_.empty()) first_question_ = line;
    last_question_ = draft.end_line;
    numbers_.push_back(at.number);
    if (result_.sections.empty()) {
      ++without_section_;
    } else if (imported) {
      ++result_.sections.back().questions;
    }
    return end;
  }

  // Takes the lines that go on with a question: those right below it, and one behind a blank line
  // where the sentence is not complete.
  int Continue(int line, QuestionDraft& draft) {
    bool after_blank = false;
    // Index + 1 of the finding that the question was joined.
    std::size_t joined = 0;
    for (; line <= document_.size(); ++line) {
      const SourceLine& at = document_.at(line);
      if (at.kind == LineKind::kBlank) {
        after_blank = true;
        continue;
      }
      if (at.kind != LineKind::kText || (after_blank && EndsSentence(draft.prompt))) break;
      if (AppendLine(at.rest, after_blank, draft.prompt)) {
        if (joined == 0) {
          AddFinding(result_, draft.end_line, line, FindingSeverity::kInfo,
                     fmt::format("{}: a blank line in mid-sentence was taken out", draft.ref),
                     draft.ref);
          joined = result_.findings.size();
        }
        result_.findings[joined - 1].end_line = line;
      }
      draft.end_line = line;
      result_.lines[line - 1] = LineUse::kQuestion;
      after_blank = false;
    }
    return line;
  }

  void CloseLoose(bool at_end) {
    if (loose_first_ == 0) return;
    const int first = std::exchange(loose_first_, 0);
    const bool front = numbers_.empty() && result_.sections.empty();
    const bool expected = front || at_end;
    AddFinding(result_, first, loose_last_,
               expected ? FindingSeverity::kInfo : FindingSeverity::kWarning,
               front    ? "front matter: no questions"
               : at_end ? "closing remark behind the last question; not imported"
                        : "text that belongs to no question or heading; not imported");
    MarkLines(document_, first, loose_last_, LineUse::kFinding, result_);
  }

  void Report() {
    ReportGaps(numbers_, 'G', first_question_, result_);
    if (without_section_ > 0) {
      AddFinding(result_, first_question_, first_question_, FindingSeverity::kWarning,
                 fmt::format("{} question(s) stand before any section", without_section_));
    }
    for (const ImportedSection& section : result_.sections) {
      if (section.questions > 0) continue;
      AddFinding(result_, section.line, section.line, FindingSeverity::kWarning,
                 fmt::format("section \"{}\" has no question", section.title));
    }
    AddFinding(result_, first_question_, last_question_, FindingSeverity::kInfo,
               fmt::format("this layout has bare questions: no key concepts, model answers, cues or probes; levels are taken as "
                           "experienced, {}",
                           assigned_ ? "competencies are the bundled pack's assignment by number" : "no competency is assigned"));
  }

  const SourceDocument& document_;
  ImportResult& result_;
  QuestionCollector collector_;
  // The bundled pack's competencies are for questions on machine learning.
  bool assigned_;
  int section_number_ = 0;
  int without_section_ = 0;
  int first_question_ = 1;
  int last_question_ = 1;
  std::vector<int> numbers_;
  int loose_first_ = 0;
  int loose_last_ = 0;
};

}  // namespace

void ReadGrillLayout(const SourceDocument& document, ImportResult& result) {
  GrillReader(document, result).Run();
}

}  // namespace assay::bank
