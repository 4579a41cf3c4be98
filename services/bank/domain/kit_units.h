#pragma once

#include <cstddef>
#include <vector>

#include "services/bank/domain/kit_pool.h"
#include "services/bank/domain/kit_search.h"

namespace assay::bank {

// One question that a slot must still get; `story` unspecified = any question.
struct KitUnit {
  std::size_t box = 0;
  v1::StoryKind story = v1::STORY_KIND_UNSPECIFIED;
};

bool Serves(const KitCandidate& candidate, const KitUnit& unit);

// What the slots of a draft must still get, the unit with the fewest candidates first.
std::vector<KitUnit> RequiredUnits(const std::vector<KitBox>& boxes, const KitDraft& draft);

// The fewest minutes that the units of a slot from `from` on can take, counting each question once.
int LeastMinutes(const std::vector<KitUnit>& units, std::size_t from, std::size_t box, const KitBox& candidates);

}  // namespace assay::bank
