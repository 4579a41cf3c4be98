// CSV as an export: safe in a spreadsheet, exact on the way back, and read as its bytes arrive.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/bank/domain/csv_columns.h"
#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/csv_reader.h"
#include "services/bank/domain/csv_writer.h"
#include "tests/unit/bank/format_support.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Recorder Read(const std::string& document, std::string_view language = "en") { return ReadWhole(MakeCsvReader(language), document, 5); }

TEST(CsvExport, BeginsWithTheColumnsOfAnImportAndHasOneForEveryOtherField) {
  const std::string document = WriteAll(*MakeCsvWriter(), {});
  // The byte order mark tells spreadsheets that it is UTF-8.
  EXPECT_THAT(document, StartsWith("\xEF\xBB\xBF\"ref\",\"part\",\"section\",\"competency\",\"question\",\"covers\",\"strong_answer\",\"weak_answer\",\"cue\","
                                   "\"probe\",\"id\",\"source\",\"level\",\"kind\""));
  EXPECT_THAT(document, HasSubstr("\"translations\"\r\n"));
}

TEST(CsvExport, ReadsWellInASpreadsheet) {
  v1::QuestionContent question = MinimalQuestion();
  question.mutable_source()->set_ref("Q7");
  question.add_key_concepts()->set_text("Tension");
  question.add_key_concepts()->set_text("Lacing");
  for (const auto& [score, text] : {std::pair(3, "middling"), std::pair(5, "best"), std::pair(1, "worst"), std::pair(4, "good")}) {
    question.add_exemplars()->set_score(score);
    question.mutable_exemplars()->rbegin()->set_text(text);
  }
  question.add_probes()->set_text("And then?");
  question.add_probes()->set_text("And now?");
  EXPECT_THAT(WriteAll(*MakeCsvWriter(), {question}),
              HasSubstr("\r\n\"Q7\",\"\",\"\",\"\",\"Why?\",\"Tension; Lacing\",\"best\",\"worst\",\"\",\"And then?\nAnd now?\",\"q001\","));
}

TEST(CsvExport, NoCellIsAFormula) {
  for (const char* const formula : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''", "'"}) {
    v1::QuestionContent question = MinimalQuestion();
    question.set_prompt(formula);
    question.set_cue(formula);
    question.set_section(formula);
    question.add_red_flags(formula);
    const std::string document = WriteAll(*MakeCsvWriter(), {question});
    const auto records = ReadCsv(document);
    ASSERT_TRUE(records.ok());
    for (const std::string& cell : records->at(1).cells) {
      EXPECT_TRUE(cell.empty() || std::string_view("=+-@\t\r").find(cell.front()) == std::string_view::npos) << cell;
    }
    EXPECT_EQ(Difference(Read(document).questions.at(0), question), "");
  }
}

TEST(CsvExport, AnEditOfAReadableColumnThatAnotherGoesBeforeIsSaid) {
  v1::QuestionContent question = MinimalQuestion();
  question.add_probes()->set_text("And then?");
  std::string document = WriteAll(*MakeCsvWriter(), {question});
  document.replace(document.find("And then?"), 9, "And later?");
  document.replace(document.find("Why?"), 4, "Wherefore?");
  const Recorder read = Read(document);
  ASSERT_EQ(read.questions.size(), 1u);
  EXPECT_EQ(read.questions[0].prompt(), "Wherefore?");
  EXPECT_EQ(read.questions[0].probes(0).text(), "And then?");
  EXPECT_EQ(read.With("\"probe\" says something else than \"probes\", which is imported").size(), 1u) << read.Reasons();
}

TEST(CsvExport, AClearedColumnLetsTheReadableOneCount) {
  const Recorder read = Read(
      "id,ref,part,question,covers,strong_answer,weak_answer,probe,probes,key_concepts\n"
      "q1,Q1,Senior,Why?,\"a lot; a little\",Well,Hm,One?,,\n",
      "nl");
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  const auto& question = read.questions[0];
  EXPECT_EQ(question.id(), "q1");
  EXPECT_EQ(question.key_concepts_size(), 2);
  EXPECT_EQ(question.exemplars(0).text(), "Well");
  EXPECT_EQ(question.exemplars(1).score(), 2);
  EXPECT_EQ(question.probes(0).text(), "One?");
  EXPECT_EQ(question.level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(question.source().ref(), "Q1");
  EXPECT_EQ(question.language_code(), "nl");
}

TEST(CsvExport, ADocumentOfAPersonMayUseAnyFieldAsAColumn) {
  const Recorder read = Read(
      "ref,question,kind,tags,red_flags,exemplars,scenario,estimated_minutes\n"
      "Q1,\" *Why*? \",behavioural,\"one\ntwo\",\"[\"\"a, b\"\"]\",\"[{\"\"score\"\":4,\"\"text\"\":\"\"Fair\"\"}]\",'=S1,7\n");
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  const auto& question = read.questions[0];
  EXPECT_EQ(question.prompt(), "Why?");
  EXPECT_EQ(question.kind(), v1::QUESTION_KIND_BEHAVIOURAL);
  EXPECT_THAT(question.tags(), ElementsAre("one", "two"));
  EXPECT_THAT(question.red_flags(), ElementsAre("a, b"));
  ASSERT_EQ(question.exemplars_size(), 1);
  EXPECT_EQ(question.exemplars(0).score(), 4);
  EXPECT_EQ(question.scenario(), "=S1");
  EXPECT_EQ(question.estimated_minutes(), 7);
}

TEST(CsvExport, ARowThatIsWrongIsReportedAndTheOthersAreImported) {
  const Recorder read = Read(
      "id,ref,question,kind,key_concepts,part\n"
      "a,,Why?,singing,,\n"
      "b,,Why?,theory,[{,\n"
      "c,,Why?,theory,\"[], \"\"id\"\": \"\"z\"\"\",\n"
      "d,,Why?,theory,\"[{\"\"colour\"\":1}]\",\n"
      "E!,,Why?,theory,,\n"
      "f,,,theory,,\n"
      "g,,Why?,theory,,,\n"
      "h,,Why?,theory,,Senior\n"
      "h,,Why?,theory,,\n");
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  EXPECT_EQ(read.questions[0].id(), "h");
  EXPECT_EQ(read.With("a is not imported: column \"kind\": \"singing\" is not one of").size(), 1u) << read.Reasons();
  EXPECT_EQ(read.With("b is not imported: column \"key_concepts\": no JSON list").size(), 1u);
  EXPECT_EQ(read.With("c is not imported: column \"key_concepts\": no JSON list of key_concepts: it holds other fields").size(), 1u);
  EXPECT_EQ(read.With("d is not imported").size(), 1u);
  EXPECT_EQ(read.With("\"E!\" is no id").size(), 1u);
  EXPECT_EQ(read.With("f is not imported: there is no question text").size(), 1u);
  EXPECT_EQ(read.With("7 cells where the header has 6").size(), 1u);
  EXPECT_EQ(read.With("h is not imported: it stands twice, first in line 9").at(0).line, 10);
  for (const auto& finding : read.findings) EXPECT_EQ(finding.severity, FindingSeverity::kError);
}

TEST(CsvDialects, SemicolonsTabsAndAnnouncedSeparatorsAreRead) {
  for (const std::string& document : {std::string("ref;question\r\nQ1;\"Why; now?\"\r\n"), std::string("ref\tquestion\nQ1\tWhy; now?\n"),
                                      std::string("sep=;\r\nref;question\r\nQ1;\"Why; now?\"\r\n"), std::string("\xEF\xBB\xBF\n\nref;question\nQ1;\"Why; now?\"")}) {
    const Recorder read = Read(document);
    ASSERT_EQ(read.questions.size(), 1u) << document << read.Reasons();
    EXPECT_EQ(read.questions[0].prompt(), "Why; now?");
    EXPECT_EQ(read.With("not by commas; read so").size(), 1u);
  }
  EXPECT_EQ(Read("sep=;\nref;question\nQ1;Why?\n").lines.at(0), 3);
}

TEST(CsvDialects, ALineEndOfAnySystemEndsARow) {
  EXPECT_EQ(Read("ref,question\r\nQ1,Why?\r\nQ2,How?").questions.size(), 2u);
  EXPECT_EQ(Read("ref,question\nQ1,\"a\r\nb\"\n").questions.at(0).prompt(), "a\r\nb");
  EXPECT_EQ(Read("ref,question\nQ1,a\r").questions.at(0).prompt(), "a");
}

TEST(CsvHostile, IsRefusedWithTheLine) {
  const auto why = [](const std::string& document) { return WhyRefused(MakeCsvReader("en"), document); };
  EXPECT_THAT(why(""), HasSubstr("no header"));
  EXPECT_THAT(why("\n\n"), HasSubstr("no header"));
  EXPECT_THAT(why("ref,question,REF\n"), HasSubstr("column \"ref\" stands twice"));
  EXPECT_THAT(why("ref,part\n"), HasSubstr("no column \"question\""));
  EXPECT_THAT(why("ref,question\nQ1,\xFF\n"), HasSubstr("line 2: invalid UTF-8"));
  EXPECT_THAT(why(std::string("ref,question\nQ1,\0\n", 17)), HasSubstr("line 2: NUL"));
  EXPECT_THAT(why("ref,question\nQ1,\"open\n"), HasSubstr("line 2: the quoted cell that begins here is never closed"));
  EXPECT_THAT(why("ref,question\nQ1,\"" + std::string(5u << 20, 'x')), HasSubstr("line 2: the quoted cell that begins here goes on"));
  EXPECT_THAT(why("ref,question\n" + std::string(5u << 20, 'x')), HasSubstr("line 2: a row of over"));
  EXPECT_THAT(why("ref,question" + std::string(2000, ',') + "\n"), HasSubstr("at most 1000"));
}

TEST(CsvHostile, ARowOfAMillionCellsIsOneFinding) {
  const Recorder read = Read("ref,question\n" + std::string(1000000, ',') + "\nQ1,Why?\n");
  EXPECT_EQ(read.questions.size(), 1u);
  EXPECT_EQ(read.With("1000001 cells where the header has 2").size(), 1u);
}

TEST(CsvHostile, JsonThatIsNestedDeeplyIsAFinding) {
  std::string deep(100000, '[');
  const Recorder read = Read("id,question,key_concepts\na,Why?," + deep + "\nb,Why?,\n");
  EXPECT_EQ(read.questions.size(), 1u);
  EXPECT_EQ(read.With("no JSON list").size(), 1u);
}

TEST(CsvExport, SurvivesASpreadsheetThatLeavesOutTheEmptyCellsAtTheEndOfARow) {
  const Recorder read = Read("\xEF\xBB\xBFref,part,question,id,level,kind,tags,scenario\r\nQ1,,Warum größer?,q1,senior,theory\r\nQ2,,Why?,q2,senior,theory,x,y\r\n");
  ASSERT_EQ(read.questions.size(), 2u) << read.Reasons();
  EXPECT_EQ(read.questions[0].id(), "q1");
  EXPECT_EQ(read.questions[0].prompt(), "Warum größer?");
  EXPECT_EQ(read.questions[0].kind(), v1::QUESTION_KIND_THEORY);
  EXPECT_TRUE(read.questions[0].tags().empty());
  EXPECT_TRUE(read.findings.empty()) << read.Reasons();
  // What a person writes by hand has more likely lost a comma.
  EXPECT_EQ(Read("ref,question,level,kind\nQ1,Why?\n").With("2 cells where the header has 4").size(), 1u);
}

}  // namespace
}  // namespace assay::bank
