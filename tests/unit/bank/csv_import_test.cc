#include "services/bank/domain/csv_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/bank/domain/csv_reader.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kHeader =
    "ref,part,section,competency,question,covers,strong_answer,weak_answer,cue,probe\n";

CsvImport Import(std::string_view text) {
  auto result = ImportCsv(text);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : CsvImport{};
}

std::string Refusal(std::string_view text) {
  const auto result = ImportCsv(text);
  EXPECT_TRUE(absl::IsInvalidArgument(result.status())) << result.status();
  return std::string(result.status().message());
}

ImportFinding Finding(const CsvImport& import, std::string_view words) {
  for (const auto& finding : import.findings) {
    if (finding.reason.find(words) != std::string::npos) return finding;
  }
  ADD_FAILURE() << words << " in " << ToJson(ReportOf(import));
  return {};
}

TEST(ImportCsv, ReadsQuestionsWithCellsOverSeveralLines) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../data/questions.csv";
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path;
  const CsvImport import = Import(std::string{std::istreambuf_iterator<char>(file), {}});
  ASSERT_EQ(import.questions.size(), 2u);
  EXPECT_EQ(import.dropped, 0);
  const auto& first = import.questions[0];
  EXPECT_EQ(first.id(), "q001");
  EXPECT_EQ(first.source().document(), "csv");
  EXPECT_EQ(first.source().ref(), "Q1");
  EXPECT_EQ(first.part(), "Fresher");
  EXPECT_EQ(first.level(), v1::LEVEL_FRESHER);
  EXPECT_EQ(first.prompt(), "Why does a wheel, laced well, hold?");
  EXPECT_EQ(first.key_concepts_size(), 5);
  EXPECT_EQ(first.key_concepts(2).text(), "parts: rim");
  EXPECT_EQ(first.exemplars(0).score(), 5);
  EXPECT_EQ(first.exemplars(0).text(), "A spoke is a string.\n\nIt hangs, it does not stand.");
  EXPECT_EQ(first.exemplars(1).text(), "Many spokes");
  ASSERT_EQ(first.probes_size(), 2);
  EXPECT_EQ(first.probes(1).text(), "And of none?");
  EXPECT_EQ(first.assigned_by(), v1::ASSIGNED_BY_TENANT);
  const auto& second = import.questions[1];
  EXPECT_EQ(second.id(), "b-2");
  EXPECT_EQ(second.level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(second.competency(), "system-design");
  EXPECT_EQ(second.cue(), "Locking first.");
  EXPECT_EQ(second.probes(0).text(), "And then?");
  EXPECT_EQ(Finding(import, "competency \"System Design\" is taken as system-design").line, 6);
}

TEST(ImportCsv, TakesColumnsInAnyOrderAndCountsSections) {
  const CsvImport import = Import(
      "question,level,ref,section,part\r\nWhy?,senior,G7,Wheels,One\r\nHow?,fresher,A12,Wheels,"
      "One\r\n");
  ASSERT_EQ(import.questions.size(), 2u);
  EXPECT_EQ(import.questions[0].id(), "g007");
  EXPECT_EQ(import.questions[0].level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(import.questions[1].id(), "a012");
  ASSERT_EQ(import.sections.size(), 1u);
  EXPECT_EQ(import.sections[0].questions, 2);
  EXPECT_EQ(import.parts.size(), 1u);
  EXPECT_EQ(Finding(import, "column \"covers\" is absent").line, 1);
}

TEST(ImportCsv, ReportsPartsThatAreMissingWithTheLinesOfTheRow) {
  const CsvImport import =
      Import(std::string(kHeader) + "Q3,Fresher,,,\"Why\nthis?\",a;b,Well,,Listen.,\n");
  ASSERT_EQ(import.questions.size(), 1u);
  const ImportFinding finding = Finding(import, "Q3 has no weak answer, no probe");
  EXPECT_EQ(finding.line, 2);
  EXPECT_EQ(finding.end_line, 3);
  EXPECT_EQ(finding.question, "Q3");
}

TEST(ImportCsv, DropsRowsThatItCannotTrustAndSaysWhichLines) {
  const CsvImport import = Import(std::string(kHeader) +
                                  "Q1,a,b\n"
                                  ",Fresher,,,Why?,,,,,\n"
                                  "Q2,Fresher,,,,,,,,\n"
                                  "???,Fresher,,,Why?,,,,,\n"
                                  "\n"
                                  "Q3,Fresher,,,Why?,,,,,\n"
                                  "q3,Fresher,,,How?,,,,,\n");
  EXPECT_EQ(import.dropped, 5);
  EXPECT_EQ(Finding(import, "3 cells where the header has 10").line, 2);
  EXPECT_EQ(Finding(import, "no ref").line, 3);
  EXPECT_EQ(Finding(import, "Q2 is not imported: there is no question text").line, 4);
  EXPECT_EQ(Finding(import, "makes no identifier").line, 5);
  EXPECT_EQ(Finding(import, "q3 is not imported: it stands twice, first in line 7").line, 8);
  ASSERT_EQ(import.questions.size(), 1u);
  EXPECT_THAT(import.lines, ElementsAre(LineUse::kHeading, LineUse::kFinding, LineUse::kFinding,
                                        LineUse::kFinding, LineUse::kFinding, LineUse::kBlank,
                                        LineUse::kQuestion, LineUse::kFinding));
}

TEST(ImportCsv, ReportsColumnsThatItDoesNotKnow) {
  const CsvImport import = Import("ref,question,owner\nQ1,Why?,Kim\n");
  EXPECT_EQ(import.questions.size(), 1u);
  EXPECT_THAT(Finding(import, "owner").reason, HasSubstr("not imported"));
}

TEST(ImportCsv, RefusesWhatIsNoCsvOfQuestions) {
  EXPECT_THAT(Refusal(""), HasSubstr("no header"));
  EXPECT_THAT(Refusal("ref,part\nQ1,One\n"), HasSubstr("no column \"question\""));
  EXPECT_THAT(Refusal("ref,question,ref\n"), HasSubstr("stands twice"));
  EXPECT_THAT(Refusal("ref|question\nQ1|Why?\n"), HasSubstr("separated by commas"));
  EXPECT_THAT(Refusal(std::string(kHeader) + "Q1,\"open\nand on\n"),
              HasSubstr("line 2: the quoted cell"));
  EXPECT_THAT(Refusal(std::string("ref,question\nQ1,\0\n", 17)), HasSubstr("line 2: NUL"));
  EXPECT_THAT(Refusal("ref,question\nQ1,\xFF\n"), HasSubstr("line 2: invalid UTF-8"));
}

TEST(ReadCsv, FollowsRfc4180) {
  const auto records = ReadCsv("a,\"b,\"\"c\"\"\r\nd\",\r\n\r\n\"\"\n\"x\"y,z\"\n");
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 3u);
  EXPECT_THAT((*records)[0].cells, ElementsAre("a", "b,\"c\"\r\nd", ""));
  EXPECT_EQ((*records)[0].line, 1);
  EXPECT_EQ((*records)[0].end_line, 2);
  EXPECT_THAT((*records)[1].cells, ElementsAre(""));
  EXPECT_EQ((*records)[1].line, 4);
  EXPECT_THAT((*records)[2].cells, ElementsAre("xy", "z\""));
  EXPECT_EQ((*records)[2].irregular, "text behind a closing quote");
}

TEST(ImportCsv, KeepsTwoRefsThatMakeOneId) {
  const CsvImport import = Import("ref,question,level\nQ3,Why?,senior\nQ03,How?,senior\nx y,When?,senior\nx-y,Where?,senior\n");
  ASSERT_EQ(import.questions.size(), 4u);
  EXPECT_EQ(import.dropped, 0);
  EXPECT_EQ(import.questions[1].id(), "q003-2");
  EXPECT_EQ(import.questions[3].id(), "x-y-2");
  // An error would count as a dropped entry.
  EXPECT_EQ(Finding(import, "both are kept, this one as q003-2").severity, FindingSeverity::kWarning);
}

TEST(ImportCsv, DropsARowWhoseLevelIsNoneAndDerivesOneThatIsNotGiven) {
  const CsvImport import = Import(
      "ref,part,question,level\nQ1,Senior,Why?,Principal\nQ2,Senior,Why?,snior\nQ3,Senior,Why?,\nQ4,One,Why?,\nQ5,One,Why?,Mid-level\n");
  EXPECT_EQ(import.dropped, 2);
  EXPECT_EQ(Finding(import, "Q1 is not imported: column \"level\": \"Principal\" is not one of").severity, FindingSeverity::kError);
  EXPECT_EQ(Finding(import, "Q2 is not imported").line, 3);
  ASSERT_EQ(import.questions.size(), 3u);
  EXPECT_EQ(import.questions[0].level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(import.questions[1].level(), v1::LEVEL_EXPERIENCED);
  EXPECT_EQ(Finding(import, "Q4: no level known").severity, FindingSeverity::kInfo);
  EXPECT_EQ(import.questions[2].level(), v1::LEVEL_EXPERIENCED);
}

}  // namespace
}  // namespace assay::bank
