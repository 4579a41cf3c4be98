// Whatever a question says comes back the same from every format that holds all of it, however its bytes are cut.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "services/bank/domain/csv_import.h"
#include "services/bank/domain/markup_text.h"
#include "services/bank/domain/moodle_reader.h"
#include "services/bank/domain/qti_reader.h"
#include "services/bank/domain/question_markup.h"
#include "tests/unit/bank/format_support.h"

namespace assay::bank {
namespace {

struct Format {
  const char* name;
  v1::PackFormat format;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

std::unique_ptr<DocumentReader> Reader(v1::PackFormat format, std::string_view language = "en") {
  switch (format) {
    case v1::PACK_FORMAT_CSV: return MakeCsvReader(language);
    case v1::PACK_FORMAT_MOODLE_XML: return MakeMoodleReader(language);
    case v1::PACK_FORMAT_QTI: return MakeQtiReader(language);
    default: return *MakeDocumentReader(format, language);
  }
}

std::string Written(v1::PackFormat format, const std::vector<v1::QuestionContent>& questions) {
  auto writer = MakePackWriter(format);
  EXPECT_TRUE(writer.ok()) << writer.status();
  return WriteAll(**writer, questions);
}

class RoundTrip : public testing::TestWithParam<Format> {
 protected:
  void ExpectSame(const std::vector<v1::QuestionContent>& questions, std::size_t piece = 1000) {
    const std::string document = Written(GetParam().format, questions);
    // A line of NDJSON cannot tell a question that says no language from one whose language is left to the import.
    const Recorder read = ReadWhole(Reader(GetParam().format, GetParam().format == v1::PACK_FORMAT_NDJSON ? "en" : "de"), document, piece);
    ASSERT_EQ(read.questions.size(), questions.size()) << read.Reasons() << document.substr(0, 3000);
    EXPECT_EQ(read.Reasons(), "");
    for (std::size_t i = 0; i < questions.size(); ++i) {
      EXPECT_EQ(Difference(questions[i], read.questions[i]), "") << document.substr(0, 5000);
    }
  }
};

v1::QuestionContent Plain() {
  return FullQuestion([](const std::string& path, int count) { return "text " + std::to_string(count) + " of " + path; });
}

TEST_P(RoundTrip, KeepsEveryFieldThatIsSet) { ExpectSame({Plain()}); }

TEST_P(RoundTrip, KeepsFieldsThatAreNotSetUnset) {
  v1::QuestionContent question = MinimalQuestion();
  question.set_language_code("pl");
  ExpectSame({question});
}

TEST_P(RoundTrip, KeepsTextsThatLookLikeMarkupFormulasOrFieldsOfTheFormat) {
  const std::vector<std::string> texts = {
      "<script>alert(1)</script> & <b>bold</b>",
      "]]> and &amp; and &lt; and &#65; and %20",
      "=HYPERLINK(\"http://x\",\"y\")",
      "+1", "-1", "@SUM(A1)", "'=1+1", "''", "'", "\"quoted\", with; all\tseparators",
      "One paragraph.\n\nAnother one,\nwith a second line.",
      "  blanks   inside and around  ", "\n\nends\n\n\n", "a \n b", "tab\tand\r\nline", "\r",
      "$\\frac{a}{b}$ *not bold* `code` [x](y) <p>",
      "ä ö ü – “quotes” 你好 😀 \xC2\xA0no-break\xC2\xA0",
      "[\"json\"]", "{\"a\": 1}", "null", "~", "- item", "a;b", "</dd></dl>", "<!-- x -->", "assay:level:senior",
  };
  std::vector<v1::QuestionContent> questions;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    questions.push_back(FullQuestion([&](const std::string&, int) { return texts[i]; }));
    questions.back().set_id("q" + std::to_string(i));
    // Valid content names its languages and ids by rules; tags are each of their own.
    questions.back().set_language_code("de");
    questions.back().set_tags(1, texts[i] + "2");
  }
  ExpectSame(questions);
}

TEST_P(RoundTrip, KeepsRandomTextsWhateverPiecesTheDocumentComesIn) {
  std::mt19937 random(7);
  const std::string alphabet[] = {"a", "b", " ", "\n", "<", ">", "&", "\"", "'", ",", ";", "=", "\t", "\r", "ß", "–", "]", "%", "/", ":", "$", "-"};
  std::vector<v1::QuestionContent> questions;
  for (int i = 0; i < 60; ++i) {
    questions.push_back(FullQuestion([&](const std::string&, int) {
      std::string text = "x";
      for (unsigned length = random() % 12; length > 0; --length) text.insert(random() % 2 == 0 ? 0 : text.size(), alphabet[random() % std::size(alphabet)]);
      return text;
    }));
    questions.back().set_id("q" + std::to_string(i));
    questions.back().set_language_code("");
  }
  ExpectSame(questions, 1);
  ExpectSame(questions, 7);
  ExpectSame(questions, 1 << 20);
}

TEST_P(RoundTrip, GivesTheSameDocumentForWhatItRead) {
  const std::vector<v1::QuestionContent> questions = {Plain(), MinimalQuestion()};
  const std::string document = Written(GetParam().format, questions);
  EXPECT_EQ(Written(GetParam().format, ReadWhole(Reader(GetParam().format), document).questions), document);
}

TEST_P(RoundTrip, CountsSectionsAndLines) {
  std::vector<v1::QuestionContent> questions;
  for (int i = 0; i < 6; ++i) {
    questions.push_back(MinimalQuestion("q" + std::to_string(i)));
    questions.back().set_section("Section " + std::to_string(i % 3));
  }
  auto reader = Reader(GetParam().format);
  Recorder recorder;
  ASSERT_TRUE(ReadInto(*reader, Written(GetParam().format, questions), recorder).ok());
  if (GetParam().format != v1::PACK_FORMAT_NDJSON) {
    EXPECT_EQ(reader->sections(), 3);
  }
  EXPECT_TRUE(std::is_sorted(recorder.lines.begin(), recorder.lines.end()));
  EXPECT_GT(recorder.lines.back(), 1);
}

TEST_P(RoundTrip, RefusesOrReportsADocumentThatIsCutOffAndKeepsWhatStoodBefore) {
  std::vector<v1::QuestionContent> questions;
  for (int i = 0; i < 10; ++i) {
    questions.push_back(Plain());
    questions.back().set_id("q" + std::to_string(i));
  }
  const std::string document = Written(GetParam().format, questions);
  for (int twentieth = 0; twentieth < 20; ++twentieth) {
    const std::string cut = document.substr(0, document.size() * twentieth / 20 + 3);
    Recorder recorder;
    auto reader = Reader(GetParam().format);
    const absl::Status status = ReadInto(*reader, cut, recorder);
    EXPECT_TRUE(absl::IsInvalidArgument(status) || !recorder.findings.empty()) << twentieth << " " << status;
    for (std::size_t i = 0; i < recorder.questions.size(); ++i) EXPECT_EQ(Difference(questions[i], recorder.questions[i]), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip,
                         testing::Values(Format{"Csv", v1::PACK_FORMAT_CSV}, Format{"Moodle", v1::PACK_FORMAT_MOODLE_XML},
                                         Format{"Qti", v1::PACK_FORMAT_QTI}, Format{"Ndjson", v1::PACK_FORMAT_NDJSON}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(PackWriter, IsThereForEveryFormatThatStreams) {
  EXPECT_EQ((*MakePackWriter(v1::PACK_FORMAT_CSV))->MediaType(), "text/csv; charset=utf-8");
  EXPECT_EQ((*MakePackWriter(v1::PACK_FORMAT_QTI))->MediaType(), "application/xml");
  EXPECT_TRUE(absl::IsInvalidArgument(MakePackWriter(v1::PACK_FORMAT_GUIDE).status()));
}

TEST(Markup, MakesTheSameTextOfWhateverItWasMadeOf) {
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (unsigned length = random() % 9; length > 0; --length) text += std::string("ab  \n\n<&\t\r")[random() % 10];
    for (const std::string& markup : {BlockMarkup(text), InlineMarkup(text)}) {
      v1::QuestionContent question;
      MarkupReader reader(question);
      ScanHtml("<div class=\"x assay-cue\">" + markup + "</div>", reader);
      reader.End();
      ASSERT_EQ(question.cue(), text) << markup;
    }
  }
}

}  // namespace
}  // namespace assay::bank
