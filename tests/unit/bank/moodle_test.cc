// Moodle XML: what people bring from a Moodle, and what they find there of ours.

#include "services/bank/domain/moodle_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/bank/domain/moodle_writer.h"
#include "tests/unit/bank/format_support.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Recorder Export() { return ReadWhole(MakeMoodleReader("en"), ReadTestData("moodle-export.xml"), 64); }

std::string Quiz(const std::string& questions) { return "<?xml version=\"1.0\"?>\n<quiz>" + questions + "</quiz>"; }

TEST(Moodle, EssaysOfAnotherMoodleBecomeQuestions) {
  const Recorder read = Export();
  ASSERT_EQ(read.questions.size(), 3u) << read.Reasons();
  const auto& first = read.questions[0];
  EXPECT_EQ(first.id(), "ward-17");
  EXPECT_EQ(first.source().document(), "moodle");
  EXPECT_EQ(first.source().ref(), "WARD-17");
  EXPECT_EQ(first.part(), "Ward practice");
  EXPECT_EQ(first.section(), "Handover / escalation");
  EXPECT_EQ(first.prompt(),
            "A patient’s respiratory rate has gone from 16 to 26 within an hour.\n\nWhat do you do first, and what next?\n\n"
            "- Say whom you call.\n- Say what you write down.\n\nChart of vital signs");
  EXPECT_EQ(first.cue(), "Airway, breathing, circulation in this order.\nThen escalation by SBAR.\n\nRapid response is about minutes.");
  EXPECT_THAT(first.tags(), ElementsAre("acute care"));
  EXPECT_EQ(first.level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(first.competency(), "patient-safety");
  EXPECT_EQ(first.assigned_by(), v1::ASSIGNED_BY_TENANT);
  EXPECT_GT(first.estimated_minutes(), 0);
  EXPECT_EQ(first.language_code(), "");
}

TEST(Moodle, NothingThatAScriptOrAnAttributeSaysIsImported) {
  for (const auto& question : Export().questions) {
    EXPECT_THAT(question.DebugString(), Not(HasSubstr("stolen")));
    EXPECT_THAT(question.DebugString(), Not(HasSubstr("evil")));
    EXPECT_THAT(question.DebugString(), Not(HasSubstr("PLUGINFILE")));
  }
}

TEST(Moodle, WhatIsNoEssayIsAFindingEach) {
  const Recorder read = Export();
  const auto types = read.With("only essays");
  ASSERT_EQ(types.size(), 2u) << read.Reasons();
  EXPECT_THAT(types[0].reason, HasSubstr("shortanswer"));
  EXPECT_THAT(types[1].reason, HasSubstr("Pick one: not imported: a question of type \"multichoice\""));
  EXPECT_EQ(types[1].severity, FindingSeverity::kError);
  EXPECT_EQ(types[1].line, 68);
  EXPECT_EQ(types[1].end_line, 74);
  EXPECT_EQ(read.With("Empty: not imported: there is no question text").size(), 1u);
}

TEST(Moodle, WhatCannotBeTakenIsSaid) {
  const Recorder read = Export();
  EXPECT_EQ(read.With("WARD-17: pictures and files are not imported").size(), 1u) << read.Reasons();
  EXPECT_EQ(read.With("the response template is not imported").size(), 1u);
  EXPECT_EQ(read.With("the general feedback is taken into the cue").size(), 1u);
  EXPECT_EQ(read.With("tag \"assay:colour:red\" is not known").size(), 1u);
  EXPECT_EQ(read.With("2 question(s) name no level").size(), 1u);
}

TEST(Moodle, EssaysOfOneNameGetIdsOfTheirOwnAndFormatsAreHeeded) {
  const Recorder read = Export();
  EXPECT_EQ(read.questions[1].id(), "deteriorating-patient");
  EXPECT_EQ(read.questions[2].id(), "deteriorating-patient-2");
  EXPECT_EQ(read.questions[1].prompt(), "Tell me about a shift that went wrong. What would you do differently?");
  EXPECT_EQ(read.questions[1].kind(), v1::QUESTION_KIND_BEHAVIOURAL);
  EXPECT_EQ(read.questions[1].cue(), "Ownership <before> blame.");
  EXPECT_EQ(read.questions[1].section(), "Default for NURS-204");
  EXPECT_EQ(read.questions[2].prompt(), "If a < b, what follows?\nSecond line.");
}

TEST(Moodle, QuestionsAreInTheLanguageOfTheImportWhereNothingSaysIt) {
  const std::string essay = "<question type=\"essay\"><name><text>n</text></name><questiontext><text>Warum?</text></questiontext></question>";
  EXPECT_EQ(ReadWhole(MakeMoodleReader("de"), Quiz(essay)).questions.at(0).language_code(), "de");
}

TEST(Moodle, OursHasWhatMoodleNeedsToImportIt) {
  v1::QuestionContent question = MinimalQuestion("q037");
  question.mutable_source()->set_ref("Q37");
  question.set_part("Experienced / senior");
  question.set_section("Design");
  question.set_scenario("A feed.");
  question.set_cue("Numbers & boxes");
  question.add_tags("serving");
  auto writer = MakeMoodleWriter();
  const std::string document = WriteAll(*writer, {question, question});
  EXPECT_THAT(document, HasSubstr("<text>$course$/top/A &lt;b&gt;pack&lt;//b&gt; &amp; more // less/Experienced // senior/Design</text>"));
  EXPECT_THAT(document, HasSubstr("<question type=\"essay\">"));
  EXPECT_THAT(document, HasSubstr("<name>\n      <text>Q37: Why?</text>"));
  EXPECT_THAT(document, HasSubstr("<![CDATA[<div class=\"assay-scenario\">A feed.</div>\n<div class=\"assay-prompt\">Why?</div>]]>"));
  EXPECT_THAT(document, HasSubstr("<idnumber>q037</idnumber>"));
  EXPECT_THAT(document, HasSubstr("<responseformat>editor</responseformat>"));
  EXPECT_THAT(document, HasSubstr("<dt>Cue</dt>\n<dd class=\"assay-cue\">Numbers &amp; boxes</dd>"));
  EXPECT_THAT(document, HasSubstr("<tag><text>serving</text></tag>"));
  EXPECT_THAT(document, HasSubstr("<tag><text>assay:level:senior</text></tag>"));
  // A category stands where it changes, not before every question.
  EXPECT_EQ(document.find("type=\"category\""), document.rfind("type=\"category\""));
}

TEST(Moodle, TagsThatMoodleOrXmlWouldChangeAreEscaped) {
  v1::QuestionContent question = MinimalQuestion();
  for (const char* const tag : {"plain tag", "a, b", " edge", "", "two  blanks", "100%", "%41", "file\x1Cseparator", "assay:tag:x", "\xC2\xA0"}) question.add_tags(tag);
  const Recorder read = ReadWhole(MakeMoodleReader("en"), WriteAll(*MakeMoodleWriter(), {question}));
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  EXPECT_EQ(Difference(read.questions[0], question), "");
}

TEST(Moodle, AQuestionWithoutAnythingForGradersIsOursAllTheSame) {
  v1::QuestionContent question;
  question.set_id("q1");
  question.set_prompt("Why?");
  const Recorder read = ReadWhole(MakeMoodleReader("en"), WriteAll(*MakeMoodleWriter(), {question}));
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  EXPECT_EQ(read.Reasons(), "");
  EXPECT_EQ(Difference(read.questions[0], question), "");
}

TEST(Moodle, AnEditInMoodleComesBack) {
  v1::QuestionContent question = MinimalQuestion();
  question.set_cue("Old cue.");
  std::string document = WriteAll(*MakeMoodleWriter(), {question});
  const auto put = [&](const std::string& from, const std::string& to) {
    ASSERT_NE(document.find(from), std::string::npos) << from;
    document.replace(document.find(from), from.size(), to);
  };
  // As an editor of HTML leaves it: other quotes, styles, paragraphs, upper case.
  put("<dd class=\"assay-cue\">Old cue.</dd>", "<DD style='color:red' class='x assay-cue'><p>New&nbsp;cue,<br>edited.</p>\n</DD>");
  put("<div class=\"assay-prompt\">Why?</div>", "<div class=\"assay-prompt\"><p>Why <b>not</b>?</p></div><p>A remark.</p>");
  const Recorder read = ReadWhole(MakeMoodleReader("en"), document);
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  EXPECT_EQ(read.questions[0].cue(), "New\xC2\xA0" "cue,\nedited.");
  EXPECT_EQ(read.questions[0].prompt(), "Why not?");
  EXPECT_EQ(read.With("belongs to no field is not imported: \"A remark.\"").size(), 1u) << read.Reasons();
}

TEST(Moodle, AFieldThatIsWrongLosesThatQuestionOnly) {
  std::string document = WriteAll(*MakeMoodleWriter(), {MinimalQuestion("a"), MinimalQuestion("b"), MinimalQuestion("c"), MinimalQuestion("d")});
  const auto put = [&](const std::string& from, const std::string& to) { document.replace(document.find(from), from.size(), to); };
  put("<dd class=\"assay-level\">senior</dd>", "<dd class=\"assay-level\">veteran</dd>");
  const std::size_t second = document.find("<idnumber>b");
  document.replace(document.find("assay-kind", second), 10, "assay-kin_");
  const Recorder read = ReadWhole(MakeMoodleReader("en"), document);
  ASSERT_EQ(read.questions.size(), 2u) << read.Reasons();
  EXPECT_EQ(read.With("a: not imported: level: \"veteran\" is not one of fresher, experienced, senior").size(), 1u) << read.Reasons();
  EXPECT_EQ(read.With("b: not imported: class \"assay-kin_\" is no field").size(), 1u) << read.Reasons();
}

TEST(Moodle, AnIdThatStandsTwiceIsReportedAndTheFirstIsKept) {
  const Recorder read = ReadWhole(MakeMoodleReader("en"), WriteAll(*MakeMoodleWriter(), {MinimalQuestion("a"), MinimalQuestion("a")}));
  EXPECT_EQ(read.questions.size(), 1u);
  ASSERT_EQ(read.findings.size(), 1u);
  EXPECT_THAT(read.findings[0].reason, HasSubstr("id a stands twice, first in line 8"));
  EXPECT_EQ(read.findings[0].severity, FindingSeverity::kError);
}

TEST(Moodle, ADocumentOfAnotherKindIsRefusedByName) {
  EXPECT_THAT(WhyRefused(MakeMoodleReader("en"), "<questions/>"), HasSubstr("the document is <questions>, Moodle XML is <quiz>"));
  EXPECT_THAT(WhyRefused(MakeMoodleReader("en"), ""), HasSubstr("line 1"));
  EXPECT_THAT(WhyRefused(MakeMoodleReader("en"), "no XML"), HasSubstr("line 1"));
}

}  // namespace
}  // namespace assay::bank
