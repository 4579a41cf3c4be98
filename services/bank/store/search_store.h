#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/bank/domain/search_query.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/filter.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// SQL over question_text and question_word.

// Where more questions match, this many of them are ranked, those first whose prompt matches.
inline constexpr int kMostRanked = 10'000;

// A query as the database takes it.
struct Understood {
  std::string match;   // tsquery; empty where only words are left that are too common to look for
  std::string marked;  // tsquery of what snippets mark
  // Words that no question of the tenant has, in lower case, by their place in CorrectableTerms().
  std::map<size_t, std::string> unknown;
};
absl::StatusOr<Understood> Understand(runtime::Tx& tx, const std::string& language, SearchQuery query);
// Words of the tenant's questions that `word` may be meant to be, the likest first.
absl::StatusOr<std::vector<std::string>> WordsLike(runtime::Tx& tx, const std::string& language, const std::string& word);

// What is looked for, and among which questions.
struct Wanted {
  std::string language;
  std::string match;  // tsquery
  std::string id;     // the question of this id comes first; empty = none
  bool retired = false;
  std::optional<runtime::SqlFilter> filter;  // over QuestionFields(), compiled from parameter 1
};

struct Hit {
  std::string id;
  double rank = 0;
  std::string rank_text;  // exactly
};
// Best first, up to page.size + 1 of them; page.after is {rank_text, id}.
absl::StatusOr<std::vector<Hit>> FindQuestions(runtime::Tx& tx, const Wanted& wanted, const runtime::Page& page);
// The statement of it; its parameters are those of the filter, then language, tsquery, with retired ones or not, limit, id, and rank
// and id of the last hit of the page before, null on the first page.
runtime::DynamicQuery SearchQueryFor(const std::optional<runtime::SqlFilter>& filter);

// Values and how many of everything found have them, the most frequent first, at most 50 a field. `fields` of SearchFacets().
struct FacetCount {
  std::string field;
  std::string value;
  int64_t count = 0;
};
absl::StatusOr<std::vector<FacetCount>> CountFacets(runtime::Tx& tx, const Wanted& wanted, const std::vector<std::string>& fields);
const std::vector<std::string>& SearchFacets();

// The texts with what matches between « and », shortened; those without a match are empty.
absl::StatusOr<std::vector<std::string>> Highlight(runtime::Tx& tx, const std::string& language, const std::string& marked,
                                                   const std::vector<std::string>& texts);

// Ids of questions whose prompts share rare words with `prompt`, the likest first, at most `limit`.
absl::StatusOr<std::vector<std::string>> QuestionsSharingWords(runtime::Tx& tx, const std::string& language, const std::string& prompt,
                                                               int limit);

}  // namespace assay::bank
