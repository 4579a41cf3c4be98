// Guides that the importer was not written for: other trades, other word processors, other habits of numbering and labelling.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/import_text.h"
#include "tests/unit/bank/guide_import_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kNurses = "unseen-guide-nurses.txt";
constexpr std::string_view kElectricians = "unseen-guide-electricians.txt";

// Letters and digits of a text with single blanks between words and around.
std::string Squeezed(std::string_view text) {
  std::string out = " ";
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  return out.back() == ' ' ? out : out + ' ';
}

std::string Kept(const GuideImport& import) {
  std::string all;
  for (const auto& question : import.questions) {
    all += question.source().ref() + " " + question.prompt() + "\n";
    for (const auto& key_concept : question.key_concepts()) all += key_concept.text() + "\n";
    for (const auto& exemplar : question.exemplars()) all += exemplar.text() + "\n";
    all += question.cue() + "\n";
    for (const auto& probe : question.probes()) all += probe.text() + "\n";
  }
  return Squeezed(all);
}

std::vector<std::string> Refs(const GuideImport& import) {
  std::vector<std::string> refs;
  for (const auto& question : import.questions) refs.push_back(question.source().ref());
  return refs;
}

TEST(UnseenGuide, EveryWordOfEveryLineIsInAQuestionOrInAFindingsRange) {
  for (const std::string_view name : {kNurses, kElectricians}) {
    const std::string text = ReadData(name);
    const GuideImport import = Import(text);
    const std::string kept = Kept(import);
    const std::vector<std::string_view> lines = SplitLines(text);
    ASSERT_EQ(import.lines.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const int line = static_cast<int>(i) + 1;
      SCOPED_TRACE(std::string(name) + " line " + std::to_string(line) + ": " + std::string(lines[i]));
      EXPECT_NE(import.lines[i], LineUse::kUnread);
      EXPECT_EQ(import.lines[i] == LineUse::kBlank, TrimSpace(lines[i]).empty());
      if (import.lines[i] == LineUse::kFinding) {
        EXPECT_TRUE(std::any_of(import.findings.begin(), import.findings.end(),
                                [&](const ImportFinding& finding) { return finding.line <= line && line <= finding.end_line; }));
      }
      if (import.lines[i] != LineUse::kQuestion) continue;
      // A label goes before the text, a probe behind it; what is between them stands together.
      std::string_view rest = lines[i];
      for (const std::string_view mark : {"Probe:", "Follow-up:"}) rest = rest.substr(0, rest.find(mark));
      const std::size_t colon = std::min(rest.find(':'), rest.find(" - "));
      const std::string whole = Squeezed(rest);
      const std::string behind_label = colon == std::string_view::npos ? " " : Squeezed(rest.substr(colon + 1));
      const bool label_alone = whole == " what a strong answer covers " || whole == " strong answer " || whole == " weak answer " || whole == " evaluation cue ";
      const bool question_line = import.lines[i] == LineUse::kQuestion && kept.find(Squeezed(rest.substr(std::min(rest.find_first_of(".):") + 1, rest.size())))) != std::string::npos;
      EXPECT_TRUE(kept.find(whole) != std::string::npos || kept.find(behind_label) != std::string::npos || label_alone || question_line) << "lost: " << whole;
    }
  }
}

TEST(UnseenGuide, QuestionsAreFoundHoweverTheyAreNumbered) {
  const GuideImport nurses = Import(ReadData(kNurses));
  EXPECT_THAT(Refs(nurses), ElementsAre("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q8", "Q9", "Q10", "Q11", "Q12", "Q13"));
  EXPECT_EQ(nurses.dropped, 0);
  EXPECT_EQ(Question(nurses, "q013").prompt(), "What would make you close your ward to new admissions?");
  EXPECT_EQ(Question(nurses, "q003").prompt(), "What does an early warning score do, and what does it not do?");
  EXPECT_THAT(Finding(nurses, "Q7 is missing").severity, FindingSeverity::kWarning);
}

TEST(UnseenGuide, BareNumbersAreQuestionsWhereTheLabelsSaySoAndItemsOfListsElsewhere) {
  const GuideImport electricians = Import(ReadData(kElectricians));
  EXPECT_EQ(electricians.layout, "guide");
  EXPECT_EQ(electricians.dropped, 0);
  EXPECT_THAT(Refs(electricians), ElementsAre("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q8", "Q9", "Q10", "Q11", "Q12", "Q13"));
  const auto& first = Question(electricians, "q001");
  EXPECT_EQ(first.prompt(), "What are the five steps before you touch a circuit?");
  EXPECT_THAT(first.exemplars(0).text(), AllOf(HasSubstr("say them aloud:\n1) switch off,\n2) lock it off"), HasSubstr("beside me. Then I start")));
  EXPECT_EQ(first.cue(), "The tester is proved twice.");
  EXPECT_EQ(first.probes(0).text(), "Your tester dies between the two. What do you know now?");
  EXPECT_EQ(Question(electricians, "q012").prompt(), "Which certificate do you not have yet, and why?");
  // The foreman's own list is none of it.
  EXPECT_EQ(Finding(electricians, "front matter").end_line, 8);
}

TEST(UnseenGuide, PartsSectionsAndLevelsAreFoundHoweverTheyAreWritten) {
  const GuideImport nurses = Import(ReadData(kNurses));
  ASSERT_EQ(nurses.parts.size(), 2u);
  EXPECT_EQ(nurses.parts[0].title, "PART ONE – NEWLY QUALIFIED NURSES");
  EXPECT_EQ(nurses.parts[1].questions, 4);
  ASSERT_EQ(nurses.sections.size(), 3u);
  EXPECT_EQ(nurses.sections[1].title, "Section 2 – Practical care");
  EXPECT_EQ(Question(nurses, "q001").level(), v1::LEVEL_FRESHER);
  EXPECT_EQ(Question(nurses, "q010").level(), v1::LEVEL_EXPERIENCED);
  const GuideImport electricians = Import(ReadData(kElectricians));
  ASSERT_EQ(electricians.sections.size(), 3u);
  EXPECT_EQ(electricians.sections[2].title, "Section 3 - Fault finding");
  EXPECT_EQ(electricians.sections[2].questions, 5);
}

TEST(UnseenGuide, LabelsAreKnownByTheirWords) {
  const GuideImport nurses = Import(ReadData(kNurses));
  for (const char* const id : {"q001", "q002", "q003", "q010", "q012"}) {
    const auto& question = Question(nurses, id);
    EXPECT_THAT(question.key_concepts_size(), Gt(3)) << id;
    EXPECT_EQ(question.exemplars_size(), 2) << id;
    EXPECT_THAT(question.cue(), Not(IsEmpty())) << id;
    EXPECT_EQ(question.probes_size(), 1) << id;
  }
  EXPECT_EQ(Question(nurses, "q003").key_concepts(0).text(), "aggregates vital signs");
  EXPECT_EQ(Question(nurses, "q010").probes(0).text(), "The site manager says no to closing beds. Your next sentence?");
}

TEST(UnseenGuide, ALabelInTheMiddleOfAnAnswerStaysText) {
  EXPECT_THAT(Question(Import(ReadData(kNurses)), "q010").exemplars(0).text(), HasSubstr("who decided what. Key points: no hero shifts"));
  EXPECT_THAT(Question(Import(ReadData(kNurses)), "q006").exemplars(0).text(), HasSubstr("Part 2: I ask what worries them"));
}

TEST(UnseenGuide, WhatIsPrintedOnEveryPageIsTakenOutOfTheAnswersItInterrupts) {
  const GuideImport nurses = Import(ReadData(kNurses));
  EXPECT_THAT(Question(nurses, "q004").exemplars(0).text(), HasSubstr("when rooms run out, with staff who care for nobody else"));
  EXPECT_THAT(Kept(nurses), AllOf(Not(HasSubstr(" page ")), Not(HasSubstr(" brigid "))));
  EXPECT_EQ(Finding(nurses, "\"Page 1 of 6\" stands 5 times").line, 39);
  EXPECT_EQ(Finding(nurses, "Confidential\" stands 5 times").end_line, 169);
}

TEST(UnseenGuide, MissingPartsAreNamedAndNothingIsMadeUpForThem) {
  const GuideImport nurses = Import(ReadData(kNurses));
  EXPECT_EQ(Finding(nurses, "Q8 has no weak answer").question, "Q8");
  EXPECT_EQ(Finding(nurses, "Q9 has no evaluation cue, no probe").question, "Q9");
  const GuideImport electricians = Import(ReadData(kElectricians));
  EXPECT_EQ(Finding(electricians, "Q6 has no strong answer").question, "Q6");
  EXPECT_THAT(Finding(electricians, "Q12 has no what a strong answer covers").reason, HasSubstr("no probe"));
  EXPECT_EQ(Finding(electricians, "Q11: text without a label").line, 115);
}

TEST(UnseenGuide, CompetenciesAreTheDocumentsOwnAndNeverThoseOfTheBundledPack) {
  const GuideImport nurses = Import(ReadData(kNurses));
  EXPECT_EQ(Question(nurses, "q008").competency(), "patient-safety");
  EXPECT_EQ(Question(nurses, "q005").competency(), "clinical-practice");
  EXPECT_EQ(Question(nurses, "q013").competency(), "leading-a-shift");
  for (const auto& question : Import(ReadData(kElectricians)).questions) EXPECT_EQ(question.competency(), "") << question.id();
}

TEST(UnseenGuide, LineEndsOfWindowsAndUnixAreRead) {
  const std::string windows = ReadData(kNurses);
  ASSERT_NE(windows.find("\r\n"), std::string::npos);
  std::string unix_ends = windows;
  unix_ends.erase(std::remove(unix_ends.begin(), unix_ends.end(), '\r'), unix_ends.end());
  EXPECT_EQ(ToJson(ReportOf(Import(windows))), ToJson(ReportOf(Import(unix_ends))));
  EXPECT_THAT(Question(Import(windows), "q005").key_concepts(0).text(), Not(HasSubstr("\r")));
}

TEST(UnseenGuide, NumbersThatBeginAgainInASectionKeepEveryQuestion) {
  const std::string parts = "\nStrong answer: \"Well.\"\nWeak answer: \"Hm.\"\nEvaluation cue: Listen.\n\n";
  const GuideImport import = Import("SECTION A: ONE\n\n1) Why?" + parts + "2) How?" + parts + "SECTION B: TWO\n\n1) When?" + parts + "2) Where?" + parts);
  EXPECT_EQ(import.questions.size(), 4u);
  EXPECT_EQ(Question(import, "q001-2").prompt(), "When?");
}

TEST(UnseenGuide, AHeadingInSmallLettersHasToStandAlone) {
  const std::string text =
      "Part II – Journeymen\n\nQ1. Why?\nStrong answer: \"One.\nSection 4: is text here\nPart 3 – and here.\"\n\nSection 2 – Boards\n\nQ2. How?\nStrong answer: \"Two.\"\n";
  const GuideImport import = Import(text);
  ASSERT_EQ(import.parts.size(), 1u) << ToJson(ReportOf(import));
  ASSERT_EQ(import.sections.size(), 1u);
  EXPECT_EQ(Question(import, "q002").section(), "Section 2 – Boards");
  EXPECT_THAT(Question(import, "q001").exemplars(0).text(), HasSubstr("Section 4: is text here Part 3 – and here."));
}

}  // namespace
}  // namespace assay::bank
