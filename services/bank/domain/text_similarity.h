#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Small text tools of the lint: words, phrases and near-duplicates. Case folds in ASCII and Latin-1; other letters compare
// as they are, which is enough for prompts of one language.
namespace assay::bank {

// Words in lower case: runs of ASCII letters and digits and of non-ASCII characters; apostrophes vanish ("don't" →
// "dont"), everything else separates.
std::vector<std::string> Words(std::string_view text);

// The words joined by single spaces, with a space before and after, so that " age " finds a whole word.
std::string PaddedWords(std::string_view text);

// Two texts that resemble each other: positions in the input and the Jaccard overlap of their sets, 0 to 1.
struct SimilarPair {
  std::size_t first = 0;
  std::size_t second = 0;
  double overlap = 0;
};

// How far a search for near-duplicates goes: hostile texts all resemble each other.
struct SimilarityLimits {
  std::size_t pairs_of_one = SIZE_MAX;
  std::size_t pairs = SIZE_MAX;
  // Tokens that are looked at in comparing, some nanoseconds each.
  std::size_t steps = SIZE_MAX;
};

struct SimilarTexts {
  std::vector<SimilarPair> pairs;
  // Pairs that were found beyond the limits, at least.
  std::size_t left_out = 0;
  // False when the steps were used up before every text was compared.
  bool complete = true;
};

// Pairs whose sets of content words overlap by three quarters, or whose character trigrams by 70 %. Exact (prefix filtering
// leaves out no pair) and far from quadratic on ordinary text. Texts under four content words never match.
std::vector<SimilarPair> NearDuplicates(const std::vector<std::string>& texts);
// The same within limits.
SimilarTexts NearDuplicates(const std::vector<std::string>& texts, const SimilarityLimits& limits);

// How much each of `others` resembles `text`, by the same measure: the greater overlap of the two, 0 for texts under four content words.
std::vector<double> Overlaps(const std::string& text, const std::vector<std::string>& others);

}  // namespace assay::bank
