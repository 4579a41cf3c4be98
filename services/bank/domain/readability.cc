#include "services/bank/domain/readability.h"

#include <algorithm>
#include <string>

#include "services/bank/domain/math_spans.h"
#include "services/bank/domain/text_similarity.h"

namespace assay::bank {
namespace {

bool IsVowel(char c) { return std::string_view("aeiouy").find(c) != std::string_view::npos; }

// Groups of vowels, less a final silent e ("like", not "table") and a silent ed ("asked", not "wanted").
int Syllables(const std::string& word) {
  // "0.8", "200": read out as two or more; what is said matters more than how it is written.
  if (word[0] >= '0' && word[0] <= '9') return 2;
  int groups = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool letter = IsVowel(word[i]) || static_cast<unsigned char>(word[i]) >= 0xC3;
    const bool before = i > 0 && (IsVowel(word[i - 1]) || static_cast<unsigned char>(word[i - 1]) >= 0x80);
    if (letter && !before) ++groups;
  }
  const std::size_t n = word.size();
  const auto ends = [&](std::string_view end) { return n > end.size() && word.compare(n - end.size(), end.size(), end) == 0; };
  if (groups > 1 && ends("e") && !IsVowel(word[n - 2]) && !ends("le")) --groups;
  if (groups > 1 && ends("ed") && !IsVowel(word[n - 3]) && word[n - 3] != 't' && word[n - 3] != 'd') --groups;
  return std::max(groups, 1);
}

// Whether the mark at `at` ends a sentence: "0.8", "e.g" and "v1.2" go on.
bool EndsSentence(std::string_view text, std::size_t at) {
  if (std::string_view(".?!:;").find(text[at]) == std::string_view::npos) return false;
  if (at + 1 == text.size()) return true;
  return std::string_view(" \n\t\"')?!.").find(text[at + 1]) != std::string_view::npos ||
         static_cast<unsigned char>(text[at + 1]) >= 0x80;
}

}  // namespace

double Readability::Grade() const {
  if (words == 0) return 0;
  return 0.39 * words / std::max(sentences, 1) + 11.8 * syllables / words - 15.59;
}

Readability MeasureReadability(std::string_view text) {
  std::string spoken;
  for (const MathPiece& piece : SplitMath(text)) spoken += piece.maths ? "x" : piece.text;
  Readability measured;
  for (std::size_t at = 0; at < spoken.size();) {
    std::size_t end = at;
    while (end < spoken.size() && !EndsSentence(spoken, end)) ++end;
    const auto words = Words(std::string_view(spoken).substr(at, end - at));
    at = end + 1;
    if (words.empty()) continue;
    ++measured.sentences;
    measured.words += static_cast<int>(words.size());
    measured.longest_sentence = std::max(measured.longest_sentence, static_cast<int>(words.size()));
    for (const std::string& word : words) measured.syllables += Syllables(word);
  }
  return measured;
}

}  // namespace assay::bank
