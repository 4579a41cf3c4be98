#include <algorithm>
#include <optional>
#include <utility>

#include "services/bank/domain/kit_search.h"

namespace assay::bank {
namespace {

constexpr std::size_t kSmallPool = 80;
constexpr int kMostJointNodes = 8'000;

// The best content of all slots together, by branch and bound over slot after slot. For pools small enough to be done with:
// there the steps above end in a kit that is worth less about once in a thousand.
class JointSearch {
 public:
  JointSearch(const KitPool& pool, const KitDraft& start) : pool_(pool), draft_(start), orders_(pool.boxes.size()), rest_(pool.boxes.size() + 1, 0) {
    for (std::size_t box = 0; box < pool.boxes.size(); ++box) draft_.RemoveUnlocked(box);
    for (std::size_t box = pool.boxes.size(); box-- > 0;) {
      Order& order = orders_[box];
      for (const KitCandidate& candidate : pool.boxes[box].candidates) {
        if (draft_.Fits(box, candidate)) order.emplace_back(draft_.Gain(candidate), &candidate);
      }
      std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
      rest_[box] = rest_[box + 1] + Greatest(box, 0);
    }
  }

  std::optional<KitDraft> Best(std::int64_t value) {
    best_value_ = value;
    Fill(0, 0, draft_.Value());
    return std::move(best_);
  }

 private:
  using Order = std::vector<std::pair<std::int64_t, const KitCandidate*>>;

  // The most that the slot can still gain with its candidates from `from` on.
  std::int64_t Greatest(std::size_t box, std::size_t from) const {
    std::int64_t sum = 0;
    const int room = pool_.boxes[box].max_questions - static_cast<int>(draft_.picks()[box].size());
    for (int i = 0; i < room && from < orders_[box].size(); ++i, ++from) sum += std::max<std::int64_t>(0, orders_[box][from].first);
    return sum;
  }

  void Fill(std::size_t box, std::size_t from, std::int64_t value) {
    if (box == pool_.boxes.size()) {
      if (value <= best_value_ || draft_.LacksCritical()) return;
      best_value_ = value;
      best_ = draft_;
      return;
    }
    if (static_cast<int>(draft_.picks()[box].size()) >= pool_.boxes[box].min_questions && draft_.MissingStories(box).empty() &&
        value + rest_[box + 1] > best_value_) {
      Fill(box + 1, 0, value);
    }
    for (std::size_t at = from; at < orders_[box].size() && --nodes_left_ >= 0; ++at) {
      if (value + Greatest(box, at) + rest_[box + 1] <= best_value_) return;
      const KitCandidate& candidate = *orders_[box][at].second;
      if (!draft_.Fits(box, candidate)) continue;
      const std::int64_t gain = draft_.Gain(candidate);
      draft_.Add(box, candidate, false);
      Fill(box, at + 1, value + gain);
      draft_.Remove(box, draft_.picks()[box].size() - 1);
    }
  }

  const KitPool& pool_;
  KitDraft draft_;
  std::vector<Order> orders_;
  // By slot: the most that it and those behind it can gain.
  std::vector<std::int64_t> rest_;
  std::optional<KitDraft> best_;
  std::int64_t best_value_ = 0;
  int nodes_left_ = kMostJointNodes;
};

}  // namespace

void ImproveJointly(const KitPool& pool, KitDraft& draft) {
  std::size_t candidates = 0;
  for (const KitBox& box : pool.boxes) candidates += box.candidates.size();
  if (candidates > kSmallPool) return;
  if (std::optional<KitDraft> best = JointSearch(pool, draft).Best(draft.Value())) draft = *std::move(best);
}

}  // namespace assay::bank
