#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "services/bank/domain/kit_pool.h"

namespace assay::bank {

struct KitChoice {
  KitCandidate candidate;
  bool locked = false;
};

// The numbers of what a kit holds, a dozen or so: a short list, with marks that answer most questions at once.
class KitNumbers {
 public:
  bool Holds(int number) const { return (marks_ & MarkOf(number)) != 0 && std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end(); }
  void Add(int number) {
    numbers_.push_back(number);
    marks_ |= MarkOf(number);
  }
  // One of those of this number, which is there.
  void Drop(int number) {
    *std::find(numbers_.begin(), numbers_.end(), number) = numbers_.back();
    numbers_.pop_back();
    marks_ = 0;
    for (const int other : numbers_) marks_ |= MarkOf(other);
  }
  int Different() const {
    absl::InlinedVector<int, 12> sorted = numbers_;
    std::sort(sorted.begin(), sorted.end());
    return static_cast<int>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
  }

 private:
  static std::uint64_t MarkOf(int number) { return std::uint64_t{1} << (static_cast<unsigned>(number) % 64); }

  // In no order.
  absl::InlinedVector<int, 12> numbers_;
  std::uint64_t marks_ = 0;
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
  bool Has(int question) const { return questions_.Holds(question); }
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
  static constexpr int kSectionBonus = 60;
  static constexpr int kGradeBonus = 80;
  static constexpr int kCriticalBonus = 400;

  // Worth of n questions on a competency: each further one adds half of what the one before added.
  static std::int64_t Coverage(int weight, int n) {
    const std::int64_t full = weight / 5;
    return full - (full >> std::min(n, 40));
  }

  // A pointer, so that a draft can be replaced by a better one.
  const KitPool* pool_;
  absl::InlinedVector<Picks, 6> picks_;
  absl::InlinedVector<int, 6> used_;
  absl::InlinedVector<int, 16> competency_count_;
  KitNumbers sections_;
  KitNumbers questions_;
  int grade_count_[kGrades] = {};
  int criticals_ = 0;
};

// Here, because the search asks for nothing else.
inline bool KitDraft::Fits(std::size_t box, const KitCandidate& candidate) const {
  if (static_cast<int>(picks_[box].size()) >= pool_->boxes[box].max_questions) return false;
  if (candidate.minutes > MinutesLeft(box) || Has(candidate.question)) return false;
  if (!candidate.has_variants) return true;
  const std::vector<int>& variants = pool_->variants[static_cast<std::size_t>(candidate.question)];
  return std::none_of(variants.begin(), variants.end(), [&](int variant) { return Has(variant); });
}

inline std::int64_t KitDraft::Gain(const KitCandidate& candidate) const {
  const int weight = pool_->weights[static_cast<std::size_t>(candidate.competency)];
  const int n = competency_count_[static_cast<std::size_t>(candidate.competency)];
  std::int64_t gain = candidate.own + Coverage(weight, n + 1) - Coverage(weight, n);
  if (!sections_.Holds(candidate.section)) gain += kSectionBonus;
  if (candidate.grade > 0 && grade_count_[candidate.grade] == 0) gain += kGradeBonus;
  if (candidate.critical && criticals_ == 0) gain += kCriticalBonus;
  return gain;
}

}  // namespace assay::bank
