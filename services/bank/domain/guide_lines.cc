#include "services/bank/domain/guide_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

// More digits than this are not a question's number.
constexpr int kMaxDigits = 6;
// Fewer capitals than this are an abbreviation, not a heading.
constexpr int kMinHeadingCapitals = 8;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Reads up to kMaxDigits digits off the front; 0 when there is no such number.
int TakeNumber(std::string_view& text) {
  int value = 0;
  int digits = 0;
  while (digits < static_cast<int>(text.size()) && IsDigit(text[digits])) {
    if (digits == kMaxDigits) return 0;
    value = value * 10 + (text[digits] - '0');
    ++digits;
  }
  text.remove_prefix(digits);
  return value;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakePrefixAnyCase(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() ||
      AsciiLower(text.substr(0, prefix.size())) != AsciiLower(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakeDash(std::string_view& text) {
  return TakePrefix(text, "\xE2\x80\x93") || TakePrefix(text, "\xE2\x80\x94") ||
         TakePrefix(text, "-");
}

std::string_view SkipMarkers(std::string_view text) {
  while (!text.empty() && (text.front() == '#' || text.front() == '*' || text.front() == '>' ||
                           text.front() == ' ')) {
    text.remove_prefix(1);
  }
  return text;
}

bool IsRule(std::string_view line) {
  return line.size() >= 3 && (line.front() == '-' || line.front() == '*' || line.front() == '_') &&
         line.find_first_not_of(line.front()) == std::string_view::npos;
}

// Cuts a bold mark whose opening one stood before the number or label.
std::string_view WithoutDanglingBold(std::string_view line, std::string_view rest) {
  if (line.starts_with("**") || line.find(" **") != std::string_view::npos) {
    int marks = 0;
    for (std::size_t at = rest.find("**"); at != std::string_view::npos;
         at = rest.find("**", at + 2))
      ++marks;
    if (marks % 2 == 1) {
      if (rest.ends_with("**")) rest.remove_suffix(2);
      if (rest.starts_with("**")) rest.remove_prefix(2);
    }
  }
  return TrimSpace(rest);
}

// Takes "(Q1–Q35)" off the end of a heading.
std::optional<NumberRange> TakeRange(std::string_view& heading) {
  const std::size_t open = heading.rfind('(');
  if (open == std::string_view::npos || !heading.ends_with(')')) return std::nullopt;
  std::string_view inside = heading.substr(open + 1, heading.size() - open - 2);
  TakePrefix(inside, "Q");
  const int first = TakeNumber(inside);
  inside = TrimSpace(inside);
  if (first == 0 || !TakeDash(inside)) return std::nullopt;
  inside = TrimSpace(inside);
  TakePrefix(inside, "Q");
  const int last = TakeNumber(inside);
  if (last < first || !inside.empty()) return std::nullopt;
  heading = TrimSpace(heading.substr(0, open));
  return NumberRange{first, last};
}

// "PART 2: …", "SECTION B: …". In mixed case only where markdown or a range of questions says that
// it is a heading, because an answer may well go on with "Part 2: …".
std::optional<SourceLine> Heading(std::string_view line, std::string_view word, LineKind kind) {
  std::string_view text = SkipMarkers(line);
  while (text.ends_with('*') || text.ends_with('#')) text.remove_suffix(1);
  text = TrimSpace(text);
  std::string_view tail = text;
  SourceLine heading{
      .kind = kind, .number = 0, .label = Label::kCovers, .rest = text, .range = std::nullopt};
  if (!TakePrefixAnyCase(tail, word) || !TakePrefix(tail, " ")) return std::nullopt;
  if (!tail.empty() && IsDigit(tail.front())) {
    heading.number = TakeNumber(tail);
    if (heading.number == 0) return std::nullopt;
  } else if (kind == LineKind::kSection && !tail.empty() && IsUpper(tail.front())) {
    heading.number = tail.front() - 'A' + 1;
    tail.remove_prefix(1);
  } else {
    return std::nullopt;
  }
  tail = TrimSpace(tail);
  if (!tail.empty() && tail.front() != ':' && tail.front() != '.' && !TakeDash(tail))
    return std::nullopt;
  heading.range = TakeRange(heading.rest);
  const bool capitals = text.starts_with(word);
  if (!capitals && !heading.range && !line.starts_with('#') && !line.starts_with("**"))
    return std::nullopt;
  return heading;
}

// A line of at least two words in capitals that is no sentence.
bool IsCapitals(std::string_view line) {
  const std::string_view text = SkipMarkers(line);
  int capitals = 0;
  for (const char c : text) {
    if (IsLower(c) || c == '"') return false;
    if (IsUpper(c)) ++capitals;
  }
  return capitals >= kMinHeadingCapitals && text.find(' ') != std::string_view::npos &&
         std::string_view(".,;?!").find(text.back()) == std::string_view::npos &&
         !IsDigit(text.front());
}

std::optional<SourceLine> LabelLine(std::string_view line) {
  static constexpr std::array<std::pair<std::string_view, Label>, 8> kLabels = {{
      {"what a strong answer covers", Label::kCovers},
      {"key concepts", Label::kCovers},
      {"strong answer example", Label::kStrong},
      {"strong answer", Label::kStrong},
      {"weak answer example", Label::kWeak},
      {"weak answer", Label::kWeak},
      {"recruiter evaluation cue", Label::kCue},
      {"evaluation cue", Label::kCue},
  }};
  for (const auto& [name, label] : kLabels) {
    std::string_view rest = SkipMarkers(line);
    if (!TakePrefixAnyCase(rest, name)) continue;
    while (TakePrefix(rest, "*") || TakePrefix(rest, " ")) continue;
    if (!TakePrefix(rest, ":")) continue;
    rest = WithoutDanglingBold(line, rest);
    return SourceLine{
        .kind = LineKind::kLabel, .number = 0, .label = label, .rest = rest, .range = std::nullopt};
  }
  return std::nullopt;
}

std::optional<SourceLine> NumberedQuestion(std::string_view line, std::string_view letter) {
  std::string_view rest = SkipMarkers(line);
  if (!TakePrefix(rest, letter)) return std::nullopt;
  const int number = TakeNumber(rest);
  if (number == 0) return std::nullopt;
  while (TakePrefix(rest, "*")) continue;
  if (!TakePrefix(rest, ".") && !TakePrefix(rest, ")") &&
      !(letter == "Q" && TakePrefix(rest, ":"))) {
    return std::nullopt;
  }
  // "2.5 mm" is a measure, not a question.
  if (!rest.empty() && IsDigit(rest.front())) return std::nullopt;
  return SourceLine{.kind = LineKind::kQuestion,
                    .number = number,
                    .label = Label::kCovers,
                    .rest = WithoutDanglingBold(line, rest),
                    .range = std::nullopt};
}

bool Contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// Lowest and highest of the first "0–2 years" or "7+ years".
std::optional<std::pair<int, int>> YearsIn(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!IsDigit(text[at]) || (at > 0 && IsDigit(text[at - 1]))) continue;
    std::string_view tail = text.substr(at);
    const int low = TakeNumber(tail);
    int high = low;
    tail = TrimSpace(tail);
    if (TakePrefix(tail, "+")) {
      high = 99;
    } else if (TakeDash(tail)) {
      tail = TrimSpace(tail);
      high = TakeNumber(tail);
    }
    if (TrimSpace(tail).starts_with("year")) return std::pair(low, high);
  }
  return std::nullopt;
}

}  // namespace

SourceLine ClassifyGuideLine(std::string_view raw) {
  const std::string_view line = TrimSpace(raw);
  SourceLine plain{.kind = LineKind::kText,
                   .number = 0,
                   .label = Label::kCovers,
                   .rest = line,
                   .range = std::nullopt};
  if (line.empty()) {
    plain.kind = LineKind::kBlank;
    return plain;
  }
  if (IsRule(line)) {
    plain.kind = LineKind::kRule;
    return plain;
  }
  if (auto question = NumberedQuestion(line, "Q")) return *question;
  if (auto part = Heading(line, "PART", LineKind::kPart)) return *part;
  if (auto section = Heading(line, "SECTION", LineKind::kSection)) return *section;
  if (auto label = LabelLine(line)) return *label;
  std::string_view rest = SkipMarkers(line);
  if (TakePrefix(rest, "Targeting")) {
    while (TakePrefix(rest, "*")) continue;
    if (TakePrefix(rest, ":")) {
      plain.kind = LineKind::kTargeting;
      plain.rest = WithoutDanglingBold(line, rest);
      return plain;
    }
  }
  if (IsCapitals(line)) plain.kind = LineKind::kCapitals;
  return plain;
}

SourceLine ClassifyGrillLine(std::string_view raw) {
  const std::string_view line = TrimSpace(raw);
  SourceLine plain{.kind = LineKind::kText,
                   .number = 0,
                   .label = Label::kCovers,
                   .rest = line,
                   .range = std::nullopt};
  if (line.empty()) {
    plain.kind = LineKind::kBlank;
  } else if (IsRule(line)) {
    plain.kind = LineKind::kRule;
  } else if (line.starts_with("##")) {
    std::string_view text = SkipMarkers(line);
    std::string_view tail = text;
    plain.number = TakeNumber(tail);
    while (text.ends_with('#') || text.ends_with('*')) text.remove_suffix(1);
    plain.kind = LineKind::kSection;
    plain.rest = TrimSpace(text);
  } else if (auto question = NumberedQuestion(line, "")) {
    return *question;
  }
  return plain;
}

std::string DescribeNumbers(const std::vector<int>& ascending, char letter) {
  std::string out;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t j = i;
    while (j + 1 < ascending.size() && ascending[j + 1] == ascending[j] + 1) ++j;
    if (!out.empty()) out += ", ";
    out += fmt::format("{}{}", letter, ascending[i]);
    if (j > i) out += fmt::format("\xE2\x80\x93{}{}", letter, ascending[j]);
    i = j + 1;
  }
  return out;
}

std::optional<v1::Level> LevelOf(std::string_view text) {
  const std::string lower = AsciiLower(text);
  if (const auto years = YearsIn(lower)) {
    if (years->second <= 2) return v1::LEVEL_FRESHER;
    return years->first >= 7 ? v1::LEVEL_SENIOR : v1::LEVEL_EXPERIENCED;
  }
  for (const std::string_view word :
       {"fresher", "entry-level", "entry level", "junior", "graduate"}) {
    if (Contains(lower, word)) return v1::LEVEL_FRESHER;
  }
  if (Contains(lower, "experienced") || Contains(lower, "mid-level")) return v1::LEVEL_EXPERIENCED;
  return std::nullopt;
}

v1::QuestionKind KindOf(std::string_view section, std::string_view prompt) {
  const std::string asked = AsciiLower(prompt);
  for (const std::string_view opening : {"tell me about", "tell us about", "describe a time",
                                         "what's the hardest", "what\xE2\x80\x99s the hardest"}) {
    if (asked.starts_with(opening)) return v1::QUESTION_KIND_BEHAVIOURAL;
  }
  const std::string heading = AsciiLower(section);
  if (Contains(heading, "closing")) return v1::QUESTION_KIND_CLOSING;
  if (Contains(heading, "system design")) return v1::QUESTION_KIND_DESIGN;
  if (Contains(heading, "practical")) return v1::QUESTION_KIND_PRACTICAL;
  if (Contains(heading, "scenario")) return v1::QUESTION_KIND_SCENARIO;
  if (Contains(heading, "theor") || Contains(heading, "fundamentals"))
    return v1::QUESTION_KIND_THEORY;
  return v1::QUESTION_KIND_TECHNICAL;
}

int DefaultMinutes(v1::QuestionKind kind) {
  switch (kind) {
    case v1::QUESTION_KIND_DESIGN:
    case v1::QUESTION_KIND_SCENARIO:
      return 15;
    case v1::QUESTION_KIND_BEHAVIOURAL:
      return 6;
    default:
      return 5;
  }
}

std::string QuestionId(char letter, int number) {
  return fmt::format("{}{:03}", AsciiLower(std::string_view(&letter, 1)), number);
}

}  // namespace assay::bank
