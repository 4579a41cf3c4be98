#pragma once

#include <string>
#include <vector>

#include "services/bank/store/question_store.h"

namespace assay::bank {

// Keeping question_text and question_word in step with the questions. What is searched is the published revision, or the draft where
// nothing is published.

// To be called with every question that was written, in the transaction that wrote it. Up to kIndexedAtOnce of them are found from
// the commit on; of more, such as an import's, it is noted that they wait for the worker, which costs next to nothing.
absl::Status IndexQuestions(runtime::Tx& tx, const std::vector<StoredQuestion>& questions);
inline constexpr int kIndexedAtOnce = 20;

// A question of some tenant.
struct QuestionKey {
  std::string tenant;
  std::string id;
};

// At most `limit` questions that wait to be indexed, by tenant. Needs no tenant set.
absl::StatusOr<std::vector<QuestionKey>> QuestionsToIndex(runtime::Tx& tx, int limit);
// Indexes those of `ids` that still wait; those that others are writing are passed over. Returns how many.
absl::StatusOr<int> IndexWaiting(runtime::Tx& tx, const std::vector<std::string>& ids);

// Looks through `limit` questions behind `after`, of all tenants, for such as are not indexed as they are by now: a previous version of
// the service wrote them. Needs no tenant set.
struct Astray {
  std::vector<QuestionKey> questions;
  QuestionKey last;  // looked at; empty tenant = there were none
};
absl::StatusOr<Astray> QuestionsAstray(runtime::Tx& tx, const QuestionKey& after, int limit);
// Notes that they wait to be indexed.
absl::Status AwaitIndexing(runtime::Tx& tx, const std::vector<std::string>& ids);

}  // namespace assay::bank
