#include "services/bank/domain/kit_search.h"

#include <algorithm>
#include <optional>

#include "services/bank/domain/kit_units.h"

namespace assay::bank {
namespace {

constexpr int kMostNodes = 20'000;
constexpr int kMostExchanges = 50;
constexpr int kMostSlotNodes = 2000;
constexpr int kMostForced = 8;

class RequiredSearch {
 public:
  RequiredSearch(const std::vector<KitBox>& boxes, KitDraft& draft)
      : boxes_(boxes), draft_(draft), units_(RequiredUnits(boxes, draft)) {
    for (std::size_t i = 0; i < units_.size(); ++i) {
      least_after_.push_back(LeastMinutes(units_, i + 1, units_[i].box, boxes_[units_[i].box]));
    }
  }

  bool Run() { return Fill(0); }

 private:
  bool Fill(std::size_t at) {
    if (at == units_.size()) return true;
    const KitUnit& unit = units_[at];
    std::vector<std::pair<std::int64_t, const KitCandidate*>> order;
    for (const KitCandidate& candidate : boxes_[unit.box].candidates) {
      if (Serves(candidate, unit) && draft_.Fits(unit.box, candidate) &&
          draft_.MinutesLeft(unit.box) - candidate.minutes >= least_after_[at]) {
        order.emplace_back(draft_.Gain(candidate), &candidate);
      }
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [gain, candidate] : order) {
      if (++nodes_ > kMostNodes) return false;
      draft_.Add(unit.box, *candidate, false);
      if (Fill(at + 1)) return true;
      draft_.Remove(unit.box, draft_.picks()[unit.box].size() - 1);
    }
    return false;
  }

  const std::vector<KitBox>& boxes_;
  KitDraft& draft_;
  std::vector<KitUnit> units_;
  std::vector<int> least_after_;
  int nodes_ = 0;
};

// Adds the question that gains most, wherever it fits, until none does.
void FillUp(const std::vector<KitBox>& boxes, KitDraft& draft) {
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
bool ExchangeOne(const std::vector<KitBox>& boxes, KitDraft& draft) {
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
    for (const KitCandidate& candidate : rules.candidates) {
      if (draft_.Fits(box, candidate)) order_.emplace_back(draft_.Gain(candidate), &candidate);
    }
    std::stable_sort(order_.begin(), order_.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  }

  // The best draft that beats `value`, if any.
  std::optional<KitDraft> Best(std::int64_t value) {
    best_value_ = value;
    Extend(0, draft_.Value());
    return std::move(best_);
  }

 private:
  void Extend(std::size_t from, std::int64_t value) {
    const int count = static_cast<int>(draft_.picks()[box_].size());
    if (value > best_value_ && count >= rules_.min_questions && draft_.MissingStories(box_).empty()) {
      best_value_ = value;
      best_ = draft_;
    }
    for (std::size_t at = from; at < order_.size() && ++nodes_ <= kMostSlotNodes; ++at) {
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
  int nodes_ = 0;
};

bool RefillAny(const std::vector<KitBox>& boxes, KitDraft& draft) {
  bool better = false;
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    if (boxes[box].candidates.empty()) continue;
    if (std::optional<KitDraft> best = SlotSearch(boxes[box], box, draft).Best(draft.Value())) {
      draft = *std::move(best);
      better = true;
    }
  }
  return better;
}

// Forces a question that is not in the kit into its slot, fills that slot around it and then the others again. Slots
// pull on each other through coverage and sections, so that the best of each alone need not be the best of all.
bool ForceOne(const std::vector<KitBox>& boxes, KitDraft& draft) {
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    std::vector<std::pair<std::int64_t, const KitCandidate*>> order;
    for (const KitCandidate& candidate : boxes[box].candidates) {
      order.emplace_back(draft.Gain(candidate), &candidate);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    int forced = 0;
    for (std::size_t i = 0; i < order.size() && forced < kMostForced; ++i) {
      KitDraft trial = draft;
      trial.RemoveUnlocked(box);
      if (draft.Has(order[i].second->question) || !trial.Fits(box, *order[i].second)) continue;
      ++forced;
      trial.Add(box, *order[i].second, true);
      std::optional<KitDraft> filled = SlotSearch(boxes[box], box, trial).Best(-1);
      if (!filled) continue;
      filled->Unlock(box, order[i].second->question);
      RefillAny(boxes, *filled);
      if (filled->Value() > draft.Value()) {
        draft = *std::move(filled);
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool FillRequired(const std::vector<KitBox>& boxes, KitDraft& draft) { return RequiredSearch(boxes, draft).Run(); }

void Improve(const std::vector<KitBox>& boxes, KitDraft& draft) {
  FillUp(boxes, draft);
  for (int i = 0; i < kMostExchanges; ++i) {
    if (!ExchangeOne(boxes, draft) && !RefillAny(boxes, draft) && !ForceOne(boxes, draft)) return;
    FillUp(boxes, draft);
  }
}

}  // namespace assay::bank
