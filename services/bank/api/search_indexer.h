#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/bank/store/search_index_store.h"
#include "services/runtime/db/pool.h"

namespace assay::bank {

// Indexes questions that an import or a previous version of the service left unindexed, a few at a time in short transactions, and once
// an hour looks for such that nobody noted, slowly as long as there are none. Replicas may all do it.
class SearchIndexer {
 public:
  // A look of `looked_at` takes some hundredths of a second. With the second between two looks a million questions are looked through
  // in a quarter of an hour, and the database has its time for others.
  explicit SearchIndexer(runtime::Pool& pool, int looked_at = 1000) : pool_(pool), looked_at_(looked_at) {}
  ~SearchIndexer() { Stop(); }
  void Start();
  void Stop();

  // Indexes what waits until nothing does or `deadline` has come; returns how many questions. One thread at a time.
  absl::StatusOr<int> IndexAll(runtime::Deadline deadline);
  // Looks through the next questions of all and notes those that are not indexed as they stand by now. One thread at a time.
  struct Look {
    int found = 0;
    bool last = false;  // the next begins anew
  };
  absl::StatusOr<Look> LookForAstray(runtime::Deadline deadline);

 private:
  void Run();
  absl::StatusOr<int> Index(const std::string& tenant, const std::vector<std::string>& ids, runtime::Deadline deadline);
  bool Stopped();

  runtime::Pool& pool_;
  const int looked_at_;
  KnownWords known_;
  QuestionKey looked_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::bank
