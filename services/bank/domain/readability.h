#pragma once

#include <string_view>

namespace assay::bank {

// How hard a text is to follow by ear.
struct Readability {
  int words = 0;
  int sentences = 0;
  int syllables = 0;
  // Words of the longest sentence.
  int longest_sentence = 0;

  // Flesch-Kincaid grade: years of schooling in English that the text asks for. 0 for a text without words.
  double Grade() const;
};

// Counts as Flesch's instruction has it: a sentence is a unit of speech marked off by a full stop, question or exclamation
// mark, colon or semicolon; a word is what stands between spaces and hyphens; a formula counts as one word of one syllable.
// Syllables are those of English spelling, so that the grade means something for English alone; words and sentences mean the
// same in any language with spaces. Source: Kincaid, Fishburne, Rogers and Chissom (1975), Derivation of new readability
// formulas for Navy enlisted personnel, Research Branch Report 8-75.
Readability MeasureReadability(std::string_view text);

}  // namespace assay::bank
