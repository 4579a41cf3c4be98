#include "services/bank/domain/text_similarity.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace assay::bank {
namespace {

using TokenSet = std::vector<std::uint32_t>;

constexpr double kWordOverlap = 0.75;
constexpr double kTrigramOverlap = 0.70;
// Steps that it takes to see whether a text was compared already.
constexpr std::size_t kVisit = 16;

bool IsStopWord(const std::string& word) {
  static const std::unordered_set<std::string> kStopWords = {
      "a",    "an",  "and",  "are",  "as",   "at",    "be",   "by",    "can",  "could", "did",  "do",   "does",
      "for",  "from", "had", "has",  "have", "how",   "i",    "if",    "in",   "is",    "it",   "its",  "me",
      "of",   "on",  "or",   "so",   "that", "the",   "their", "them", "then", "there", "they", "this", "to",
      "us",   "was", "were", "what", "when", "where", "which", "who",  "why",  "will",  "with", "would", "you",
      "your", "explain", "describe", "tell"};
  return kStopWords.count(word) > 0;
}

// Numbers tokens by rarity, rarest first, and turns each text into a sorted set: the prefix of a set then holds its
// rarest tokens, which few other texts share.
template <typename Token>
std::vector<TokenSet> RankTokens(const std::vector<std::vector<Token>>& tokens) {
  std::unordered_map<Token, std::size_t> frequency;
  for (const auto& text : tokens) {
    for (const Token& token : text) ++frequency[token];
  }
  std::vector<std::pair<std::size_t, Token>> order;
  order.reserve(frequency.size());
  for (const auto& [token, count] : frequency) order.emplace_back(count, token);
  std::sort(order.begin(), order.end());
  std::unordered_map<Token, std::uint32_t> rank;
  for (std::size_t i = 0; i < order.size(); ++i) rank.emplace(order[i].second, static_cast<std::uint32_t>(i));
  std::vector<TokenSet> sets;
  sets.reserve(tokens.size());
  for (const auto& text : tokens) {
    TokenSet set;
    set.reserve(text.size());
    for (const Token& token : text) set.push_back(rank.at(token));
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    sets.push_back(std::move(set));
  }
  return sets;
}

double Jaccard(const TokenSet& a, const TokenSet& b) {
  std::size_t shared = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++shared;
      ++i;
      ++j;
    } else if (a[i] < b[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return static_cast<double>(shared) / static_cast<double>(a.size() + b.size() - shared);
}

// The pairs that were found, within the limits.
class PairDesk {
 public:
  PairDesk(std::size_t texts, const SimilarityLimits& limits) : limits_(limits), steps_(limits.steps), pairs_of_(texts) {}

  // False when there are not so many steps left; then there are none at all.
  bool Spend(std::size_t steps) {
    steps_ = steps > steps_ ? 0 : steps_ - steps;
    return steps_ > 0;
  }
  void Add(std::size_t first, std::size_t second, double overlap, std::size_t& left_out) {
    const auto known = pairs_.find({first, second});
    if (known != pairs_.end()) {
      known->second = std::max(known->second, overlap);
    } else if (pairs_.size() >= limits_.pairs || std::max(pairs_of_[first], pairs_of_[second]) >= limits_.pairs_of_one) {
      ++left_out;
    } else {
      ++pairs_of_[first];
      ++pairs_of_[second];
      pairs_.emplace(std::pair(first, second), overlap);
    }
  }
  std::vector<SimilarPair> pairs() const {
    std::vector<SimilarPair> found;
    for (const auto& [pair, overlap] : pairs_) found.push_back({pair.first, pair.second, overlap});
    return found;
  }

 private:
  const SimilarityLimits& limits_;
  std::size_t steps_;
  std::vector<std::size_t> pairs_of_;
  std::map<std::pair<std::size_t, std::size_t>, double> pairs_;
};

// All pairs with Jaccard ≥ threshold, into `desk`. Two such sets share a token among the first |s| − ⌈t·|s|⌉ + 1 of each
// (Chaudhuri, Ganti, Kaushik 2006), so only those are indexed. False when the desk had no steps left; `left_out` counts what
// it did not take.
bool JoinSimilar(const std::vector<TokenSet>& sets, double threshold, PairDesk& desk, std::size_t& left_out) {
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> index;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const TokenSet& set = sets[i];
    if (set.empty()) continue;
    const double size = static_cast<double>(set.size());
    const std::size_t prefix = set.size() - static_cast<std::size_t>(std::ceil(threshold * size - 1e-9)) + 1;
    std::unordered_set<std::size_t> tried;
    for (std::size_t k = 0; k < std::min(prefix, set.size()); ++k) {
      std::vector<std::size_t>& holders = index[set[k]];
      for (const std::size_t other : holders) {
        if (!desk.Spend(kVisit)) return false;
        const double other_size = static_cast<double>(sets[other].size());
        if (std::min(size, other_size) < threshold * std::max(size, other_size) - 1e-9) continue;
        if (!tried.insert(other).second) continue;
        if (!desk.Spend(sets[other].size() + set.size())) return false;
        const double overlap = Jaccard(sets[other], set);
        if (overlap >= threshold - 1e-9) desk.Add(other, i, overlap, left_out);
      }
      holders.push_back(i);
    }
  }
  return true;
}

// Content words of each text, by rank; none of a text that has too few of them to judge by.
std::vector<TokenSet> WordSets(const std::vector<std::string>& texts) {
  constexpr std::size_t kFewestWords = 4;
  std::vector<std::vector<std::string>> words;
  words.reserve(texts.size());
  for (const std::string& text : texts) {
    std::vector<std::string>& content = words.emplace_back();
    for (std::string& word : Words(text)) {
      if (!IsStopWord(word)) content.push_back(std::move(word));
    }
    if (content.size() < kFewestWords) content.clear();
  }
  return RankTokens(words);
}

// Character trigrams of each text that has a set of words, by rank. Each is one number, because there is one at every character.
std::vector<TokenSet> TrigramSets(const std::vector<std::string>& texts, const std::vector<TokenSet>& words) {
  const auto byte = [](char c) { return static_cast<std::uint32_t>(static_cast<unsigned char>(c)); };
  std::vector<std::vector<std::uint32_t>> trigrams(texts.size());
  for (std::size_t text = 0; text < texts.size(); ++text) {
    if (words[text].empty()) continue;
    const std::string padded = PaddedWords(texts[text]);
    for (std::size_t i = 0; i + 3 <= padded.size(); ++i) {
      trigrams[text].push_back(byte(padded[i]) << 16 | byte(padded[i + 1]) << 8 | byte(padded[i + 2]));
    }
  }
  return RankTokens(trigrams);
}

}  // namespace

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 'A' && c <= 'Z') {
      word += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word += static_cast<char>(c);
    } else if (c == '\'') {
      continue;
    } else if (c == 0xE2 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) == 0x80) {
      // General punctuation: the curly apostrophe joins, dashes and quotation marks separate.
      if (static_cast<unsigned char>(text[i + 2]) != 0x99) flush();
      i += 2;
    } else if (c == 0xC2 && i + 1 < text.size()) {
      // Signs of Latin-1, such as ¿ « · and the space that does not break: all but ª µ º separate.
      const auto sign = static_cast<unsigned char>(text[++i]);
      if (sign == 0xAA || sign == 0xB5 || sign == 0xBA) {
        word += {static_cast<char>(c), static_cast<char>(sign)};
      } else {
        flush();
      }
    } else if (c == 0xC3 && i + 1 < text.size()) {
      // Letters of Latin-1: À to Þ have their small ones 0x20 further on; × and ÷ are none.
      const auto letter = static_cast<unsigned char>(text[++i]);
      const bool capital = letter >= 0x80 && letter <= 0x9E && letter != 0x97;
      word += {static_cast<char>(c), static_cast<char>(capital ? letter + 0x20 : letter)};
    } else if (c >= 0x80) {
      word += static_cast<char>(c);
    } else {
      flush();
    }
  }
  flush();
  return words;
}

std::string PaddedWords(std::string_view text) {
  std::string padded = " ";
  for (const std::string& word : Words(text)) padded += word + ' ';
  return padded;
}

std::vector<SimilarPair> NearDuplicates(const std::vector<std::string>& texts) { return NearDuplicates(texts, {}).pairs; }

SimilarTexts NearDuplicates(const std::vector<std::string>& texts, const SimilarityLimits& limits) {
  const std::vector<TokenSet> words = WordSets(texts);
  PairDesk desk(texts.size(), limits);
  SimilarTexts found;
  // A pair that both ways find and neither takes is counted once.
  std::size_t left_out = 0;
  found.complete = JoinSimilar(words, kWordOverlap, desk, found.left_out) &&
                   JoinSimilar(TrigramSets(texts, words), kTrigramOverlap, desk, left_out);
  found.left_out = std::max(found.left_out, left_out);
  found.pairs = desk.pairs();
  return found;
}

std::vector<double> Overlaps(const std::string& text, const std::vector<std::string>& others) {
  std::vector<std::string> texts = {text};
  texts.insert(texts.end(), others.begin(), others.end());
  const std::vector<TokenSet> words = WordSets(texts);
  const std::vector<TokenSet> trigrams = TrigramSets(texts, words);
  std::vector<double> overlaps(others.size(), 0);
  for (const auto* sets : {&words, &trigrams}) {
    const TokenSet& own = sets->front();
    for (std::size_t i = 0; i < others.size(); ++i) {
      const TokenSet& other = (*sets)[i + 1];
      if (!own.empty() && !other.empty()) overlaps[i] = std::max(overlaps[i], Jaccard(own, other));
    }
  }
  return overlaps;
}

}  // namespace assay::bank
