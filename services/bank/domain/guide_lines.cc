#include "services/bank/domain/guide_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "services/bank/domain/guide_labels.h"
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

bool IsRule(std::string_view line) {
  return line.size() >= 3 && (line.front() == '-' || line.front() == '*' || line.front() == '_') &&
         line.find_first_not_of(line.front()) == std::string_view::npos;
}

// "Q1", "Questions 1", "1".
int TakeQuestionNumber(std::string_view& text) {
  static_cast<void>(TakePrefixAnyCase(text, "Questions") || TakePrefixAnyCase(text, "Question") || TakePrefix(text, "Qs") || TakePrefix(text, "Q"));
  TakePrefix(text, ".");
  text = TrimSpace(text);
  return TakeNumber(text);
}

// Takes "(Q1–Q35)", "[Questions 1 to 35]" off the end of a heading.
std::optional<NumberRange> TakeRange(std::string_view& heading) {
  const std::size_t open = heading.find_last_of("([");
  if (open == std::string_view::npos || !(heading.ends_with(')') || heading.ends_with(']'))) return std::nullopt;
  std::string_view inside = heading.substr(open + 1, heading.size() - open - 2);
  const int first = TakeQuestionNumber(inside);
  inside = TrimSpace(inside);
  if (first == 0 || !(TakeDash(inside) || TakePrefix(inside, "to "))) return std::nullopt;
  inside = TrimSpace(inside);
  const int last = TakeQuestionNumber(inside);
  if (last < first || !inside.empty()) return std::nullopt;
  heading = TrimSpace(heading.substr(0, open));
  return NumberRange{first, last};
}

// The number that a heading goes by: digits, "two", "IV", or (sections and parts) a letter. 0 where it is none.
int TakeOrdinal(std::string_view& text) {
  static constexpr std::array<std::string_view, 12> kWords = {"one", "two",   "three", "four", "five",   "six",
                                                              "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
  static constexpr std::array<std::string_view, 12> kRoman = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};
  if (!text.empty() && IsDigit(text.front())) return TakeNumber(text);
  const std::size_t end = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), text.size());
  const std::string_view word = text.substr(0, end);
  const std::string lower = AsciiLower(word);
  int number = word.size() == 1 && IsUpper(word.front()) ? word.front() - 'A' + 1 : 0;
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (lower == kWords[i] || (word == kRoman[i] && word.size() > 1)) number = static_cast<int>(i) + 1;
  }
  // "I", "V" and "X" alone: parts count in Roman numerals more often than they come to the ninth letter.
  if (word == "I") number = 1;
  if (number > 0) text.remove_prefix(end);
  return number;
}

// "PART 2: …", "SECTION B: …". In small letters it may be the begin of a sentence too ("Part 2: …" in an answer), unless markdown or a
// range of questions says that it is a heading.
std::optional<SourceLine> Heading(std::string_view line, std::string_view word, LineKind kind) {
  constexpr std::size_t kMaxUnsure = 100;
  std::string_view text = SkipMarkers(line);
  while (text.ends_with('*') || text.ends_with('#')) text.remove_suffix(1);
  text = TrimSpace(text);
  std::string_view tail = text;
  SourceLine heading{.kind = kind, .number = 0, .label = Label::kCovers, .rest = text, .range = std::nullopt};
  if (!TakePrefixAnyCase(tail, word) || tail.empty() || TrimSpace(tail).size() == tail.size()) return std::nullopt;
  tail = TrimSpace(tail);
  heading.number = TakeOrdinal(tail);
  if (heading.number == 0) return std::nullopt;
  tail = TrimSpace(tail);
  if (!tail.empty() && tail.front() != ':' && tail.front() != '.' && tail.front() != ')' && !TakeDash(tail)) return std::nullopt;
  heading.range = TakeRange(heading.rest);
  const bool capitals = text.starts_with(word);
  if (!capitals && !heading.range && !line.starts_with('#') && !line.starts_with("**")) {
    const bool sentence = text.size() > kMaxUnsure || std::string_view(".,;?!").find(text.back()) != std::string_view::npos || !IsUpper(text.front());
    if (sentence) return std::nullopt;
    heading.unsure = true;
  }
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

// Takes the letter or word before a number off: "Q", "Q ", "Q.", "Question ", "QUESTION NO. ".
bool TakeQuestionWord(std::string_view& text) {
  if (TakePrefixAnyCase(text, "Question")) {
    text = TrimSpace(text);
    static_cast<void>(TakePrefixAnyCase(text, "no.") || TakePrefixAnyCase(text, "number") || TakePrefix(text, "#"));
  } else if (TakePrefix(text, "Q")) {
    TakePrefix(text, ".");
  } else {
    return false;
  }
  text = TrimSpace(text);
  return !text.empty() && IsDigit(text.front());
}

// "Q12. …", "Question 12: …" where `letter` is Q, "12) …" where it is empty.
std::optional<SourceLine> NumberedQuestion(std::string_view line, std::string_view letter) {
  std::string_view rest = SkipMarkers(line);
  if (letter == "Q" && !TakeQuestionWord(rest)) return std::nullopt;
  const int number = TakeNumber(rest);
  if (number == 0) return std::nullopt;
  while (TakePrefix(rest, "*")) continue;
  const bool pointed = TakePrefix(rest, ".") || TakePrefix(rest, ")");
  if (!pointed && letter == "Q") {
    // "Q12", the question in the next line, or "Q12 – Why?"; "Q12 asks" is a sentence.
    std::string_view tail = TrimSpace(rest);
    const bool ends = tail.empty() || TakePrefix(tail, ":") || (tail.size() < rest.size() && TakeDash(tail));
    if (!ends) return std::nullopt;
    rest = tail;
  } else if (!pointed) {
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

// "Targeting: Ward nurse (0–2 years)", "Target audience - …", "AIMED AT: …".
std::optional<SourceLine> TargetingLine(std::string_view line) {
  for (const std::string_view word : {"Targeting", "Target audience", "Target group", "Targeted at", "Target roles", "Target level", "Aimed at", "Intended for"}) {
    std::string_view rest = SkipMarkers(line);
    if (!TakePrefixAnyCase(rest, word)) continue;
    while (TakePrefix(rest, "*")) continue;
    const std::string_view tail = TrimSpace(rest);
    std::string_view behind = tail;
    if (!TakePrefix(behind, ":") && !(tail.size() < rest.size() && TakeDash(behind))) continue;
    return SourceLine{.kind = LineKind::kTargeting,
                      .number = 0,
                      .label = Label::kCovers,
                      .rest = WithoutDanglingBold(line, behind),
                      .range = std::nullopt};
  }
  return std::nullopt;
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
    } else if (TakeDash(tail) || TakePrefix(tail, "to ")) {
      tail = TrimSpace(tail);
      high = TakeNumber(tail);
    }
    tail = TrimSpace(tail);
    if (tail.starts_with("year") || tail.starts_with("yr")) return std::pair(low, high);
  }
  return std::nullopt;
}

}  // namespace

std::string_view SkipMarkers(std::string_view text) {
  for (;;) {
    text = TrimSpace(text);
    if (text.empty() || (text.front() != '#' && text.front() != '*' && text.front() != '>')) return text;
    text.remove_prefix(1);
  }
}

std::string_view WithoutBullet(std::string_view text) {
  for (const std::string_view bullet : {"- ", "* ", "\xE2\x80\xA2", "\xE2\x80\x93 ", "\xE2\x97\x8F", "\xE2\x97\xA6", "\xE2\x96\xAA", "\xE2\x80\xA3",
                                        "\xC2\xB7", "\xEF\x82\xB7"}) {
    if (text.starts_with(bullet)) return TrimSpace(text.substr(bullet.size()));
  }
  return text;
}

std::string_view WithoutDanglingBold(std::string_view line, std::string_view rest) {
  if (line.starts_with("**") || line.find(" **") != std::string_view::npos) {
    int marks = 0;
    for (std::size_t at = rest.find("**"); at != std::string_view::npos; at = rest.find("**", at + 2)) ++marks;
    if (marks % 2 == 1) {
      if (rest.ends_with("**")) rest.remove_suffix(2);
      if (rest.starts_with("**")) rest.remove_prefix(2);
    }
  }
  return TrimSpace(rest);
}

std::optional<SourceLine> NumberedLine(std::string_view line) { return NumberedQuestion(TrimSpace(line), ""); }

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
  if (auto targeting = TargetingLine(line)) return *targeting;
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
       {"fresher", "entry-level", "entry level", "junior", "graduate", "newly qualified", "trainee", "apprentice"}) {
    if (Contains(lower, word)) return v1::LEVEL_FRESHER;
  }
  if (Contains(lower, "experienced") || Contains(lower, "mid-level")) return v1::LEVEL_EXPERIENCED;
  if (Contains(lower, "senior")) return v1::LEVEL_SENIOR;
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
