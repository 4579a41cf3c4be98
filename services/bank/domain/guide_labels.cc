#include "services/bank/domain/guide_labels.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

constexpr std::size_t kMaxLabelBytes = 80;
constexpr std::size_t kMaxLabelWords = 9;

using Words = std::vector<std::string>;

template <std::size_t N>
bool HasAny(const Words& words, const std::array<std::string_view, N>& wanted) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return std::find(wanted.begin(), wanted.end(), word) != wanted.end(); });
}

constexpr std::array<std::string_view, 7> kGood = {"strong", "good", "great", "excellent", "ideal", "model", "top"};
constexpr std::array<std::string_view, 6> kBad = {"weak", "poor", "bad", "bluffing", "inadequate", "unsatisfactory"};
constexpr std::array<std::string_view, 6> kAnswer = {"answer", "answers", "response", "responses", "reply", "replies"};
constexpr std::array<std::string_view, 8> kCovers = {"cover", "covers", "include", "includes", "mention", "mentions", "contain", "contains"};
constexpr std::array<std::string_view, 5> kPoints = {"concepts", "points", "ideas", "elements", "topics"};
constexpr std::array<std::string_view, 2> kCue = {"cue", "cues"};
constexpr std::array<std::string_view, 4> kProbe = {"probe", "probes", "follow-up", "followup"};
// Words that may stand in a label beside those that say which it is. Any other word makes the line a sentence.
constexpr std::array<std::string_view, 56> kBeside = {
    "a",         "an",       "the",        "what",       "of",       "for",         "to",         "in",         "on",       "and",       "or",       "should",
    "must",      "would",    "will",       "have",       "has",      "come",        "up",         "be",         "key",      "main",      "core",     "example",
    "examples",  "sample",   "recruiter",  "recruiter's", "interviewer", "interviewer's", "evaluator", "evaluator's", "assessor", "assessor's", "manager", "manager's",
    "hiring",    "panel",    "rater",      "evaluation", "assessment", "scoring",   "score",      "scores",     "note",     "notes",     "question", "questions",
    "candidate", "candidates", "listen",   "look",       "watch",    "guidance",    "suggested",  "expected",
};

// Lower-case words of a phrase; a score in brackets ("(5)", "(score 2/5)") is left out.
Words WordsOf(std::string_view phrase) {
  Words words;
  std::string word;
  int brackets = 0;
  const std::string lower = AsciiLower(phrase);
  for (std::size_t at = 0; at <= lower.size(); ++at) {
    const char c = at < lower.size() ? lower[at] : ' ';
    if (c == '(' || c == '[') ++brackets;
    const bool part = c == '-' || c == '\'' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (part && brackets == 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
    if ((c == ')' || c == ']') && brackets > 0) --brackets;
  }
  // Curly apostrophes as straight ones.
  for (std::string& each : words) {
    for (std::size_t at = each.find("\xE2\x80\x99"); at != std::string::npos; at = each.find("\xE2\x80\x99")) each.replace(at, 3, "'");
  }
  return words;
}

bool AllAreLabelWords(const Words& words) {
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    const Words one = {word};
    return HasAny(one, kGood) || HasAny(one, kBad) || HasAny(one, kAnswer) || HasAny(one, kCovers) || HasAny(one, kPoints) || HasAny(one, kCue) ||
           HasAny(one, kProbe) || HasAny(one, kBeside);
  });
}

// Which label the words are; none where they are no label.
std::optional<Label> LabelOf(const Words& words) {
  if (words.empty() || words.size() > kMaxLabelWords || !AllAreLabelWords(words)) return std::nullopt;
  const bool answer = HasAny(words, kAnswer);
  const auto is = [&](std::string_view first, std::string_view second) { return words.size() >= 2 && words[0] == first && words[1] == second; };
  if (HasAny(words, kCovers) && (answer || words[0] == "must" || words[0] == "should" || HasAny(words, kGood))) return Label::kCovers;
  if (HasAny(words, kPoints) && !HasAny(words, kBad) && words.size() >= 2) return Label::kCovers;
  if (HasAny(words, kBad) && (answer || HasAny(words, std::array<std::string_view, 2>{"example", "sample"}))) return Label::kWeak;
  if (HasAny(words, kGood) && answer) return Label::kStrong;
  if (HasAny(words, kProbe)) return Label::kProbe;
  const bool listen = is("listen", "for") || is("look", "for") || is("watch", "for") || is("what", "to");
  const bool notes = HasAny(words, std::array<std::string_view, 2>{"note", "notes"}) && words.size() >= 2 &&
                     !HasAny(words, std::array<std::string_view, 2>{"candidate", "candidates"});
  if (HasAny(words, kCue) || listen || notes) return Label::kCue;
  return std::nullopt;
}

// Where a label may end: ":" or a dash with blanks around it; the length of that mark.
std::size_t EndOfLabel(std::string_view text, std::size_t& length) {
  for (std::size_t at = 0; at < std::min(text.size(), kMaxLabelBytes); ++at) {
    const std::string_view tail = text.substr(at);
    if (tail.front() == ':') {
      length = 1;
      return at;
    }
    for (const std::string_view dash : {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 "}) {
      if (!tail.starts_with(dash)) continue;
      length = dash.size();
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<SourceLine> LabelLine(std::string_view line) {
  std::string_view text = SkipMarkers(line);
  const std::string_view without_bullet = SkipMarkers(WithoutBullet(text));
  const bool bulleted = without_bullet.size() < text.size();
  text = without_bullet;
  std::size_t mark = 0;
  const std::size_t end = EndOfLabel(text, mark);
  std::string_view phrase = TrimSpace(text.substr(0, end));
  while (phrase.ends_with('*') || phrase.ends_with('_')) phrase = TrimSpace(phrase.substr(0, phrase.size() - 1));
  if (phrase.size() > kMaxLabelBytes) return std::nullopt;
  const Words words = WordsOf(phrase);
  const std::optional<Label> label = LabelOf(words);
  if (!label) return std::nullopt;
  // "- key points: …" is an item of a list; "Probe" alone, or a label without any mark in the middle of a text, is a word.
  const bool says_answer = HasAny(words, kAnswer) || HasAny(words, kCue);
  if (bulleted && !says_answer) return std::nullopt;
  if (end == std::string_view::npos && words.size() < 2) return std::nullopt;
  std::string_view rest = end == std::string_view::npos ? std::string_view() : text.substr(end + mark);
  return SourceLine{.kind = LineKind::kLabel,
                    .number = 0,
                    .label = *label,
                    .rest = WithoutDanglingBold(line, rest),
                    .range = std::nullopt,
                    .unsure = *label == Label::kCovers && !says_answer && !HasAny(words, kCovers)};
}

}  // namespace assay::bank
