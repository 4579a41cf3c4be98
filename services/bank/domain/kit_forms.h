#pragma once

#include <string>
#include <vector>

#include "services/bank/domain/kit.h"

namespace assay::bank {

// Kits that share anchors and nothing else, so that results on one can be linked with results on another.
struct KitForms {
  std::vector<Kit> forms;
  // Ids of the questions that all forms hold.
  std::vector<std::string> anchors;
};

// Least share of a form's questions that are anchors.
inline constexpr int kLeastAnchorPercent = 30;

// Draws `count` forms (2 to 20) of the same shape: the same number of questions in each slot, or as few as the format allows
// where the bank has no more. At least `anchor_percent` (30 to 100) of each form are anchors: a role-critical question where
// there is one, the others spread over the slots; more than that only in slots for which the bank has too few questions.
// No two forms hold the same questions, unless all of them are to be anchors.
//
// FAILED_PRECONDITION where even so the bank has too few: the message names the form, the constraint and by how much.
// Otherwise as AssembleKit.
absl::StatusOr<KitForms> DrawForms(const KitRequest& request, int count, int anchor_percent, const KitCatalogue& catalogue,
                                   std::vector<KitShortfall>* shortfalls = nullptr);

}  // namespace assay::bank
