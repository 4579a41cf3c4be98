#pragma once

#include <cstdint>
#include <vector>

#include "services/bank/domain/kit_draft.h"
#include "services/bank/domain/kit_pool.h"

// The search behind AssembleKit.
namespace assay::bank {

// Fills what each slot must have and a role-critical question where one is needed, by depth-first search from the best
// candidate on; false when nothing was found within the limits.
bool FillRequired(const KitPool& pool, KitDraft& draft);

// Adds questions while slots have room, then exchanges questions and refills whole slots while that improves the
// objective.
void Improve(const KitPool& pool, KitDraft& draft);

// Replaces the draft by the best content of all slots together, where the pool is small enough to search that.
void ImproveJointly(const KitPool& pool, KitDraft& draft);

// Why the required part cannot be filled. Empty when no single reason stands out.
std::vector<KitShortfall> FindShortfalls(const KitPool& pool, const KitDraft& locked);

}  // namespace assay::bank
