#include "services/bank/store/search_store.h"

#include <sstream>

#include <fmt/format.h>

#include "services/bank/domain/search_text.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

// The last word is also a beginning, unless it is one of the words too common to be indexed and others are there to look for: who
// types "the meaning of" has not begun "often".
const Query kUnderstand{"search_understand", R"sql(
  WITH given AS (
    SELECT websearch_to_tsquery($1::regconfig, $3) AS others, websearch_to_tsquery($1::regconfig, $4) AS rest,
           plainto_tsquery($1::regconfig, $5) AS last, to_tsquery('pg_catalog.simple', $6) AS prefix,
           websearch_to_tsquery($1::regconfig, $7) AS marked
  ), open AS (
    SELECT others, rest, marked, last,
           CASE WHEN numnode(last) > 0 OR numnode(others) + numnode(rest) = 0 THEN prefix ELSE ''::tsquery END AS prefix
    FROM given
  ), word AS MATERIALIZED (  -- made first: row-level security lets what is made of such functions into no index
    SELECT u.place, lower(u.word) AS word, lower(u.word) || U&'\+10FFFF' AS beyond, u.open,
           (tsvector_to_array(to_tsvector($1::regconfig, u.word)))[1] AS lexeme
    FROM unnest($8::text[], $9::bool[]) WITH ORDINALITY AS u (word, open, place)
  )
  -- Words that are too common may leave behind those alone that are not to be there: everything else would be found.
  SELECT CASE WHEN querytree(others || (rest && (last || prefix))) IN ('', 'T') THEN '' ELSE (others || (rest && (last || prefix)))::text END,
         (marked || prefix)::text,
         (SELECT string_agg(w.place || ' ' || w.word, ' ') FROM word w
          WHERE w.lexeme IS NOT NULL AND w.word !~ '[0-9]'  -- of those none is learned
            AND NOT EXISTS (SELECT FROM question_word k WHERE k.language = $2 AND k.word = w.lexeme)
            AND NOT (w.open AND EXISTS (SELECT FROM question_word k
                                        WHERE k.language = $2 AND k.word >= w.word AND k.word < w.beyond)))
  FROM open
)sql"};

const Query kWordsLike{"search_words_like", R"sql(
  SELECT word FROM question_word WHERE language = $1 AND word = ANY ($3::text[])
  UNION ALL
  SELECT word FROM question_words_like($1, $2, 40)
)sql"};

// Counted are all of them, ranked or not.
constexpr char kFacets[] = R"sql(
  WITH found AS MATERIALIZED (
    SELECT q.state, q.level, q.kind, q.competency, q.section, q.pack, q.roles, q.tags
    FROM question_matches(${1}, ${2}::tsquery, ${3}, NULL) m JOIN question q ON q.id = m.id
    WHERE {0}
  ), counted AS (
    SELECT 'state' AS field, state AS value, count(*) AS n FROM found WHERE 'state' = ANY (${4}::text[]) GROUP BY state
    UNION ALL
    SELECT 'level' AS field, level AS value, count(*) AS n FROM found WHERE 'level' = ANY (${4}::text[]) GROUP BY level
    UNION ALL
    SELECT 'kind' AS field, kind AS value, count(*) AS n FROM found WHERE 'kind' = ANY (${4}::text[]) GROUP BY kind
    UNION ALL
    SELECT 'competency' AS field, competency AS value, count(*) AS n FROM found WHERE 'competency' = ANY (${4}::text[]) GROUP BY competency
    UNION ALL
    SELECT 'section' AS field, section AS value, count(*) AS n FROM found WHERE 'section' = ANY (${4}::text[]) GROUP BY section
    UNION ALL
    SELECT 'pack' AS field, pack AS value, count(*) AS n FROM found WHERE 'pack' = ANY (${4}::text[]) GROUP BY pack
    UNION ALL
    SELECT 'role', v, count(*) FROM found, unnest(roles) AS v WHERE 'role' = ANY (${4}::text[]) GROUP BY v
    UNION ALL
    SELECT 'tag', v, count(*) FROM found, unnest(tags) AS v WHERE 'tag' = ANY (${4}::text[]) GROUP BY v
  )
  SELECT field, value, n
  FROM (SELECT field, value, n, row_number() OVER (PARTITION BY field ORDER BY n DESC, value) AS place
        FROM counted WHERE value <> '') c
  WHERE place <= 50
  ORDER BY field, place
)sql";

const Query kHighlight{"search_highlight", R"sql(
  SELECT ts_headline($1::regconfig, u.text, $2::tsquery, 'StartSel=«, StopSel=», ' || CASE
           WHEN length(u.text) <= 200 THEN 'HighlightAll=true'
           ELSE 'MaxFragments=2, MaxWords=30, MinWords=10, FragmentDelimiter=" … "' END)
  FROM unnest($3::text[]) WITH ORDINALITY AS u (text, place) ORDER BY u.place
)sql"};

// Words of a prompt, in how many prompts of the tenant each is, and the word as a tsquery. Long words are rare; forty are enough.
const Query kPromptWords{"search_prompt_words", R"sql(
  SELECT w.query::text, (SELECT count(*) FROM question_prompt_matches($2, w.query, false, 20000))
  FROM (
    SELECT ('''' || replace(replace(l.lexeme, '\', '\\'), '''', '''''') || '''')::tsquery AS query
    FROM unnest(tsvector_to_array(to_tsvector($1::regconfig, $3))) AS l (lexeme)
    ORDER BY length(l.lexeme) DESC, l.lexeme
    LIMIT 40
  ) w
  ORDER BY 2, 1
)sql"};

const Query kSharing{"search_sharing", R"sql(
  SELECT m.id FROM question_prompt_matches($1, $2::tsquery, false, NULL) m
  ORDER BY ts_rank('{0, 0, 0, 1}', m.document, $3::tsquery) DESC, m.id
  LIMIT $4
)sql"};

// What depends on the filter: its condition, then the statement's own parameters numbered behind the filter's.
std::string FacetsSql(const runtime::SqlFilter& filter) {
  const size_t n = filter.parameters.size();
  return fmt::format(kFacets, filter.where, n + 1, n + 2, n + 3, n + 4);
}

// Matches by a function, then those among them that pass a filter. Filtered before anything is cut off, so that what passes is found
// however many do not.
constexpr char kMatches[] = "SELECT m.id, m.document FROM {0}(${1}, ${2}::tsquery, ${3}, {4}) m";
constexpr char kFilteredMatches[] =
    "SELECT m.id, m.document FROM {0}(${1}, ${2}::tsquery, ${3}, NULL) m JOIN question q ON q.id = m.id WHERE {5} LIMIT {4}";

constexpr char kRanked[] = R"sql(
  WITH matched AS MATERIALIZED (
    {matched}
  ), many AS MATERIALIZED (
    SELECT count(*) > {most} AS too FROM matched
  ), prompts AS MATERIALIZED (
    SELECT p.id, p.document
    FROM ({prompts}) p
    WHERE (SELECT too FROM many)
  ), ranked AS (
    SELECT c.id, (ts_rank_cd('{{0.1, 0.2, 0.4, 1.0}}', c.document, ${match}::tsquery, 33)
                  + CASE WHEN c.id = ${id} THEN 1 ELSE 0 END)::float8 AS rank
    FROM (
      SELECT id, document FROM prompts
      UNION ALL
      (SELECT m.id, m.document FROM matched m WHERE m.id NOT IN (SELECT id FROM prompts)
       LIMIT {most} - (SELECT count(*) FROM prompts))
    ) c
  )
  SELECT id, rank FROM ranked
  WHERE ${after_rank}::float8 IS NULL OR rank < ${after_rank}::float8 OR (rank = ${after_rank}::float8 AND id > ${after_id})
  ORDER BY rank DESC, id
  LIMIT ${limit}::int
)sql";

std::string MatchingSql(const char* function, const std::optional<runtime::SqlFilter>& filter, int most) {
  if (!filter.has_value()) return fmt::format(kMatches, function, 1, 2, 3, most);
  const size_t n = filter->parameters.size();
  return fmt::format(kFilteredMatches, function, n + 1, n + 2, n + 3, most, filter->where);
}

std::string SearchSql(const std::optional<runtime::SqlFilter>& filter) {
  const size_t n = filter.has_value() ? filter->parameters.size() : 0;
  return fmt::format(kRanked, fmt::arg("matched", MatchingSql("question_matches", filter, kMostRanked + 1)),
                     fmt::arg("prompts", MatchingSql("question_prompt_matches", filter, kMostRanked)), fmt::arg("most", kMostRanked),
                     fmt::arg("match", n + 2), fmt::arg("limit", n + 4), fmt::arg("id", n + 5), fmt::arg("after_rank", n + 6),
                     fmt::arg("after_id", n + 7));
}

// Registered, so that the test of all statements sees them.
const std::string kSearchText = SearchSql(std::nullopt);
const Query kSearch{"question_search", kSearchText.c_str()};
const std::string kSearchFilteredText = SearchSql(runtime::SqlFilter());
const Query kSearchFiltered{"question_search_filtered", kSearchFilteredText.c_str()};
const std::string kFacetsText = FacetsSql(runtime::SqlFilter());
const Query kAllFacets{"question_facets", kFacetsText.c_str()};

std::vector<std::string> FirstColumn(const Rows& rows) {
  std::vector<std::string> texts;
  for (const Row row : rows) texts.push_back(row.String(0));
  return texts;
}

}  // namespace

absl::StatusOr<Understood> Understand(Tx& tx, const std::string& language, SearchQuery query) {
  const SearchParts parts = PartsOf(query);
  std::vector<std::string> words;
  std::vector<bool> open;
  for (const SearchTerm* term : CorrectableTerms(query)) {
    words.push_back(term->text);
    open.push_back(query.open_end && term == &query.alternatives.back().back());
  }
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kUnderstand, {TextConfig(language), language, parts.others, parts.rest, parts.last,
                                                         parts.prefix, parts.marked, Value::Array(words), Value::Array(open)}));
  Understood understood{rows[0].String(0), rows[0].String(1), {}};
  if (!rows[0].IsNull(2)) {
    std::istringstream unknown(rows[0].String(2));
    size_t place = 0;
    for (std::string word; unknown >> place >> word;) understood.unknown.emplace(place - 1, word);
  }
  return understood;
}

absl::StatusOr<std::vector<std::string>> WordsLike(Tx& tx, const std::string& language, const std::string& word) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kWordsLike, {language, word, Value::Array(Unslipped(word))}));
  return FirstColumn(rows);
}

runtime::DynamicQuery SearchQueryFor(const std::optional<runtime::SqlFilter>& filter) {
  return runtime::DynamicQuery(filter.has_value() ? kSearchFiltered.label() : kSearch.label(), SearchSql(filter));
}

absl::StatusOr<std::vector<Hit>> FindQuestions(Tx& tx, const Wanted& wanted, const runtime::Page& page) {
  std::vector<Value> parameters;
  if (wanted.filter.has_value()) parameters = wanted.filter->parameters;
  parameters.insert(parameters.end(), {wanted.language, wanted.match, wanted.retired, page.size + 1, wanted.id});
  const bool first = page.after.size() != 2;
  parameters.emplace_back(first ? std::optional<std::string>() : page.after[0]);
  parameters.emplace_back(first ? std::optional<std::string>() : page.after[1]);
  ASSIGN_OR_RETURN(const Rows rows, wanted.filter.has_value() ? tx.Run(SearchQueryFor(wanted.filter), parameters) : tx.Run(kSearch, parameters));
  std::vector<Hit> hits;
  for (const Row row : rows) hits.push_back({row.String(0), std::stod(row.String(1)), row.String(1)});
  return hits;
}

const std::vector<std::string>& SearchFacets() {
  static const std::vector<std::string> fields = {"state", "level", "kind", "competency", "section", "pack", "role", "tag"};
  return fields;
}

absl::StatusOr<std::vector<FacetCount>> CountFacets(Tx& tx, const Wanted& wanted, const std::vector<std::string>& fields) {
  const runtime::SqlFilter filter = wanted.filter.value_or(runtime::SqlFilter());
  std::vector<Value> parameters = filter.parameters;
  parameters.insert(parameters.end(), {wanted.language, wanted.match, wanted.retired, Value::Array(fields)});
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(runtime::DynamicQuery(kAllFacets.label(), FacetsSql(filter)), parameters));
  std::vector<FacetCount> counts;
  for (const Row row : rows) counts.push_back({row.String(0), row.String(1), row.Int64(2)});
  return counts;
}

absl::StatusOr<std::vector<std::string>> Highlight(Tx& tx, const std::string& language, const std::string& marked,
                                                   const std::vector<std::string>& texts) {
  if (texts.empty()) return std::vector<std::string>();
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kHighlight, {TextConfig(language), marked, Value::Array(texts)}));
  std::vector<std::string> snippets = FirstColumn(rows);
  for (std::string& snippet : snippets) snippet = snippet.find("«") == std::string::npos ? "" : ShownSnippet(snippet);
  return snippets;
}

absl::StatusOr<std::vector<std::string>> QuestionsSharingWords(Tx& tx, const std::string& language, const std::string& prompt,
                                                               int limit) {
  ASSIGN_OR_RETURN(const Rows words, tx.Run(kPromptWords, {TextConfig(language), language, Spaced(prompt)}));
  // Two texts that have much in common have a rare word in common, unless one has none.
  constexpr int64_t kMostCandidates = 5000;
  std::string rare, all;
  int64_t candidates = 0;
  for (const Row word : words) {
    all += (all.empty() ? "" : " | ") + word.String(0);
    candidates += word.Int64(1);
    if (rare.empty() || candidates <= kMostCandidates) rare = all;
  }
  if (all.empty()) return std::vector<std::string>();
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kSharing, {language, rare, all, limit}));
  return FirstColumn(rows);
}

}  // namespace assay::bank
