#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/json_message.h"
#include "services/bank/domain/pack_document_writer.h"
#include "services/bank/domain/pack_reader.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/wire_size.h"
#include "services/runtime/base/error.h"
#include "tests/unit/bank/import_support.h"

namespace assay::bank {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

v1::Pack TwoQuestions() {
  v1::Pack pack;
  pack.set_id("two");
  pack.set_display_name("Two");
  pack.set_version("1.0.0");
  v1::Competency& competency = *pack.add_competencies();
  competency.set_id("ml");
  competency.set_display_name("ML");
  competency.set_weight_basis_points(10000);
  for (const char* id : {"q1", "q2"}) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id(id);
    question.set_level(v1::LEVEL_SENIOR);
    question.set_kind(v1::QUESTION_KIND_THEORY);
    question.set_prompt(std::string("What is \"") + id + "\"?\nSay: {it} in one line, # please, with a ü.");
    question.set_competency("ml");
  }
  return pack;
}

std::string Written(const v1::Pack& pack, v1::PackFormat format) {
  const auto writer = MakePackDocumentWriter(format);
  EXPECT_TRUE(writer.ok());
  std::string text = (*writer)->Begin(pack);
  for (const auto& question : pack.questions()) text += (*writer)->Question(question);
  return text + (*writer)->End();
}

TEST(PackDocumentWriter, WritesQuestionByQuestionWhatWritesThePackAtOnce) {
  for (const int questions : {0, 1, 2}) {
    v1::Pack pack = TwoQuestions();
    while (pack.questions_size() > questions) pack.mutable_questions()->RemoveLast();
    EXPECT_EQ(Written(pack, v1::PACK_FORMAT_PACK), ToYaml(pack));
    v1::Pack from_json, from_bytes;
    const absl::Status read = ReadJson(Written(pack, v1::PACK_FORMAT_JSON), from_json);
    ASSERT_TRUE(read.ok()) << read << Written(pack, v1::PACK_FORMAT_JSON);
    EXPECT_TRUE(MessageDifferencer::Equals(from_json, pack));
    ASSERT_TRUE(from_bytes.ParseFromString(Written(pack, v1::PACK_FORMAT_PROTOBUF)));
    EXPECT_TRUE(MessageDifferencer::Equals(from_bytes, pack));
  }
}

TEST(PackReader, ReadsAllThreeWaysOfWritingAPackAlike) {
  const v1::Pack pack = TwoQuestions();
  const std::vector<std::pair<v1::PackFormat, std::string>> documents{
      {v1::PACK_FORMAT_PACK, ToYaml(pack)},
      {v1::PACK_FORMAT_PACK, Written(pack, v1::PACK_FORMAT_JSON)},
      {v1::PACK_FORMAT_PACK, "{id: two, display_name: Two, version: 1.0.0}"},
      {v1::PACK_FORMAT_JSON, Written(pack, v1::PACK_FORMAT_JSON)},
      {v1::PACK_FORMAT_PROTOBUF, pack.SerializeAsString()}};
  for (const auto& [format, text] : documents) {
    KeepingSink sink;
    const auto reader = MakePackReader(format);
    const absl::Status read = ReadIn(*reader, text, 13, sink);
    ASSERT_TRUE(read.ok()) << read;
    ASSERT_EQ(sink.catalogues.size(), 1u);
    EXPECT_EQ(sink.catalogues[0].id(), "two");
    EXPECT_EQ(sink.catalogues[0].questions_size(), 0);
    if (text.front() == '{' && text[1] == 'i') continue;
    ASSERT_EQ(sink.questions.size(), 2u);
    EXPECT_EQ(ContentHash(sink.questions[1]), ContentHash(pack.questions(1)));
  }
}

TEST(PackReader, WhatLintSaysIsAFindingAndWhatMakesItUnusableAnError) {
  v1::Pack pack = TwoQuestions();
  pack.mutable_questions(1)->set_competency("unknown");
  pack.mutable_questions(0)->add_links()->set_question("nowhere");
  v1::RoleGuide& role = *pack.add_roles();
  role.set_id("core");
  for (const char* id : {"here-not", "left-out", "left-out-too"}) role.add_focus_questions(id);
  pack.add_omitted_questions("left-out");
  pack.add_omitted_questions("left-out-too");
  const auto findings = [&](std::set<std::string> elsewhere) {
    KeepingSink sink;
    sink.elsewhere = std::move(elsewhere);
    const auto reader = MakePackReader(v1::PACK_FORMAT_PROTOBUF);
    EXPECT_TRUE(ReadIn(*reader, pack.SerializeAsString(), 100, sink).ok());
    std::map<std::string, FindingSeverity> found;
    for (const auto& finding : sink.findings) {
      const std::string reason = finding.reason.substr(0, finding.reason.find(':'));
      if (reason == "UNKNOWN_REFERENCE" || reason == "UNKNOWN_LINK" || reason == "OMITTED_QUESTION") found[finding.question + " " + reason] = finding.severity;
    }
    return found;
  };
  const std::string second = "questions/" + pack.questions(1).id();
  const std::string link = "questions/" + pack.questions(0).id() + ".links[0].question UNKNOWN_LINK";
  EXPECT_THAT(findings({}), UnorderedElementsAre(Pair(second + ".competency UNKNOWN_REFERENCE", FindingSeverity::kError),
                                                 Pair("roles/core.focus_questions[0] UNKNOWN_REFERENCE", FindingSeverity::kError),
                                                 Pair("roles/core.focus_questions OMITTED_QUESTION", FindingSeverity::kWarning),
                                                 Pair(link, FindingSeverity::kWarning)));
  // The bank may have what the document does not.
  EXPECT_THAT(findings({"competencies/unknown", "questions/nowhere", "questions/left-out"}),
              UnorderedElementsAre(Pair("roles/core.focus_questions[0] UNKNOWN_REFERENCE", FindingSeverity::kError),
                                   Pair("roles/core.focus_questions OMITTED_QUESTION", FindingSeverity::kWarning)));
  // A prefix makes all ids of questions the pack's own.
  pack.set_id_prefix("mine");
  EXPECT_THAT(findings({"questions/here-not", "competencies/unknown"}),
              UnorderedElementsAre(Pair("roles/core.focus_questions[0] UNKNOWN_REFERENCE", FindingSeverity::kError),
                                   Pair("roles/core.focus_questions OMITTED_QUESTION", FindingSeverity::kWarning),
                                   Pair(link, FindingSeverity::kWarning)));
}

// Many small things on the wire are much in memory.
TEST(PackReader, ADocumentOfEmptyThingsIsRefusedBeforeTheyAreMade) {
  std::string questions;
  for (int i = 0; i < 3'000'000; ++i) questions.append("\x92\x03\x00", 3);
  std::string role;
  for (int i = 0; i < 10'000'000; ++i) role.append("\x22\x00", 2);
  std::string group = "\xA3\x06";
  for (int i = 0; i < 10'000'000; ++i) group.append("\x0A\x00", 2);
  group += "\xA4\x06";
  std::string unknown;
  for (int i = 0; i < 10'000'000; ++i) unknown.append("\xA0\x06\x01", 3);
  std::string json = "{\"questions\":[{}";
  for (int i = 0; i < 2'000'000; ++i) json += ",{}";
  std::string wrapped = "\xB2\x01";
  for (std::size_t length = role.size(); length > 0; length >>= 7) wrapped += static_cast<char>((length & 0x7F) | (length > 0x7F ? 0x80 : 0));
  wrapped += role;
  for (const auto& [format, text] : std::vector<std::pair<v1::PackFormat, std::string>>{
           {v1::PACK_FORMAT_PROTOBUF, questions}, {v1::PACK_FORMAT_PROTOBUF, wrapped}, {v1::PACK_FORMAT_PROTOBUF, group},
           {v1::PACK_FORMAT_PROTOBUF, unknown}, {v1::PACK_FORMAT_JSON, json + "]}"}}) {
    KeepingSink sink;
    const auto reader = MakePackReader(format);
    const absl::Status refused = ReadIn(*reader, text, 1 << 20, sink);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    EXPECT_THAT(std::string(refused.message()), ::testing::AnyOf(HasSubstr("bytes of memory"), HasSubstr("objects; split the file")));
  }
}

TEST(ParsedSize, IsAboutWhatParsingTakes) {
  v1::Pack pack = TwoQuestions();
  for (int i = 0; i < 500; ++i) *pack.add_questions() = pack.questions(i % 2);
  const std::string wire = pack.SerializeAsString();
  v1::Pack parsed;
  ASSERT_TRUE(parsed.ParseFromString(wire));
  const auto most = std::numeric_limits<std::size_t>::max();
  const auto size = static_cast<double>(ParsedSize(wire, v1::Pack(), most));
  EXPECT_GT(size, 0.7 * static_cast<double>(parsed.SpaceUsedLong()));
  EXPECT_LT(size, 1.5 * static_cast<double>(parsed.SpaceUsedLong()));
  // What is broken is counted up to there.
  for (std::size_t cut = 0; cut < 200; ++cut) EXPECT_LE(ParsedSize(wire.substr(0, cut), v1::Pack(), most), size);
  EXPECT_LT(ParsedSize("this is not protobuf", v1::Pack(), most), 10'000u);
}

TEST(PackReader, BombsAndBrokenDocumentsAreRefused) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string(i == 0 ? "*" : ",*") + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  const std::string deep(100'000, '[');
  std::string wide = "notes: [";
  for (int i = 0; i < 600'000; ++i) wide += "a,";
  for (const auto& [format, text] : std::vector<std::pair<v1::PackFormat, std::string>>{
           {v1::PACK_FORMAT_PACK, bomb},
           {v1::PACK_FORMAT_PACK, deep},
           {v1::PACK_FORMAT_PACK, "{\"notes\":" + deep},
           {v1::PACK_FORMAT_PACK, std::string("id: a\0b", 7)},
           {v1::PACK_FORMAT_PACK, "id: \xC3\x28"},
           {v1::PACK_FORMAT_PACK, "id: a\nid: b\n"},
           {v1::PACK_FORMAT_PACK, "<html>"},
           {v1::PACK_FORMAT_JSON, "id: a"},
           {v1::PACK_FORMAT_JSON, ""},
           {v1::PACK_FORMAT_JSON, "{\"notes\":" + deep},
           {v1::PACK_FORMAT_JSON, wide},
           {v1::PACK_FORMAT_PROTOBUF, "this is not protobuf"},
           {v1::PACK_FORMAT_PROTOBUF, "\x92\x03\xFF\xFF\xFF\xFF\x07"}}) {
    KeepingSink sink;
    const auto reader = MakePackReader(format);
    EXPECT_TRUE(absl::IsInvalidArgument(ReadIn(*reader, text, 1000, sink))) << text.substr(0, 40);
    EXPECT_TRUE(sink.questions.empty());
  }
}

TEST(PackReader, ADocumentOverItsLimitIsRefusedBeforeItIsHeld) {
  KeepingSink sink;
  for (const auto format : {v1::PACK_FORMAT_PACK, v1::PACK_FORMAT_JSON, v1::PACK_FORMAT_PROTOBUF}) {
    const auto reader = MakePackReader(format);
    const std::string piece(1 << 20, ' ');
    absl::Status status;
    int pieces = 0;
    while (status.ok() && pieces < 100) {
      status = reader->Feed(piece, sink);
      ++pieces;
    }
    EXPECT_THAT(std::string(status.message()), HasSubstr("imported as NDJSON"));
    EXPECT_LE(pieces, 33);
  }
}

TEST(PackReader, NoTruncationOfASerialisedPackIsReadAsAnotherQuestion) {
  const v1::Pack pack = TwoQuestions();
  const std::string bytes = pack.SerializeAsString();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    KeepingSink sink;
    const auto reader = MakePackReader(v1::PACK_FORMAT_PROTOBUF);
    if (!ReadIn(*reader, bytes.substr(0, length), 50, sink).ok()) continue;
    // It ended between two fields: what is there is whole.
    for (std::size_t i = 0; i < sink.questions.size(); ++i) {
      EXPECT_EQ(ContentHash(sink.questions[i]), ContentHash(pack.questions(static_cast<int>(i)))) << length;
    }
  }
}

TEST(MakeDocumentReader, KnowsEveryFormatThatIsRead) {
  for (const auto format : {v1::PACK_FORMAT_PACK, v1::PACK_FORMAT_JSON, v1::PACK_FORMAT_PROTOBUF, v1::PACK_FORMAT_NDJSON, v1::PACK_FORMAT_GUIDE,
                            v1::PACK_FORMAT_CSV, v1::PACK_FORMAT_MOODLE_XML, v1::PACK_FORMAT_QTI}) {
    EXPECT_TRUE(MakeDocumentReader(format).ok()) << format;
  }
  for (const auto format : {v1::PACK_FORMAT_UNSPECIFIED, v1::PACK_FORMAT_HTML, v1::PACK_FORMAT_MARKDOWN}) {
    EXPECT_TRUE(absl::IsInvalidArgument(MakeDocumentReader(format).status())) << format;
  }
}

absl::Status Refusal(v1::PackFormat format, const std::string& text) {
  KeepingSink sink;
  return ReadIn(*MakePackReader(format), text, 1000, sink);
}

TEST(PackReader, EveryProblemOfAYamlDocumentIsAViolationOfItsOwn) {
  std::string yaml = "id: two\nquestions:\n";
  for (int i = 0; i < 150; ++i) yaml += "  - {id: q" + std::to_string(i) + ", level: principal}\n";
  const auto violations = runtime::ViolationsOf(Refusal(v1::PACK_FORMAT_PACK, yaml));
  ASSERT_EQ(violations.size(), 150u);
  EXPECT_EQ(violations[149].field, "questions[149].level");
  EXPECT_THAT(violations[149].description, HasSubstr("line 152, column "));
  EXPECT_THAT(violations[149].description, HasSubstr("\"principal\" is not one of"));

  const auto syntax = runtime::ViolationsOf(Refusal(v1::PACK_FORMAT_PACK, "id: [unclosed"));
  ASSERT_EQ(syntax.size(), 1u);
  EXPECT_EQ(syntax[0].field, "chunk");
  EXPECT_THAT(syntax[0].description, HasSubstr("line "));
}

TEST(PackReader, JsonThatIsWrongIsToldSoInTermsOfJson) {
  const std::string json = "{\n  \"id\": \"two\",\n  \"displayName\": \"Two\",\n  \"questions\": [{\"id\": \"q1\", \"level\": \"principal\"}]\n}";
  const absl::Status status = Refusal(v1::PACK_FORMAT_PACK, json);
  EXPECT_THAT(std::string(status.message()), HasSubstr("as JSON: line 4"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("questions[0].level"));
  // A flow mapping of YAML that is wrong is still YAML.
  const auto yaml = runtime::ViolationsOf(Refusal(v1::PACK_FORMAT_PACK, "{id: two, displayName: Two}"));
  ASSERT_EQ(yaml.size(), 1u);
  EXPECT_EQ(yaml[0].field, "displayName");
}

TEST(PackReader, APackOfQuestionsThatAreAllAlikeIsReadInBoundedMemory) {
  v1::Pack pack = TwoQuestions();
  for (int i = 0; i < 1500; ++i) {
    *pack.add_questions() = pack.questions(0);
    pack.mutable_questions()->rbegin()->set_id("n" + std::to_string(i));
    pack.mutable_questions()->rbegin()->set_prompt("Why does gradient descent find minima?");
  }
  KeepingSink sink;
  const auto reader = MakePackReader(v1::PACK_FORMAT_PROTOBUF);
  ASSERT_TRUE(ReadIn(*reader, pack.SerializeAsString(), 65536, sink).ok());
  EXPECT_EQ(sink.questions.size(), 1502u);
  EXPECT_LE(sink.findings.size(), 15'000u);
}

}  // namespace
}  // namespace assay::bank
