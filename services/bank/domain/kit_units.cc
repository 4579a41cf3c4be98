#include "services/bank/domain/kit_units.h"

#include <algorithm>

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

}  // namespace assay::bank
