#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/bank/domain/ndjson_reader.h"
#include "tests/unit/bank/import_support.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Line(const std::string& id) { return R"({"id":")" + id + R"(","level":"LEVEL_SENIOR","kind":"QUESTION_KIND_THEORY","prompt":"Grüße?"})"; }

TEST(NdjsonReader, ReadsTheSameHoweverTheBytesArrive) {
  const std::string text = "\xEF\xBB\xBF" + Line("a") + "\r\n\n" + Line("b") + "\n  \n" + Line("c");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}, text.size()}) {
    KeepingSink sink;
    const auto reader = MakeNdjsonReader("en");
    ASSERT_TRUE(ReadIn(*reader, text, piece, sink).ok()) << piece;
    ASSERT_EQ(sink.questions.size(), 3u);
    EXPECT_EQ(sink.questions[2].id(), "c");
    EXPECT_THAT(sink.lines, ElementsAre(1, 3, 5));
    EXPECT_TRUE(sink.findings.empty());
    EXPECT_EQ(sink.questions[0].language_code(), "");
  }
}

TEST(NdjsonReader, AWrongLineIsAFindingAndTheOthersAreRead) {
  KeepingSink sink;
  const auto reader = MakeNdjsonReader("de");
  const std::string text = Line("a") + "\n{\"id\":\"b\",\"levl\":1}\nnot json\n[]\n\"text\"\n" + Line("c") + "\n";
  ASSERT_TRUE(ReadIn(*reader, text, 50, sink).ok());
  ASSERT_EQ(sink.questions.size(), 2u);
  EXPECT_EQ(sink.questions[1].language_code(), "de");
  ASSERT_EQ(sink.findings.size(), 4u);
  EXPECT_EQ(sink.findings[0].line, 2);
  EXPECT_EQ(sink.findings[0].question, "b");
  EXPECT_THAT(sink.findings[0].reason, HasSubstr("did you mean \"level\"?"));
  EXPECT_EQ(sink.findings[3].line, 5);
  EXPECT_EQ(sink.Errors(), 4);
}

TEST(NdjsonReader, ALineThatNeverEndsIsPassedOverAndNotHeld) {
  KeepingSink sink;
  const auto reader = MakeNdjsonReader("en");
  ASSERT_TRUE(reader->Feed(Line("a") + "\n{\"id\":\"", sink).ok());
  const std::string piece(512 << 10, 'x');
  for (int i = 0; i < 120; ++i) ASSERT_TRUE(reader->Feed(piece, sink).ok());
  ASSERT_TRUE(reader->Feed("\"}\n" + Line("c") + "\n", sink).ok());
  ASSERT_TRUE(reader->Finish(sink).ok());
  EXPECT_EQ(sink.questions.size(), 2u);
  ASSERT_EQ(sink.findings.size(), 1u);
  EXPECT_EQ(sink.findings[0].line, 2);
  EXPECT_THAT(sink.findings[0].reason, HasSubstr("longer than"));
}

TEST(NdjsonReader, ADocumentThatWasCutOffIsRefused) {
  const std::string text = Line("a") + "\n" + Line("b");
  const std::size_t second = text.find('\n') + 1;
  for (std::size_t length = second + 1; length < text.size(); ++length) {
    KeepingSink sink;
    const auto reader = MakeNdjsonReader("en");
    const absl::Status status = ReadIn(*reader, text.substr(0, length), 16, sink);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << length;
    EXPECT_THAT(std::string(status.message()), HasSubstr("in the middle of line 2"));
  }
}

TEST(NdjsonReader, AnErrorOfTheSinkEndsIt) {
  KeepingSink sink;
  sink.refuse_questions = absl::UnavailableError("no room");
  const auto reader = MakeNdjsonReader("en");
  EXPECT_TRUE(absl::IsUnavailable(ReadIn(*reader, Line("a") + "\n" + Line("b") + "\n", 1000, sink)));
  EXPECT_EQ(sink.questions.size(), 1u);
}

}  // namespace
}  // namespace assay::bank
