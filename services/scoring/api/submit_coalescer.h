#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/runtime/batch/batch_queue.h"
#include "services/runtime/rpc/method.h"
#include "services/scoring/api/judged_content_cache.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/store/submission_store.h"

namespace assay::scoring {

struct CoalescerOptions {
  // Transactions at once. The cards of a tenant always go to the same one, because they would wait for each other anyway:
  // each locks the head of the tenant's audit chain until it commits.
  int workers = 4;
  size_t max_batch = 64;
  size_t max_waiting = 2048;  // per worker
  // Of one transaction; not of any caller.
  std::chrono::milliseconds deadline{5000};
};

// SubmitScorecard: cards that arrive together are committed together, each judged and answered on its own. A caller that
// goes away or runs out of time changes nothing; it learns the outcome by its request_id. To a caller it means what Mutator
// means for every other write.
class SubmitCoalescer {
 public:
  using Done = std::function<void(absl::StatusOr<v1::Scorecard>)>;

  explicit SubmitCoalescer(ScoringParts& parts, CoalescerOptions options = {});
  // Commits what was taken, then joins.
  ~SubmitCoalescer();
  SubmitCoalescer(const SubmitCoalescer&) = delete;
  SubmitCoalescer& operator=(const SubmitCoalescer&) = delete;

  // `done` is called once, from any thread. OVERLOADED when too many wait.
  void Submit(runtime::ContextPtr context, std::shared_ptr<const v1::SubmitScorecardRequest> request, Done done);
  // Takes no more, answers what was taken, joins.
  void Stop();

  // What submitted cards are held against; drafts and amendments share it.
  JudgedContentCache& contents() { return contents_; }

 private:
  struct Item {
    runtime::ContextPtr context;
    std::shared_ptr<const v1::SubmitScorecardRequest> request;
    Done done;
    CardKey key;
    runtime::RequestKey request_key;  // request_id empty = not idempotent
  };
  // What became of an item within a transaction that may still fail.
  struct Outcome {
    absl::Status status;
    v1::Scorecard card;
    std::optional<runtime::FeedPosition> position;  // absent for what was only validated
    std::optional<Submission> submission;
  };
  using Items = std::vector<Item*>;
  using Queue = runtime::BatchQueue<std::unique_ptr<Item>>;

  void Run(Queue& queue);
  void Work(Items items);
  // One transaction for items of which no two touch the same card or request_id; everyone is answered.
  void Commit(const Items& items);
  absl::Status RunGroup(runtime::Tx& tx, const Items& items, std::vector<Outcome>& outcomes, size_t first);
  // Fills in what an item comes to; `submission` is set where something is to be written.
  absl::Status Judge(runtime::Tx& tx, const Item& item, const SituationRow& row, runtime::Instant now, Outcome& outcome);
  absl::StatusOr<v1::ScorecardContent> ContentOf(runtime::Tx& tx, const Item& item, const SituationRow& row, bool author);
  absl::StatusOr<runtime::SealedText> Seal(runtime::Tx& tx, const std::string& candidate, const std::string& plain);
  void Answer(Item& item, Outcome& outcome);

  ScoringParts& parts_;
  const CoalescerOptions options_;
  JudgedContentCache contents_;
  std::vector<std::unique_ptr<Queue>> queues_;  // one per worker
  std::vector<std::thread> workers_;
};

}  // namespace assay::scoring
