#include "services/bank/domain/kit_coverage.h"

namespace assay::bank {

std::vector<CoverageGap> FindCoverageGaps(const KitCatalogue& catalogue, const std::vector<std::string>& roles,
                                          int rounds) {
  std::vector<CoverageGap> gaps;
  for (const std::string& role : roles) {
    for (const v1::Format& format : catalogue.formats()) {
      for (const v1::Level level : {v1::LEVEL_FRESHER, v1::LEVEL_EXPERIENCED, v1::LEVEL_SENIOR}) {
        KitRequest request;
        request.role = role;
        request.level = level;
        request.format = format.id();
        for (int round = 0; round < rounds; ++round) {
          request.seed = static_cast<std::uint64_t>(round);
          const absl::StatusOr<Kit> kit = AssembleKit(request, catalogue);
          if (!kit.ok()) {
            gaps.push_back({role, level, format.id(), round, std::string(kit.status().message())});
            break;
          }
          for (const KitSlot& slot : kit->slots) {
            for (const KitPick& pick : slot.picks) request.excluded.push_back(pick.question);
          }
        }
      }
    }
  }
  return gaps;
}

}  // namespace assay::bank
