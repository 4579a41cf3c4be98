// QTI: what other systems give, and that what we give is QTI 3.0.

#include "services/bank/domain/qti_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/qti_writer.h"
#include "services/bank/domain/xml_push.h"
#include "tests/unit/bank/format_support.h"

namespace assay::bank {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Qti, AnItemOfAnotherSystemBecomesAQuestion) {
  const Recorder read = ReadWhole(MakeQtiReader("en"), ReadTestData("qti3-item.xml"), 50);
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  const auto& question = read.questions[0];
  EXPECT_EQ(question.id(), "circuit-9");
  EXPECT_EQ(question.source().ref(), "Circuit_9");
  EXPECT_EQ(question.language_code(), "en-GB");
  EXPECT_EQ(question.prompt(),
            "Answer as if the customer stood beside you.\n\nA breaker trips only when the oven and the cooker are on, where I>16.\n\n"
            "What do you check first?");
  EXPECT_EQ(question.cue(), "- Load before device.\n- Isolate, then prove dead.");
  ASSERT_EQ(question.exemplars_size(), 1);
  EXPECT_EQ(question.exemplars(0).score(), 5);
  EXPECT_EQ(question.exemplars(0).text(), "It compares the currents of line and neutral.");
  EXPECT_EQ(question.level(), v1::LEVEL_EXPERIENCED);
  EXPECT_EQ(read.With("formulas in MathML").size(), 1u) << read.Reasons();
  EXPECT_EQ(read.With("feedback for candidates is not imported").size(), 1u);
}

TEST(Qti, TheNamesOfQti2AreRead) {
  const Recorder read = ReadWhole(MakeQtiReader("fr"), ReadTestData("qti2-item.xml"));
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  EXPECT_EQ(read.questions[0].prompt(), "Explain the difference between earthing and bonding.");
  EXPECT_EQ(read.questions[0].cue(), "Fault path against equal potential.");
  EXPECT_EQ(read.questions[0].language_code(), "fr");
}

TEST(Qti, OtherInteractionsAreAFinding) {
  const Recorder read = ReadWhole(MakeQtiReader("en"),
                                  "<qti-assessment-item identifier=\"c\" title=\"C\"><qti-item-body><qti-choice-interaction>"
                                  "<qti-prompt>Which?</qti-prompt></qti-choice-interaction></qti-item-body></qti-assessment-item>");
  EXPECT_TRUE(read.questions.empty());
  EXPECT_EQ(read.With("c: not imported: an item with a choice-interaction").size(), 1u) << read.Reasons();
  const Recorder none = ReadWhole(MakeQtiReader("en"), "<qti-assessment-item identifier=\"c\"><qti-item-body>Hm.</qti-item-body></qti-assessment-item>");
  EXPECT_EQ(none.With("nothing to be answered aloud").size(), 1u);
}

TEST(Qti, PackagesTestsAndOldVersionsAreRefusedWithWhatToDo) {
  const auto why = [](const std::string& document) { return WhyRefused(MakeQtiReader("en"), document); };
  EXPECT_THAT(why("PK\x03\x04zip"), HasSubstr("unpack the content package"));
  EXPECT_THAT(why("<manifest/>"), HasSubstr("import those items"));
  EXPECT_THAT(why("<qti-assessment-test/>"), HasSubstr("import those items"));
  EXPECT_THAT(why("<questestinterop/>"), HasSubstr("QTI 1.2"));
  EXPECT_THAT(why("<quiz/>"), HasSubstr("Moodle"));
  EXPECT_THAT(why("<bank/>"), HasSubstr("<bank>"));
}

TEST(Qti, AnItemOfOursReadsOnItsOwnToo) {
  v1::QuestionContent question = MinimalQuestion();
  question.set_cue("Listen.");
  std::string document = WriteAll(*MakeQtiWriter(), {question});
  document = document.substr(document.find("  <qti-assessment-item"));
  document.resize(document.rfind("</bank>"));
  const Recorder read = ReadWhole(MakeQtiReader("de"), document);
  ASSERT_EQ(read.questions.size(), 1u) << read.Reasons();
  EXPECT_EQ(Difference(read.questions[0], question), "");
}

TEST(Qti, AFieldThatIsWrongLosesThatItemOnly) {
  std::string document = WriteAll(*MakeQtiWriter(), {MinimalQuestion("a"), MinimalQuestion("b"), MinimalQuestion("b")});
  document.replace(document.find(">senior<"), 8, "><b>9</b><");
  const Recorder read = ReadWhole(MakeQtiReader("en"), document);
  ASSERT_EQ(read.questions.size(), 1u);
  EXPECT_EQ(read.With("a: not imported: level: \"9\" is not one of").size(), 1u) << read.Reasons();
  EXPECT_EQ(read.With("b: not imported: id b stands twice").size(), 1u);
}

// An element of a document with what is in it, for looking at its structure.
struct Element {
  std::string name;
  std::string space;
  std::vector<XmlAttribute> attributes;
  std::vector<Element> children;
  std::string text;

  std::string Attribute(std::string_view wanted) const {
    for (const auto& attribute : attributes) {
      if (attribute.name == wanted) return attribute.value;
    }
    return "(absent)";
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Element& child : children) names.push_back(child.name);
    return names;
  }
};

class TreeSink final : public XmlSink {
 public:
  absl::Status Open(const XmlElement& element) override {
    open_.push_back({.name = std::string(element.name), .space = std::string(element.space), .attributes = element.attributes, .children = {}, .text = ""});
    return absl::OkStatus();
  }
  absl::Status Text(std::string_view text) override {
    open_.back().text += text;
    return absl::OkStatus();
  }
  absl::Status Close(std::string_view) override {
    Element done = std::move(open_.back());
    open_.pop_back();
    (open_.empty() ? root : open_.back().children.emplace_back()) = std::move(done);
    return absl::OkStatus();
  }
  Element root;

 private:
  std::vector<Element> open_;
};

// The rules of the QTI 3.0 schema for what we write of it.
class Structure {
 public:
  void CheckItem(const Element& item) {
    SCOPED_TRACE(item.Attribute("identifier"));
    EXPECT_EQ(item.name, "qti-assessment-item");
    CheckNamespace(item);
    EXPECT_TRUE(ids_.insert(item.Attribute("identifier")).second);
    EXPECT_NE(item.Attribute("title"), "(absent)");
    EXPECT_NE(item.Attribute("title"), "");
    EXPECT_EQ(item.Attribute("adaptive"), "false");
    EXPECT_EQ(item.Attribute("time-dependent"), "false");
    ASSERT_THAT(item.Names(), ElementsAre("qti-response-declaration", "qti-outcome-declaration", "qti-item-body"));
    const Element& response = item.children[0];
    EXPECT_EQ(response.Attribute("cardinality"), "single");
    EXPECT_EQ(response.Attribute("base-type"), "string");
    const Element& outcome = item.children[1];
    EXPECT_EQ(outcome.Attribute("identifier"), "SCORE");
    EXPECT_EQ(outcome.Attribute("cardinality"), "single");
    EXPECT_EQ(outcome.Attribute("base-type"), "float");
    EXPECT_EQ(outcome.Attribute("external-scored"), "human");
    int interactions = 0;
    for (const Element& block : item.children[2].children) {
      if (block.name == "qti-extended-text-interaction") {
        ++interactions;
        EXPECT_EQ(block.Attribute("response-identifier"), response.Attribute("identifier"));
        ASSERT_THAT(block.Names(), ElementsAre("qti-prompt"));
        CheckInline(block.children[0]);
      } else if (block.name == "qti-rubric-block") {
        CheckRubric(block);
      } else {
        EXPECT_EQ(block.name, "div");
        CheckFlow(block);
      }
    }
    EXPECT_EQ(interactions, 1);
  }

 private:
  void CheckNamespace(const Element& element) {
    EXPECT_EQ(element.space, kQtiNamespace) << element.name;
    for (const Element& child : element.children) CheckNamespace(child);
  }

  void CheckRubric(const Element& block) {
    EXPECT_THAT((std::set<std::string>{"instructions", "scoring", "navigation"}), Contains(block.Attribute("use")));
    std::string views = block.Attribute("view") + " ";
    for (std::size_t end = views.find(' '); end != std::string::npos; views.erase(0, end + 1), end = views.find(' ')) {
      EXPECT_THAT((std::set<std::string>{"author", "candidate", "proctor", "scorer", "testConstructor", "tutor"}), Contains(views.substr(0, end)));
      EXPECT_NE(views.substr(0, end), "candidate") << "what is for scorers must not be shown to candidates";
    }
    ASSERT_THAT(block.Names(), ElementsAre("qti-content-body"));
    CheckFlow(block.children[0]);
  }

  // Blocks of HTML as QTI takes it.
  void CheckFlow(const Element& element) {
    for (const Element& child : element.children) {
      if (element.name == "dl") {
        EXPECT_TRUE(child.name == "dt" || child.name == "dd") << child.name;
        EXPECT_EQ(element.text.find_first_not_of(" \n"), std::string::npos) << element.text;
      } else {
        EXPECT_THAT((std::set<std::string>{"p", "br", "pre", "dl"}), Contains(child.name)) << "in " << element.name;
      }
      if (element.name == "p" || element.name == "dt" || element.name == "pre") {
        EXPECT_EQ(child.name, "br") << "in " << element.name;
      }
      CheckFlow(child);
    }
  }

  void CheckInline(const Element& element) {
    for (const Element& child : element.children) EXPECT_TRUE(child.name == "br" || child.name == "span") << child.name;
  }

  std::set<std::string> ids_;
};

TEST(Qti, WhatIsWrittenKeepsTheRulesOfQti3) {
  const auto pack = LoadPack(ASSAY_SOURCE_DIR "/packs/ai-engineer");
  ASSERT_TRUE(pack.ok()) << pack.status();
  std::vector<v1::QuestionContent> questions(pack->questions().begin(), pack->questions().end());
  questions.push_back(FullQuestion([](const std::string& path, int count) { return path + "\n\n  " + std::to_string(count) + " <x>\n"; }));
  questions.back().set_language_code("de");
  TreeSink tree;
  XmlPush xml(tree);
  ASSERT_TRUE(xml.Feed(WriteAll(*MakeQtiWriter(), questions)).ok());
  ASSERT_TRUE(xml.Finish().ok());
  EXPECT_EQ(tree.root.name, "bank");
  EXPECT_EQ(tree.root.space, kQtiBankNamespace);
  EXPECT_EQ(tree.root.Attribute("title"), "A <b>pack</b> & more / less");
  ASSERT_EQ(tree.root.children.size(), questions.size());
  Structure structure;
  for (const Element& item : tree.root.children) structure.CheckItem(item);
}

}  // namespace
}  // namespace assay::bank
