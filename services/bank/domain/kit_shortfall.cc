#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "services/bank/domain/kit_search.h"
#include "services/bank/domain/kit_units.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

std::string Described(const Withheld& held) {
  std::vector<std::string> reasons;
  const auto add = [&](int count, const char* what) {
    if (count > 0) reasons.push_back(fmt::format("{} {}", count, what));
  };
  add(held.excluded, "more would fit but are excluded for this candidate");
  add(held.over_cap, "more would fit but have reached the exposure cap");
  add(held.leaked, "more would fit but are marked as leaked");
  add(held.taken, "more would fit but are swapped out or in another form");
  return reasons.empty() ? std::string() : fmt::format("; {}", fmt::join(reasons, ", "));
}

// The constraint that stands in the way: the cap or leaks where lifting them would do.
const char* Culprit(const char* constraint, int missing, const Withheld& held) {
  if (held.over_cap >= missing) return "EXPOSURE_CAP";
  if (held.over_cap + held.leaked >= missing) return "LEAK";
  return constraint;
}

void CheckBox(const KitPool& pool, const KitDraft& locked, const std::vector<KitUnit>& units, std::size_t i,
              std::vector<KitShortfall>& shortfalls) {
  const KitBox& box = pool.boxes[i];
  int needed = 0;
  for (const KitUnit& unit : units) needed += unit.box == i ? 1 : 0;
  int available = 0;
  for (const KitCandidate& candidate : box.candidates) available += locked.Has(candidate.question) ? 0 : 1;
  if (needed > available) {
    const Withheld held = box.WithheldInAll();
    shortfalls.push_back({Culprit("SLOT_COUNT", needed - available, held), box.id, needed, available,
                          fmt::format("slot {} needs {} questions and {} fit ({} short){}", box.id, needed, available,
                                      needed - available, Described(held))});
    return;
  }
  bool has_stories = true;
  for (const v1::StoryKind story : locked.MissingStories(i)) {
    const bool told = std::any_of(box.candidates.begin(), box.candidates.end(),
                                  [&](const KitCandidate& c) { return c.story == story && !locked.Has(c.question); });
    if (told) continue;
    has_stories = false;
    const Withheld& held = box.withheld[static_cast<std::size_t>(story) < box.withheld.size() ? story : 0];
    const std::string name = ShortEnumName(*v1::StoryKind_descriptor()->FindValueByNumber(story));
    shortfalls.push_back({Culprit("STORY", 1, held), box.id, 1, 0,
                          fmt::format("slot {} needs a story of {} and none fits{}", box.id, name, Described(held))});
  }
  const int least = LeastMinutes(units, 0, i, box);
  if (has_stories && least > locked.MinutesLeft(i)) {
    shortfalls.push_back(
        {"TIME_BOX", box.id, least, locked.MinutesLeft(i),
         fmt::format("slot {} has {} minutes and its {} shortest questions take {} ({} too long){}", box.id,
                     locked.MinutesLeft(i), needed, least, least - locked.MinutesLeft(i), Described(box.WithheldInAll()))});
  }
}

// Questions that can be given to the units, each once: augmenting paths give the largest assignment.
int LargestAssignment(const KitPool& pool, const KitDraft& locked, const std::vector<KitUnit>& units) {
  std::map<int, std::size_t> holder;
  std::function<bool(std::size_t, std::set<int>&)> assign = [&](std::size_t unit, std::set<int>& tried) {
    for (const KitCandidate& candidate : pool.boxes[units[unit].box].candidates) {
      if (!Serves(candidate, units[unit]) || locked.Has(candidate.question) || !tried.insert(candidate.question).second) {
        continue;
      }
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
  return assigned;
}

// How many of the units can be filled without a variant of a question that is there, whatever the minutes.
class TogetherSearch {
 public:
  TogetherSearch(const KitPool& pool, const KitDraft& locked, const std::vector<KitUnit>& units)
      : pool_(pool), locked_(locked), units_(units) {}

  int Most() {
    Fill(0, 0);
    return most_;
  }

 private:
  static constexpr int kMostNodes = 20'000;

  bool Holds(int question) const { return locked_.Has(question) || chosen_.Holds(question); }
  bool Goes(const KitCandidate& candidate) const {
    const std::vector<int>& variants = pool_.variants[static_cast<std::size_t>(candidate.question)];
    return !Holds(candidate.question) && std::none_of(variants.begin(), variants.end(), [&](int variant) { return Holds(variant); });
  }

  void Fill(std::size_t at, int filled) {
    most_ = std::max(most_, filled);
    if (at == units_.size() || filled + static_cast<int>(units_.size() - at) <= most_) return;
    for (const KitCandidate& candidate : pool_.boxes[units_[at].box].candidates) {
      if (!Serves(candidate, units_[at]) || !Goes(candidate)) continue;
      if (--nodes_left_ < 0) return;
      chosen_.Add(candidate.question);
      Fill(at + 1, filled + 1);
      chosen_.Drop(candidate.question);
      if (most_ == static_cast<int>(units_.size())) return;
    }
    Fill(at + 1, filled);
  }

  const KitPool& pool_;
  const KitDraft& locked_;
  const std::vector<KitUnit>& units_;
  KitNumbers chosen_;
  int most_ = 0;
  int nodes_left_ = kMostNodes;
};

// Slots that have enough questions only where variants of each other count twice; all slots together where each has enough alone.
void CheckVariants(const KitPool& pool, const KitDraft& locked, const std::vector<KitUnit>& units, std::vector<KitShortfall>& shortfalls) {
  for (std::size_t i = 0; i < pool.boxes.size(); ++i) {
    std::vector<KitUnit> own;
    std::copy_if(units.begin(), units.end(), std::back_inserter(own), [&](const KitUnit& unit) { return unit.box == i; });
    const int needed = static_cast<int>(own.size());
    const int most = TogetherSearch(pool, locked, own).Most();
    if (most == needed) continue;
    const KitBox& box = pool.boxes[i];
    shortfalls.push_back({"COMPETITION", box.id, needed, most,
                          fmt::format("slot {} needs {} questions and of those that fit {} go together, the others are variants of them ({} short){}",
                                      box.id, needed, most, needed - most, Described(box.WithheldInAll()))});
  }
  if (!shortfalls.empty()) return;
  const int needed = static_cast<int>(units.size());
  const int most = TogetherSearch(pool, locked, units).Most();
  if (most == needed) return;
  shortfalls.push_back({"COMPETITION", "", needed, most,
                        fmt::format("the slots need {} questions between them and of those that fit {} go together, the others are variants of them ({} short)",
                                    needed, most, needed - most)});
}

// Whether there would be a kit if the slot had so many minutes more.
bool FitsWith(const KitPool& pool, const KitDraft& locked, std::size_t box, int more) {
  KitPool widened = pool;
  widened.boxes[box].minutes += more;
  KitDraft draft(widened);
  for (std::size_t i = 0; i < pool.boxes.size(); ++i) {
    for (const KitChoice& choice : locked.picks()[i]) draft.Add(i, choice.candidate, choice.locked);
  }
  return FillRequired(widened, draft);
}

// The slot for which the fewest minutes more would do, the first of equals: its shortest questions fit, but not those that go
// with what else the kit must hold.
void CheckMinutes(const KitPool& pool, const KitDraft& locked, std::vector<KitShortfall>& shortfalls) {
  constexpr int kMost = 480;
  int fewest = kMost;
  std::size_t tightest = pool.boxes.size();
  for (std::size_t box = 0; box < pool.boxes.size(); ++box) {
    if (pool.boxes[box].max_questions == 0 || !FitsWith(pool, locked, box, fewest - 1)) continue;
    int too_few = 0;
    int enough = fewest - 1;
    while (enough - too_few > 1) {
      const int middle = (enough + too_few) / 2;
      (FitsWith(pool, locked, box, middle) ? enough : too_few) = middle;
    }
    fewest = enough;
    tightest = box;
  }
  if (tightest == pool.boxes.size()) return;
  const std::string& id = pool.boxes[tightest].id;
  const int left = locked.MinutesLeft(tightest);
  shortfalls.push_back({"TIME_BOX", id, left + fewest, left,
                        fmt::format("slot {} has {} minutes and its shortest questions that go with the rest of the kit take {} ({} too long)", id,
                                    left, left + fewest, fewest)});
}

void CheckCritical(const KitPool& pool, const KitDraft& locked, std::vector<KitShortfall>& shortfalls) {
  if (!locked.LacksCritical()) return;
  int fitting = 0;
  int shortest = 0;
  for (std::size_t box = 0; box < pool.boxes.size(); ++box) {
    for (const KitCandidate& candidate : pool.boxes[box].candidates) {
      if (!candidate.critical) continue;
      shortest = shortest == 0 ? candidate.minutes : std::min(shortest, candidate.minutes);
      fitting += locked.Fits(box, candidate) ? 1 : 0;
    }
  }
  if (fitting > 0) return;
  const Withheld& held = pool.critical_withheld;
  const std::string why = shortest > 0 ? fmt::format("; none of those that suit the slots has room, the shortest takes {} minutes", shortest)
                                       : std::string();
  shortfalls.push_back({Culprit("ROLE_CRITICAL", 1, held), "", 1, 0,
                        fmt::format("the kit needs a role-critical question and none fits (1 short){}{}", why, Described(held))});
}

}  // namespace

std::vector<KitShortfall> FindShortfalls(const KitPool& pool, const KitDraft& locked) {
  std::vector<KitShortfall> shortfalls;
  const std::vector<KitUnit> units = RequiredUnits(pool.boxes, locked);
  for (std::size_t i = 0; i < pool.boxes.size(); ++i) CheckBox(pool, locked, units, i, shortfalls);
  CheckCritical(pool, locked, shortfalls);
  if (!shortfalls.empty()) return shortfalls;
  // Each slot could be filled alone: do they want the same questions?
  const int needed = static_cast<int>(units.size());
  const int assigned = LargestAssignment(pool, locked, units);
  if (assigned < needed) {
    shortfalls.push_back({"COMPETITION", "", needed, assigned,
                          fmt::format("the slots need {} questions between them and share only {} that fit ({} short)",
                                      needed, assigned, needed - assigned)});
    return shortfalls;
  }
  CheckVariants(pool, locked, units, shortfalls);
  if (shortfalls.empty()) CheckMinutes(pool, locked, shortfalls);
  if (shortfalls.empty()) {
    shortfalls.push_back({"TIME_BOX", "", needed, assigned,
                          fmt::format("no choice of questions meets minutes, stories, variants{} of all slots at once",
                                      pool.needs_critical ? " and the role-critical question" : "")});
  }
  return shortfalls;
}

}  // namespace assay::bank
