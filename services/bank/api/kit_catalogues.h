#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/bank/domain/kit_catalogue.h"
#include "services/bank/store/kit_fact_store.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"

namespace assay::bank {

// What kits are drawn from, per tenant: read in full on first use, then kept up to date piece by piece. Who changes something
// says so, on this replica at once and on the others through the feed; a question or an entry that was said to have changed
// before a Get is in what it returns, while uses on other replicas follow with the next Refresh: they only weigh in the choice,
// and the cap is looked at again where the kit is stored. A change is read from the database, never taken from the event, so
// that hearing of it twice or late does no harm. Thread-safe.
class KitCatalogues {
 public:
  struct Options {
    // Questions read in one transaction.
    int chunk = 2000;
    // Uses that leave the window are noticed after this long.
    std::chrono::minutes recount{10};
    // A tenant that nobody draws for is forgotten after this long.
    std::chrono::minutes idle{60};
  };

  KitCatalogues() : KitCatalogues(Options{}) {}
  explicit KitCatalogues(Options options) : options_(options) {}

  // The state to draw from. Blocks while it is read; one reads for all who ask. DEADLINE_EXCEEDED and the pool's errors.
  absl::StatusOr<std::shared_ptr<const KitCatalogue>> Get(runtime::Pool& pool, const std::string& tenant, runtime::Instant now,
                                                          runtime::Deadline deadline);

  // These questions were published, edited, retired, marked or cleared.
  void QuestionsChanged(const std::string& tenant, const std::vector<std::string>& ids);
  // A kit (its id) is about to be made here: when it is heard of once, Used has counted it.
  void Making(const std::string& tenant, const std::string& kit);
  // A kit was made here with these questions: they count at once, without the database.
  void Used(const std::string& tenant, const std::vector<std::string>& questions);
  // These kits (ids) were made or given out, here or elsewhere: their questions are counted anew.
  void KitsUsed(const std::string& tenant, const std::vector<std::string>& kits);
  // Formats, roles, competencies, policies or the exposure policy changed.
  void EntriesChanged(const std::string& tenant);
  // Everything of a tenant, or of all, is read anew when it is next needed.
  void Forget(const std::string& tenant);
  void Clear();

  // Reads what has been said to have changed, of tenants that are in memory, so that the next Get finds it done; counts uses
  // anew where that is due and forgets who is idle. Called by the follower of the feed.
  void Refresh(runtime::Pool& pool, runtime::Instant now, runtime::Deadline deadline);

 private:
  // What is known to be out of date.
  struct Pending {
    std::set<std::string> questions;
    // Questions, and kits whose questions are, to be counted anew.
    std::set<std::string> uses;
    std::set<std::string> kits;
    bool entries = false;

    // What a draw has to wait for.
    bool changes() const { return !questions.empty() || entries; }
    bool empty() const { return !changes() && uses.empty() && kits.empty(); }
    void Add(const Pending& other);
  };
  using Snapshot = std::shared_ptr<const KitCatalogue>;
  struct Tenant {
    // Held by the one who reads; waited for by others who ask.
    std::timed_mutex reading;
    // The rest is guarded by KitCatalogues::mutex_.
    Snapshot catalogue;
    Pending pending;
    // What was pending is being read; `changing`: and a draw has to wait for it.
    bool busy = false;
    bool changing = false;
    // Kits that are made here and not heard of yet.
    std::set<std::string> making;
    // All uses are being counted, which takes long and keeps nobody waiting; what is used meanwhile is counted again.
    bool counting = false;
    Pending used_meanwhile;
    // Rises when everything is forgotten.
    uint64_t epoch = 0;
    runtime::Instant counted{};
    std::chrono::steady_clock::time_point used{};
  };

  enum class Need { kChanges, kUsesToo };
  static bool Good(const Tenant& state, Need need);
  absl::StatusOr<Snapshot> UpToDate(runtime::Pool& pool, const std::string& tenant, Tenant& state, Need need, runtime::Instant now,
                                    runtime::Deadline deadline);
  static void ForgetState(Tenant& state);
  void Recount(runtime::Pool& pool, const std::string& tenant, Tenant& state, runtime::Instant now, runtime::Deadline deadline);
  absl::StatusOr<Snapshot> Load(runtime::Pool& pool, const std::string& tenant, runtime::Instant now, runtime::Deadline deadline) const;
  absl::StatusOr<Snapshot> Apply(runtime::Pool& pool, const std::string& tenant, const Snapshot& base, const Pending& pending,
                                 runtime::Instant now, runtime::Deadline deadline) const;

  const Options options_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Tenant>> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace assay::bank
