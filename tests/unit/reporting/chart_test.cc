#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/reporting/domain/chart_model.h"
#include "services/reporting/render/chart_drawing.h"

namespace assay::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

v1::CompetencyResult Result(const std::string& name, const std::string& exact, double mean, bool meets) {
  v1::CompetencyResult result;
  result.set_display_name(name);
  result.set_threshold("7/2");
  result.set_assessed(!exact.empty());
  result.set_meets_threshold(meets);
  if (!exact.empty()) {
    result.mutable_mean()->set_exact(exact);
    result.mutable_mean()->set_value(mean);
  }
  return result;
}

v1::Chart Sample(const std::string& name = "System design") {
  google::protobuf::RepeatedPtrField<v1::CompetencyResult> results;
  *results.Add() = Result(name, "11/3", 11.0 / 3, true);
  *results.Add() = Result("Coding", "3", 3, false);
  *results.Add() = Result("GenAI", "", 0, false);
  return CompetencyChart(results);
}

TEST(CompetencyChart, HasABarPerCompetencyAgainstItsThreshold) {
  const v1::Chart chart = Sample();
  ASSERT_EQ(chart.bars_size(), 3);
  EXPECT_DOUBLE_EQ(chart.bars(0).value(), 11.0 / 3);
  EXPECT_DOUBLE_EQ(chart.bars(0).threshold(), 3.5);
  EXPECT_FALSE(chart.bars(0).below());
  EXPECT_TRUE(chart.bars(1).below());
}

TEST(CompetencyChart, DrawsNoBarForWhatWasNotAssessed) {
  const v1::Chart chart = Sample();
  EXPECT_FALSE(chart.bars(2).has_value());
  EXPECT_FALSE(chart.bars(2).below());
  EXPECT_EQ(chart.bars(2).caption(), "not assessed, threshold 3.5");
}

TEST(CompetencyChart, SaysInWordsWhatThePictureShows) {
  EXPECT_THAT(Sample().description(), HasSubstr("System design: 3.666666… (11/3) of 5, threshold 3.5."));
  EXPECT_THAT(Sample().description(), HasSubstr("Coding: 3 of 5, threshold 3.5, below it."));
}

TEST(ChartDrawing, GivesOneModelToEverySurface) {
  const v1::Chart chart = Sample();
  EXPECT_THAT(*ChartSvg(chart), HasSubstr("<svg"));
  EXPECT_THAT(*ChartPng(chart), StartsWith("\x89PNG"));
  EXPECT_THAT(*ChartPdf(chart), StartsWith("%PDF"));
}

TEST(ChartDrawing, TakesLabelsAsTextAndNeverAsMarkup) {
  const std::string svg = *ChartSvg(Sample("<svg onload=alert(1)>]]>&#x3c;"));
  EXPECT_THAT(svg, Not(HasSubstr("onload")));
  EXPECT_THAT(svg, Not(HasSubstr("alert")));
}

TEST(ChartDrawing, RefersToNothingOutsideItself) {
  const std::string svg = *ChartSvg(Sample());
  for (size_t at = svg.find("href=\""); at != std::string::npos; at = svg.find("href=\"", at + 1)) EXPECT_EQ(svg[at + 6], '#');
  EXPECT_THAT(svg, Not(HasSubstr("<image")));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
}

TEST(ChartDrawing, ManagesAnEmptyChart) {
  EXPECT_TRUE(ChartSvg(v1::Chart()).ok());
}

}  // namespace
}  // namespace assay::reporting
