#include "services/bank/domain/guide_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

constexpr int kStrongScore = 5;
constexpr int kWeakScore = 2;

std::string_view LabelName(Label label) {
  switch (label) {
    case Label::kCovers:
      return "what a strong answer covers";
    case Label::kStrong:
      return "the strong answer";
    case Label::kWeak:
      return "the weak answer";
    case Label::kCue:
    case Label::kProbe:
      return "the evaluation cue";
  }
  return "";
}

// An item of a list: a bullet of any shape, or "2) …".
bool IsBullet(std::string_view line) { return WithoutBullet(line).size() < line.size() || NumberedLine(line).has_value(); }

// Walks the lines of one question.
class BlockReader {
 public:
  BlockReader(const SourceDocument& document, int first, int end, ImportResult& result)
      : document_(document), end_(end), result_(result) {
    block_.draft.line = block_.draft.end_line = first;
    block_.draft.ref = fmt::format("Q{}", document.at(first).number);
    block_.draft.prompt = std::string(document.at(first).rest);
    block_.loose_from = end;
    result.lines[first - 1] = LineUse::kQuestion;
    line_ = first + 1;
  }

  QuestionBlock Run() {
    bool after_blank = false;
    for (; line_ < end_; ++line_) {
      const SourceLine& line = document_.at(line_);
      if (line.kind == LineKind::kBlank) {
        after_blank = true;
        continue;
      }
      if (line.kind == LineKind::kRule) {
        result_.lines[line_ - 1] = LineUse::kSeparator;
      } else if (IsLabel(line)) {
        if (line.label == Label::kCovers && seen_[0] > 0) return DropHeadless();
        OpenPart(line);
      } else if (const std::string_view text = TextOf(line); loose_from_ > 0 || !Belongs(text, after_blank)) {
        if (loose_from_ == 0) loose_from_ = line_;
      } else {
        Continue(text, after_blank);
      }
      after_blank = false;
    }
    CheckQuotes();
    if (loose_from_ > 0) block_.loose_from = loose_from_;
    return std::move(block_);
  }

 private:
  std::string& Text() {
    if (!part_) return block_.draft.prompt;
    switch (*part_) {
      case Label::kCovers:
        return block_.draft.covers;
      case Label::kStrong:
      case Label::kWeak:
        return block_.draft.exemplars.back().second;
      case Label::kCue:
      case Label::kProbe:
        return block_.draft.cue;
    }
    return block_.draft.prompt;
  }

  // "Key points: …" is what an answer covers where no answer has begun, and text of the answer where one has.
  bool IsLabel(const SourceLine& line) const { return line.kind == LineKind::kLabel && !(line.unsure && part_.has_value()); }

  // A line that is text here, whatever it would be elsewhere.
  std::string_view TextOf(const SourceLine& line) const {
    return line.kind == LineKind::kLabel ? TrimSpace(document_.text[static_cast<std::size_t>(line_) - 1]) : line.rest;
  }

  void Use(int line) {
    result_.lines[line - 1] = LineUse::kQuestion;
    block_.draft.end_line = line;
  }

  void OpenPart(const SourceLine& line) {
    CloseLoose(line_ - 1);
    CheckQuotes();
    part_ = line.label == Label::kProbe ? Label::kCue : line.label;
    quotes_ = 0;
    joined_ = behind_quote_ = 0;
    // A question may have several probes.
    if (++seen_[static_cast<std::size_t>(line.label)] == 2 && line.label != Label::kProbe) Repeated(line.label);
    if (line.label == Label::kStrong) block_.draft.exemplars.emplace_back(kStrongScore, "");
    if (line.label == Label::kWeak) block_.draft.exemplars.emplace_back(kWeakScore, "");
    if (!Text().empty()) Text() += ' ';
    const std::string rest = line.label == Label::kProbe ? std::string(kProbeMark) + " " + std::string(line.rest) : std::string(line.rest);
    Text() += rest;
    Note(rest);
    Use(line_);
  }

  void Repeated(Label label) {
    AddFinding(
        result_, line_, line_, FindingSeverity::kWarning,
        fmt::format("{} gives {} a second time; both are kept", block_.draft.ref, LabelName(label)),
        block_.draft.ref);
  }

  // Does a line without a label go on with the open part?
  bool Belongs(std::string_view line, bool after_blank) {
    if (!after_blank) return true;
    const std::string& text = Text();
    if (text.empty()) return true;
    if (!part_) return !EndsSentence(text);
    switch (*part_) {
      case Label::kCovers:
        return !StartsWithQuote(line);
      case Label::kStrong:
      case Label::kWeak:
        return !Closed() ||
               (!StartsWithQuote(line) && FindProbeMark(line).at == std::string_view::npos);
      case Label::kCue:
      case Label::kProbe:
        return !Closed();
    }
    return true;
  }

  void Continue(std::string_view line, bool after_blank) {
    std::string& text = Text();
    const bool exemplar = part_ == Label::kStrong || part_ == Label::kWeak;
    if (after_blank && exemplar && Closed()) {
      const bool straight = text.ends_with('"');
      text.resize(text.size() - (straight ? 1 : 3));
      quotes_ -= straight ? 1 : 0;
      Repair(behind_quote_, line_, "a paragraph behind the closing quote was kept in");
    }
    if (AppendLine(line, after_blank, text)) {
      Repair(joined_, block_.draft.end_line, "a blank line in mid-sentence was taken out of");
    }
    Note(line);
    Use(line_);
  }

  // Reports a repair of the open part, once however often it is needed. `finding` is its index + 1.
  void Repair(std::size_t& finding, int first, std::string_view what) {
    if (finding > 0) {
      result_.findings[finding - 1].end_line = line_;
      return;
    }
    AddFinding(result_, first, line_, FindingSeverity::kInfo,
               fmt::format("{}: {} {}", block_.draft.ref, what,
                           part_ ? LabelName(*part_) : "the question"),
               block_.draft.ref);
    finding = result_.findings.size();
  }

  // Counts the quotes of what was just appended, in a cue those of its last probe only; recounting
  // the whole text per line would be quadratic.
  void Note(std::string_view added) {
    if (part_ == Label::kCue) {
      for (ProbeMark mark = FindProbeMark(added); mark.at != std::string_view::npos; mark = FindProbeMark(added)) {
        probe_ = Text().size() - added.size() + mark.at + mark.length;
        added.remove_prefix(mark.at + mark.length);
        quotes_ = 0;
      }
    }
    quotes_ += static_cast<int>(std::count(added.begin(), added.end(), '"'));
  }

  // True when the open part is a quotation, or ends in a probe, that is complete. Straight quotes
  // inside come in pairs, so an odd count means that the last one closes a quotation within.
  bool Closed() {
    std::string_view text = Text();
    if (part_ == Label::kCue) {
      if (probe_ == 0) return false;
      text = TrimSpace(text.substr(probe_));
    }
    return IsQuoted(text) && quotes_ % 2 == 0;
  }

  // A quotation that opens and never closes may have lost text, or swallowed some.
  void CheckQuotes() {
    if (part_ != Label::kStrong && part_ != Label::kWeak) return;
    const std::string& text = Text();
    if (!StartsWithQuote(text) || WithoutQuotes(text).size() < TrimSpace(text).size()) return;
    AddFinding(
        result_, block_.draft.end_line, block_.draft.end_line, FindingSeverity::kWarning,
        fmt::format("{}: the quotation of {} is not closed", block_.draft.ref, LabelName(*part_)),
        block_.draft.ref);
  }

  void CloseLoose(int last) {
    if (loose_from_ == 0) return;
    last = LastTextLine(document_, loose_from_, last);
    AddFinding(result_, loose_from_, last, FindingSeverity::kWarning,
               fmt::format("{}: text without a label; not imported", block_.draft.ref),
               block_.draft.ref);
    MarkLines(document_, loose_from_, last, LineUse::kFinding, result_);
    loose_from_ = 0;
  }

  QuestionBlock DropHeadless() {
    CloseLoose(line_ - 1);
    CheckQuotes();
    int lost = 0;
    for (int line = line_; line < end_; ++line) {
      const SourceLine& at = document_.at(line);
      if (at.kind == LineKind::kLabel && at.label == Label::kCovers && !at.unsure) ++lost;
    }
    const int last = LastTextLine(document_, line_, end_ - 1);
    result_.dropped += lost;
    AddFinding(result_, line_, last, FindingSeverity::kError,
               fmt::format("{} more list(s) of what a strong answer covers behind {}: the line "
                           "with the next question "
                           "is missing, so its parts are not imported",
                           lost, block_.draft.ref));
    MarkLines(document_, line_, last, LineUse::kFinding, result_);
    return std::move(block_);
  }

  const SourceDocument& document_;
  int end_;
  ImportResult& result_;
  QuestionBlock block_;
  int line_ = 0;
  // No value: the prompt.
  std::optional<Label> part_;
  // How often each label stood in this question.
  std::array<int, 5> seen_ = {};
  // Straight quotes of the open part, in a cue since its last probe, which begins at byte `probe_`
  // (0: none yet).
  int quotes_ = 0;
  std::size_t probe_ = 0;
  // Findings about the open part, see Repair.
  std::size_t joined_ = 0;
  std::size_t behind_quote_ = 0;
  // First line of text that belongs to no part, 0 while there is none.
  int loose_from_ = 0;
};

}  // namespace

void AddFinding(ImportResult& result, int first, int last, FindingSeverity severity,
                std::string reason, std::string question) {
  result.findings.push_back({.line = first,
                             .end_line = last,
                             .reason = std::move(reason),
                             .severity = severity,
                             .question = std::move(question)});
}

void MarkLines(const SourceDocument& document, int first, int last, LineUse use,
               ImportResult& result) {
  for (int line = first; line <= last; ++line) {
    if (document.at(line).kind != LineKind::kBlank) result.lines[line - 1] = use;
  }
}

int LastTextLine(const SourceDocument& document, int first, int last) {
  while (last > first && document.at(last).kind == LineKind::kBlank) --last;
  return last;
}

bool EndsSentence(std::string_view text) {
  text = TrimSpace(text);
  while (!text.empty() && std::string_view("*\"')").find(text.back()) != std::string_view::npos) {
    // "(2)" numbers what follows; "(see above.)" ends.
    text.remove_suffix(1);
  }
  if (text.ends_with("\xE2\x80\x9D")) text.remove_suffix(3);
  return !text.empty() && std::string_view(".?!:").find(text.back()) != std::string_view::npos;
}

bool AppendLine(std::string_view line, bool after_blank, std::string& text) {
  if (text.empty()) {
    text = std::string(line);
    return false;
  }
  if (!after_blank) {
    text += IsBullet(line) ? "\n" : " ";
    text += line;
    return false;
  }
  const bool goes_on = !line.empty() && line.front() >= 'a' && line.front() <= 'z';
  const bool broken = !IsBullet(line) && (goes_on || !EndsSentence(text));
  text += broken ? " " : "\n\n";
  text += line;
  return broken;
}

QuestionBlock ReadQuestionBlock(const SourceDocument& document, int first, int end,
                                ImportResult& result) {
  return BlockReader(document, first, end, result).Run();
}

}  // namespace assay::bank
