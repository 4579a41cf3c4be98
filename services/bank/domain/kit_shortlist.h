#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "services/bank/domain/kit_catalogue.h"

namespace assay::bank {

// Keeps, of all questions that suit a slot, those that can win: of each group of equals (competency, story, role-critical,
// grade) the worthiest, and the shortest so that a tight time box can still be met. What is left out is worth less than
// everything kept of its group, so it could win only where all of those are barred by variants or minutes.
class Shortlist {
 public:
  // For a slot of at most so many questions; `wide` keeps a multiple of that.
  Shortlist(int questions, bool wide)
      : factor_(wide ? 40 : 1),
        most_best_(factor_ * (6 + 2 * static_cast<std::size_t>(std::clamp(questions, 1, 50)))),
        most_shortest_(factor_ * (2 + static_cast<std::size_t>(std::clamp(questions, 1, 50)))) {}

  struct Entry {
    const KitCatalogue::Bucket* bucket = nullptr;
    std::uint32_t row = 0;
    std::uint64_t hash = 0;
    std::int32_t own = 0;
    std::uint8_t minutes = 0;
    bool critical = false;
    bool focus = false;
    bool preferred = false;
    std::uint8_t relevance = 0;
    // Of the request's competencies.
    int competency = 0;
  };
  struct GroupKey {
    int competency = 0;
    int story = 0;
    bool critical = false;
    int grade = 0;
  };

  // A group, found once for the questions that follow each other in it.
  std::size_t GroupOf(const GroupKey& key);
  // What an entry must reach to be taken into either list of a group; compact, because it is looked at for every question.
  struct Bar {
    int own = std::numeric_limits<int>::min();
    int short_key = std::numeric_limits<int>::max();

    static Bar Unreachable() { return {std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}; }
    bool IsReachedBy(int of_own, int minutes) const { return (of_own >= own) | (ShortKey(of_own, minutes) <= short_key); }
  };
  // Rises as entries are offered.
  const Bar& BarOf(std::size_t group) const { return bars_[group]; }
  void Offer(const Entry& entry, std::size_t group) {
    Group& of = groups_[group];
    OfferTo(of.best, best_, entry, Worthier);
    OfferTo(of.shortest, shortest_, entry, Shorter);
    if (of.best.size() == best_) bars_[group].own = of.best.front().own;
    if (of.shortest.size() == shortest_) {
      bars_[group].short_key = ShortKey(of.shortest.front().own, of.shortest.front().minutes);
    }
  }
  // Keeps it in any case.
  void Keep(const Entry& entry) { kept_.push_back(entry); }

  // In no order; each once.
  std::vector<Entry> Take() {
    std::vector<Entry> all = std::move(kept_);
    for (Group& group : groups_) {
      Shrink(group.best, best_, Worthier);
      Shrink(group.shortest, shortest_, Shorter);
      all.insert(all.end(), group.best.begin(), group.best.end());
      all.insert(all.end(), group.shortest.begin(), group.shortest.end());
    }
    const auto place = [](const Entry& e) { return std::tuple(e.bucket, e.row); };
    std::sort(all.begin(), all.end(), [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
    all.erase(std::unique(all.begin(), all.end(), [&](const Entry& a, const Entry& b) { return place(a) == place(b); }), all.end());
    return all;
  }

 private:
  // Of all groups together where there are many, and of each at least.
  static constexpr std::size_t kAllBest = 300, kLeastBest = 3;
  static constexpr std::size_t kAllShortest = 80, kLeastShortest = 1;

  struct Group {
    // Heaps with the first to go on top.
    std::vector<Entry> best;
    std::vector<Entry> shortest;
  };

  // Orders by minutes, then by worth, which is far below the factor.
  static int ShortKey(int own, int minutes) { return minutes * 65536 - own; }

  static bool Worthier(const Entry& a, const Entry& b) { return a.own != b.own ? a.own > b.own : a.hash < b.hash; }
  static bool Shorter(const Entry& a, const Entry& b) { return a.minutes != b.minutes ? a.minutes < b.minutes : Worthier(a, b); }

  template <typename Before>
  static void Shrink(std::vector<Entry>& heap, std::size_t most, const Before& before) {
    for (; heap.size() > most; heap.pop_back()) std::pop_heap(heap.begin(), heap.end(), before);
  }
  template <typename Before>
  static void OfferTo(std::vector<Entry>& heap, std::size_t most, const Entry& entry, const Before& before) {
    if (heap.size() >= most) {
      Shrink(heap, most, before);
      if (!before(entry, heap.front())) return;
      std::pop_heap(heap.begin(), heap.end(), before);
      heap.pop_back();
    }
    heap.push_back(entry);
    std::push_heap(heap.begin(), heap.end(), before);
  }

  static constexpr std::uint32_t kNone = 0xffffffffu;
  static constexpr std::size_t kStories = v1::StoryKind_MAX + 1, kGrades = 8;

  const std::size_t factor_;
  const std::size_t most_best_;
  const std::size_t most_shortest_;
  // How many a group keeps: the fewer, the more groups there are. What is over by the end is over at once.
  std::size_t best_ = most_best_;
  std::size_t shortest_ = most_shortest_;
  std::vector<Group> groups_;
  std::vector<Bar> bars_;
  // Place in `groups_` by key.
  std::vector<std::uint32_t> group_of_;
  std::vector<Entry> kept_;
};

inline std::size_t Shortlist::GroupOf(const GroupKey& key) {
  const std::size_t at = ((static_cast<std::size_t>(key.competency) * kStories + static_cast<std::size_t>(key.story) % kStories) * 2 +
                          (key.critical ? 1 : 0)) * kGrades + static_cast<std::size_t>(key.grade);
  if (at >= group_of_.size()) group_of_.resize(at + kStories * 2 * kGrades, kNone);
  if (group_of_[at] == kNone) {
    group_of_[at] = static_cast<std::uint32_t>(groups_.size());
    Group& group = groups_.emplace_back();
    // For the wide list this is more than most groups come to.
    if (factor_ == 1) {
      group.best.reserve(most_best_);
      group.shortest.reserve(most_shortest_);
    }
    bars_.emplace_back();
    best_ = std::clamp(factor_ * kAllBest / groups_.size(), kLeastBest, most_best_);
    shortest_ = std::clamp(factor_ * kAllShortest / groups_.size(), kLeastShortest, most_shortest_);
  }
  return group_of_[at];
}

}  // namespace assay::bank
