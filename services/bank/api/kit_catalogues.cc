#include "services/bank/api/kit_catalogues.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Deadline;
using runtime::Instant;
using runtime::Pool;
using runtime::Tx;
using runtime::TxMode;

// More single questions than this are not cheaper than reading everything.
constexpr size_t kMostSingly = 20'000;
constexpr std::chrono::seconds kLongestRead{60};
// Kits that were begun and never heard of, because they failed, are forgotten at this many; hearing of one then costs a reading.
constexpr size_t kMostMaking = 10'000;

Instant Since(Instant now, const KitCatalogue::Cap& cap) { return now - std::chrono::hours(24) * std::max(1, cap.days); }

std::vector<std::string> Listed(const std::set<std::string>& ids) { return {ids.begin(), ids.end()}; }

// The rows are derived from what was read, so that a failure to keep them costs time and nothing else.
void Keep(Pool& pool, const std::string& tenant, Deadline deadline, const KitFacts& facts) {
  if (facts.computed.empty()) return;
  const absl::Status kept =
      pool.Transact(TxMode::kReadWrite, tenant, deadline, [&](Tx& tx) { return InsertKitFacts(tx, facts); });
  if (!kept.ok()) spdlog::warn("keeping the facts of {} questions: {}", facts.computed.size(), std::string(kept.message()));
}

// Uses of these questions, some in each transaction.
absl::StatusOr<KitUses> CountUses(Pool& pool, const std::string& tenant, const std::vector<std::string>& ids, int chunk, Instant since,
                                  Deadline deadline) {
  KitUses uses;
  for (auto from = ids.begin(); from != ids.end();) {
    const auto to = from + std::min<std::ptrdiff_t>(chunk, ids.end() - from);
    const std::vector<std::string> some(from, to);
    ASSIGN_OR_RETURN(KitUses counted, runtime::Transact<KitUses>(pool, TxMode::kReadOnly, tenant, deadline,
                                                                 [&](Tx& tx) { return ReadUsesOf(tx, some, since); }));
    std::move(counted.begin(), counted.end(), std::back_inserter(uses));
    from = to;
  }
  return uses;
}

struct Shape {
  KitCatalogue::Entries entries;
  KitCatalogue::Cap cap;
};

absl::StatusOr<Shape> ReadShape(Tx& tx) {
  Shape shape;
  ASSIGN_OR_RETURN(shape.entries, ReadKitEntries(tx));
  ASSIGN_OR_RETURN(shape.cap, ReadKitCap(tx));
  return shape;
}

}  // namespace

void KitCatalogues::Pending::Add(const Pending& other) {
  questions.insert(other.questions.begin(), other.questions.end());
  uses.insert(other.uses.begin(), other.uses.end());
  kits.insert(other.kits.begin(), other.kits.end());
  entries |= other.entries;
}

absl::StatusOr<KitCatalogues::Snapshot> KitCatalogues::Get(Pool& pool, const std::string& tenant, Instant now, Deadline deadline) {
  std::shared_ptr<Tenant> state;
  {
    std::lock_guard lock(mutex_);
    std::shared_ptr<Tenant>& known = tenants_[tenant];
    if (known == nullptr) known = std::make_shared<Tenant>();
    state = known;
    state->used = std::chrono::steady_clock::now();
  }
  return UpToDate(pool, tenant, *state, Need::kChanges, now, deadline);
}

bool KitCatalogues::Good(const Tenant& state, Need need) {
  if (state.catalogue == nullptr) return false;
  return need == Need::kChanges ? !state.pending.changes() && !state.changing : state.pending.empty() && !state.busy;
}

absl::StatusOr<KitCatalogues::Snapshot> KitCatalogues::UpToDate(Pool& pool, const std::string& tenant, Tenant& state, Need need,
                                                                Instant now, Deadline deadline) {
  {
    std::lock_guard lock(mutex_);
    if (Good(state, need)) return state.catalogue;
  }
  const std::unique_lock reading(state.reading, std::min(deadline, std::chrono::steady_clock::now() + kLongestRead));
  if (!reading.owns_lock()) return runtime::Error(runtime::v1::ERROR_REASON_DEADLINE_EXCEEDED, "the bank is still being read; repeat the call");
  Snapshot base;
  Pending pending;
  uint64_t epoch = 0;
  {
    std::lock_guard lock(mutex_);
    // Somebody else may have done it while this call waited.
    if (Good(state, need)) return state.catalogue;
    base = state.catalogue;
    std::swap(pending, state.pending);
    epoch = state.epoch;
    state.busy = true;
    state.changing = base == nullptr || pending.changes();
  }
  // A first reading of a large bank may outlast the caller. It goes on all the same, so that whoever asks again finds it done.
  absl::StatusOr<Snapshot> read = base == nullptr ? Load(pool, tenant, now, std::chrono::steady_clock::now() + kLongestRead)
                                                  : Apply(pool, tenant, base, pending, now, deadline);
  std::lock_guard lock(mutex_);
  state.busy = state.changing = false;
  if (!read.ok()) {
    state.pending.Add(pending);
    return read.status();
  }
  // What was forgotten meanwhile is read again next time; for this call it is new enough.
  if (state.epoch == epoch) {
    state.catalogue = *read;
    if (base == nullptr) state.counted = now;
  }
  return read;
}

absl::StatusOr<KitCatalogues::Snapshot> KitCatalogues::Load(Pool& pool, const std::string& tenant, Instant now, Deadline deadline) const {
  ASSIGN_OR_RETURN(Shape shape, runtime::Transact<Shape>(pool, TxMode::kReadOnly, tenant, deadline, ReadShape));
  KitCatalogue catalogue = KitCatalogue().WithEntries(std::move(shape.entries)).WithCap(shape.cap);
  const Instant since = Since(now, shape.cap);
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(KitFacts facts, runtime::Transact<KitFacts>(pool, TxMode::kReadOnly, tenant, deadline, [&](Tx& tx) {
                       return ReadKitFactsAfter(tx, after, options_.chunk, since);
                     }));
    Keep(pool, tenant, deadline, facts);
    const bool last = static_cast<int>(facts.facts.size()) < options_.chunk;
    if (!facts.facts.empty()) after = facts.facts.back().id;
    catalogue = catalogue.With(std::move(facts.facts), {});
    if (last) return std::make_shared<const KitCatalogue>(std::move(catalogue));
  }
}

absl::StatusOr<KitCatalogues::Snapshot> KitCatalogues::Apply(Pool& pool, const std::string& tenant, const Snapshot& base, const Pending& pending,
                                                             Instant now, Deadline deadline) const {
  KitCatalogue catalogue = *base;
  bool all_uses = false;
  if (pending.entries) {
    ASSIGN_OR_RETURN(Shape shape, runtime::Transact<Shape>(pool, TxMode::kReadOnly, tenant, deadline, ReadShape));
    all_uses = shape.cap.days != catalogue.cap().days;
    catalogue = catalogue.WithEntries(std::move(shape.entries)).WithCap(shape.cap);
  }
  const Instant since = Since(now, catalogue.cap());
  const std::vector<std::string> questions = Listed(pending.questions);
  for (size_t start = 0; start < questions.size(); start += static_cast<size_t>(options_.chunk)) {
    const size_t end = std::min(questions.size(), start + static_cast<size_t>(options_.chunk));
    const std::vector<std::string> some(questions.begin() + static_cast<std::ptrdiff_t>(start), questions.begin() + static_cast<std::ptrdiff_t>(end));
    ASSIGN_OR_RETURN(KitFacts facts, runtime::Transact<KitFacts>(pool, TxMode::kReadOnly, tenant, deadline,
                                                                 [&](Tx& tx) { return ReadKitFactsOf(tx, some, since); }));
    Keep(pool, tenant, deadline, facts);
    // Those that are not read any more are gone.
    catalogue = catalogue.With({}, some).With(std::move(facts.facts), {});
  }
  std::vector<std::string> used = Listed(pending.uses);
  if (all_uses) {
    used = catalogue.Ids();
  } else if (!pending.kits.empty()) {
    ASSIGN_OR_RETURN(const auto of_kits, runtime::Transact<std::vector<std::string>>(pool, TxMode::kReadOnly, tenant, deadline, [&](Tx& tx) {
                       return ReadQuestionsOfKits(tx, Listed(pending.kits));
                     }));
    used.insert(used.end(), of_kits.begin(), of_kits.end());
  }
  ASSIGN_OR_RETURN(const KitUses uses, CountUses(pool, tenant, used, options_.chunk, since, deadline));
  if (!uses.empty()) catalogue = catalogue.WithUses(uses);
  return std::make_shared<const KitCatalogue>(std::move(catalogue));
}

void KitCatalogues::QuestionsChanged(const std::string& tenant, const std::vector<std::string>& ids) {
  std::lock_guard lock(mutex_);
  const auto known = tenants_.find(tenant);
  // What is not in memory will be read as it is then.
  if (known == tenants_.end() || (known->second->catalogue == nullptr && !known->second->busy)) return;
  Tenant& state = *known->second;
  state.pending.questions.insert(ids.begin(), ids.end());
  if (state.pending.questions.size() > kMostSingly && !state.busy) ForgetState(state);
}

void KitCatalogues::KitsUsed(const std::string& tenant, const std::vector<std::string>& kits) {
  std::lock_guard lock(mutex_);
  const auto known = tenants_.find(tenant);
  if (known == tenants_.end() || (known->second->catalogue == nullptr && !known->second->busy)) return;
  Tenant& state = *known->second;
  for (const std::string& kit : kits) {
    // Made here and counted.
    if (state.making.erase(kit) > 0) continue;
    state.pending.kits.insert(kit);
    if (state.counting) state.used_meanwhile.kits.insert(kit);
  }
}

void KitCatalogues::Making(const std::string& tenant, const std::string& kit) {
  std::lock_guard lock(mutex_);
  const auto known = tenants_.find(tenant);
  if (known == tenants_.end()) return;
  std::set<std::string>& making = known->second->making;
  if (making.size() >= kMostMaking) making.clear();
  making.insert(kit);
}

void KitCatalogues::Used(const std::string& tenant, const std::vector<std::string>& questions) {
  std::lock_guard lock(mutex_);
  const auto known = tenants_.find(tenant);
  if (known == tenants_.end()) return;
  Tenant& state = *known->second;
  if (state.counting) state.used_meanwhile.uses.insert(questions.begin(), questions.end());
  // What is being read may have seen the kit or not.
  if (state.busy) state.pending.uses.insert(questions.begin(), questions.end());
  if (state.catalogue != nullptr) state.catalogue = std::make_shared<const KitCatalogue>(state.catalogue->WithUsed(questions));
}

void KitCatalogues::EntriesChanged(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  const auto known = tenants_.find(tenant);
  if (known != tenants_.end()) known->second->pending.entries = true;
}

void KitCatalogues::ForgetState(Tenant& state) {
  ++state.epoch;
  state.catalogue = nullptr;
  state.pending = {};
}

void KitCatalogues::Forget(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  const auto known = tenants_.find(tenant);
  if (known != tenants_.end()) ForgetState(*known->second);
}

void KitCatalogues::Clear() {
  std::lock_guard lock(mutex_);
  for (auto& [name, state] : tenants_) ForgetState(*state);
}

void KitCatalogues::Recount(Pool& pool, const std::string& tenant, Tenant& state, Instant now, Deadline deadline) {
  Snapshot base;
  {
    std::lock_guard lock(mutex_);
    if (state.catalogue == nullptr) return;
    base = state.catalogue;
    state.counting = true;
    state.used_meanwhile = {};
  }
  const auto uses = CountUses(pool, tenant, base->Ids(), options_.chunk, Since(now, base->cap()), deadline);
  while (true) {
    // Made outside of the lock; it takes milliseconds for a large bank.
    const Snapshot counted = uses.ok() ? std::make_shared<const KitCatalogue>(base->WithUses(*uses)) : nullptr;
    std::lock_guard lock(mutex_);
    if (counted != nullptr && state.catalogue != base && state.catalogue != nullptr) {
      base = state.catalogue;
      continue;
    }
    state.counting = false;
    if (counted == nullptr || state.catalogue == nullptr) break;
    state.catalogue = counted;
    state.counted = now;
    state.pending.Add(state.used_meanwhile);
    break;
  }
  if (!uses.ok()) spdlog::warn("counting the uses of questions: {}", std::string(uses.status().message()));
}

void KitCatalogues::Refresh(Pool& pool, Instant now, Deadline deadline) {
  struct Due {
    std::string tenant;
    std::shared_ptr<Tenant> state;
    bool changed = false;
    bool recount = false;
  };
  std::vector<Due> due;
  {
    std::lock_guard lock(mutex_);
    for (auto at = tenants_.begin(); at != tenants_.end();) {
      Tenant& state = *at->second;
      if (!state.busy && std::chrono::steady_clock::now() - state.used > options_.idle) {
        at = tenants_.erase(at);
        continue;
      }
      if (state.catalogue != nullptr) {
        const Due one{at->first, at->second, !state.pending.empty(), now - state.counted > options_.recount};
        if (one.changed || one.recount) due.push_back(one);
      }
      ++at;
    }
  }
  for (const Due& one : due) {
    if (one.recount) Recount(pool, one.tenant, *one.state, now, deadline);
    const auto read = UpToDate(pool, one.tenant, *one.state, Need::kUsesToo, now, deadline);
    if (!read.ok()) spdlog::warn("refreshing what kits are drawn from: {}", std::string(read.status().message()));
  }
}

}  // namespace assay::bank
