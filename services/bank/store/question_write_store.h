#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/bank/store/question_store.h"

namespace assay::bank {

// Writing question, question_revision, question_link and question_external_id.

// What becomes of plans to publish where a draft is written.
enum class Plans { kKept, kEnded };
// Writes rows and a new revision each, in a fixed number of statements whatever their number. `questions[i].latest_revision` is
// the revision to add, `change_note` why. A plan to publish ends with the publication of the latest revision; ALREADY_EXISTS when
// somebody else has just written such a revision.
absl::Status WriteQuestions(runtime::Tx& tx, const std::vector<StoredQuestion>& questions, const std::string& author,
                            runtime::Instant now, Plans plans);
// Updates the row alone (publish, retire, a plan).
absl::Status UpdateQuestionRow(runtime::Tx& tx, const StoredQuestion& question, runtime::Instant now);
// Publishes the latest revision of each, which is what `question.content` says, in a fixed number of statements whatever their
// number. Plans to publish end.
absl::Status PublishLatestRevisions(runtime::Tx& tx, const std::vector<StoredQuestion>& questions, runtime::Instant now);
// ALREADY_EXISTS naming another question that has one of them.
absl::Status ReplaceExternalIds(runtime::Tx& tx, const v1::Question& question, const std::string& id);

// Versions of questions that had one of these ids and were deleted: another of that id goes on from there.
absl::StatusOr<std::map<std::string, int64_t>> LastVersions(runtime::Tx& tx, const std::vector<std::string>& ids);

// Locks a question against everything, new references included, and reads it. NOT_FOUND.
absl::StatusOr<StoredQuestion> LockQuestionForDeletion(runtime::Tx& tx, const std::string& id);
// Names of kits and questions that refer to it, at most a few.
absl::StatusOr<std::vector<std::string>> ReferencesTo(runtime::Tx& tx, const std::string& id);
// A kit plan as it is stored.
struct StoredKitPlan {
  std::string id;
  std::string document;
};
absl::StatusOr<std::vector<StoredKitPlan>> ReadKitPlans(runtime::Tx& tx);
// Removes a draft that was never published, with its revisions and external ids.
absl::Status DeleteQuestionRow(runtime::Tx& tx, const std::string& id);

// Tenants with publications planned up to `until`. In a transaction of role assay_feed, without a tenant.
absl::StatusOr<std::vector<std::string>> TenantsWithDuePlans(runtime::Tx& tx, runtime::Instant until);
// At most `limit` questions whose publication is planned up to `until`, locked; those that others hold are passed over.
absl::StatusOr<std::vector<StoredQuestion>> LockDuePlans(runtime::Tx& tx, runtime::Instant until, int limit);

}  // namespace assay::bank
