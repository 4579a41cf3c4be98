#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
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

// Questions that were written together and wait to be indexed.
struct Backlog {
  std::string tenant;
  int64_t batch = 0;
  std::vector<std::string> questions;
};
// The oldest, at most `limit`; those of a tenant that is importing are left for later. Needs no tenant set.
absl::StatusOr<std::vector<Backlog>> ReadBacklogs(runtime::Tx& tx, int limit);
// Forgets a batch of the transaction's tenant, unless some of it still waits.
absl::Status EndBacklog(runtime::Tx& tx, int64_t batch);

// At most `limit` single questions that wait to be indexed: an older rule indexed them, or a previous version noted them. By tenant.
// Needs no tenant set.
absl::StatusOr<std::vector<QuestionKey>> QuestionsToIndex(runtime::Tx& tx, int limit);

// Words that are in the vocabulary, which none ever leaves, so that they need not be learned again. One number stands for each; two
// words that fall on one number by chance, once in some hundred million vocabularies, would be taken for the same. At kMost all are
// forgotten. Not thread-safe.
class KnownWords {
 public:
  using Number = uint64_t;
  bool Has(Number word) const { return words_.contains(word); }
  // Once their transaction has been committed.
  void Add(const std::vector<Number>& words);

 private:
  static constexpr std::size_t kMost = 500'000;
  absl::flat_hash_set<Number> words_;
};

// Indexes those of `ids`, questions of `tenant`, that still wait; those that others are writing are passed over. Returns how many;
// `learned` are the words that `known` lacked.
absl::StatusOr<int> IndexWaiting(runtime::Tx& tx, const std::string& tenant, const std::vector<std::string>& ids, const KnownWords& known,
                                 std::vector<KnownWords::Number>& learned);

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
