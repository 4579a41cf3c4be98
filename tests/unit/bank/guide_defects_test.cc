// What the importer does with everything in a guide that is no sound question.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/bank/domain/import_text.h"
#include "tests/unit/bank/guide_import_support.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Everything that an import keeps of a document, for looking words up in.
std::string Kept(const GuideImport& import) {
  std::string all;
  for (const auto& question : import.questions) {
    all += question.prompt() + "\n" + question.cue() + "\n";
    for (const auto& key_concept : question.key_concepts()) all += key_concept.text() + "\n";
    for (const auto& exemplar : question.exemplars()) all += exemplar.text() + "\n";
    for (const auto& probe : question.probes()) all += probe.text() + "\n";
  }
  return all;
}

// The words of a text without punctuation and markdown.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, ""));
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

TEST(ImportGuide, ReportsFrameworksAndClosingAdvertisementAsOneFindingEach) {
  const std::string text = ReadData("guide-synthetic.txt");
  const GuideImport import = Import(text);
  const ImportFinding frameworks = Finding(import, "frameworks, rubrics and advice");
  EXPECT_EQ(frameworks.line, LineOf(text, "ASSESSMENT SHEETS"));
  EXPECT_EQ(frameworks.end_line, LineOf(text, "- Cannot say what tension is"));
  const ImportFinding advertisement = Finding(import, "closing advertisement");
  EXPECT_EQ(advertisement.line, LineOf(text, "HOW SPOKE & SONS"));
  EXPECT_EQ(advertisement.end_line, LineOf(text, "End of Handbook"));
  EXPECT_EQ(Finding(import, "front matter").end_line, LineOf(text, "1\tNot Ready"));
}

TEST(ImportGuide, AccountsForEveryLineOfTheDocument) {
  for (const std::string_view name : {"guide-synthetic.txt", "grill-synthetic.txt"}) {
    const std::string text = ReadData(name);
    const GuideImport import = Import(text);
    const std::string kept = Kept(import);
    const std::vector<std::string> kept_words = Words(kept);
    const std::set<std::string> all_kept(kept_words.begin(), kept_words.end());
    const std::vector<std::string_view> lines = SplitLines(text);
    ASSERT_EQ(import.lines.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const int line = static_cast<int>(i) + 1;
      SCOPED_TRACE(std::string(name) + " line " + std::to_string(line) + ": " +
                   std::string(lines[i]));
      EXPECT_EQ(import.lines[i] == LineUse::kBlank, TrimSpace(lines[i]).empty());
      EXPECT_NE(import.lines[i], LineUse::kUnread);
      if (import.lines[i] == LineUse::kFinding) {
        EXPECT_TRUE(std::any_of(import.findings.begin(), import.findings.end(),
                                [&](const ImportFinding& finding) {
                                  return finding.line <= line && line <= finding.end_line;
                                }));
      }
      if (import.lines[i] != LineUse::kQuestion) continue;
      for (const std::string& word : Words(lines[i])) {
        static const std::set<std::string> kLabels = {"What",   "a",    "Strong",    "Answer",
                                                      "Covers", "Weak", "Recruiter", "Evaluation",
                                                      "Cue",    "Probe"};
        const bool number = word.find_first_not_of("Q0123456789") == std::string::npos;
        EXPECT_TRUE(number || kLabels.contains(word) || all_kept.contains(word))
            << "lost: " << word;
      }
    }
  }
}

TEST(ImportGuide, NamesQuestionAndPartThatIsMissing) {
  std::string text = ReadData("guide-synthetic.txt");
  text =
      Replaced(text, "Weak Answer: \"You turn the nipples until the wheel runs straight.\"\n", "");
  text = Replaced(text, " Probe: \"Where is your table wrong?\"", "");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.questions.size(), 18u);
  const ImportFinding weak = Finding(import, "Q2 has no weak answer");
  EXPECT_EQ(weak.line, LineOf(text, "Q2. "));
  EXPECT_EQ(Finding(import, "Q17 has no probe").question, "Q17");
}

TEST(ImportGuide, DropsAndReportsTheQuestionWhoseHeadingIsLost) {
  const std::string text =
      Replaced(ReadData("guide-synthetic.txt"), "Q5. When is a chain worn?\n", "");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.questions.size(), 17u);
  EXPECT_EQ(import.dropped, 1);
  const ImportFinding lost =
      Finding(import, "behind Q4: the line with the next question is missing");
  EXPECT_EQ(lost.severity, FindingSeverity::kError);
  EXPECT_EQ(lost.line, LineOf(text, "What a Strong Answer Covers: Elongation"));
  EXPECT_EQ(lost.end_line, LineOf(text, "Recruiter Evaluation Cue: Numbers show"));
  EXPECT_THAT(Finding(import, "Q5 is missing").reason, HasSubstr("from Q4 to Q6"));
  EXPECT_THAT(Finding(import, "\"PART 1: FRESHER-LEVEL QUESTIONS\" announces Q1–Q6").reason,
              HasSubstr("has Q1–Q4, Q6"));
}

TEST(ImportGuide, DropsAQuestionWithoutText) {
  const std::string text =
      Replaced(ReadData("guide-synthetic.txt"), "Q5. When is a chain worn?", "Q5.");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.dropped, 1);
  EXPECT_EQ(import.questions.size(), 17u);
  EXPECT_EQ(Finding(import, "Q5 is not imported: there is no question text").line,
            LineOf(text, "Q5."));
}

TEST(ImportGuide, DropsAQuestionOverTheLimitsOfTheContract) {
  const std::string text =
      Replaced(ReadData("guide-synthetic.txt"), "When is a chain worn?", std::string(2001, 'x'));
  const GuideImport import = Import(text);
  EXPECT_EQ(import.dropped, 1);
  EXPECT_THAT(Finding(import, "Q5 is not imported").reason, HasSubstr("over 2000 characters"));
}

TEST(ImportGuide, KeepsBothQuestionsOfADuplicateNumberAndReportsTheConflict) {
  const std::string text = Replaced(ReadData("guide-synthetic.txt"), "Q5. ", "Q4. ");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.questions.size(), 18u);
  EXPECT_EQ(import.dropped, 0);
  EXPECT_EQ(Question(import, "q004-2").prompt(), "When is a chain worn?");
  EXPECT_EQ(Question(import, "q004-2").source().ref(), "Q4");
  const ImportFinding conflict = Finding(import, "Q4 stands twice");
  EXPECT_EQ(conflict.severity, FindingSeverity::kError);
  EXPECT_EQ(conflict.line, LineOf(text, "Q4. When"));
}

TEST(ImportGuide, ReportsTextBetweenQuestionsThatBelongsToNone) {
  const std::string text = Replaced(ReadData("guide-synthetic.txt"), "Q5. When",
                                    "A break of ten minutes suits here.\n\nQ5. When");
  const GuideImport import = Import(text);
  EXPECT_EQ(import.questions.size(), 18u);
  const ImportFinding finding = Finding(import, "belongs to no question or heading");
  EXPECT_EQ(finding.line, LineOf(text, "A break of ten"));
  EXPECT_EQ(finding.severity, FindingSeverity::kWarning);
  EXPECT_THAT(Kept(import), Not(HasSubstr("A break of ten")));
}

TEST(ImportGuide, ReportsAnAnswerWhoseLabelIsLost) {
  const std::string text = Replaced(ReadData("guide-synthetic.txt"),
                                    "Weak Answer: \"When it looks old", "\"When it looks old");
  const GuideImport import = Import(text);
  EXPECT_EQ(Finding(import, "Q5: text without a label").line, LineOf(text, "\"When it looks old"));
  EXPECT_EQ(Finding(import, "Q5 has no weak answer").question, "Q5");
}

TEST(ImportGuide, RefusesWhatIsNoText) {
  const auto refused = [](std::string_view text) {
    return std::string(ImportGuide(text).status().message());
  };
  EXPECT_TRUE(absl::IsInvalidArgument(ImportGuide("").status()));
  EXPECT_THAT(refused("Nothing asked here.\n"), HasSubstr("no question found"));
  EXPECT_THAT(refused(std::string_view("Q1. a\nb\0c", 9)), HasSubstr("line 2: NUL"));
  EXPECT_THAT(refused("Q1. a\n\nQ2. \xC3\x28\n"), HasSubstr("line 3: invalid UTF-8"));
  EXPECT_THAT(refused("Q1. \xED\xA0\x80\n"), HasSubstr("line 1: invalid UTF-8"));
  EXPECT_THAT(refused(std::string(kMaxImportBytes + 1, 'a')), HasSubstr("at most 8388608"));
}

}  // namespace
}  // namespace assay::bank
