#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "services/bank/domain/kit.h"
#include "services/bank/domain/kit_coverage.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/pack_texts.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/text_similarity.h"
#include "services/bank/render/math.h"
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

TEST(BundledPack, LintFindsNothing) {
  for (const Finding& finding : LintPack(Bundled())) ADD_FAILURE() << finding.ToString();
}

TEST(BundledPack, HasOnlyFormulasThatConvert) {
  if (BlahtexmlConverter()({"x"}).status().code() == absl::StatusCode::kUnavailable) GTEST_SKIP() << "blahtexml is missing: scripts/setup";
  int formulas = 0;
  for (const auto& question : Bundled().questions()) ForEachText(question, [&](const PackText& text) { formulas += static_cast<int>(FormulasOf(text.text).size()); });
  EXPECT_GE(formulas, 40);
  for (const Finding& finding : LintPack(Bundled(), BlahtexmlConverter(std::chrono::minutes(1)))) ADD_FAILURE() << finding.ToString();
}

TEST(BundledPack, HoldsEveryGuideAndGrillQuestionOnce) {
  std::map<std::string, std::map<std::string, int>> refs;
  for (const auto& question : Bundled().questions()) ++refs[question.source().document()][question.source().ref()];
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(refs["guide"]["Q" + std::to_string(i)], 1) << "Q" << i;
  for (int i = 1; i <= 55; ++i) EXPECT_EQ(refs["grill"]["G" + std::to_string(i)], 1) << "G" << i;
  // And nothing else under their names.
  EXPECT_EQ(refs["guide"].size(), 100u);
  EXPECT_EQ(refs["grill"].size(), 55u);
  EXPECT_EQ(refs.size(), 3u);
}

TEST(BundledPack, HasWeakAnswersAsLongAsStrongOnesInAThirdOfTheEntries) {
  int as_long = 0;
  for (const auto& question : Bundled().questions()) {
    std::size_t strong = 0, weak = 0;
    for (const auto& exemplar : question.exemplars()) {
      std::size_t& longest = exemplar.score() == 5 ? strong : weak;
      if (exemplar.score() == 5 || exemplar.score() <= 2) longest = std::max(longest, Words(exemplar.text()).size());
    }
    as_long += weak >= strong;
  }
  EXPECT_GE(as_long * 3, Bundled().questions_size()) << as_long << " of " << Bundled().questions_size();
}

TEST(BundledPack, HasAdviceForEverySection) {
  std::set<std::string> advised;
  for (const auto& guidance : Bundled().section_guidance()) advised.insert(guidance.section());
  for (const auto& question : Bundled().questions()) EXPECT_EQ(advised.count(question.section()), 1u) << question.id() << ": " << question.section();
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

TEST(BundledPack, HasTheRolesFormatsAndTheLoopOfTheProduct) {
  std::set<std::string> roles;
  for (const auto& role : Bundled().roles()) {
    roles.insert(role.id());
    EXPECT_FALSE(role.focus_questions().empty()) << role.id();
    EXPECT_FALSE(role.must_haves().empty()) << role.id();
    EXPECT_FALSE(role.red_flags().empty()) << role.id();
    EXPECT_FALSE(role.critical_questions().empty()) << role.id();
  }
  EXPECT_THAT(roles, testing::ElementsAre("ai-agent", "core-ml", "genai-llm", "llmops", "mlops", "platform", "solutions-architect"));
  std::map<std::string, int> minutes;
  std::map<std::string, std::vector<int>> boxes;
  for (const auto& format : Bundled().formats()) {
    minutes[format.id()] = format.minutes();
    for (const auto& slot : format.slots()) boxes[format.id()].push_back(slot.minutes());
    EXPECT_THAT(format.overall_competencies(), testing::Contains("communication")) << format.id();
  }
  EXPECT_EQ(minutes, (std::map<std::string, int>{{"behavioural-45", 45}, {"decider-45", 45}, {"design-90", 90}, {"round-60", 60}, {"screen-30", 30}}));
  EXPECT_THAT(boxes["round-60"], testing::ElementsAre(5, 20, 15, 12, 8));
  EXPECT_EQ(Bundled().default_format(), "round-60");
  ASSERT_EQ(Bundled().loops_size(), 1);
  std::vector<std::string> rounds;
  for (const auto& round : Bundled().loops(0).rounds()) rounds.push_back(round.format());
  EXPECT_THAT(rounds, testing::ElementsAre("screen-30", "round-60", "design-90", "behavioural-45"));
}

TEST(BundledPack, HasTheListsOfTheGuide) {
  std::map<std::pair<v1::FlagKind, std::string>, int> flags;
  for (const auto& flag : Bundled().flags()) ++flags[{flag.kind(), flag.list()}];
  EXPECT_EQ((flags[{v1::FLAG_KIND_RED, "scorecard-template"}]), 6);
  EXPECT_EQ((flags[{v1::FLAG_KIND_RED, "hiring-insights"}]), 7);
  EXPECT_EQ((flags[{v1::FLAG_KIND_GREEN, "hiring-insights"}]), 8);
  std::set<int> checks;
  for (const auto& check : Bundled().hiring_checks()) {
    checks.insert(check.number());
    EXPECT_FALSE(check.remedy().empty()) << check.id();
  }
  EXPECT_EQ(checks, (std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_GE(Bundled().probing_techniques_size(), 4);
  ASSERT_EQ(Bundled().scales_size(), 1);
  EXPECT_EQ(Bundled().scales(0).levels_size(), 5);
  EXPECT_FALSE(Bundled().scales(0).guidance().empty());
}

TEST(BundledPack, HasEveryFieldOfTheGuidesScorecard) {
  ASSERT_EQ(Bundled().scorecard_templates_size(), 1);
  std::map<std::string, const v1::ScorecardField*> fields;
  for (const auto& field : Bundled().scorecard_templates(0).fields()) fields[field.id()] = &field;
  for (const char* id : {"candidate", "role", "interviewer", "date", "area-scores", "weighted-average", "key-strengths", "key-concerns", "red-flags",
                         "recommendation", "final-notes"}) {
    EXPECT_EQ(fields.count(id), 1u) << id;
  }
  ASSERT_EQ(fields.count("area-scores") + fields.count("red-flags"), 2u);
  EXPECT_EQ(fields["area-scores"]->items_size(), 6);
  EXPECT_EQ(fields["red-flags"]->items_size(), 6);
  EXPECT_EQ(fields["key-strengths"]->lines(), 3);
}

TEST(BundledPack, CalibratesEveryCompetencyAtEveryLevel) {
  EXPECT_GE(Bundled().vignettes_size(), 24);
  std::map<std::string, std::set<int>> scores;
  for (const auto& vignette : Bundled().vignettes()) {
    scores[vignette.competency()].insert(vignette.score());
    EXPECT_FALSE(vignette.why().empty()) << vignette.id();
  }
  EXPECT_EQ(scores.size(), 6u);
  for (const auto& [competency, own] : scores) EXPECT_EQ(own, (std::set<int>{1, 2, 3, 4, 5})) << competency;
}

TEST(BundledPack, FillsEveryFormatForEveryRoleAndLevelThreeTimesWithoutARepeat) {
  std::vector<std::string> roles;
  for (const auto& role : Bundled().roles()) roles.push_back(role.id());
  ASSERT_EQ(roles.size(), 7u);
  for (const CoverageGap& gap : FindCoverageGaps(KitCatalogue::FromPack(Bundled()), roles, 3)) {
    ADD_FAILURE() << gap.role << " " << v1::Level_Name(gap.level) << " " << gap.format << " after " << gap.rounds << ": " << gap.message;
  }
}

TEST(BundledPack, GivesFreshersAScenarioInTheDeepBox) {
  const KitCatalogue catalogue = KitCatalogue::FromPack(Bundled());
  std::map<std::string, v1::QuestionKind> kinds;
  for (const auto& question : Bundled().questions()) kinds[question.id()] = question.kind();
  for (const auto& role : Bundled().roles()) {
    for (const std::string format : {"round-60", "design-90"}) {
      KitRequest request;
      request.role = role.id();
      request.level = v1::LEVEL_FRESHER;
      request.format = format;
      for (request.seed = 0; request.seed < 3; ++request.seed) {
        const absl::StatusOr<Kit> kit = AssembleKit(request, catalogue);
        ASSERT_TRUE(kit.ok()) << role.id() << " " << format << ": " << kit.status();
        int deep = 0;
        for (const KitSlot& slot : kit->slots) {
          for (const KitPick& pick : slot.picks) {
            if (slot.id == "design") {
              ++deep;
              EXPECT_EQ(kinds[pick.question], v1::QUESTION_KIND_SCENARIO) << role.id() << " " << format << ": " << pick.question;
            }
            request.excluded.push_back(pick.question);
          }
        }
        EXPECT_EQ(deep, 1) << role.id() << " " << format;
      }
    }
  }
}

}  // namespace
}  // namespace assay::bank
