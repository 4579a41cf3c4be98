#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "assay/reporting/v1/report.pb.h"

namespace assay::reporting {

// Colours of a chart. Prints are always light.
enum class ChartTheme { kLight, kDark };

// One drawing of the chart model, to every surface. Text is drawn as outlines, so that a chart looks the same everywhere and
// refers to nothing outside itself. INTERNAL when the graphics library fails.
absl::StatusOr<std::string> ChartSvg(const v1::Chart& chart, ChartTheme theme = ChartTheme::kLight);
// At twice the size, for screens that are dense.
absl::StatusOr<std::string> ChartPng(const v1::Chart& chart, ChartTheme theme = ChartTheme::kLight);
absl::StatusOr<std::string> ChartPdf(const v1::Chart& chart);

// Height of the drawing in CSS pixels; its width is kChartWidth.
inline constexpr int kChartWidth = 760;
int ChartHeight(const v1::Chart& chart);

}  // namespace assay::reporting
