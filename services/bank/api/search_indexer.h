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
// an hour looks for such that nobody noted. Replicas may all do it.
class SearchIndexer {
 public:
  explicit SearchIndexer(runtime::Pool& pool) : pool_(pool) {}
  ~SearchIndexer() { Stop(); }
  void Start();
  void Stop();

  // Indexes what waits until nothing does or `deadline` has come; returns how many questions. One thread at a time.
  absl::StatusOr<int> IndexAll(runtime::Deadline deadline);
  // Notes what is not indexed as it stands by now; returns how many questions.
  absl::StatusOr<int> FindAstray(runtime::Deadline deadline);

 private:
  void Run();
  absl::StatusOr<int> Index(const std::string& tenant, const std::vector<std::string>& ids, runtime::Deadline deadline);
  bool Stopped();

  runtime::Pool& pool_;
  KnownWords known_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace assay::bank
