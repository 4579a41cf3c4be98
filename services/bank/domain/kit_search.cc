#include "services/bank/domain/kit_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

constexpr int kSectionBonus = 60;
constexpr int kCriticalBonus = 400;
constexpr int kMostNodes = 20'000;
constexpr int kMostExchanges = 200;

// Worth of n questions on a competency: each further one adds half of what the one before added.
std::int64_t Coverage(int weight, int n) {
  const std::int64_t full = weight / 5;
  return full - (full >> std::min(n, 40));
}

// One question that a slot must still get; `story` unspecified = any question.
struct Unit {
  std::size_t box = 0;
  v1::StoryKind story = v1::STORY_KIND_UNSPECIFIED;
};

bool Serves(const KitCandidate& candidate, const Unit& unit) {
  return unit.story == v1::STORY_KIND_UNSPECIFIED || candidate.story == unit.story;
}

std::vector<Unit> RequiredUnits(const std::vector<KitBox>& boxes, const KitDraft& draft) {
  std::vector<Unit> units;
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    int open = boxes[box].min_questions - static_cast<int>(draft.picks()[box].size());
    for (const v1::StoryKind story : draft.MissingStories(box)) {
      units.push_back({box, story});
      --open;
    }
    for (; open > 0; --open) units.push_back({box, v1::STORY_KIND_UNSPECIFIED});
  }
  const auto choices = [&](const Unit& unit) {
    return std::count_if(boxes[unit.box].candidates.begin(), boxes[unit.box].candidates.end(),
                         [&](const KitCandidate& candidate) { return Serves(candidate, unit); });
  };
  // Hardest first: it decides soonest whether there is a kit at all.
  std::stable_sort(units.begin(), units.end(), [&](const Unit& a, const Unit& b) { return choices(a) < choices(b); });
  return units;
}

// The fewest minutes that the units of a slot from `from` on can take, counting each question once.
int LeastMinutes(const std::vector<Unit>& units, std::size_t from, std::size_t box, const KitBox& candidates) {
  int count = 0;
  for (std::size_t i = from; i < units.size(); ++i) count += units[i].box == box ? 1 : 0;
  std::vector<int> minutes;
  for (const KitCandidate& candidate : candidates.candidates) minutes.push_back(candidate.minutes);
  count = std::min<int>(count, static_cast<int>(minutes.size()));
  std::partial_sort(minutes.begin(), minutes.begin() + count, minutes.end());
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += minutes[static_cast<std::size_t>(i)];
  return sum;
}

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
    const Unit& unit = units_[at];
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
  std::vector<Unit> units_;
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

// Exchanges across two slots (one question each) that a single exchange cannot reach: a question used in one slot is
// worth more in another.
bool MoveBetween(const std::vector<KitBox>& boxes, KitDraft& draft) {
  for (std::size_t from = 0; from < boxes.size(); ++from) {
    for (std::size_t pick = 0; pick < draft.picks()[from].size(); ++pick) {
      if (draft.picks()[from][pick].locked) continue;
      const int question = draft.picks()[from][pick].candidate.question;
      for (std::size_t to = 0; to < boxes.size(); ++to) {
        if (to == from) continue;
        const auto same = std::find_if(boxes[to].candidates.begin(), boxes[to].candidates.end(),
                                       [&](const KitCandidate& c) { return c.question == question; });
        if (same == boxes[to].candidates.end()) continue;
        for (std::size_t other = 0; other < draft.picks()[to].size(); ++other) {
          if (draft.picks()[to][other].locked) continue;
          KitDraft trial = draft;
          trial.Remove(from, pick);
          trial.Remove(to, other);
          if (!trial.Fits(to, *same)) continue;
          trial.Add(to, *same, false);
          if (!FillRequired(boxes, trial)) continue;
          FillUp(boxes, trial);
          if (trial.Value() > draft.Value()) {
            draft = std::move(trial);
            return true;
          }
        }
      }
    }
  }
  return false;
}

}  // namespace

KitDraft::KitDraft(const KitCatalogue& catalogue, const std::vector<KitBox>& boxes)
    : catalogue_(&catalogue),
      boxes_(&boxes),
      picks_(boxes.size()),
      used_(boxes.size(), 0),
      competency_count_(static_cast<std::size_t>(catalogue.CompetencyCount()), 0) {}

bool KitDraft::Fits(std::size_t box, const KitCandidate& candidate) const {
  if (static_cast<int>(picks_[box].size()) >= (*boxes_)[box].max_questions) return false;
  if (candidate.minutes > MinutesLeft(box) || questions_.count(candidate.question) > 0) return false;
  const std::vector<int>& variants = catalogue_->VariantsOf(candidate.question);
  return std::none_of(variants.begin(), variants.end(), [&](int variant) { return questions_.count(variant) > 0; });
}

void KitDraft::Add(std::size_t box, const KitCandidate& candidate, bool locked) {
  picks_[box].push_back({candidate, locked});
  used_[box] += candidate.minutes;
  ++competency_count_[static_cast<std::size_t>(candidate.competency)];
  sections_.insert(candidate.section);
  questions_.insert(candidate.question);
  criticals_ += candidate.critical ? 1 : 0;
}

void KitDraft::Remove(std::size_t box, std::size_t pick) {
  const KitCandidate candidate = picks_[box][pick].candidate;
  picks_[box].erase(picks_[box].begin() + static_cast<std::ptrdiff_t>(pick));
  used_[box] -= candidate.minutes;
  --competency_count_[static_cast<std::size_t>(candidate.competency)];
  sections_.erase(sections_.find(candidate.section));
  questions_.erase(candidate.question);
  criticals_ -= candidate.critical ? 1 : 0;
}

std::int64_t KitDraft::Gain(const KitCandidate& candidate) const {
  const int weight = catalogue_->WeightOf(candidate.competency);
  const int n = competency_count_[static_cast<std::size_t>(candidate.competency)];
  std::int64_t gain = candidate.own + Coverage(weight, n + 1) - Coverage(weight, n);
  if (sections_.count(candidate.section) == 0) gain += kSectionBonus;
  if (candidate.critical && criticals_ == 0) gain += kCriticalBonus;
  return gain;
}

std::int64_t KitDraft::Value() const {
  std::int64_t value = criticals_ > 0 ? kCriticalBonus : 0;
  for (const auto& picks : picks_) {
    for (const KitChoice& pick : picks) value += pick.candidate.own;
  }
  for (std::size_t c = 0; c < competency_count_.size(); ++c) {
    value += Coverage(catalogue_->WeightOf(static_cast<int>(c)), competency_count_[c]);
  }
  return value + kSectionBonus * static_cast<std::int64_t>(std::set<int>(sections_.begin(), sections_.end()).size());
}

std::vector<v1::StoryKind> KitDraft::MissingStories(std::size_t box) const {
  std::vector<v1::StoryKind> missing;
  for (const v1::StoryKind story : (*boxes_)[box].stories) {
    const bool told = std::any_of(picks_[box].begin(), picks_[box].end(),
                                  [&](const KitChoice& pick) { return pick.candidate.story == story; });
    if (!told) missing.push_back(story);
  }
  return missing;
}

bool FillRequired(const std::vector<KitBox>& boxes, KitDraft& draft) { return RequiredSearch(boxes, draft).Run(); }

void Improve(const std::vector<KitBox>& boxes, KitDraft& draft) {
  FillUp(boxes, draft);
  for (int i = 0; i < kMostExchanges; ++i) {
    if (!ExchangeOne(boxes, draft) && !MoveBetween(boxes, draft)) return;
    FillUp(boxes, draft);
  }
}

std::vector<KitShortfall> FindShortfalls(const std::vector<KitBox>& boxes, const KitDraft& locked) {
  std::vector<KitShortfall> shortfalls;
  const std::vector<Unit> units = RequiredUnits(boxes, locked);
  const auto had = [](const KitBox& box) {
    return box.excluded == 0 ? std::string()
                             : fmt::format("; {} more would fit but are excluded for this candidate", box.excluded);
  };
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const KitBox& box = boxes[i];
    int needed = 0;
    for (const Unit& unit : units) needed += unit.box == i ? 1 : 0;
    const int available = static_cast<int>(box.candidates.size());
    if (needed > available) {
      shortfalls.push_back({"SLOT_COUNT", box.id, needed, available,
                            fmt::format("slot {} needs {} questions and {} fit ({} short){}", box.id, needed, available,
                                        needed - available, had(box))});
      continue;
    }
    bool has_stories = true;
    for (const v1::StoryKind story : locked.MissingStories(i)) {
      const bool told = std::any_of(box.candidates.begin(), box.candidates.end(),
                                    [&](const KitCandidate& c) { return c.story == story; });
      if (told) continue;
      has_stories = false;
      const std::string name = ShortEnumName(*v1::StoryKind_descriptor()->FindValueByNumber(story));
      shortfalls.push_back({"STORY", box.id, 1, 0,
                            fmt::format("slot {} needs a story of {} and none fits{}", box.id, name, had(box))});
    }
    const int least = LeastMinutes(units, 0, i, box);
    if (has_stories && least > locked.MinutesLeft(i)) {
      shortfalls.push_back(
          {"TIME_BOX", box.id, least, locked.MinutesLeft(i),
           fmt::format("slot {} has {} minutes and its {} shortest questions take {} ({} too long)", box.id,
                       locked.MinutesLeft(i), needed, least, least - locked.MinutesLeft(i))});
    }
  }
  if (!shortfalls.empty()) return shortfalls;
  // Each slot could be filled alone: do they want the same questions? Augmenting paths give the largest assignment.
  std::map<int, std::size_t> holder;
  std::function<bool(std::size_t, std::set<int>&)> assign = [&](std::size_t unit, std::set<int>& tried) {
    for (const KitCandidate& candidate : boxes[units[unit].box].candidates) {
      if (!Serves(candidate, units[unit]) || !tried.insert(candidate.question).second) continue;
      const auto held = holder.find(candidate.question);
      if (held == holder.end() || assign(held->second, tried)) {
        holder[candidate.question] = unit;
        return true;
      }
    }
    return false;
  };
  int assigned = 0;
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    std::set<int> tried;
    assigned += assign(unit, tried) ? 1 : 0;
  }
  const int needed = static_cast<int>(units.size());
  if (assigned < needed) {
    shortfalls.push_back({"COMPETITION", "", needed, assigned,
                          fmt::format("the slots need {} questions between them and share only {} that fit ({} short)",
                                      needed, assigned, needed - assigned)});
  } else {
    shortfalls.push_back({"TIME_BOX", "", needed, assigned,
                          "no choice of questions meets minutes, stories and variants of all slots at once"});
  }
  return shortfalls;
}

}  // namespace assay::bank
