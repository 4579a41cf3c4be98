#include "services/bank/api/search_indexer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include <spdlog/spdlog.h>

#include "services/bank/store/search_index_store.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Deadline;
using runtime::Transact;
using runtime::Tx;
using runtime::TxMode;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPeriod{1};
constexpr std::chrono::hours kLookPeriod{1};
constexpr std::chrono::minutes kBudget{5};
// A transaction of so many takes about a tenth of a second, a few tenths on a machine that has no time, and holds up who edits one of
// them for as long.
constexpr std::ptrdiff_t kTogether = 50;
constexpr int kBacklogs = 10;
constexpr int kAskedFor = 2000;

}  // namespace

void SearchIndexer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void SearchIndexer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool SearchIndexer::Stopped() {
  std::lock_guard lock(mutex_);
  return stopped_;
}

void SearchIndexer::Run() {
  auto look_at = steady_clock::now();
  bool hurry = false;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    const Deadline deadline = steady_clock::now() + kBudget;
    hurry = false;
    if (steady_clock::now() >= look_at) {
      const auto look = LookForAstray(deadline);
      if (!look.ok()) spdlog::warn("looking for questions that are not indexed: {}", std::string(look.status().message()));
      // Where there are some, such as after an upgrade, there are more.
      hurry = look.ok() && look->found > 0;
      if (look.ok() && look->last) look_at = steady_clock::now() + kLookPeriod;
    }
    const auto indexed = IndexAll(deadline);
    if (!indexed.ok()) spdlog::warn("indexing questions: {}", std::string(indexed.status().message()));
    if (indexed.ok() && *indexed > 0) spdlog::info("indexed {} questions for search", *indexed);
    lock.lock();
    if (!hurry) changed_.wait_for(lock, kPeriod, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; });
  }
}

absl::StatusOr<int> SearchIndexer::Index(const std::string& tenant, const std::vector<std::string>& ids, Deadline deadline) {
  int indexed = 0;
  for (auto from = ids.begin(); from != ids.end() && !Stopped();) {
    const auto to = from + std::min<std::ptrdiff_t>(kTogether, ids.end() - from);
    const std::vector<std::string> together(from, to);
    std::vector<KnownWords::Number> learned;
    ASSIGN_OR_RETURN(const int some, Transact<int>(pool_, TxMode::kReadWrite, tenant, deadline,
                                                   [&](Tx& tx) { return IndexWaiting(tx, tenant, together, known_, learned); }));
    known_.Add(learned);
    indexed += some;
    from = to;
  }
  return indexed;
}

absl::StatusOr<int> SearchIndexer::IndexAll(Deadline deadline) {
  int indexed = 0;
  for (bool more = true; more && !Stopped() && steady_clock::now() < deadline;) {
    int done = 0;
    using Backlogs = std::vector<Backlog>;
    ASSIGN_OR_RETURN(const Backlogs backlogs,
                     Transact<Backlogs>(pool_, TxMode::kReadOnly, "", deadline, [](Tx& tx) { return ReadBacklogs(tx, kBacklogs); }));
    for (const Backlog& backlog : backlogs) {
      const auto some = Index(backlog.tenant, backlog.questions, deadline);
      if (!some.ok()) {
        // It is tried again; the others' questions do not wait for it.
        spdlog::warn("indexing questions of {}: {}", backlog.tenant, std::string(some.status().message()));
        continue;
      }
      done += *some;
      if (Stopped()) break;
      RETURN_IF_ERROR(pool_.Transact(TxMode::kReadWrite, backlog.tenant, deadline, [&](Tx& tx) { return EndBacklog(tx, backlog.batch); }));
    }
    using Keys = std::vector<QuestionKey>;
    ASSIGN_OR_RETURN(const Keys keys, Transact<Keys>(pool_, TxMode::kReadOnly, "", deadline, [](Tx& tx) { return QuestionsToIndex(tx, kAskedFor); }));
    std::map<std::string, std::vector<std::string>> by_tenant;
    for (const QuestionKey& key : keys) by_tenant[key.tenant].push_back(key.id);
    for (const auto& [tenant, ids] : by_tenant) {
      const auto some = Index(tenant, ids, deadline);
      if (!some.ok()) spdlog::warn("indexing questions of {}: {}", tenant, std::string(some.status().message()));
      done += some.value_or(0);
    }
    indexed += done;
    // Those that are left are in the hands of others.
    more = done > 0;
  }
  return indexed;
}

absl::StatusOr<SearchIndexer::Look> SearchIndexer::LookForAstray(Deadline deadline) {
  ASSIGN_OR_RETURN(const Astray astray,
                   Transact<Astray>(pool_, TxMode::kReadOnly, "", deadline, [&](Tx& tx) { return QuestionsAstray(tx, looked_, looked_at_); }));
  std::map<std::string, std::vector<std::string>> by_tenant;
  for (const QuestionKey& key : astray.questions) by_tenant[key.tenant].push_back(key.id);
  for (const auto& [tenant, ids] : by_tenant) {
    RETURN_IF_ERROR(pool_.Transact(TxMode::kReadWrite, tenant, deadline, [&ids = ids](Tx& tx) { return AwaitIndexing(tx, ids); }));
  }
  looked_ = astray.last;
  return Look{static_cast<int>(astray.questions.size()), looked_.tenant.empty()};
}

}  // namespace assay::bank
