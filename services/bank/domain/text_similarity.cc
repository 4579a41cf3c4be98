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
std::vector<TokenSet> RankTokens(const std::vector<std::vector<std::string>>& tokens) {
  std::unordered_map<std::string, std::size_t> frequency;
  for (const auto& text : tokens) {
    for (const std::string& token : text) ++frequency[token];
  }
  std::vector<std::pair<std::size_t, std::string>> order;
  order.reserve(frequency.size());
  for (const auto& [token, count] : frequency) order.emplace_back(count, token);
  std::sort(order.begin(), order.end());
  std::unordered_map<std::string, std::uint32_t> rank;
  for (std::size_t i = 0; i < order.size(); ++i) rank.emplace(order[i].second, static_cast<std::uint32_t>(i));
  std::vector<TokenSet> sets;
  sets.reserve(tokens.size());
  for (const auto& text : tokens) {
    TokenSet set;
    for (const std::string& token : text) set.push_back(rank.at(token));
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

// All pairs with Jaccard ≥ threshold. Two such sets share a token among the first |s| − ⌈t·|s|⌉ + 1 of each
// (Chaudhuri, Ganti, Kaushik 2006), so only those are indexed.
void JoinSimilar(const std::vector<TokenSet>& sets, double threshold,
                 std::map<std::pair<std::size_t, std::size_t>, double>& pairs) {
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
        const double other_size = static_cast<double>(sets[other].size());
        if (std::min(size, other_size) < threshold * std::max(size, other_size) - 1e-9) continue;
        if (!tried.insert(other).second) continue;
        const double overlap = Jaccard(sets[other], set);
        if (overlap >= threshold - 1e-9) {
          double& known = pairs[{other, i}];
          known = std::max(known, overlap);
        }
      }
      holders.push_back(i);
    }
  }
}

// Content words and character trigrams of each text; none of a text that has too few words to judge by.
std::pair<std::vector<std::vector<std::string>>, std::vector<std::vector<std::string>>> Tokens(const std::vector<std::string>& texts) {
  constexpr std::size_t kFewestWords = 4;
  std::vector<std::vector<std::string>> words;
  std::vector<std::vector<std::string>> trigrams;
  for (const std::string& text : texts) {
    std::vector<std::string> content;
    for (std::string& word : Words(text)) {
      if (!IsStopWord(word)) content.push_back(std::move(word));
    }
    std::vector<std::string> grams;
    if (content.size() < kFewestWords) {
      content.clear();
    } else {
      const std::string padded = PaddedWords(text);
      for (std::size_t i = 0; i + 3 <= padded.size(); ++i) grams.push_back(padded.substr(i, 3));
    }
    words.push_back(std::move(content));
    trigrams.push_back(std::move(grams));
  }
  return {std::move(words), std::move(trigrams)};
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

std::vector<SimilarPair> NearDuplicates(const std::vector<std::string>& texts, double word_overlap,
                                        double trigram_overlap) {
  const auto [words, trigrams] = Tokens(texts);
  std::map<std::pair<std::size_t, std::size_t>, double> pairs;
  JoinSimilar(RankTokens(words), word_overlap, pairs);
  JoinSimilar(RankTokens(trigrams), trigram_overlap, pairs);
  std::vector<SimilarPair> found;
  for (const auto& [pair, overlap] : pairs) found.push_back({pair.first, pair.second, overlap});
  return found;
}

std::vector<double> Overlaps(const std::string& text, const std::vector<std::string>& others) {
  std::vector<std::string> texts = {text};
  texts.insert(texts.end(), others.begin(), others.end());
  const auto [words, trigrams] = Tokens(texts);
  std::vector<double> overlaps(others.size(), 0);
  for (const auto* tokens : {&words, &trigrams}) {
    const std::vector<TokenSet> sets = RankTokens(*tokens);
    for (std::size_t i = 0; i < others.size(); ++i) {
      if (!sets[0].empty() && !sets[i + 1].empty()) overlaps[i] = std::max(overlaps[i], Jaccard(sets[0], sets[i + 1]));
    }
  }
  return overlaps;
}

}  // namespace assay::bank
