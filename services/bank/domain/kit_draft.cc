#include "services/bank/domain/kit_draft.h"

#include <algorithm>

namespace assay::bank {

KitDraft::KitDraft(const KitPool& pool)
    : pool_(&pool),
      picks_(pool.boxes.size()),
      used_(pool.boxes.size(), 0),
      competency_count_(pool.weights.size(), 0) {}

void KitDraft::Add(std::size_t box, const KitCandidate& candidate, bool locked) {
  picks_[box].push_back({candidate, locked});
  used_[box] += candidate.minutes;
  ++competency_count_[static_cast<std::size_t>(candidate.competency)];
  sections_.Add(candidate.section);
  questions_.Add(candidate.question);
  ++grade_count_[candidate.grade];
  criticals_ += candidate.critical ? 1 : 0;
}

void KitDraft::Remove(std::size_t box, std::size_t pick) {
  const KitCandidate candidate = picks_[box][pick].candidate;
  picks_[box].erase(picks_[box].begin() + static_cast<std::ptrdiff_t>(pick));
  used_[box] -= candidate.minutes;
  --competency_count_[static_cast<std::size_t>(candidate.competency)];
  sections_.Drop(candidate.section);
  questions_.Drop(candidate.question);
  --grade_count_[candidate.grade];
  criticals_ -= candidate.critical ? 1 : 0;
}

bool KitDraft::HasIn(std::size_t box, int question) const {
  return std::any_of(picks_[box].begin(), picks_[box].end(),
                     [&](const KitChoice& pick) { return pick.candidate.question == question; });
}

void KitDraft::RemoveUnlocked(std::size_t box) {
  for (std::size_t pick = picks_[box].size(); pick-- > 0;) {
    if (!picks_[box][pick].locked) Remove(box, pick);
  }
}

void KitDraft::Unlock(std::size_t box, int question) {
  for (KitChoice& pick : picks_[box]) {
    if (pick.candidate.question == question) pick.locked = false;
  }
}

std::int64_t KitDraft::Value() const {
  std::int64_t value = criticals_ > 0 ? kCriticalBonus : 0;
  for (const auto& picks : picks_) {
    for (const KitChoice& pick : picks) value += pick.candidate.own;
  }
  for (std::size_t c = 0; c < competency_count_.size(); ++c) {
    value += Coverage(pool_->weights[c], competency_count_[c]);
  }
  for (std::size_t grade = 1; grade < kGrades; ++grade) value += grade_count_[grade] > 0 ? kGradeBonus : 0;
  return value + kSectionBonus * sections_.Different();
}

std::vector<v1::StoryKind> KitDraft::MissingStories(std::size_t box) const {
  std::vector<v1::StoryKind> missing;
  for (const v1::StoryKind story : pool_->boxes[box].stories) {
    const bool told = std::any_of(picks_[box].begin(), picks_[box].end(),
                                  [&](const KitChoice& pick) { return pick.candidate.story == story; });
    if (!told) missing.push_back(story);
  }
  return missing;
}

}  // namespace assay::bank
