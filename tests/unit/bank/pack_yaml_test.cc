#include "services/bank/domain/pack_yaml.h"

#include <gmock/gmock.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "assay/bank/v1/pack.pb.h"

namespace assay::bank {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Pack Read(const std::string& yaml) {
  v1::Pack pack;
  const absl::Status status = ReadYaml(yaml, "p.yaml", pack);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return pack;
}

// The problems of a document, one per line.
std::string Problems(const std::string& yaml) {
  v1::Pack pack;
  return std::string(ReadYaml(yaml, "p.yaml", pack).message());
}

TEST(ReadYaml, ReadsAQuestionAsAuthorsWriteIt) {
  const v1::Pack pack = Read(R"(
questions:
  - id: q004                      # a comment
    source: {document: guide, ref: Q4}
    level: fresher
    kind: QUESTION_KIND_THEORY
    prompt: >-
      How would you tell
      over- from underfitting?
    roles:
      - {role: core-ml, critical: true, assigned_by: guide}
    estimated_minutes: 6
    tags: generalisation
    story: failure
    key_concepts:
      - {id: bias, text: "Bias: systematic error", essential: true, terms: [bias, 1, no, 2026-11-21]}
    exemplars:
      - {score: 5, text: 'a $\frac{1}{2}$ of it', why: because}
)");
  ASSERT_THAT(pack.questions(), SizeIs(1));
  const v1::QuestionContent& question = pack.questions(0);
  EXPECT_EQ(question.prompt(), "How would you tell over- from underfitting?");
  EXPECT_EQ(question.level(), v1::LEVEL_FRESHER);
  EXPECT_EQ(question.kind(), v1::QUESTION_KIND_THEORY);
  EXPECT_EQ(question.story(), v1::STORY_KIND_FAILURE);
  EXPECT_TRUE(question.roles(0).critical());
  EXPECT_THAT(question.tags(), ElementsAre("generalisation"));
  EXPECT_THAT(question.key_concepts(0).terms(), ElementsAre("bias", "1", "no", "2026-11-21"));
  EXPECT_EQ(question.exemplars(0).text(), "a $\\frac{1}{2}$ of it");
}

TEST(ReadYaml, TellsAnUnsetOptionalFromAZero) {
  const v1::Pack pack = Read("policies: [{id: a, parameters: {min_interviewers: 0}}, {id: b, parameters: {}}]");
  EXPECT_TRUE(pack.policies(0).parameters().has_min_interviewers());
  EXPECT_FALSE(pack.policies(1).parameters().has_min_interviewers());
}

TEST(ReadYaml, ReadsMaps) {
  v1::Question question;
  ASSERT_TRUE(ReadYaml("annotations: {team: platform, 'a b': \"1\"}", "q.yaml", question).ok());
  EXPECT_EQ(question.annotations().at("team"), "platform");
  EXPECT_EQ(question.annotations().at("a b"), "1");
}

TEST(ReadYaml, ReadsAnInstantAndRefusesADateAlone) {
  v1::Question question;
  ASSERT_TRUE(ReadYaml("create_time: 2026-11-21T09:30:00Z", "q.yaml", question).ok());
  EXPECT_EQ(question.create_time().seconds(), 1795253400);
  EXPECT_FALSE(ReadYaml("create_time: 2026-11-21", "q.yaml", question).ok());
}

TEST(ReadYaml, ReadsDurations) {
  const auto seconds = [](const std::string& text) -> double {
    google::protobuf::Duration duration;
    if (!ReadYaml(text, "d.yaml", duration).ok()) return -1;
    return static_cast<double>(duration.seconds()) + duration.nanos() * 1e-9;
  };
  EXPECT_EQ(seconds("20m"), 1200);
  EXPECT_EQ(seconds("90s"), 90);
  EXPECT_EQ(seconds("1h30m"), 5400);
  EXPECT_EQ(seconds("1.5s"), 1.5);
  EXPECT_EQ(seconds("250ms"), 0.25);
  for (const char* bad : {"20", "m", "20 m", "30m1h", "1.s", "1..5s", "99999999999999d", "5x", "\"\""}) {
    EXPECT_EQ(seconds(bad), -1) << bad;
  }
}

TEST(ReadYaml, ReportsEveryProblemWithItsPlaceAndTheFix) {
  v1::Pack pack;
  const std::vector<YamlProblem> problems = ReadYamlProblems(R"(id: p
questions:
  - id: q1
    kind: thoery
    promt: x
    estimated_minutes: six
    roles: {role: mlops}
    exemplars:
      - {score: 5, buzzword: yes}
      - text
    level: [senior]
    cue:
)",
                                                             "p.yaml", pack);
  std::vector<std::string> lines;
  for (const YamlProblem& problem : problems) lines.push_back(problem.ToString());
  EXPECT_THAT(
      lines,
      ElementsAre(
          AllOf(HasSubstr("p.yaml:4:11: questions[0].kind: \"thoery\" is not one of opening, theory"),
                HasSubstr("closing")),
          HasSubstr("p.yaml:5:5: questions[0].promt: is no field of QuestionContent; did you mean \"prompt\"?"),
          HasSubstr("p.yaml:6:24: questions[0].estimated_minutes: \"six\" is not a whole number"),
          HasSubstr("p.yaml:7:12: questions[0].roles: is a mapping; a list is expected"),
          HasSubstr("p.yaml:9:30: questions[0].exemplars[0].buzzword: \"yes\" is not true or false"),
          HasSubstr("p.yaml:10:9: questions[0].exemplars[1]: is a single value; a mapping with the fields of Exemplar"),
          HasSubstr("p.yaml:11:12: questions[0].level: is a list; a single value is expected"),
          HasSubstr("questions[0].cue: has no value")));
}

TEST(ReadYaml, RefusesWhatHidesOrExplodes) {
  EXPECT_THAT(Problems("id: &a x\nversion: *a"), HasSubstr("p.yaml:1:"));
  EXPECT_THAT(Problems("id: &a x"), HasSubstr("anchors"));
  EXPECT_THAT(Problems("id: !!str x"), HasSubstr("tags"));
  EXPECT_THAT(Problems("id: !<tag:yaml.org,2002:binary> eA=="), HasSubstr("tags"));
  EXPECT_THAT(Problems("notes: &n [a]\nid: x"), HasSubstr("anchors"));
  EXPECT_THAT(Problems("<<: {id: x}"), HasSubstr("is no field"));
  EXPECT_THAT(Problems("id: a\nid: b"), HasSubstr("p.yaml:2:1: id: is given twice"));
  EXPECT_THAT(Problems("id: a\n---\nid: b"), HasSubstr("second document"));
  EXPECT_THAT(Problems("id: \"a\xC3\x28\""), HasSubstr("p.yaml:1:7: invalid UTF-8"));
  EXPECT_THAT(Problems(std::string("id: a\0b", 7)), HasSubstr("U+0000"));
  EXPECT_THAT(Problems("id: [a"), HasSubstr("p.yaml:"));
  EXPECT_THAT(Problems("[[id]: a"), HasSubstr("p.yaml:"));
  EXPECT_THAT(Problems("{id: why?, version: 1}"), HasSubstr("p.yaml:1:9: a character that YAML gives a meaning"));
  EXPECT_THAT(Problems("{[a, b]: 1}"), HasSubstr("a key is a list"));
  EXPECT_THAT(Problems("- id: a"), HasSubstr("is a list; a mapping with the fields of Pack"));
}

TEST(ReadYaml, HoldsDepthAndSizeToTheirLimits) {
  EXPECT_THAT(Problems("id: " + std::string(33, '[') + std::string(33, ']')), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(Problems(std::string(200'000, '[')), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(Problems(std::string(200'000, '{')), HasSubstr("p.yaml"));
  EXPECT_THAT(Problems("id: " + std::string(kMaxYamlBytes, 'x')), HasSubstr("split the file"));
}

TEST(ReadYaml, RefusesNumbersThatDoNotFit) {
  const std::string at = "questions: [{estimated_minutes: ";
  EXPECT_THAT(Problems(at + "2147483648}]"), HasSubstr("too large or too small"));
  EXPECT_THAT(Problems(at + "3.5}]"), HasSubstr("not a whole number"));
  EXPECT_THAT(Problems(at + "\"3\"}]"), HasSubstr("without quotes"));
  EXPECT_THAT(Problems(at + "0x10}]"), HasSubstr("not a whole number"));
  EXPECT_THAT(Problems(at + "-1}]"), IsEmpty());
}

TEST(ReadYaml, TakesAnEmptyDocumentAsNothing) {
  EXPECT_THAT(Problems(""), IsEmpty());
  EXPECT_THAT(Problems("# only a comment\n"), IsEmpty());
}

TEST(ReadYaml, KeepsNoMoreThanAHundredLinesOfProblems) {
  std::string yaml;
  for (int i = 0; i < 300; ++i) yaml += "x" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(Problems(yaml), HasSubstr("and 200 more"));
}

TEST(ToYaml, ComesBackAsTheSameMessage) {
  const std::string texts[] = {
      "plain", "null", "~", "true", "007", "1.5", "a: b", "a #b", "- a", " lead", "trail ", "it's", "say \"x\"",
      "back\\slash and \"quote\" and 'single'", "two\nlines", "two\nlines\n", "ends\n\n", "\nstarts", "a\n\n  b\nc",
      "blank \nbefore", "tab\there", "cr\rx", "bell\x07", "é ü 漢字 😀", "\u2028", "\u0085x", "\uFEFFx", "[a, b]", "{a}", "%x",
      "@x", "`x", "a,b", "?", "-", ":", "a:", "---", "...", "$\\frac{a}{b}$ is\nover lines", "*x", "&x", "!x", "|", ">",
      "two\n\n\nlines with gaps", "x\n- y\n# z", std::string(150, 'x'),
      "long text with words " + std::string(90, 'y') + " and then: more # words 'quoted' \"twice\" \\alpha - end",
      "long  text with two  spaces " + std::string(120, 'y'), "# long and begins with a hash " + std::string(120, 'y'),
      std::string(99, 'a') + " - b " + std::string(99, 'c')};
  v1::Pack pack;
  pack.set_id("p");
  for (const std::string& text : texts) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_prompt(text);
    question.add_tags(text);
    question.add_tags("x");
    question.add_exemplars()->set_text(text);
    question.add_exemplars();
    question.mutable_basis();
    question.set_kind(v1::QUESTION_KIND_DESIGN);
  }
  pack.add_policies()->mutable_parameters()->set_min_interviewers(0);
  pack.add_formats()->add_slots()->add_kinds(v1::QUESTION_KIND_SCENARIO);
  const std::string yaml = ToYaml(pack);
  v1::Pack back;
  const absl::Status status = ReadYaml(yaml, "p.yaml", back);
  ASSERT_TRUE(status.ok()) << status.ToString() << yaml;
  std::string difference;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(pack, back)) << difference << yaml;
}

TEST(ToYaml, ReadsWell) {
  v1::Pack pack;
  v1::QuestionContent& question = *pack.add_questions();
  question.set_id("q1");
  question.set_kind(v1::QUESTION_KIND_THEORY);
  question.add_tags("a");
  question.add_tags("b c");
  question.add_exemplars()->set_score(5);
  EXPECT_EQ(ToYaml(pack),
            "questions:\n"
            "  - id: q1\n"
            "    kind: theory\n"
            "    tags: [a, b c]\n"
            "    exemplars:\n"
            "      - score: 5\n");
}

TEST(ToYaml, WritesTimesAndMaps) {
  v1::Question question;
  question.mutable_create_time()->set_seconds(1795253400);
  (*question.mutable_annotations())["b"] = "no";
  (*question.mutable_annotations())["a x"] = "1";
  const std::string yaml = ToYaml(question);
  EXPECT_EQ(yaml, "create_time: \"2026-11-21T09:30:00Z\"\nannotations:\n  a x: \"1\"\n  b: \"no\"\n");
  v1::Question back;
  ASSERT_TRUE(ReadYaml(yaml, "q.yaml", back).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(question, back));
}

TEST(MergePackFiles, MergesInPathOrderAndNamesAConflict) {
  const auto merged = MergePackFiles({{"b.yaml", "questions: [{id: q2}]"},
                                      {"a.yml", "id: p\nquestions: [{id: q1}]"},
                                      {"c.json", R"({"id": "p", "questions": [{"id": "q3", "kind": "QUESTION_KIND_DESIGN"}]})"}});
  ASSERT_TRUE(merged.ok()) << merged.status().ToString();
  ASSERT_THAT(merged->questions(), SizeIs(3));
  EXPECT_EQ(merged->questions(0).id(), "q1");
  EXPECT_EQ(merged->questions(2).kind(), v1::QUESTION_KIND_DESIGN);
  const auto conflict = MergePackFiles({{"a.yaml", "id: p"}, {"b.yaml", "id: other"}, {"c.json", "{"}});
  EXPECT_THAT(std::string(conflict.status().message()),
              AllOf(HasSubstr("b.yaml: id: is given another value in a.yaml"), HasSubstr("c.json")));
}

TEST(ExportPack, LaysOutFilesThatMergeBackToThePack) {
  v1::Pack pack = Read("id: p\nversion: 1.0.0\nnotes: [one]\ncompetencies: [{id: a}, {id: b}]\nscorecard_templates: [{id: t}]");
  for (int i = 0; i < 250; ++i) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id("q" + std::to_string(i));
    question.set_section(i < 130 ? "First: part" : i < 140 ? "Second" : "First: part");
  }
  const auto files = ExportPack(pack);
  EXPECT_EQ(files.count("catalog/competencies.yaml"), 1u);
  EXPECT_EQ(files.count("catalog/scorecard-templates.yaml"), 1u);
  EXPECT_EQ(files.count("questions/00001-first-part.yaml"), 1u);
  EXPECT_EQ(files.count("questions/00003-second.yaml"), 1u);
  const auto back = MergePackFiles(files);
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_TRUE(MessageDifferencer::Equals(pack, *back));
}

TEST(LoadPack, ReadsADirectoryOrAFile) {
  namespace fs = std::filesystem;
  const fs::path directory = fs::path(::testing::TempDir()) / "assay_load_pack";
  fs::remove_all(directory);
  fs::create_directories(directory / "questions");
  fs::create_directories(directory / ".hidden");
  std::ofstream(directory / "pack.yaml") << "id: p\n";
  std::ofstream(directory / "questions" / "b.yml") << "questions: [{id: q1}]\n";
  std::ofstream(directory / "README.md") << "not: [yaml\n";
  std::ofstream(directory / ".hidden" / "x.yaml") << "not: [yaml\n";
  const auto pack = LoadPack(directory.string());
  ASSERT_TRUE(pack.ok()) << pack.status().ToString();
  EXPECT_EQ(pack->id(), "p");
  EXPECT_THAT(pack->questions(), SizeIs(1));
  EXPECT_EQ(LoadPack((directory / "pack.yaml").string())->id(), "p");
  EXPECT_TRUE(absl::IsNotFound(LoadPack((directory / "none").string()).status()));
  fs::remove_all(directory);
}

}  // namespace
}  // namespace assay::bank
