#pragma once

#include <map>
#include <string>
#include <vector>

#include "assay/bank/v1/kit.pb.h"
#include "services/bank/domain/kit.h"

namespace assay::bank {

// One question of a kit for another one.
struct KitSwap {
  // As it stands.
  const v1::Kit* kit = nullptr;
  // By revision name, `questions/q037@3`: facts of the kit's questions at the revisions that it pins.
  std::map<std::string, QuestionFacts> pinned;
  // Question ids: what goes out, what comes in (empty = the best that fits).
  std::string removed;
  std::string replacement;
  std::uint64_t seed = 0;
  // What this candidate has had, beyond what is in the kit.
  std::vector<std::string> excluded;
  // Ids of what went out in the swaps before this one: it does not come back.
  std::vector<std::string> gone = {};
};

// The kit's slots with the new question in the slot of the one that went out; all else stays at its pinned revision, even
// if newer ones were published or it was retired. The slot asks of the new question what the format asks by now; where the
// format is gone, a question of the same kind and story. It has to be role-critical where the one that goes out is the only
// one that is: a kit that was drawn without, for a candidate who has had one, stays without.
//
// INVALID_ARGUMENT: `removed` is not in the kit, `replacement` is unknown, excluded or in the kit. FAILED_PRECONDITION:
// nothing fits, or the replacement does not; why stands in the message.
absl::StatusOr<Kit> SwapQuestion(const KitSwap& swap, const KitCatalogue& catalogue, std::vector<KitShortfall>* shortfalls = nullptr);

}  // namespace assay::bank
