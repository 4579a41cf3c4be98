#include "services/reporting/domain/chart_model.h"

#include <fmt/format.h>

#include "services/reporting/domain/wording.h"
#include "services/runtime/base/rational.h"

namespace assay::reporting {

v1::Chart CompetencyChart(const google::protobuf::RepeatedPtrField<v1::CompetencyResult>& competencies) {
  v1::Chart chart;
  chart.set_title("Competencies against their thresholds");
  chart.set_minimum(1);
  chart.set_maximum(5);
  std::string description = "Bar chart on the scale 1 to 5.";
  for (const v1::CompetencyResult& result : competencies) {
    v1::Bar& bar = *chart.add_bars();
    bar.set_label(result.display_name());
    const auto threshold = runtime::ParseRational(result.threshold());
    if (threshold.ok()) bar.set_threshold(threshold->convert_to<double>());
    const std::string against = threshold.ok() ? fmt::format(", threshold {}", Exact(result.threshold())) : "";
    if (result.assessed()) {
      bar.set_value(result.mean().value());
      bar.set_below(!result.meets_threshold());
      bar.set_caption(fmt::format("{} of 5{}{}", Exact(result.mean().exact()), against,
                                  result.meets_threshold() ? "" : ", below it"));
    } else {
      bar.set_caption("not assessed" + against);
    }
    description += fmt::format(" {}: {}.", bar.label(), bar.caption());
  }
  chart.set_description(description);
  return chart;
}

}  // namespace assay::reporting
