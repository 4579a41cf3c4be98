#include "services/bank/domain/guide_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/import_text.h"
#include "tests/unit/bank/guide_import_support.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

int CountFindings(const GuideImport& import, FindingSeverity severity) {
  return static_cast<int>(
      std::count_if(import.findings.begin(), import.findings.end(),
                    [&](const ImportFinding& finding) { return finding.severity == severity; }));
}

TEST(ImportGuide, ReadsEveryQuestionWithItsFivePartsAndProbe) {
  const GuideImport import = Import(ReadData("guide-synthetic.txt"));
  EXPECT_EQ(import.layout, "guide");
  EXPECT_EQ(import.questions.size(), 18u);
  EXPECT_EQ(import.dropped, 0);
  for (const auto& question : import.questions) {
    EXPECT_THAT(question.prompt(), Not(IsEmpty())) << question.id();
    EXPECT_GE(question.key_concepts_size(), 3) << question.id();
    ASSERT_EQ(question.exemplars_size(), 2) << question.id();
    EXPECT_EQ(question.exemplars(0).score(), 5);
    EXPECT_EQ(question.exemplars(1).score(), 2);
    EXPECT_FALSE(StartsWithQuote(question.exemplars(0).text())) << question.exemplars(0).text();
    EXPECT_THAT(question.cue(), Not(HasSubstr("Probe")));
    EXPECT_EQ(question.probes_size(), 1) << question.id();
    EXPECT_NE(question.kind(), v1::QUESTION_KIND_UNSPECIFIED);
  }
}

TEST(ImportGuide, KeepsPromptAnswersCueAndProbeWithoutMarkdownAndQuotes) {
  const GuideImport import = Import(ReadData("guide-synthetic.txt"));
  const auto& wheel = Question(import, "q001");
  EXPECT_EQ(wheel.source().document(), "guide");
  EXPECT_EQ(wheel.source().ref(), "Q1");
  EXPECT_EQ(wheel.prompt(),
            "Why does a spoked wheel hold a rider although a single spoke bends easily?");
  EXPECT_EQ(wheel.exemplars(1).text(), "There are many spokes, so together they are strong.");
  EXPECT_EQ(wheel.cue(),
            "The word tension decides. Do they know why more spokes are not simply better?");
  EXPECT_EQ(wheel.probes(0).text(), "What would you expect of a wheel with half of its spokes?");
  EXPECT_THAT(Question(import, "q005").exemplars(0).text(),
              HasSubstr("as chain_wear on the job card"));
  EXPECT_THAT(Question(import, "q003").exemplars(0).text(), HasSubstr("$r = T_f / T_r$"));
  EXPECT_EQ(Question(import, "q008").cue(), "\"We\" is a warning.");
}

TEST(ImportGuide, JoinsParagraphsThatABlankLineBreaksAndSaysSo) {
  const std::string text = ReadData("guide-synthetic.txt");
  const GuideImport import = Import(text);
  EXPECT_THAT(Question(import, "q002").exemplars(0).text(),
              HasSubstr("when I tighten the other, otherwise the rim"));
  EXPECT_THAT(Question(import, "q009").probes(0).text(),
              HasSubstr("What do you change on Monday?"));
  EXPECT_THAT(Question(import, "q004").probes(0).text(), HasSubstr("What does that rule out?"));
  const ImportFinding joined = Finding(import, "taken out of the strong answer");
  EXPECT_EQ(joined.line, LineOf(text, "Strong Answer: \"I look at two errors"));
  EXPECT_EQ(joined.end_line, joined.line + 2);
  EXPECT_EQ(joined.question, "Q2");
  EXPECT_EQ(Finding(import, "taken out of the evaluation cue").question, "Q9");
}

TEST(ImportGuide, KeepsAParagraphBehindTheClosingQuoteOfAnAnswer) {
  const GuideImport import = Import(ReadData("guide-synthetic.txt"));
  const std::string& answer = Question(import, "q003").exemplars(0).text();
  EXPECT_THAT(answer, HasSubstr("metres per turn of the crank.\n\nIn short: small rear sprocket"));
  EXPECT_THAT(answer, Not(HasSubstr("\"")));
  EXPECT_EQ(Finding(import, "behind the closing quote").question, "Q3");
}

TEST(ImportGuide, InfersThePartWithoutAHeadingAndReportsItsLine) {
  const std::string text = ReadData("guide-synthetic.txt");
  const GuideImport import = Import(text);
  ASSERT_EQ(import.parts.size(), 4u);
  EXPECT_EQ(import.parts[0].title, "PART 1: FRESHER-LEVEL QUESTIONS");
  EXPECT_FALSE(import.parts[1].inferred);
  EXPECT_TRUE(import.parts[2].inferred);
  EXPECT_EQ(import.parts[2].title, "PART 3: E-Bike Technician, Battery Specialist");
  EXPECT_EQ(import.parts[2].questions, 3);
  const ImportFinding inferred = Finding(import, "part 3 has no heading");
  EXPECT_EQ(inferred.line, LineOf(text, "Targeting: E-Bike"));
  EXPECT_EQ(inferred.severity, FindingSeverity::kWarning);
  EXPECT_EQ(Question(import, "q011").part(), import.parts[2].title);
}

TEST(ImportGuide, ReportsAPartWithoutSectionsAndLeavesTheSectionEmpty) {
  const std::string text = ReadData("guide-synthetic.txt");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.sections.size(), 4u);
  EXPECT_EQ(import.sections[1].title, "SECTION B: PRACTICAL WORK");
  EXPECT_EQ(import.sections[1].questions, 3);
  EXPECT_EQ(Question(import, "q014").section(), "");
  EXPECT_EQ(Question(import, "q014").part(), "PART 4: FLEET SERVICE");
  const ImportFinding finding = Finding(import, "has no sections");
  EXPECT_EQ(finding.line, LineOf(text, "PART 4"));
  EXPECT_THAT(finding.reason, HasSubstr("Q14–Q18"));
}

TEST(ImportGuide, TakesTheLevelFromTheTargetingLine) {
  const GuideImport import = Import(ReadData("guide-synthetic.txt"));
  EXPECT_EQ(Question(import, "q001").level(), v1::LEVEL_FRESHER);
  EXPECT_EQ(Question(import, "q007").level(), v1::LEVEL_EXPERIENCED);
  EXPECT_EQ(Question(import, "q011").level(), v1::LEVEL_EXPERIENCED);
  EXPECT_THAT(
      Finding(import, "\"PART 3: E-Bike Technician, Battery Specialist\" targets no years").reason,
      HasSubstr("taken as experienced"));
}

TEST(ImportGuide, TakesCompetenciesFromTheScoringMatrixOfTheDocument) {
  const GuideImport import = Import(ReadData("guide-synthetic.txt"));
  EXPECT_EQ(Question(import, "q001").competency(), "wheel-drive-theory");
  EXPECT_EQ(Question(import, "q001").assigned_by(), v1::ASSIGNED_BY_GUIDE);
  EXPECT_EQ(Question(import, "q010").competency(), "system-design");
  EXPECT_EQ(Question(import, "q018").competency(), "production-mlops");
  EXPECT_EQ(Question(import, "q008").competency(), "");
  EXPECT_EQ(Question(import, "q008").assigned_by(), v1::ASSIGNED_BY_UNSPECIFIED);
  EXPECT_THAT(Finding(import, "names no competency").reason, HasSubstr("Q4–Q6, Q8, Q11–Q13"));
}

TEST(ImportGuide, FallsBackToTheMatrixOfTheBundledGuideForDocumentsOfItsTrade) {
  std::string text = "AI and ML\nfor AI engineers\nand ML engineers\n\n";
  for (const int n : {12, 13, 22, 23, 29, 36, 37, 45, 46, 53, 60, 61, 85, 86, 100}) {
    text += "Q" + std::to_string(n) + ". What then?\n\n";
  }
  std::vector<std::string> competencies;
  for (const auto& question : Import(text).questions) competencies.push_back(question.competency());
  EXPECT_THAT(competencies,
              ElementsAre("ml-fundamentals", "coding-tools", "coding-tools", "", "coding-tools",
                          "production-mlops", "system-design", "", "system-design",
                          "production-mlops", "production-mlops", "genai-llm", "genai-llm",
                          "production-mlops", "production-mlops"));
}

TEST(ImportGuide, ReadsCrlfAndAByteOrderMarkAlike) {
  const std::string text = ReadData("guide-synthetic.txt");
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const GuideImport expected = Import(text);
  const GuideImport import = Import(windows);
  ASSERT_EQ(import.questions.size(), expected.questions.size());
  for (std::size_t i = 0; i < import.questions.size(); ++i) {
    EXPECT_EQ(import.questions[i].SerializeAsString(), expected.questions[i].SerializeAsString());
  }
  EXPECT_EQ(ToJson(ReportOf(import)), ToJson(ReportOf(expected)));
}

TEST(ImportGuide, LooksThroughMarkdownAroundHeadingsAndLabels) {
  const GuideImport import = Import(
      "## Part 1: Basics (Q1-Q1)\n**Targeting:** Anyone (7+ years)\n**Q1. What is *dish*?**\n"
      "**What a Strong Answer Covers:** centre; hub.\n**Strong Answer Example:** “It centres the "
      "rim.”\n"
      "**Weak Answer Example:** “A plate.”\n**Recruiter Evaluation Cue:** Hub first. Probe: “And "
      "at the back?”\n");
  ASSERT_EQ(import.questions.size(), 1u);
  const auto& question = import.questions.front();
  EXPECT_EQ(question.prompt(), "What is dish?");
  EXPECT_EQ(question.part(), "Part 1: Basics");
  EXPECT_EQ(question.level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(question.exemplars(0).text(), "It centres the rim.");
  EXPECT_EQ(question.probes(0).text(), "And at the back?");
  EXPECT_EQ(question.cue(), "Hub first.");
  EXPECT_EQ(CountFindings(import, FindingSeverity::kWarning), 0) << ToJson(ReportOf(import));
}

TEST(ImportGuide, ReadsTheListOfBareQuestionsInNumberedSections) {
  const std::string text = ReadData("grill-synthetic.txt");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.layout, "grill");
  EXPECT_EQ(import.questions.size(), 8u);
  EXPECT_EQ(import.dropped, 0);
  ASSERT_EQ(import.sections.size(), 3u);
  EXPECT_EQ(import.sections[0].title, "1. Wheels (where the myths live)");
  EXPECT_EQ(import.sections[1].title, "2. Brakes — I will squeeze you here");
  EXPECT_EQ(import.sections[1].questions, 3);
  const auto& first = Question(import, "g001");
  EXPECT_EQ(
      first.prompt(),
      "What’s the difference between lacing, truing and tensioning? When does each go wrong?");
  EXPECT_EQ(first.source().ref(), "G1");
  EXPECT_EQ(first.level(), v1::LEVEL_EXPERIENCED);
  EXPECT_EQ(first.competency(), "");
  EXPECT_EQ(first.assigned_by(), v1::ASSIGNED_BY_UNSPECIFIED);
  EXPECT_EQ(Question(import, "g005").prompt(),
            "What happens if the rotor is true but the frame is not?");
  EXPECT_EQ(Question(import, "g006").prompt(), "Why do pads glaze, although the rotor is clean?");
  EXPECT_EQ(Question(import, "g007").kind(), v1::QUESTION_KIND_BEHAVIOURAL);
  EXPECT_EQ(Question(import, "g008").kind(), v1::QUESTION_KIND_CLOSING);
  EXPECT_EQ(Finding(import, "closing remark").line, LineOf(text, "say when."));
  EXPECT_EQ(CountFindings(import, FindingSeverity::kWarning), 0);
}

TEST(ImportGuide, AssignsTheGrillQuestionsAsThePackDoes) {
  std::string text = "AI, ML\nand ML\nand LLM\n## 1. All\n";
  for (const int n : {15, 16, 30, 31, 33, 34, 45, 46, 50, 51, 55, 56})
    text += std::to_string(n) + ". Why?\n";
  std::vector<std::string> competencies;
  for (const auto& question : Import(text).questions) competencies.push_back(question.competency());
  EXPECT_THAT(competencies,
              ElementsAre("ml-fundamentals", "genai-llm", "genai-llm", "coding-tools",
                          "production-mlops", "coding-tools", "production-mlops", "genai-llm",
                          "genai-llm", "communication", "communication", ""));
}

TEST(ImportGuide, PrintsTheReportOfADryRun) {
  ImportResult result;
  result.questions.resize(2);
  result.dropped = 1;
  result.sections.push_back({.part = "P", .title = "S \"x\"", .line = 3, .questions = 2});
  result.findings.push_back({.line = 4,
                             .end_line = 6,
                             .reason = "a\tb\\",
                             .severity = FindingSeverity::kError,
                             .question = "Q2"});
  EXPECT_EQ(
      ToJson(ReportOf(result)),
      R"({"questions":2,"dropped":1,"sections":1,"parts":0,"findings":[{"line":4,"end_line":6,)"
      R"("reason":"a\tb\\","severity":"error","question":"Q2"}],)"
      R"("section_list":[{"line":3,"questions":2,"part":"P","title":"S \"x\""}],"part_list":[]})");
}

}  // namespace
}  // namespace assay::bank
