#include "services/bank/domain/search_query.h"

#include <algorithm>
#include <tuple>

#include "services/bank/domain/search_text.h"
#include "services/bank/domain/utf8.h"
#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

constexpr std::size_t kMinOpen = 3;  // characters from which a last word is also a beginning
constexpr std::size_t kMinCorrected = 4, kMaxCorrected = 40, kMaxCorrections = 8;

bool IsSpace(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x3000;
}
bool IsQuote(char32_t c) { return c == '"' || (c >= 0x201C && c <= 0x201F); }
bool IsDash(char32_t c) { return c == '-' || c == 0x2212; }
// PostgreSQL passes over these outside of phrases, and takes what follows for a new word.
bool IsIgnored(char32_t c) { return c == '!' || c == '&' || c == '|' || c == '(' || c == ')'; }

std::u32string Characters(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const std::size_t length = Utf8SequenceLength(text, at, &c);
    if (length > 0) out += c;
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

bool SaysSomething(std::string_view text) {
  const std::u32string characters = Characters(text);
  return std::any_of(characters.begin(), characters.end(), IsLetterOrDigit);
}

bool IsOr(std::string_view text) { return text.size() == 2 && (text[0] | 0x20) == 'o' && (text[1] | 0x20) == 'r'; }

// One word and nothing else, of a script that has words.
bool IsPlainWord(const SearchTerm& term) {
  if (term.quoted || term.excluded) return false;
  const std::u32string characters = Characters(term.text);
  return std::all_of(characters.begin(), characters.end(), [](char32_t c) { return IsLetterOrDigit(c) && !WithoutSpaces(c); });
}

// A script without spaces is looked for as a phrase of its characters.
std::string Printed(const SearchTerm& term, bool spaced) {
  const std::string text = spaced ? Spaced(term.text) : term.text;
  // A word "or" of its own would be taken for the operator.
  const bool quoted = term.quoted || text != term.text || IsOr(term.text);
  return std::string(term.excluded ? "-" : "") + (quoted ? "\"" + text + "\"" : text);
}

std::string Joined(const std::vector<SearchTerm>& terms, bool spaced) {
  std::string out;
  for (const SearchTerm& term : terms) out += (out.empty() ? "" : " ") + Printed(term, spaced);
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(Characters(text)) {}

  SearchQuery Read() {
    SearchQuery query;
    std::vector<SearchTerm> terms;
    const auto end_alternative = [&] {
      if (!terms.empty()) query.alternatives.push_back(std::move(terms));
      terms.clear();
    };
    while (Skip()) {
      SearchTerm term = Next();
      if (!term.quoted && !term.excluded && IsOr(term.text)) {
        end_alternative();
      } else if (SaysSomething(term.text)) {
        terms.push_back(std::move(term));
      }
    }
    end_alternative();
    if (query.alternatives.empty()) return query;
    const SearchTerm& last = query.alternatives.back().back();
    query.open_end = IsPlainWord(last) && !IsSpace(text_.back()) && Characters(last.text).size() >= kMinOpen;
    return query;
  }

 private:
  bool Skip() {
    while (at_ < text_.size() && (IsSpace(text_[at_]) || IsIgnored(text_[at_]))) ++at_;
    return at_ < text_.size();
  }
  SearchTerm Next() {
    SearchTerm term;
    while (at_ < text_.size() && (IsDash(text_[at_]) || IsIgnored(text_[at_]))) term.excluded |= IsDash(text_[at_++]);
    term.quoted = at_ < text_.size() && IsQuote(text_[at_]);
    if (term.quoted) ++at_;
    // A quotation that is not closed goes on to the end.
    while (at_ < text_.size() && !IsQuote(text_[at_]) && (term.quoted || !(IsSpace(text_[at_]) || IsIgnored(text_[at_])))) {
      AppendUtf8(text_[at_++], term.text);
    }
    if (term.quoted && at_ < text_.size()) ++at_;
    return term;
  }

  const std::u32string text_;
  std::size_t at_ = 0;
};

// Optimal string alignment; more than `most` is as good as infinite.
std::size_t Slips(const std::u32string& a, const std::u32string& b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

absl::StatusOr<SearchQuery> ParseSearchQuery(std::string_view text) {
  SearchQuery query = Reader(text).Read();
  if (query.alternatives.empty()) return runtime::InvalidField("query", "holds no word to look for; give at least one");
  for (const auto& terms : query.alternatives) {
    if (std::all_of(terms.begin(), terms.end(), [](const SearchTerm& term) { return term.excluded; })) {
      return runtime::InvalidField("query", "\"" + Joined(terms, false) + "\" only takes away; add a word to look for beside it");
    }
  }
  return query;
}

std::string PrintSearchQuery(const SearchQuery& query) {
  std::string out;
  for (const auto& terms : query.alternatives) out += (out.empty() ? "" : " or ") + Joined(terms, false);
  return out;
}

SearchParts PartsOf(const SearchQuery& query) {
  SearchParts parts;
  for (std::size_t i = 0; i < query.alternatives.size(); ++i) {
    std::vector<SearchTerm> terms = query.alternatives[i];
    for (const SearchTerm& term : terms) {
      if (!term.excluded) parts.marked += (parts.marked.empty() ? "" : " or ") + Printed(term, true);
    }
    if (i + 1 < query.alternatives.size()) {
      parts.others += (parts.others.empty() ? "" : " or ") + Joined(terms, true);
      continue;
    }
    if (query.open_end) {
      parts.last = terms.back().text;
      parts.prefix = "'" + parts.last + "':*";
      terms.pop_back();
    }
    parts.rest = Joined(terms, true);
  }
  return parts;
}

std::vector<SearchTerm*> CorrectableTerms(SearchQuery& query) {
  std::vector<SearchTerm*> correctable;
  for (auto& terms : query.alternatives) {
    for (SearchTerm& term : terms) {
      const std::u32string characters = Characters(term.text);
      const bool letters = std::none_of(characters.begin(), characters.end(), [](char32_t c) { return c >= '0' && c <= '9'; });
      if (IsPlainWord(term) && letters && characters.size() >= kMinCorrected && characters.size() <= kMaxCorrected &&
          correctable.size() < kMaxCorrections) {
        correctable.push_back(&term);
      }
    }
  }
  return correctable;
}

std::optional<std::string> NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  const std::u32string wanted = Characters(word);
  const std::size_t most = wanted.size() <= 5 ? 1 : 2;
  using Distance = std::tuple<std::size_t, std::size_t, bool>;
  std::optional<Distance> least;
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    const std::u32string other = Characters(candidate);
    const std::size_t slips = Slips(wanted, other, most);
    if (slips == 0 || slips > most || other.empty()) continue;
    const std::size_t longer = std::max(wanted.size(), other.size()) - std::min(wanted.size(), other.size());
    const Distance distance{slips, longer, wanted[0] != other[0]};
    if (least.has_value() && distance >= *least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::vector<std::string> Unslipped(std::string_view word) {
  const std::u32string characters = Characters(word);
  std::vector<std::string> words;
  const auto add = [&](const std::u32string& variant) {
    words.emplace_back();
    for (const char32_t c : variant) AppendUtf8(c, words.back());
  };
  for (std::size_t i = 0; i < characters.size(); ++i) {
    std::u32string shorter = characters;
    add(shorter.erase(i, 1));
    if (i == 0 || characters[i] == characters[i - 1]) continue;
    std::u32string swapped = characters;
    std::swap(swapped[i], swapped[i - 1]);
    add(swapped);
  }
  return words;
}

std::vector<std::string> WantedWords(const SearchQuery& query) {
  std::vector<std::string> words;
  for (const auto& terms : query.alternatives) {
    for (const SearchTerm& term : terms) {
      if (term.excluded) continue;
      for (std::string& word : LettersAndDigits(term.text)) words.push_back(std::move(word));
    }
  }
  return words;
}

}  // namespace assay::bank
