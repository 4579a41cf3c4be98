// Documents that mean harm, for both readers of XML: each is refused with a line, or loses the wrong entry only, quickly and in
// little memory; nothing is ever fetched.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "services/bank/domain/entry_desk.h"
#include "services/bank/domain/moodle_reader.h"
#include "services/bank/domain/qti_reader.h"
#include "services/bank/domain/xml_push.h"
#include "tests/unit/bank/format_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct XmlFormat {
  const char* name;
  std::unique_ptr<DocumentReader> (*make)(std::string_view);
  // A document with a prolog before its root and a text in its one question.
  std::string (*document)(const std::string& prolog, const std::string& text);
};

void PrintTo(const XmlFormat& format, std::ostream* out) { *out << format.name; }

std::string MoodleDocument(const std::string& prolog, const std::string& text) {
  return prolog + "<quiz>\n<question type=\"essay\"><name><text>one</text></name><questiontext format=\"html\"><text>" + text +
         "</text></questiontext></question>\n<question type=\"essay\"><name><text>two</text></name><questiontext format=\"html\">"
         "<text>Sound?</text></questiontext></question></quiz>";
}

std::string QtiDocument(const std::string& prolog, const std::string& text) {
  const auto item = [](const std::string& id, const std::string& body) {
    return "<qti-assessment-item identifier=\"" + id + "\" title=\"t\"><qti-item-body>" + body +
           "<qti-extended-text-interaction response-identifier=\"R\"/></qti-item-body></qti-assessment-item>";
  };
  return prolog + "<bank xmlns=\"urn:assay:qti-bank:1\">\n" + item("one", text) + "\n" + item("two", "Sound?") + "</bank>";
}

class HostileXml : public testing::TestWithParam<XmlFormat> {
 protected:
  std::unique_ptr<DocumentReader> Make() const { return GetParam().make("en"); }
  std::string Document(const std::string& prolog, const std::string& text) const { return GetParam().document(prolog, text); }
  std::string Refused(const std::string& prolog, const std::string& text) const { return WhyRefused(Make(), Document(prolog, text)); }
  // The second question survives whatever is wrong with the first.
  Recorder Survives(const std::string& text) const {
    Recorder read = ReadWhole(Make(), Document("", text), 4096);
    EXPECT_FALSE(read.questions.empty());
    if (!read.questions.empty()) {
      EXPECT_EQ(read.questions.back().prompt(), "Sound?");
    }
    return read;
  }
};

TEST_P(HostileXml, EntityBombsAreRefusedAtTheirDoctype) {
  std::string bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE quiz [\n<!ENTITY a \"aaaaaaaaaa\">\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " \"";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "\">\n";
  }
  EXPECT_THAT(Refused(bomb + "]>", "&j;"), AllOf(HasSubstr("line 2: the document has a DOCTYPE"), HasSubstr("take it out")));
  EXPECT_THAT(Refused("<!DOCTYPE quiz [<!ENTITY % a \"&#37;a;\"> %a; ]>", "x"), HasSubstr("DOCTYPE"));
}

TEST_P(HostileXml, ExternalEntitiesAndDocumentTypesAreNeverFetched) {
  const std::string secret = testing::TempDir() + "/secret.txt";
  std::ofstream(secret) << "SECRET";
  for (const std::string& prolog :
       {"<!DOCTYPE quiz [<!ENTITY x SYSTEM \"file://" + secret + "\">]>", "<!DOCTYPE quiz SYSTEM \"file://" + secret + "\">",
        std::string("<!DOCTYPE quiz PUBLIC \"-//X//Y\" \"http://127.0.0.1:1/x.dtd\">"), "<!DOCTYPE quiz [<!ENTITY % p SYSTEM \"file://" + secret + "\"> %p;]>"}) {
    Recorder recorder;
    auto reader = Make();
    const absl::Status status = ReadInto(*reader, Document(prolog, "&x;"), recorder, 7);
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("DOCTYPE"), Not(HasSubstr("SECRET"))));
    EXPECT_TRUE(recorder.questions.empty());
  }
  std::remove(secret.c_str());
}

TEST_P(HostileXml, UnknownEntitiesAreRefused) { EXPECT_THAT(Refused("", "a\n&unknown;"), HasSubstr("line 3")); }

TEST_P(HostileXml, IncludesAndProcessingInstructionsDoNothing) {
  const Recorder read = Survives("<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/><?php x ?>Fine?");
  EXPECT_EQ(read.questions.at(0).prompt(), "Fine?");
}

TEST_P(HostileXml, DeepNestingIsRefused) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<b>";
  EXPECT_THAT(Refused("", deep), HasSubstr("deep"));
}

TEST_P(HostileXml, NestingOfHtmlBeyondReasonLosesThatQuestionOnly) {
  std::string open, close;
  for (int i = 0; i < 80; ++i) {
    open += "<b>";
    close += "</b>";
  }
  const Recorder read = Survives(open + "x" + close);
  EXPECT_EQ(read.questions.size(), 1u);
  EXPECT_EQ(read.With("deep").size(), 1u) << read.Reasons();
}

TEST_P(HostileXml, InvalidUtf8AndNulAreRefusedWithTheirLine) {
  EXPECT_THAT(Refused("", "a\n\xFF"), HasSubstr("line 3: invalid UTF-8"));
  EXPECT_THAT(Refused("", "a\n\xC3"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(Refused("", "\xED\xA0\x80"), HasSubstr("invalid UTF-8"));
  EXPECT_THAT(Refused("", std::string("a\n\n\0b", 5)), HasSubstr("line 4: NUL"));
  EXPECT_THAT(Refused("", "&#0;"), HasSubstr("line 2"));
  EXPECT_THAT(Refused("", "&#xD800;"), HasSubstr("line 2"));
  EXPECT_THAT(WhyRefused(Make(), std::string("\xFF\xFE<\0q\0", 6)), HasSubstr("invalid UTF-8"));
}

TEST_P(HostileXml, ADeclarationOfAnotherEncodingIsNotBelieved) {
  for (const char* const encoding : {"UTF-16", "UTF-7", "ISO-8859-1", "EBCDIC-US", "no-such-thing"}) {
    const Recorder read = ReadWhole(Make(), Document(std::string("<?xml version=\"1.0\" encoding=\"") + encoding + "\"?>", "+ADw-b+AD4- für?"));
    EXPECT_EQ(read.questions.at(0).prompt(), "+ADw-b+AD4- für?") << encoding;
  }
}

TEST_P(HostileXml, AnEntryOfTenMegabytesIsReportedAndTheNextIsRead) {
  const std::string text(10u << 20, 'x');
  for (const std::string& large : {text, "<![CDATA[" + text + "]]>", "<p>" + text + "</p>"}) {
    const Recorder read = Survives(large);
    EXPECT_EQ(read.questions.size(), 1u);
    EXPECT_EQ(read.With("is over 4194304 bytes").size(), 1u) << read.Reasons();
  }
}

TEST_P(HostileXml, FloodsOfAttributesAndNamespacesAreRefused) {
  std::string attributes = "<b ", namespaces = "<b ", deep = "<b ";
  for (int i = 0; i < 300; ++i) attributes += "a" + std::to_string(i) + "=\"\" ";
  for (int i = 0; i < 200; ++i) namespaces += "xmlns:n" + std::to_string(i) + "=\"u\" ";
  for (int i = 0; i < 200000; ++i) deep += "a" + std::to_string(i) + "=\"\" ";
  EXPECT_THAT(Refused("", attributes + "/>"), HasSubstr("attributes"));
  EXPECT_THAT(Refused("", namespaces + "/>"), HasSubstr("attributes"));
  EXPECT_THAT(Refused("", deep), HasSubstr("a tag or comment of over"));
  EXPECT_THAT(Refused("", "<b a=\"1\" a=\"2\"/>"), HasSubstr("line 2"));
}

TEST_P(HostileXml, TagsAndCommentsWithoutEndAreRefusedBeforeTheyFillMemory) {
  const std::string flood(30u << 20, 'a');
  for (const std::string& open : {"<!-- " + flood, "<b c=\"" + flood, "<" + flood, "<?x " + flood, "&" + flood}) {
    Recorder recorder;
    auto reader = Make();
    const std::string document = Document("", open);
    std::size_t fed = 0;
    absl::Status status;
    for (; fed < document.size() && status.ok(); fed += 4096) status = reader->Feed(std::string_view(document).substr(fed, 4096), recorder);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_LT(fed, 1u << 20) << open.substr(0, 5);
  }
}

TEST_P(HostileXml, AfterARefusalNothingMoreIsRead) {
  Recorder recorder;
  auto reader = Make();
  EXPECT_FALSE(reader->Feed("<!DOCTYPE x>", recorder).ok());
  EXPECT_FALSE(reader->Feed(Document("", "x"), recorder).ok());
  EXPECT_FALSE(reader->Finish(recorder).ok());
  EXPECT_TRUE(recorder.questions.empty());
}

TEST_P(HostileXml, AnErrorOfTheSinkEndsTheReading) {
  class Full final : public DocumentSink {
   public:
    absl::Status Question(v1::QuestionContent, int) override { return absl::ResourceExhaustedError("full"); }
    absl::Status Finding(ImportFinding) override { return absl::OkStatus(); }
    absl::Status Catalogue(v1::Pack) override { return absl::OkStatus(); }
  };
  Full sink;
  auto reader = Make();
  EXPECT_TRUE(absl::IsResourceExhausted(reader->Feed(Document("", "One?"), sink)));
}

TEST_P(HostileXml, ManySmallTagsOfHtmlTakeLinearTime) {
  for (const char* const piece : {"<p>x", "<li>x", "</div>", "<td>x", "<b></i>", "<!-- x -->", "&lt;!--", "< <", "&amp;"}) {
    std::string text;
    while (text.size() < 1000000) text += piece;
    Recorder recorder;
    auto reader = Make();
    const std::string escaped = GetParam().make == &MakeMoodleReader ? "<![CDATA[" + text + "]]>" : "x";
    EXPECT_TRUE(ReadInto(*reader, Document("", escaped), recorder, 65536).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, HostileXml,
                         testing::Values(XmlFormat{"Moodle", &MakeMoodleReader, &MoodleDocument}, XmlFormat{"Qti", &MakeQtiReader, &QtiDocument}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(XmlPush, ResolvesTheFiveEntitiesOfXmlInTextAndAttributesOnce) {
  struct Sink final : XmlSink {
    absl::Status Open(const XmlElement& element) override {
      attribute = element.Attribute("a");
      return absl::OkStatus();
    }
    absl::Status Text(std::string_view piece) override {
      text += piece;
      return absl::OkStatus();
    }
    absl::Status Close(std::string_view) override { return absl::OkStatus(); }
    std::string attribute, text;
  };
  for (const std::size_t piece : {1u, 3u, 1000u}) {
    Sink sink;
    XmlPush xml(sink);
    const std::string document = "<x a=\"&amp;&lt;&gt;&quot;&apos;&#38;#38;&amp;amp;\">&amp;&lt;&gt;&quot;&apos;&#38;#38;&amp;amp;<![CDATA[&amp;]]></x>";
    for (std::size_t at = 0; at < document.size(); at += piece) ASSERT_TRUE(xml.Feed(document.substr(at, piece)).ok());
    ASSERT_TRUE(xml.Finish().ok());
    EXPECT_EQ(sink.attribute, "&<>\"'&#38;&amp;");
    EXPECT_EQ(sink.text, "&<>\"'&#38;&amp;&amp;");
  }
}

}  // namespace
}  // namespace assay::bank
