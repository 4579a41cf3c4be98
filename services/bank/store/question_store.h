#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/question.pb.h"
#include "services/bank/domain/content_hash.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/base/names.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/filter.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// A question row as it stands, and the content of one of its revisions.
struct StoredQuestion {
  std::string id;
  int64_t version = 0;
  v1::QuestionState state = v1::QUESTION_STATE_UNSPECIFIED;
  int published_revision = 0;
  int latest_revision = 0;
  std::string pack;
  // Of the revision that was read; empty until the question was stored.
  std::string content_hash;
  // Of the content to be written, where they were taken already.
  std::optional<ContentDigests> digests;
  // Why a revision is written, and when and by whom its publication was planned.
  std::string change_note;
  std::optional<runtime::Instant> scheduled_time;
  std::string scheduled_by;
  // The service that did so for them; empty = none.
  std::string scheduled_through;
  v1::Question question;
};

// A question to be passed on. Its content stays the bytes of its message, where the row has them: what is only passed on need not be parsed.
struct ListedQuestion {
  StoredQuestion stored;  // without content
  std::string_view content;
};

// A question of a page: which, and as of which change of it.
struct PagedQuestion {
  std::string id;
  int64_t version = 0;
  // By what the page is ordered, unless by id; none = never.
  std::optional<runtime::Instant> time;
};

// By what a list is ordered; ties are broken by id. A question that was never published has the earliest publish_time.
struct QuestionOrder {
  enum class Key { kId, kUpdateTime, kCreateTime, kPublishTime };
  Key key = Key::kId;
  bool descending = false;
};

// Reading question and question_revision; writing is in question_write_store.h.

// What a statement has to select to be read by QuestionFrom; tables `q` and `r`. One list for all.
#define ASSAY_QUESTION_COLUMNS                                                                                           \
  "q.id, q.version, q.state, q.published_revision, q.latest_revision, q.pack, q.retire_reason, q.document, "             \
  "q.create_time, q.update_time, "                                                                                       \
  "CASE WHEN q.published_revision IN (0, r.revision) THEN q.publish_time ELSE "                                          \
  "(SELECT p.publish_time FROM question_publication p"                                                                   \
  " WHERE p.tenant = q.tenant AND p.id = q.id AND p.revision = r.revision) END, "                                        \
  "q.overridden, q.scheduled_publish_time, q.scheduled_by, q.scheduled_through, "                                        \
  "r.revision, r.content, r.wording_hash, r.structure_hash, r.content_hash, r.author, r.change_note, r.create_time, "     \
  "(SELECT (extract(epoch FROM l.flag_time) * 1000000)::bigint || E'\x1f' || l.flagged_by || E'\x1f' || l.reason"        \
  " FROM question_leak l WHERE l.tenant = q.tenant AND l.id = q.id)"
inline constexpr int kQuestionColumns = 24;
// A question at its current revision: the published one, or the draft where nothing is published.
#define ASSAY_QUESTION_CURRENT_REVISION                                                                                  \
  "r.tenant = q.tenant AND r.id = q.id AND r.revision = "                                                                \
  "CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END"
#define ASSAY_QUESTION_CURRENT " FROM question q JOIN question_revision r ON " ASSAY_QUESTION_CURRENT_REVISION " "
absl::StatusOr<StoredQuestion> QuestionFrom(const runtime::Row& row);
// Into one that may have been used for another row, whose memory it takes over.
absl::Status ReadListed(const runtime::Row& row, ListedQuestion& listed);

// INTERNAL where the content is not what was written.
absl::Status CheckReadable(const ListedQuestion& listed);

// `revision` 0 = the current one. NOT_FOUND.
absl::StatusOr<StoredQuestion> ReadQuestion(runtime::Tx& tx, const std::string& id, int revision);
// The current revision of many, in no order; those missing are absent.
absl::StatusOr<std::vector<StoredQuestion>> ReadQuestions(runtime::Tx& tx, const std::vector<std::string>& ids);
// Many, each at the revision asked for, in one statement and in the order asked; those missing are empty.
absl::StatusOr<std::vector<std::optional<StoredQuestion>>> ReadQuestionsAt(runtime::Tx& tx,
                                                                           const std::vector<runtime::RevisionName>& names);
// The same as rows for ReadListed, in no order; PlaceOf says which name such a row is of.
absl::StatusOr<runtime::Rows> ReadRowsAt(runtime::Tx& tx, const std::vector<runtime::RevisionName>& names);
size_t PlaceOf(const runtime::Row& row);
// The row locked for a change, with its latest revision.
absl::StatusOr<StoredQuestion> LockQuestion(runtime::Tx& tx, const std::string& id);
// Locks those of `ids` that exist.
absl::Status LockQuestionRows(runtime::Tx& tx, const std::vector<std::string>& ids);
// Every existing question of `ids`, locked, in order of id.
absl::StatusOr<std::map<std::string, StoredQuestion>> LockQuestions(runtime::Tx& tx, const std::vector<std::string>& ids);

// Locks the questions $1 that meet the condition, in the order of their ids, so that no two who lock several wait for each other
// crosswise. One look into the index per id, whatever the planner thinks of the size of the table: a plan that was made for a small
// bank is kept while an import makes it a large one. Apart from the reading: who waited here reads what the other one wrote.
#define ASSAY_QUESTIONS_LOCKED(condition, lock)                                                                          \
  "SELECT l.id FROM (SELECT u.id FROM unnest($1::text[]) AS u (id) ORDER BY u.id COLLATE \"C\") k "                      \
  "CROSS JOIN LATERAL (SELECT q.id FROM question q WHERE q.id = k.id" condition " LIMIT 1 " lock ") l"

// What lists can be filtered by.
const runtime::FilterFields& QuestionFields();
// One page: up to page.size + 1 of them. `filter` is compiled over QuestionFields() from parameter 1.
absl::StatusOr<std::vector<PagedQuestion>> PageQuestions(runtime::Tx& tx, const runtime::SqlFilter& filter, QuestionOrder order,
                                                         const runtime::Page& page);
// Those of `ids` that the filter does not choose or that the bank does not have.
absl::StatusOr<std::vector<std::string>> QuestionsLeftOut(runtime::Tx& tx, const runtime::SqlFilter& filter, const std::vector<std::string>& ids);
// For Page::after.
std::vector<std::string> PageKeyOf(const PagedQuestion& question, QuestionOrder order);
// The statement of a page; its parameters are those of the filter, the limit, then those of the page before unless it is the first.
runtime::DynamicQuery QuestionPageQuery(const runtime::SqlFilter& filter, QuestionOrder order, bool first_page);

// Newest first.
absl::StatusOr<std::vector<StoredQuestion>> ListRevisions(runtime::Tx& tx, const std::string& id, const runtime::Page& page);
// Names, versions and states of all questions, for a snapshot.
absl::StatusOr<std::vector<StoredQuestion>> ListAllQuestionRows(runtime::Tx& tx, const std::string& after, int limit);

// "PUBLISHED", as it stands in the column.
std::string StateText(v1::QuestionState state);

}  // namespace assay::bank
