#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "services/bank/domain/kit.h"
#include "services/bank/domain/kit_coverage.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/runtime/base/error.h"
#include "services/runtime/rpc/validator.h"

// The gate of the pack that ships with Assay.
namespace assay::bank {
namespace {

const v1::Pack& Bundled() {
  static const v1::Pack kPack = [] {
    absl::StatusOr<v1::Pack> pack = LoadPack(ASSAY_BUNDLED_PACK);
    EXPECT_TRUE(pack.ok()) << pack.status();
    return pack.ok() ? *std::move(pack) : v1::Pack();
  }();
  return kPack;
}

TEST(BundledPack, KeepsTheRulesOfItsContract) {
  for (const auto& violation : runtime::ViolationsOf(runtime::Validator(v1::Pack::descriptor()).Check(Bundled()))) {
    ADD_FAILURE() << violation.field << ": " << violation.description;
  }
}

TEST(BundledPack, LintFindsNoError) {
  for (const Finding& finding : LintPack(Bundled())) {
    if (finding.severity == Severity::kError) ADD_FAILURE() << finding.ToString();
  }
}

TEST(BundledPack, HoldsEveryGuideAndGrillQuestionOnce) {
  std::map<std::string, int> refs;
  for (const auto& question : Bundled().questions()) ++refs[question.source().ref()];
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(refs["Q" + std::to_string(i)], 1) << "Q" << i;
  for (int i = 1; i <= 55; ++i) EXPECT_EQ(refs["G" + std::to_string(i)], 1) << "G" << i;
}

TEST(BundledPack, CarriesTheMatrixOfTheGuide) {
  std::map<std::string, std::pair<int, int>> matrix;
  for (const auto& competency : Bundled().competencies()) {
    matrix[competency.id()] = {competency.weight_basis_points(), competency.threshold_milli()};
    EXPECT_FALSE(competency.basis().validated()) << competency.id();
  }
  const std::map<std::string, std::pair<int, int>> expected{
      {"ml-fundamentals", {2000, 3000}}, {"coding-tools", {1500, 3000}},  {"system-design", {2000, 3500}},
      {"production-mlops", {2000, 3500}}, {"genai-llm", {1500, 3500}},    {"communication", {1000, 3000}}};
  EXPECT_EQ(matrix, expected);
}

TEST(BundledPack, CarriesThePinnedFlags) {
  std::map<std::string, v1::FlagKind> flags;
  for (const auto& flag : Bundled().flags()) flags[flag.id()] = flag.kind();
  for (const char* id : {"cannot-tell-over-from-underfitting", "never-built-or-deployed", "confuses-inference-with-training",
                         "fabricated-credentials", "cannot-reason-about-trade-offs"}) {
    EXPECT_EQ(flags[id], v1::FLAG_KIND_AUTO_NO_HIRE) << id;
  }
  for (const char* id : {"buzzwords-without-basics", "no-real-project", "unaware-of-production", "no-trade-offs",
                         "overconfident-without-depth", "inflated-experience"}) {
    EXPECT_EQ(flags[id], v1::FLAG_KIND_RED) << id;
  }
  for (const char* id : {"production-system-at-scale", "niche-depth", "learning-agility", "communicates-uncertainty"}) {
    EXPECT_EQ(flags[id], v1::FLAG_KIND_STRONG_HIRE_SIGNAL) << id;
  }
  for (const char* id : {"average-with-upside", "communication-needs-work", "unexplained-gaps", "needs-technical-assessment"}) {
    EXPECT_EQ(flags[id], v1::FLAG_KIND_HOLD_SIGNAL) << id;
  }
}

TEST(BundledPack, DrawsAnHourLongKitForEveryRoleAndLevel) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(Bundled());
  ASSERT_EQ(Bundled().roles_size(), 7);
  for (const auto& role : Bundled().roles()) {
    for (const v1::Level level : {v1::LEVEL_FRESHER, v1::LEVEL_EXPERIENCED, v1::LEVEL_SENIOR}) {
      const auto kit = AssembleKit({.role = role.id(), .level = level, .format = "round-60", .minutes = 0, .seed = 1, .excluded = {}, .locked = {}}, catalogue);
      EXPECT_TRUE(kit.ok()) << role.id() << " " << v1::Level_Name(level) << ": " << kit.status();
    }
  }
}

}  // namespace
}  // namespace assay::bank
