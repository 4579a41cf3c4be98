#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/question.pb.h"
#include "services/bank/domain/kit.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"
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
  std::string content_hash;
  v1::Question question;
};

// What a listing asks for; absent = any.
struct QuestionFilter {
  std::optional<std::string> state, level, kind, competency, section, role, tag;
};

// SQL over question and question_revision.

// `revision` 0 = the published one, or the draft where nothing is published. NOT_FOUND.
absl::StatusOr<StoredQuestion> ReadQuestion(runtime::Tx& tx, const std::string& id, int revision);
// The same for many at once, in no order; those missing are absent.
absl::StatusOr<std::vector<StoredQuestion>> ReadQuestions(runtime::Tx& tx, const std::vector<std::string>& ids);
// The row locked for a change, with its latest revision.
absl::StatusOr<StoredQuestion> LockQuestion(runtime::Tx& tx, const std::string& id);
// Every existing question of `ids`, locked, in order of id.
absl::StatusOr<std::map<std::string, StoredQuestion>> LockQuestions(runtime::Tx& tx, const std::vector<std::string>& ids);
absl::StatusOr<std::vector<StoredQuestion>> ListQuestions(runtime::Tx& tx, const QuestionFilter& filter, const runtime::Page& page);
// Newest first.
absl::StatusOr<std::vector<StoredQuestion>> ListRevisions(runtime::Tx& tx, const std::string& id, const runtime::Page& page);
// Facts of every published question, for kits.
absl::StatusOr<std::vector<QuestionFacts>> ReadKitFacts(runtime::Tx& tx);

// Writes rows and a new revision each, in two statements whatever their number. `questions[i].latest_revision` is the
// revision to add; a question is new when its version is 1.
absl::Status WriteQuestions(runtime::Tx& tx, const std::vector<StoredQuestion>& questions, const std::string& author,
                            runtime::Instant now);
// Updates the row alone (publish, retire).
absl::Status UpdateQuestionRow(runtime::Tx& tx, const StoredQuestion& question, runtime::Instant now);
// ALREADY_EXISTS when another question has one of them.
absl::Status ReplaceExternalIds(runtime::Tx& tx, const v1::Question& question, const std::string& id);

// Names, versions and states of all questions, for a snapshot.
absl::StatusOr<std::vector<StoredQuestion>> ListAllQuestionRows(runtime::Tx& tx, const std::string& after, int limit);

}  // namespace assay::bank
