#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "services/bank/domain/kit_search.h"
#include "services/bank/domain/kit_units.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {

bool Serves(const KitCandidate& candidate, const KitUnit& unit) {
  return unit.story == v1::STORY_KIND_UNSPECIFIED || candidate.story == unit.story;
}

std::vector<KitUnit> RequiredUnits(const std::vector<KitBox>& boxes, const KitDraft& draft) {
  std::vector<KitUnit> units;
  for (std::size_t box = 0; box < boxes.size(); ++box) {
    int open = boxes[box].min_questions - static_cast<int>(draft.picks()[box].size());
    for (const v1::StoryKind story : draft.MissingStories(box)) {
      units.push_back({box, story});
      --open;
    }
    for (; open > 0; --open) units.push_back({box, v1::STORY_KIND_UNSPECIFIED});
  }
  const auto choices = [&](const KitUnit& unit) {
    return std::count_if(boxes[unit.box].candidates.begin(), boxes[unit.box].candidates.end(),
                         [&](const KitCandidate& candidate) { return Serves(candidate, unit); });
  };
  // Hardest first: it decides soonest whether there is a kit at all.
  std::stable_sort(units.begin(), units.end(), [&](const KitUnit& a, const KitUnit& b) { return choices(a) < choices(b); });
  return units;
}

int LeastMinutes(const std::vector<KitUnit>& units, std::size_t from, std::size_t box, const KitBox& candidates) {
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

std::vector<KitShortfall> FindShortfalls(const std::vector<KitBox>& boxes, const KitDraft& locked) {
  std::vector<KitShortfall> shortfalls;
  const std::vector<KitUnit> units = RequiredUnits(boxes, locked);
  const auto had = [](const KitBox& box) {
    return box.excluded == 0 ? std::string()
                             : fmt::format("; {} more would fit but are excluded for this candidate", box.excluded);
  };
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const KitBox& box = boxes[i];
    int needed = 0;
    for (const KitUnit& unit : units) needed += unit.box == i ? 1 : 0;
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
