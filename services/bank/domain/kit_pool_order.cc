#include <algorithm>
#include <utility>

#include "services/bank/domain/kit_pool.h"

namespace assay::bank {

void KitPool::PutInOrder() {
  const std::size_t size = questions.size();
  std::vector<std::pair<std::uint64_t, int>> order;
  order.reserve(size);
  for (std::size_t i = 0; i < size; ++i) order.emplace_back(questions[i].hash, static_cast<int>(i));
  std::sort(order.begin(), order.end());
  std::vector<int> number(size);
  std::vector<PoolQuestion> sorted;
  sorted.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    number[static_cast<std::size_t>(order[i].second)] = static_cast<int>(i);
    sorted.push_back(questions[static_cast<std::size_t>(order[i].second)]);
  }
  questions = std::move(sorted);
  for (KitBox& box : boxes) {
    for (KitCandidate& candidate : box.candidates) {
      candidate.question = number[static_cast<std::size_t>(candidate.question)];
    }
    std::sort(box.candidates.begin(), box.candidates.end(),
              [](const KitCandidate& a, const KitCandidate& b) { return a.question < b.question; });
  }
  variants.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const PoolQuestion& question = questions[i];
    if (question.pinned == nullptr && !question.place.bucket->questions->rows()[question.place.row].has_variants) continue;
    for (const std::string& id : question.pinned != nullptr ? question.pinned->variants
                                                            : question.place.bucket->questions->VariantsOf(question.place.row)) {
      const int other = NumberOf(id);
      if (other < 0 || other == static_cast<int>(i)) continue;
      variants[i].push_back(other);
      variants[static_cast<std::size_t>(other)].push_back(static_cast<int>(i));
    }
  }
  for (KitBox& box : boxes) {
    for (KitCandidate& candidate : box.candidates) candidate.has_variants = !variants[static_cast<std::size_t>(candidate.question)].empty();
  }
}

QuestionFacts PoolQuestion::Facts() const {
  if (pinned != nullptr) return *pinned;
  const KitBucket& questions = *place.bucket->questions;
  const KitBucket::Row& row = questions.rows()[place.row];
  QuestionFacts facts;
  facts.id = questions.IdOf(place.row);
  facts.revision = questions.RevisionOf(place.row);
  facts.level = place.bucket->level;
  facts.kind = place.bucket->kind;
  facts.competency = questions.competencies()[row.competency()];
  facts.minutes = row.minutes;
  facts.story = row.story();
  facts.exposure = (*place.bucket->uses)[place.row];
  return facts;
}

int KitPool::NumberOf(std::string_view id) const {
  const std::uint64_t hash = HashOf(id);
  const auto at = std::lower_bound(questions.begin(), questions.end(), hash,
                                   [](const PoolQuestion& question, std::uint64_t wanted) { return question.hash < wanted; });
  return at != questions.end() && at->hash == hash && at->id() == id ? static_cast<int>(at - questions.begin()) : -1;
}

Withheld KitBox::WithheldInAll() const {
  Withheld sum;
  for (const Withheld& of : withheld) {
    sum.excluded += of.excluded;
    sum.over_cap += of.over_cap;
    sum.leaked += of.leaked;
    sum.taken += of.taken;
  }
  return sum;
}

}  // namespace assay::bank
