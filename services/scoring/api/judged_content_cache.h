#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"
#include "services/scoring/domain/judged_content.h"

namespace assay::scoring {

// What cards of an interview are held against, by tenant, kit content and policy revision. Kits and policies are immutable;
// the flag catalogue grows, so an entry is read again after a minute, or when asked afresh. Thread-safe.
class JudgedContentCache {
 public:
  // `kit_hash` "" = no kit is pinned. `fresh` passes over what is in memory.
  absl::StatusOr<std::shared_ptr<const JudgedContent>> Get(runtime::Tx& tx, const std::string& kit_hash,
                                                           const std::string& policy, bool fresh = false);

 private:
  struct Entry {
    std::shared_ptr<const JudgedContent> content;
    std::chrono::steady_clock::time_point until;
  };
  std::mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay::scoring
