#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/json_message.h"

namespace assay::bank {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

constexpr char kQuestion[] = R"({"id":"q1","level":"LEVEL_SENIOR","kind":"theory","prompt":"Why?","estimatedMinutes":7,
  "key_concepts":[{"id":"a","text":"A","essential":true,"terms":["x","y"]}],"exemplars":[{"score":5,"text":"\u00fc\ud83d\ude00\n"}]})";

absl::Status Read(std::string_view json, v1::QuestionContent& into) { return ReadJson(json, into); }
std::string Problem(std::string_view json) {
  v1::QuestionContent question;
  return std::string(ReadJson(json, question).message());
}

TEST(ReadJson, ReadsWhatProtobufWritesAndTheNamesOfTheContract) {
  v1::QuestionContent question;
  ASSERT_TRUE(Read(kQuestion, question).ok()) << Problem(kQuestion);
  EXPECT_EQ(question.level(), v1::LEVEL_SENIOR);
  EXPECT_EQ(question.kind(), v1::QUESTION_KIND_THEORY);
  EXPECT_EQ(question.estimated_minutes(), 7);
  EXPECT_TRUE(question.key_concepts(0).essential());
  EXPECT_EQ(question.key_concepts(0).terms(1), "y");
  EXPECT_EQ(question.exemplars(0).text(), "\xC3\xBC\xF0\x9F\x98\x80\n");
  for (const bool contract_names : {false, true}) {
    std::string json;
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = contract_names;
    options.add_whitespace = contract_names;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(question, &json, options).ok());
    v1::QuestionContent again;
    ASSERT_TRUE(Read(json, again).ok());
    EXPECT_TRUE(MessageDifferencer::Equals(question, again));
  }
}

TEST(ReadJson, TakesNumbersAsProtobufDoes) {
  for (const char* minutes : {"12", "\"12\"", "12.0", "1.2e1"}) {
    v1::QuestionContent question;
    ASSERT_TRUE(Read(std::string("{\"estimated_minutes\":") + minutes + "}", question).ok()) << minutes;
    EXPECT_EQ(question.estimated_minutes(), 12);
  }
  for (const char* minutes : {"12.5", "1e99", "99999999999", "\"\"", "\"x\"", "NaN", "true", "{}", "[1]", "-", "+"}) {
    v1::QuestionContent question;
    EXPECT_FALSE(Read(std::string("{\"estimated_minutes\":") + minutes + "}", question).ok()) << minutes;
  }
  v1::QuestionContent question;
  EXPECT_TRUE(Read(R"({"level":3,"prompt":null,"tags":null})", question).ok());
  EXPECT_EQ(question.level(), v1::LEVEL_SENIOR);
  EXPECT_THAT(Problem(R"({"level":77})"), HasSubstr("is not one of fresher, experienced, senior"));
  EXPECT_THAT(Problem(R"({"level":"boss"})"), HasSubstr("line 1, column 10: level: is not one of"));
}

TEST(ReadJson, SaysWhereAndWhat) {
  EXPECT_THAT(Problem("{\n \"promt\": \"x\"}"), HasSubstr("line 2, column 2: \"promt\" is no field of QuestionContent; did you mean \"prompt\"?"));
  EXPECT_THAT(Problem(R"({"id":"a","id":"b"})"), HasSubstr("is given twice"));
  // Both spellings are one field.
  EXPECT_THAT(Problem(R"({"languageCode":"de","language_code":"en"})"), HasSubstr("is given twice"));
  EXPECT_THAT(Problem(R"({"exemplars":[{"score":5},{"score":"x"}]})"), HasSubstr("exemplars[1].score: "));
  EXPECT_THAT(Problem(R"({"tags":"x"})"), HasSubstr("a list in [ ] is expected"));
  EXPECT_THAT(Problem(R"({"source":[]})"), HasSubstr("a Source in { } is expected"));
  EXPECT_THAT(Problem(R"({"id":"a"} {"id":"b"})"), HasSubstr("behind the end"));
  EXPECT_THAT(Problem(R"([{"id":"a"}])"), HasSubstr("is expected here"));
  EXPECT_THAT(Problem(R"({"tags":["a",]})"), HasSubstr("a text in quotes"));
  EXPECT_THAT(Problem(R"({"id":"a",})"), HasSubstr("'\"' is expected"));
}

TEST(ReadJson, RefusesTextThatCannotBeStored) {
  EXPECT_THAT(Problem(std::string("{\"id\":\"a\0b\"}", 12)), HasSubstr("NUL"));
  EXPECT_THAT(Problem(R"({"id":"a\u0000b"})"), HasSubstr("\\u0000"));
  EXPECT_THAT(Problem("{\"id\":\"a\tb\"}"), HasSubstr("control character"));
  EXPECT_THAT(Problem("{\"id\":\"\xC3\x28xxxxx\"}"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(Problem("{\"id\":\"\xED\xA0\x80xxxx\"}"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(Problem(R"({"id":"\ud800"})"), HasSubstr("surrogate"));
  EXPECT_THAT(Problem(R"({"id":"\udc00"})"), HasSubstr("surrogate"));
  EXPECT_THAT(Problem(R"({"id":"\ud800\u0041"})"), HasSubstr("surrogate"));
  EXPECT_THAT(Problem(R"({"id":"\x41"})"), HasSubstr("no such escape"));
}

TEST(ReadJson, IsNotOverrunByDepth) {
  const std::string deep(1'000'000, '[');
  EXPECT_FALSE(Problem("{\"tags\":" + deep).empty());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"source\":";
  EXPECT_FALSE(Problem(objects).empty());
}

TEST(ReadJson, KnowsATruncatedTextAtEveryByte) {
  const std::string whole = kQuestion;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    v1::QuestionContent question;
    const absl::Status status = ReadJson(whole.substr(0, length), question);
    EXPECT_TRUE(absl::IsOutOfRange(status)) << length << ": " << status;
  }
}

}  // namespace
}  // namespace assay::bank
