#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// What a search asks for: words, "phrases", -exclusions and OR.
namespace assay::bank {

// A word or a phrase. `text` has letters or digits, and no quotation marks.
struct SearchTerm {
  std::string text;
  bool quoted = false;
  bool excluded = false;
  friend bool operator==(const SearchTerm&, const SearchTerm&) = default;
};

// Alternatives, of which one has to hold; all terms of an alternative have to.
struct SearchQuery {
  std::vector<std::vector<SearchTerm>> alternatives;
  // Nothing follows the last word, which may still be being typed: what begins with it is found too.
  bool open_end = false;
};

// Takes any text: there is no syntax to break. INVALID_ARGUMENT where no word is left to look for.
absl::StatusOr<SearchQuery> ParseSearchQuery(std::string_view text);

// The query as text, which parses to the same.
std::string PrintSearchQuery(const SearchQuery& query);

// The query as arguments of PostgreSQL's websearch_to_tsquery and its like, which take any text either.
struct SearchParts {
  std::string others;  // the alternatives but the last
  std::string rest;    // the last alternative without `last`
  std::string last;    // the word that may be the beginning of one; empty = none
  std::string prefix;  // 'gradi':* for it
  std::string marked;  // everything looked for, joined by or: what a snippet marks
};
SearchParts PartsOf(const SearchQuery& query);

// Words that may be corrected where nobody uses them: unquoted, not excluded, of 4 to 40 letters. Pointers into `query`; at most 8.
std::vector<SearchTerm*> CorrectableTerms(SearchQuery& query);

// The candidate that is fewest slips of the keyboard away, nullopt where none is near: one slip in words up to five letters, else
// two. A slip is a letter too many, too few, wrong, or two the wrong way round. Of two as near, the earlier candidate.
std::optional<std::string> NearestWord(std::string_view word, const std::vector<std::string>& candidates);

// What `word` may be with two letters the other way round or one left out: slips that change too much of a short word for its likeness
// to be seen otherwise.
std::vector<std::string> Unslipped(std::string_view word);

// Words looked for, to be marked in snippets.
std::vector<std::string> WantedWords(const SearchQuery& query);

}  // namespace assay::bank
