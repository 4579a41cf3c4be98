#include "services/bank/domain/kit_search.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "services/bank/domain/kit_units.h"

namespace assay::bank {
namespace {

// Of the search for what is required: nodes, and candidates looked at over all of them.
constexpr int kMostNodes = 20'000;
constexpr int kMostLooks = 2'000'000;
constexpr int kMostExchanges = 50;
// Of the search of one slot. Where a slot has hundreds of candidates they are nearly equal, and a long search gains nothing.
constexpr int kMostSlotNodes = 2000;
constexpr int kFewestSlotNodes = 100;
constexpr int kSlotWork = 40'000;
constexpr int kMostForced = 3;

// What one search may still spend.
struct Budget {
  int nodes = kMostNodes;
  int looks = kMostLooks;
};

class RequiredSearch {
 public:
  RequiredSearch(const KitPool& pool, KitDraft& draft, Budget& budget)
      : boxes_(pool.boxes), draft_(draft), budget_(budget), units_(RequiredUnits(pool.boxes, draft)) {
    for (std::size_t i = 0; i < units_.size(); ++i) {
      least_after_.push_back(LeastMinutes(units_, i + 1, units_[i].box, boxes_[units_[i].box]));
    }
  }

  bool Run() { return Fill(0); }

 private:
  bool Fill(std::size_t at) {
    if (at == units_.size()) return true;
    const KitUnit& unit = units_[at];
    const std::vector<KitCandidate>& candidates = boxes_[unit.box].candidates;
    budget_.looks -= static_cast<int>(candidates.size());
    if (budget_.looks < 0) return false;
    std::vector<std::pair<std::int64_t, const KitCandidate*>> order;
    order.reserve(candidates.size());
    for (const KitCandidate& candidate : candidates) {
      if (Serves(candidate, unit) && draft_.Fits(unit.box, candidate) &&
          draft_.MinutesLeft(unit.box) - candidate.minutes >= least_after_[at]) {
        order.emplace_back(draft_.Gain(candidate), &candidate);
      }
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [gain, candidate] : order) {
      if (--budget_.nodes < 0) return false;
      draft_.Add(unit.box, *candidate, false);
      if (Fill(at + 1)) return true;
      draft_.Remove(unit.box, draft_.picks()[unit.box].size() - 1);
    }
    return false;
  }

  const std::vector<KitBox>& boxes_;
  KitDraft& draft_;
  Budget& budget_;
  std::vector<KitUnit> units_;
  std::vector<int> least_after_;
};

// Adds the question that gains most, wherever it fits, until none does.
void FillUp(const KitPool& pool, KitDraft& draft) {
  const std::vector<KitBox>& boxes = pool.boxes;
  while (true) {
    const KitCandidate* best = nullptr;
    std::size_t best_box = 0;
    std::int64_t best_gain = 0;
    for (std::size_t box = 0; box < boxes.size(); ++box) {
      for (const KitCandidate& candidate : boxes[box].candidates) {
        if (!draft.Fits(box, candidate)) continue;
        const std::int64_t gain = draft.Gain(candidate);
        if (gain > best_gain) {
          best = &candidate;
          best_box = box;
          best_gain = gain;
        }
      }
    }
    if (best == nullptr) return;
    draft.Add(best_box, *best, false);
  }
}

// The exchange of one question in a slot that gains most; false when none gains.
bool ExchangeOne(const KitPool& pool, KitDraft& draft) {
  const std::vector<KitBox>& boxes = pool.boxes;
  std::int64_t best_gain = 0;
  std::size_t best_box = 0;
  KitCandidate out;
  const KitCandidate* in = nullptr;
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    for (std::size_t pick = 0; pick < draft.picks()[box].size(); ++pick) {
      const KitChoice choice = draft.picks()[box][pick];
      if (choice.locked) continue;
      KitDraft without = draft;
      without.Remove(box, pick);
      const std::int64_t loss = without.Gain(choice.candidate);
      const std::vector<v1::StoryKind> missing = without.MissingStories(box);
      for (const KitCandidate& candidate : boxes[box].candidates) {
        if (!missing.empty() && candidate.story != missing.front()) continue;
        if (!candidate.critical && without.LacksCritical()) continue;
        if (candidate.question == choice.candidate.question || !without.Fits(box, candidate)) continue;
        const std::int64_t gain = without.Gain(candidate) - loss;
        if (gain > best_gain) {
          best_gain = gain;
          best_box = box;
          out = choice.candidate;
          in = &candidate;
        }
      }
    }
  }
  if (in == nullptr) return false;
  for (std::size_t pick = 0; pick < draft.picks()[best_box].size(); ++pick) {
    if (draft.picks()[best_box][pick].candidate.question == out.question) {
      draft.Remove(best_box, pick);
      break;
    }
  }
  draft.Add(best_box, *in, false);
  return true;
}

// The best content of one slot while the others stay: branch and bound over its candidates, most gaining first. Gains
// only fall as a kit fills (the objective is submodular), so the gains at the start bound what is still to come.
class SlotSearch {
 public:
  SlotSearch(const KitBox& rules, std::size_t box, const KitDraft& start) : rules_(rules), box_(box), draft_(start) {
    draft_.RemoveUnlocked(box);
    order_.reserve(rules.candidates.size());
    for (const KitCandidate& candidate : rules.candidates) {
      if (draft_.Fits(box, candidate)) order_.emplace_back(draft_.Gain(candidate), &candidate);
    }
  }

  // The best draft that beats `value`, if any.
  std::optional<KitDraft> Best(std::int64_t value) {
    best_value_ = value;
    const std::int64_t base = draft_.Value();
    if (value < 0) Greedy(base);
    KeepThoseThatCanWin(base);
    const int candidates = std::max(1, static_cast<int>(order_.size()));
    nodes_left_ = std::clamp(kSlotWork / candidates, kFewestSlotNodes, kMostSlotNodes);
    Extend(0, base);
    return std::move(best_);
  }

 private:
  static bool Before(const std::pair<std::int64_t, const KitCandidate*>& a, const std::pair<std::int64_t, const KitCandidate*>& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  }

  int Room() const { return rules_.max_questions - static_cast<int>(draft_.picks()[box_].size()); }

  // Something to beat: always what gains most.
  void Greedy(std::int64_t base) {
    KitDraft filled = draft_;
    for (int room = Room(); room > 0; --room) {
      const KitCandidate* best = nullptr;
      std::int64_t best_gain = 0;
      for (const auto& [start_gain, candidate] : order_) {
        if (start_gain <= best_gain || !filled.Fits(box_, *candidate)) continue;
        const std::int64_t gain = filled.Gain(*candidate);
        if (gain > best_gain) std::tie(best_gain, best) = std::pair(gain, candidate);
      }
      if (best == nullptr) break;
      base += best_gain;
      filled.Add(box_, *best, false);
    }
    if (static_cast<int>(filled.picks()[box_].size()) < rules_.min_questions || filled.LacksCritical() ||
        !filled.MissingStories(box_).empty()) {
      return;
    }
    best_value_ = base;
    best_ = std::move(filled);
  }

  // Of a slot's hundreds of candidates few can be in a content that beats the best known: the candidate's gain and the
  // greatest gains beside it must reach it.
  void KeepThoseThatCanWin(std::int64_t base) {
    const int room = Room();
    if (room <= 0) order_.clear();
    if (order_.empty()) return;
    const auto beside = std::min(order_.size(), static_cast<std::size_t>(room - 1));
    std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(beside), order_.end(), Before);
    std::int64_t others = 0;
    for (std::size_t i = 0; i < beside; ++i) others += std::max<std::int64_t>(0, order_[i].first);
    const std::int64_t least = best_value_ - base - others;
    order_.erase(std::remove_if(order_.begin() + static_cast<std::ptrdiff_t>(beside), order_.end(),
                                [&](const auto& entry) { return entry.first <= least; }),
                 order_.end());
    std::sort(order_.begin() + static_cast<std::ptrdiff_t>(beside), order_.end(), Before);
  }

  void Extend(std::size_t from, std::int64_t value) {
    const int count = static_cast<int>(draft_.picks()[box_].size());
    if (value > best_value_ && count >= rules_.min_questions && !draft_.LacksCritical() &&
        draft_.MissingStories(box_).empty()) {
      best_value_ = value;
      best_ = draft_;
    }
    for (std::size_t at = from; at < order_.size() && --nodes_left_ >= 0; ++at) {
      std::int64_t bound = value;
      for (std::size_t i = at; i < std::min(order_.size(), at + static_cast<std::size_t>(rules_.max_questions - count));
           ++i) {
        bound += order_[i].first;
      }
      if (bound <= best_value_) return;
      const KitCandidate& candidate = *order_[at].second;
      if (!draft_.Fits(box_, candidate)) continue;
      const std::int64_t gain = draft_.Gain(candidate);
      draft_.Add(box_, candidate, false);
      Extend(at + 1, value + gain);
      draft_.Remove(box_, draft_.picks()[box_].size() - 1);
    }
  }

  const KitBox& rules_;
  std::size_t box_;
  KitDraft draft_;
  std::vector<std::pair<std::int64_t, const KitCandidate*>> order_;
  std::optional<KitDraft> best_;
  std::int64_t best_value_ = 0;
  int nodes_left_ = 0;
};

// Refills every slot in turn, but for one that was just filled.
bool RefillAny(const KitPool& pool, KitDraft& draft, std::size_t but = static_cast<std::size_t>(-1)) {
  const std::vector<KitBox>& boxes = pool.boxes;
  bool better = false;
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    if (box == but || boxes[box].candidates.empty()) continue;
    if (std::optional<KitDraft> best = SlotSearch(boxes[box], box, draft).Best(draft.Value())) {
      draft = *std::move(best);
      better = true;
    }
  }
  return better;
}

// Takes the question and its variants out of every slot where they are; false when one is locked. The slots that lose one
// are added to `opened`.
bool MakeWay(const KitPool& pool, int question, KitDraft& draft, std::vector<std::size_t>& opened) {
  const std::vector<int>& variants = pool.variants[static_cast<std::size_t>(question)];
  for (std::size_t box = 0; box < pool.boxes.size(); ++box) {
    for (std::size_t pick = draft.picks()[box].size(); pick-- > 0;) {
      const KitChoice& choice = draft.picks()[box][pick];
      const int other = choice.candidate.question;
      if (other != question && std::find(variants.begin(), variants.end(), other) == variants.end()) continue;
      if (choice.locked) return false;
      draft.Remove(box, pick);
      if (std::find(opened.begin(), opened.end(), box) == opened.end()) opened.push_back(box);
    }
  }
  return true;
}

// The draft with the question in the slot, whatever it takes to make way for it, and every slot refilled; nullopt when that
// leaves a slot without what it must have.
std::optional<KitDraft> Forced(const KitPool& pool, std::size_t box, const KitCandidate& candidate, const KitDraft& draft) {
  KitDraft trial = draft;
  std::vector<std::size_t> opened;
  trial.RemoveUnlocked(box);
  if (!MakeWay(pool, candidate.question, trial, opened) || !trial.Fits(box, candidate)) return std::nullopt;
  trial.Add(box, candidate, true);
  opened.erase(std::remove(opened.begin(), opened.end(), box), opened.end());
  opened.insert(opened.begin(), box);
  for (const std::size_t open : opened) {
    std::optional<KitDraft> filled = SlotSearch(pool.boxes[open], open, trial).Best(-1);
    if (!filled) return std::nullopt;
    trial = *std::move(filled);
  }
  trial.Unlock(box, candidate.question);
  RefillAny(pool, trial, box);
  return trial;
}

// Forces a question into a slot where it is not, fills that slot around it and then the others again. Slots pull on each
// other through coverage, sections, variants and the questions they share, so that the best of each alone need not be the
// best of all.
bool ForceOne(const KitPool& pool, KitDraft& draft) {
  for (std::size_t box = 0; box < pool.boxes.size(); ++box) {
    std::vector<std::pair<std::int64_t, const KitCandidate*>> order;
    order.reserve(pool.boxes[box].candidates.size());
    for (const KitCandidate& candidate : pool.boxes[box].candidates) {
      if (!draft.HasIn(box, candidate.question)) order.emplace_back(draft.Gain(candidate), &candidate);
    }
    const auto tried = static_cast<std::ptrdiff_t>(std::min<std::size_t>(order.size(), kMostForced));
    std::partial_sort(order.begin(), order.begin() + tried, order.end(),
                      [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    for (std::ptrdiff_t i = 0; i < tried; ++i) {
      std::optional<KitDraft> forced = Forced(pool, box, *order[static_cast<std::size_t>(i)].second, draft);
      if (forced && forced->Value() > draft.Value()) {
        draft = *std::move(forced);
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool FillRequired(const KitPool& pool, KitDraft& draft) {
  Budget budget;
  if (!draft.LacksCritical()) return RequiredSearch(pool, draft, budget).Run();
  // One of the role's critical questions first, the one that gains most, and the rest around it.
  struct Start {
    std::int64_t gain;
    std::size_t box;
    const KitCandidate* candidate;
  };
  std::vector<Start> starts;
  for (std::size_t box = 0; box < pool.boxes.size(); ++box) {
    for (const KitCandidate& candidate : pool.boxes[box].candidates) {
      if (candidate.critical && draft.Fits(box, candidate)) starts.push_back({draft.Gain(candidate), box, &candidate});
    }
  }
  std::stable_sort(starts.begin(), starts.end(), [](const Start& a, const Start& b) { return a.gain > b.gain; });
  for (const Start& start : starts) {
    KitDraft trial = draft;
    trial.Add(start.box, *start.candidate, false);
    if (RequiredSearch(pool, trial, budget).Run()) {
      draft = std::move(trial);
      return true;
    }
  }
  return false;
}

void Improve(const KitPool& pool, KitDraft& draft) {
  FillUp(pool, draft);
  for (int i = 0; i < kMostExchanges; ++i) {
    if (!ExchangeOne(pool, draft) && !RefillAny(pool, draft) && !ForceOne(pool, draft)) break;
    FillUp(pool, draft);
  }
  ImproveJointly(pool, draft);
}

}  // namespace assay::bank
