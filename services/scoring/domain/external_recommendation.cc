#include "services/scoring/domain/external_recommendation.h"

#include <array>

namespace assay::scoring {
namespace {

struct Mapping {
  std::string_view system;
  std::string_view value;
  v1::Recommendation recommendation;
};

constexpr std::array<Mapping, 25> kMappings = {{
    {"greenhouse", "definitely_not", v1::RECOMMENDATION_STRONG_NO_HIRE},
    {"greenhouse", "no", v1::RECOMMENDATION_NO_HIRE},
    {"greenhouse", "mixed", v1::RECOMMENDATION_HOLD},
    {"greenhouse", "yes", v1::RECOMMENDATION_HIRE},
    {"greenhouse", "strong_yes", v1::RECOMMENDATION_STRONG_HIRE},
    {"greenhouse", "no_decision", v1::RECOMMENDATION_NO_DECISION},
    {"merge", "DEFINITELY_NO", v1::RECOMMENDATION_STRONG_NO_HIRE},
    {"merge", "NO", v1::RECOMMENDATION_NO_HIRE},
    {"merge", "YES", v1::RECOMMENDATION_HIRE},
    {"merge", "STRONG_YES", v1::RECOMMENDATION_STRONG_HIRE},
    {"merge", "NO_DECISION", v1::RECOMMENDATION_NO_DECISION},
    {"unified", "DEFINITELY_NO", v1::RECOMMENDATION_STRONG_NO_HIRE},
    {"unified", "NO", v1::RECOMMENDATION_NO_HIRE},
    {"unified", "YES", v1::RECOMMENDATION_HIRE},
    {"unified", "STRONG_YES", v1::RECOMMENDATION_STRONG_HIRE},
    {"unified", "NO_DECISION", v1::RECOMMENDATION_NO_DECISION},
    {"ashby", "1", v1::RECOMMENDATION_STRONG_NO_HIRE},
    {"ashby", "2", v1::RECOMMENDATION_NO_HIRE},
    {"ashby", "3", v1::RECOMMENDATION_HIRE},
    {"ashby", "4", v1::RECOMMENDATION_STRONG_HIRE},
    {"workable", "0", v1::RECOMMENDATION_STRONG_NO_HIRE},
    {"workable", "1", v1::RECOMMENDATION_NO_HIRE},
    {"workable", "2", v1::RECOMMENDATION_HOLD},
    {"workable", "3", v1::RECOMMENDATION_HIRE},
    {"workable", "4", v1::RECOMMENDATION_STRONG_HIRE},
}};

}  // namespace

std::optional<v1::Recommendation> FromExternal(std::string_view system, std::string_view value) {
  bool known = false;
  for (const Mapping& mapping : kMappings) {
    if (mapping.system != system) continue;
    known = true;
    if (mapping.value == value) return mapping.recommendation;
  }
  if (known) return std::nullopt;
  return v1::RECOMMENDATION_UNSPECIFIED;
}

}  // namespace assay::scoring
