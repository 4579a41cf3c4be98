#include <algorithm>
#include <set>

#include "services/bank/domain/kit_search.h"

namespace assay::bank {
namespace {

constexpr int kSectionBonus = 60;
constexpr int kGradeBonus = 80;
constexpr int kCriticalBonus = 400;

// Worth of n questions on a competency: each further one adds half of what the one before added.
std::int64_t Coverage(int weight, int n) {
  const std::int64_t full = weight / 5;
  return full - (full >> std::min(n, 40));
}

// A kit holds a dozen questions: short vectors beat sets, and a draft is copied often.
template <typename Values>
bool Holds(int value, const Values& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

template <typename Values>
void Drop(int value, Values& values) {
  const auto at = std::find(values.begin(), values.end(), value);
  *at = values.back();
  values.pop_back();
}

}  // namespace

KitDraft::KitDraft(const KitPool& pool)
    : pool_(&pool),
      picks_(pool.boxes.size()),
      used_(pool.boxes.size(), 0),
      competency_count_(pool.weights.size(), 0) {}

bool KitDraft::Fits(std::size_t box, const KitCandidate& candidate) const {
  if (static_cast<int>(picks_[box].size()) >= pool_->boxes[box].max_questions) return false;
  if (candidate.minutes > MinutesLeft(box) || Has(candidate.question)) return false;
  if (!candidate.has_variants) return true;
  const std::vector<int>& variants = pool_->variants[static_cast<std::size_t>(candidate.question)];
  return std::none_of(variants.begin(), variants.end(), [&](int variant) { return Has(variant); });
}

void KitDraft::Add(std::size_t box, const KitCandidate& candidate, bool locked) {
  picks_[box].push_back({candidate, locked});
  used_[box] += candidate.minutes;
  ++competency_count_[static_cast<std::size_t>(candidate.competency)];
  sections_.push_back(candidate.section);
  questions_.push_back(candidate.question);
  ++grade_count_[candidate.grade];
  criticals_ += candidate.critical ? 1 : 0;
}

void KitDraft::Remove(std::size_t box, std::size_t pick) {
  const KitCandidate candidate = picks_[box][pick].candidate;
  picks_[box].erase(picks_[box].begin() + static_cast<std::ptrdiff_t>(pick));
  used_[box] -= candidate.minutes;
  --competency_count_[static_cast<std::size_t>(candidate.competency)];
  Drop(candidate.section, sections_);
  Drop(candidate.question, questions_);
  --grade_count_[candidate.grade];
  criticals_ -= candidate.critical ? 1 : 0;
}

bool KitDraft::Has(int question) const { return Holds(question, questions_); }

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

std::int64_t KitDraft::Gain(const KitCandidate& candidate) const {
  const int weight = pool_->weights[static_cast<std::size_t>(candidate.competency)];
  const int n = competency_count_[static_cast<std::size_t>(candidate.competency)];
  std::int64_t gain = candidate.own + Coverage(weight, n + 1) - Coverage(weight, n);
  if (!Holds(candidate.section, sections_)) gain += kSectionBonus;
  if (candidate.grade > 0 && grade_count_[candidate.grade] == 0) gain += kGradeBonus;
  if (candidate.critical && criticals_ == 0) gain += kCriticalBonus;
  return gain;
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
  return value + kSectionBonus * static_cast<std::int64_t>(std::set<int>(sections_.begin(), sections_.end()).size());
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
