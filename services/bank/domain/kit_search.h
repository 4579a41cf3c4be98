#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "services/bank/domain/kit_pool.h"

// The search behind AssembleKit.
namespace assay::bank {

struct KitChoice {
  KitCandidate candidate;
  bool locked = false;
};

// Slots filled so far. Knows the objective and the constraints that span slots.
class KitDraft {
 public:
  // The pool must outlive the draft.
  explicit KitDraft(const KitPool& pool);

  // Time, count, repeats, variants.
  bool Fits(std::size_t box, const KitCandidate& candidate) const;
  void Add(std::size_t box, const KitCandidate& candidate, bool locked);
  void Remove(std::size_t box, std::size_t pick);
  void RemoveUnlocked(std::size_t box);
  void Unlock(std::size_t box, int question);
  bool Has(int question) const;
  bool HasIn(std::size_t box, int question) const;
  // What the objective gains.
  std::int64_t Gain(const KitCandidate& candidate) const;
  std::int64_t Value() const;
  // Stories that the slot asks for and has not.
  std::vector<v1::StoryKind> MissingStories(std::size_t box) const;
  // The kit must hold a role-critical question and has none.
  bool LacksCritical() const { return pool_->needs_critical && criticals_ == 0; }

  // Drafts are copied often and small, so they hold everything in place.
  using Picks = absl::InlinedVector<KitChoice, 4>;
  const absl::InlinedVector<Picks, 6>& picks() const { return picks_; }
  int MinutesLeft(std::size_t box) const { return pool_->boxes[box].minutes - used_[box]; }

 private:
  static constexpr std::size_t kGrades = 8;

  // A pointer, so that a draft can be replaced by a better one.
  const KitPool* pool_;
  absl::InlinedVector<Picks, 6> picks_;
  absl::InlinedVector<int, 6> used_;
  absl::InlinedVector<int, 16> competency_count_;
  // Of each question, in no order.
  absl::InlinedVector<int, 12> sections_;
  absl::InlinedVector<int, 12> questions_;
  int grade_count_[kGrades] = {};
  int criticals_ = 0;
};

// Fills what each slot must have and a role-critical question where one is needed, by depth-first search from the best
// candidate on; false when nothing was found within the limits.
bool FillRequired(const KitPool& pool, KitDraft& draft);

// Adds questions while slots have room, then exchanges questions and refills whole slots while that improves the
// objective.
void Improve(const KitPool& pool, KitDraft& draft);

// Replaces the draft by the best content of all slots together, where the pool is small enough to search that.
void ImproveJointly(const KitPool& pool, KitDraft& draft);

// Why the required part cannot be filled. Empty when no single reason stands out.
std::vector<KitShortfall> FindShortfalls(const KitPool& pool, const KitDraft& locked);

}  // namespace assay::bank
