#include "services/bank/domain/guide_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "services/bank/domain/import_text.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

// What a page prints is short, and stands on this many pages at least.
constexpr std::size_t kMaxPageMark = 120;
constexpr int kMinPages = 3;
constexpr int kMinLetters = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; }

// A line whose numbers may differ from page to page.
std::string WithoutNumbers(std::string_view line) {
  std::string out;
  for (const char c : TrimSpace(line)) {
    if (!IsDigit(c)) {
      out += c;
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

int FirstNumber(std::string_view line) {
  const std::size_t at = line.find_first_of("0123456789");
  int number = 0;
  for (std::size_t i = at; i < line.size() && IsDigit(line[i]) && number < 100'000; ++i) number = number * 10 + (line[i] - '0');
  return number;
}

// "Page #", "Page # of #", "# / #", "- # -", "#": nothing but where in the document this is.
bool IsPageNumber(const std::string& form) {
  std::string lower = AsciiLower(form);
  if (const std::size_t at = lower.find("page"); at != std::string::npos) lower.erase(at, 4);
  if (const std::size_t at = lower.find("of"); at != std::string::npos) lower.erase(at, 2);
  return lower.find('#') != std::string::npos && lower.find_first_not_of("#/|-. \t\xE2\x80\x93\x94") == std::string::npos;
}

// Lines of one form.
struct Marks {
  std::vector<int> lines;
  bool ascending = true;
  int last_number = 0;
};

bool CanBePageMark(const SourceDocument& document, int line) {
  const SourceLine& at = document.at(line);
  const std::string_view text = TrimSpace(document.text[static_cast<std::size_t>(line) - 1]);
  if ((at.kind != LineKind::kText && at.kind != LineKind::kCapitals) || text.size() > kMaxPageMark) return false;
  if (StartsWithQuote(text) || WithoutBullet(text).size() < text.size() || EndsSentence(text)) return false;
  const auto apart = [&](int other) {
    if (other < 1 || other > document.size() || document.at(other).kind == LineKind::kBlank) return true;
    // A header above or below its page number.
    return IsPageNumber(WithoutNumbers(document.text[static_cast<std::size_t>(other) - 1]));
  };
  return IsPageNumber(WithoutNumbers(text)) ? apart(line - 1) || apart(line + 1) : apart(line - 1) && apart(line + 1);
}

}  // namespace

void SettleHeadings(SourceDocument& document) {
  for (int line = 1; line <= document.size(); ++line) {
    SourceLine& at = document.lines[static_cast<std::size_t>(line) - 1];
    if (!at.unsure || (at.kind != LineKind::kPart && at.kind != LineKind::kSection)) continue;
    const auto apart = [&](int other) {
      if (other < 1 || other > document.size()) return true;
      const LineKind kind = document.at(other).kind;
      return kind == LineKind::kBlank || kind == LineKind::kTargeting || kind == LineKind::kPart || kind == LineKind::kSection || kind == LineKind::kRule;
    };
    at.unsure = false;
    if (apart(line - 1) && apart(line + 1)) continue;
    at = SourceLine{.kind = LineKind::kText,
                    .number = 0,
                    .label = Label::kCovers,
                    .rest = TrimSpace(document.text[static_cast<std::size_t>(line) - 1]),
                    .range = std::nullopt};
  }
}

void SetPageMarksAside(SourceDocument& document, ImportResult& result) {
  int last_question = 0;
  for (int line = 1; line <= document.size(); ++line) {
    if (document.at(line).kind == LineKind::kQuestion) last_question = line;
  }
  std::map<std::string, Marks> forms;
  for (int line = 1; line <= last_question; ++line) {
    if (!CanBePageMark(document, line)) continue;
    const std::string_view text = document.text[static_cast<std::size_t>(line) - 1];
    Marks& marks = forms[WithoutNumbers(text)];
    const int number = FirstNumber(text);
    marks.ascending = marks.ascending && number > marks.last_number;
    marks.last_number = number;
    marks.lines.push_back(line);
  }
  for (const auto& [form, marks] : forms) {
    const bool number = IsPageNumber(form) && marks.ascending;
    const auto letters = std::count_if(form.begin(), form.end(), IsLetter);
    const bool header = static_cast<int>(marks.lines.size()) >= kMinPages && letters >= kMinLetters;
    if (!header && !(number && marks.lines.size() >= 2)) continue;
    for (const int line : marks.lines) {
      document.lines[static_cast<std::size_t>(line) - 1].kind = LineKind::kBlank;
      result.lines[static_cast<std::size_t>(line) - 1] = LineUse::kFinding;
    }
    AddFinding(result, marks.lines.front(), marks.lines.back(), FindingSeverity::kInfo,
               fmt::format("\"{}\" stands {} times and is taken for what is printed on every page; left out",
                           Excerpt(TrimSpace(document.text[static_cast<std::size_t>(marks.lines.front()) - 1])), marks.lines.size()));
  }
}

namespace {

// Numbered lines between two labels, the first and the last excluded, behind the last heading among them.
std::vector<int> NumberedBetween(const SourceDocument& document, const std::vector<std::optional<SourceLine>>& numbered, int first, int last) {
  std::vector<int> lines;
  for (int line = first + 1; line < last; ++line) {
    const LineKind kind = document.at(line).kind;
    if (kind == LineKind::kPart || kind == LineKind::kSection || kind == LineKind::kTargeting) lines.clear();
    if (numbered[static_cast<std::size_t>(line) - 1]) lines.push_back(line);
  }
  return lines;
}

}  // namespace

int FindBareQuestions(SourceDocument& document) {
  std::vector<std::optional<SourceLine>> numbered;
  std::vector<int> labels;
  for (int line = 1; line <= document.size(); ++line) {
    const SourceLine& at = document.at(line);
    if (at.kind == LineKind::kQuestion) return 0;
    numbered.push_back(at.kind == LineKind::kText ? NumberedLine(document.text[static_cast<std::size_t>(line) - 1]) : std::nullopt);
    if (at.kind == LineKind::kLabel && at.label != Label::kProbe) labels.push_back(line);
  }
  int found = 0;
  int last_number = 0;
  int previous = 0;
  for (const int label : labels) {
    // In the order of the guide the labels of one question follow each other; where they do not, the next question begins in between.
    const bool begins = previous == 0 || document.at(label).label <= document.at(previous).label;
    const std::vector<int> lines = begins ? NumberedBetween(document, numbered, previous, label) : std::vector<int>();
    bool any = false;
    const auto take = [&](int line) {
      document.lines[static_cast<std::size_t>(line) - 1] = *numbered[static_cast<std::size_t>(line) - 1];
      last_number = document.at(line).number;
      any = true;
      ++found;
    };
    for (const int line : lines) {
      if (numbered[static_cast<std::size_t>(line) - 1]->number == last_number + 1) take(line);
    }
    // Numbers may leave some out, and begin again in the next section.
    if (!any && !lines.empty()) take(lines.back());
    previous = label;
  }
  return found;
}

bool IsAboutMachineLearning(const SourceDocument& document) {
  constexpr int kEnough = 3;
  static constexpr std::array<std::string_view, 4> kWords = {"AI", "ML", "LLM", "GenAI"};
  int lines = 0;
  for (const std::string_view text : document.text) {
    for (const std::string_view word : kWords) {
      const std::size_t at = text.find(word);
      if (at == std::string_view::npos) continue;
      const std::size_t end = at + word.size();
      const bool whole = (at == 0 || !IsLetter(text[at - 1])) && (end >= text.size() || !IsLetter(text[end]));
      if (whole && ++lines >= kEnough) return true;
      if (whole) break;
    }
  }
  return false;
}

}  // namespace assay::bank
