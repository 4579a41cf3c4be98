#include "services/bank/store/search_index_store.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "absl/hash/hash.h"
#include "services/bank/domain/search_text.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

// Those whose words are in the index already; whether they are listed is brought up to date on the way. The rule is asked about in a
// way that no index can answer here and below: while nothing has been analysed yet, such as during the first import, the index by rule
// looks as good as the key, and holds everything.
const Query kTouch{"search_touch", R"sql(
  UPDATE question_text t SET listed = u.listed
  FROM unnest($1::text[], $2::int[], $3::bool[]) AS u (id, revision, listed)
  WHERE t.id = u.id AND t.revision = u.revision AND t.rule IS NOT DISTINCT FROM )sql" ASSAY_SEARCH_RULE R"sql(
  RETURNING t.id
)sql"};

// Languages that a question is no longer in, and the note that it waits.
const Query kForget{"search_forget", R"sql(
  DELETE FROM question_text t USING (
    SELECT x.tenant, x.id, x.language FROM unnest($1::text[]) AS k (id)
    CROSS JOIN LATERAL (SELECT h.tenant, h.id, h.language FROM question_text h WHERE h.id = k.id OFFSET 0) x
    WHERE NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS u (id, language) WHERE u.id = x.id AND u.language = x.language)) gone
  WHERE t.tenant = gone.tenant AND t.id = gone.id AND t.language = gone.language
)sql"};

const Query kIndex{"search_index", R"sql(
  INSERT INTO question_text (tenant, id, language, revision, listed, rule, document)
  SELECT current_setting('app.tenant'), u.id, u.language, u.revision, u.listed, )sql" ASSAY_SEARCH_RULE R"sql(,
         setweight(to_tsvector(u.config::regconfig, u.prompt), 'A') || setweight(to_tsvector(u.config::regconfig, u.labels), 'B') ||
         setweight(to_tsvector(u.config::regconfig, u.concepts), 'C') || setweight(to_tsvector(u.config::regconfig, u.rest), 'D')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bool[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS u (id, language, config, revision, listed, prompt, labels, concepts, rest)
  ON CONFLICT (tenant, id, language) DO UPDATE SET
    revision = EXCLUDED.revision, listed = EXCLUDED.listed, rule = EXCLUDED.rule, document = EXCLUDED.document
)sql"};

// In order, so that two writers never wait for each other crosswise.
const Query kLearn{"search_learn", R"sql(
  WITH stemmed AS MATERIALIZED (
    SELECT u.language, lower(u.word) AS word, (tsvector_to_array(to_tsvector(u.config::regconfig, u.word)))[1] AS stem
    FROM unnest($1::text[], $2::text[], $3::text[]) AS u (language, config, word)
  )
  INSERT INTO question_word (tenant, language, word, written)
  SELECT current_setting('app.tenant'), n.language, n.word, n.written
  FROM (SELECT language, word, true AS written FROM stemmed WHERE stem IS NOT NULL  -- of too common words nothing is indexed
        UNION SELECT language, stem, false FROM stemmed WHERE stem IS NOT NULL) n
  ORDER BY n.language, n.word, n.written
  ON CONFLICT DO NOTHING
)sql"};

const Query kAwait{"search_await", R"sql(
  INSERT INTO question_backlog (tenant, questions) VALUES (current_setting('app.tenant'), $1::text[])
)sql"};

const Query kBacklogs{"search_backlogs", "SELECT tenant, batch, unnest(questions) FROM question_backlogs($1)"};

const Query kToIndex{"search_to_index", "SELECT tenant, id FROM questions_to_index(" ASSAY_SEARCH_RULE ", $1)"};

const Query kAstray{"search_astray", "SELECT tenant, id, astray FROM questions_astray($1, $2, $3)"};

// Whether question q waits: it was noted before there were batches, or is not indexed as it stands. One look by key for each.
#define ASSAY_SEARCH_WAITS                                                                                                    \
  "coalesce((SELECT bool_or(t.rule < " ASSAY_SEARCH_RULE ") OR NOT bool_or(t.language <> '' AND t.revision = "               \
  "CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END"                                  \
  " AND t.listed = (q.state <> 'RETIRED')) FROM question_text t WHERE t.id = q.id), true)"

// Locked, so that nobody writes other words meanwhile.
const Query kLockWaiting{"search_lock_waiting", ASSAY_QUESTIONS_LOCKED(" AND " ASSAY_SEARCH_WAITS, "FOR NO KEY UPDATE SKIP LOCKED")};
// Of those locked: another may have indexed one between that statement's look at the index and its lock.
const Query kStillWaiting{"search_still_waiting",
                          "SELECT l.id FROM unnest($1::text[]) AS u (id)"
                          " CROSS JOIN LATERAL (SELECT q.id FROM question q WHERE q.id = u.id AND " ASSAY_SEARCH_WAITS " OFFSET 0) l"};

const Query kEndBacklog{"search_end_backlog",
                        "DELETE FROM question_backlog b WHERE b.batch = $1 AND NOT EXISTS ("
                        "SELECT FROM unnest(b.questions) AS u (id)"
                        " CROSS JOIN LATERAL (SELECT q.id FROM question q WHERE q.id = u.id AND " ASSAY_SEARCH_WAITS " LIMIT 1) l)"};

int SearchedRevision(const StoredQuestion& stored) {
  return stored.published_revision > 0 ? stored.published_revision : stored.latest_revision;
}
bool Listed(const StoredQuestion& stored) { return stored.state != v1::QUESTION_STATE_RETIRED; }

std::vector<std::string> Ids(const std::vector<const StoredQuestion*>& questions) {
  std::vector<std::string> ids;
  for (const StoredQuestion* stored : questions) ids.push_back(stored->id);
  return ids;
}

// Language, configuration, word.
using Word = std::tuple<std::string, std::string, std::string>;

// One array per column of kIndex, in its order.
struct Columns {
  std::vector<std::string> ids, languages, configs, prompts, labels, concepts, rests;
  std::vector<int32_t> revisions;
  std::vector<bool> listed;
  // Of kLearn.
  std::set<Word> words;

  void Add(const StoredQuestion& stored) {
    for (SearchText& text : SearchTextsOf(stored.question.content())) {
      const std::string config = TextConfig(text.language);
      for (std::string& word : text.words) words.emplace(text.language, config, std::move(word));
      ids.push_back(stored.id);
      languages.push_back(text.language);
      configs.push_back(config);
      revisions.push_back(SearchedRevision(stored));
      listed.push_back(Listed(stored));
      prompts.push_back(std::move(text.prompt));
      labels.push_back(std::move(text.labels));
      concepts.push_back(std::move(text.concepts));
      rests.push_back(std::move(text.rest));
    }
  }
};

// `questions` hold the content of the revision that is searched.
absl::Status Index(Tx& tx, const std::vector<const StoredQuestion*>& questions, const std::function<bool(const Word&)>& is_known) {
  if (questions.empty()) return absl::OkStatus();
  Columns columns;
  for (const StoredQuestion* stored : questions) columns.Add(*stored);
  RETURN_IF_ERROR(
      tx.Execute(kForget, {Value::Array(Ids(questions)), Value::Array(columns.ids), Value::Array(columns.languages)}).status());
  RETURN_IF_ERROR(tx.Execute(kIndex, {Value::Array(columns.ids), Value::Array(columns.languages), Value::Array(columns.configs),
                                      Value::Array(columns.revisions), Value::Array(columns.listed), Value::Array(columns.prompts),
                                      Value::Array(columns.labels), Value::Array(columns.concepts), Value::Array(columns.rests)})
                      .status());
  std::vector<std::string> languages, configs, words;
  for (const Word& word : columns.words) {
    if (is_known(word)) continue;
    languages.push_back(std::get<0>(word));
    configs.push_back(std::get<1>(word));
    words.push_back(std::get<2>(word));
  }
  if (words.empty()) return absl::OkStatus();
  return tx.Execute(kLearn, {Value::Array(languages), Value::Array(configs), Value::Array(words)}).status();
}

std::vector<std::string> FirstColumn(const Rows& rows) {
  std::vector<std::string> texts;
  for (const Row row : rows) texts.push_back(row.String(0));
  return texts;
}

}  // namespace

absl::Status IndexQuestions(Tx& tx, const std::vector<StoredQuestion>& questions) {
  std::vector<std::string> ids;
  std::vector<int32_t> revisions;
  std::vector<bool> listed;
  for (const StoredQuestion& stored : questions) {
    ids.push_back(stored.id);
    revisions.push_back(SearchedRevision(stored));
    listed.push_back(Listed(stored));
  }
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kTouch, {Value::Array(ids), Value::Array(revisions), Value::Array(listed)}));
  std::set<std::string> current;
  for (std::string& id : FirstColumn(rows)) current.insert(std::move(id));
  std::vector<const StoredQuestion*> now;
  std::vector<std::string> later;
  for (const StoredQuestion& stored : questions) {
    if (current.count(stored.id) > 0) continue;
    // What a caller holds beside a published revision is the draft.
    const bool holds_it = SearchedRevision(stored) == stored.latest_revision;
    if (holds_it && questions.size() <= kIndexedAtOnce) {
      now.push_back(&stored);
    } else {
      later.push_back(stored.id);
    }
  }
  RETURN_IF_ERROR(Index(tx, now, [](const Word&) { return false; }));
  return AwaitIndexing(tx, later);
}

absl::Status AwaitIndexing(Tx& tx, const std::vector<std::string>& ids) {
  if (ids.empty()) return absl::OkStatus();
  return tx.Execute(kAwait, {Value::Array(ids)}).status();
}

absl::StatusOr<std::vector<Backlog>> ReadBacklogs(Tx& tx, int limit) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kBacklogs, {limit}));
  std::vector<Backlog> backlogs;
  for (const Row row : rows) {
    const int64_t batch = row.Int64(1);
    if (backlogs.empty() || backlogs.back().batch != batch || backlogs.back().tenant != row.Text(0)) {
      backlogs.push_back({row.String(0), batch, {}});
    }
    backlogs.back().questions.push_back(row.String(2));
  }
  return backlogs;
}

absl::Status EndBacklog(Tx& tx, int64_t batch) { return tx.Execute(kEndBacklog, {batch}).status(); }

absl::StatusOr<std::vector<QuestionKey>> QuestionsToIndex(Tx& tx, int limit) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kToIndex, {limit}));
  std::vector<QuestionKey> keys;
  for (const Row row : rows) keys.push_back({row.String(0), row.String(1)});
  return keys;
}

void KnownWords::Add(const std::vector<Number>& words) {
  if (words_.size() + words.size() > kMost) words_.clear();
  words_.insert(words.begin(), words.end());
}

absl::StatusOr<int> IndexWaiting(Tx& tx, const std::string& tenant, const std::vector<std::string>& ids, const KnownWords& known,
                                 std::vector<KnownWords::Number>& learned) {
  learned.clear();
  ASSIGN_OR_RETURN(const Rows locked, tx.Run(kLockWaiting, {Value::Array(ids)}));
  if (locked.empty()) return 0;
  ASSIGN_OR_RETURN(const Rows waiting, tx.Run(kStillWaiting, {Value::Array(FirstColumn(locked))}));
  if (waiting.empty()) return 0;
  ASSIGN_OR_RETURN(const auto questions, ReadQuestions(tx, FirstColumn(waiting)));
  std::vector<const StoredQuestion*> pointers;
  for (const StoredQuestion& stored : questions) pointers.push_back(&stored);
  RETURN_IF_ERROR(Index(tx, pointers, [&](const Word& word) {
    const KnownWords::Number number = absl::HashOf(tenant, word);
    if (known.Has(number)) return true;
    learned.push_back(number);
    return false;
  }));
  return static_cast<int>(questions.size());
}

absl::StatusOr<Astray> QuestionsAstray(Tx& tx, const QuestionKey& after, int limit) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kAstray, {after.tenant, after.id, limit}));
  Astray found;
  for (const Row row : rows) {
    QuestionKey key{row.String(0), row.String(1)};
    if (row.Bool(2)) found.questions.push_back(key);
    found.last = std::move(key);
  }
  return found;
}

}  // namespace assay::bank
