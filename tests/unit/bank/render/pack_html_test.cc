#include "services/bank/render/pack_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libxml/HTMLparser.h>

#include <memory>
#include <set>

#include "services/bank/domain/pack_texts.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/bank/render/math.h"
#include "services/bank/render/pack_index.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const v1::Pack& Bundled() {
  static const v1::Pack kPack = LoadPack(ASSAY_BUNDLED_PACK).value();
  return kPack;
}

// Every text between tags of a page, and the names and attributes of its elements.
class Page {
 public:
  explicit Page(const std::string& html)
      : document_(htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "UTF-8", HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING),
                  xmlFreeDoc) {
    Walk(xmlDocGetRootElement(document_.get()));
  }

  std::string text;
  std::multiset<std::string> elements;
  std::multiset<std::string> attributes;

 private:
  void Walk(const xmlNode* node) {
    for (; node != nullptr; node = node->next) {
      if (node->type == XML_TEXT_NODE) text += reinterpret_cast<const char*>(node->content);
      if (node->type != XML_ELEMENT_NODE) continue;
      elements.insert(reinterpret_cast<const char*>(node->name));
      for (const xmlAttr* attribute = node->properties; attribute != nullptr; attribute = attribute->next) {
        attributes.insert(reinterpret_cast<const char*>(attribute->name));
      }
      Walk(node->children);
    }
  }

  std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document_;
};

std::string Squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\n') out += c;
  }
  return out;
}

TEST(PackHtml, HoldsEveryTextOfThePack) {
  const std::string shown = Squeezed(Page(RenderPackHtml(Bundled(), nullptr)).text);
  const auto expect = [&](const PackText& text) {
    std::string plain;
    for (const MathPiece& piece : SplitMath(text.text)) plain += piece.text;
    EXPECT_NE(shown.find(Squeezed(plain)), std::string::npos) << text.path << ": " << text.text;
  };
  ForEachCatalogueText(Bundled(), expect);
  for (const auto& question : Bundled().questions()) ForEachText(question, expect);
  for (const auto& flag : Bundled().flags()) EXPECT_THAT(shown, HasSubstr(Squeezed(flag.display_name())));
  for (const auto& field : Bundled().scorecard_templates(0).fields()) EXPECT_THAT(shown, HasSubstr(Squeezed(field.display_name())));
}

TEST(PackHtml, LoadsNothingAndRunsOneScript) {
  const std::string html = RenderPackHtml(Bundled(), nullptr);
  const Page page(html);
  EXPECT_EQ(page.elements.count("script"), 1u);
  for (const char* element : {"link", "img", "iframe", "object", "embed", "base", "svg", "video"}) EXPECT_EQ(page.elements.count(element), 0u) << element;
  EXPECT_EQ(page.attributes.count("src"), 0u);
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
}

TEST(PackHtml, GivesEveryQuestionAnAddress) {
  const std::string html = RenderPackHtml(Bundled(), nullptr);
  for (const auto& question : Bundled().questions()) EXPECT_THAT(html, HasSubstr("<article class=\"question\" id=\"" + question.id() + "\""));
}

TEST(PackHtml, ShowsFormulasAsMathML) {
  const MathConverter convert = [](const std::vector<std::string>& formulas) -> absl::StatusOr<std::vector<MathMarkup>> {
    return std::vector<MathMarkup>(formulas.size(), {.mathml = "<math><mi>x</mi></math>", .problem = {}});
  };
  const std::string html = RenderPackHtml(Bundled(), convert);
  EXPECT_GT(Page(html).elements.count("math"), 40u);
  EXPECT_EQ(Page(html).elements.count("code"), 0u);
  EXPECT_GT(Page(RenderPackHtml(Bundled(), nullptr)).elements.count("code"), 40u);
}

// Every text field of every entry, set to something hostile.
void Poison(google::protobuf::Message& message, const std::string& poison) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i) Poison(*reflection->MutableRepeatedMessage(&message, field, i), poison);
      } else {
        Poison(*reflection->MutableMessage(&message, field), poison);
      }
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i) reflection->SetRepeatedString(&message, field, i, poison);
      } else {
        reflection->SetString(&message, field, poison);
      }
    }
  }
}

v1::Pack Poisoned(const std::string& poison) {
  v1::Pack pack = Bundled();
  pack.mutable_questions()->DeleteSubrange(3, pack.questions_size() - 3);
  v1::QuestionTranslation& translation = *pack.mutable_questions(0)->add_translations();
  translation.set_language_code("de");
  translation.set_prompt("Was?");
  Poison(pack, poison);
  return pack;
}

TEST(PackHtml, TakesNothingInAPackForMarkup) {
  for (const char* poison : {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "javascript:alert(1)",
                             "{{SCRIPT:none}}{{%AUTOESCAPE context=\"NONE\"}}", "--!><svg onload=alert(1)>", "]]>&#x3c;b&#x3e;", "$\\text{<script>}$",
                             "</script><script>alert(1)</script>", "</style><script>alert(1)</script>", "\u202Eevil\u2066"}) {
    const std::string html = RenderPackHtml(Poisoned(poison), BlahtexmlConverter());
    const Page page(html);
    EXPECT_EQ(page.elements.count("script"), 1u) << poison;
    EXPECT_EQ(page.elements.count("style"), 1u) << poison;
    for (const char* element : {"img", "svg"}) EXPECT_EQ(page.elements.count(element), 0u) << poison;
    for (const std::string& attribute : page.attributes) EXPECT_NE(attribute.substr(0, 2), "on") << poison;
    EXPECT_THAT(html, Not(HasSubstr("\u202E"))) << poison;
  }
}

TEST(PackHtml, TakesLongTextsAndLongWords) {
  const std::string html = RenderPackHtml(Poisoned(std::string(10'000, 'w')), nullptr);
  EXPECT_THAT(html, HasSubstr("overflow-wrap: anywhere"));
  EXPECT_THAT(html, HasSubstr(std::string(10'000, 'w')));
}

TEST(PackHtml, SaysWhatIsNotOnThePage) {
  v1::Pack pack;
  pack.set_id("big");
  pack.set_display_name("Big");
  pack.set_version("1.0.0");
  for (int i = 0; i <= kMaxHtmlQuestions; ++i) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id("x" + std::to_string(i));
    question.set_prompt("Why?");
  }
  const std::string html = RenderPackHtml(pack, nullptr);
  EXPECT_THAT(html, HasSubstr("The first 5000 of 5,001 questions"));
  EXPECT_EQ(Page(html).elements.count("article"), static_cast<size_t>(kMaxHtmlQuestions));
}

TEST(PackHtml, TakesAnEmptyPack) {
  const std::string html = RenderPackHtml(v1::Pack(), nullptr);
  EXPECT_THAT(html, HasSubstr("</html>"));
}

TEST(PackIndex, OrdersQuestionsByDocumentAndNumber) {
  v1::Pack pack;
  for (const char* ref : {"Q10", "Q2", "G1", "Q1"}) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id(ref);
    question.mutable_source()->set_document(ref[0] == 'Q' ? "guide" : "grill");
    question.mutable_source()->set_ref(ref);
    question.set_part("One");
    question.set_section(ref[0] == 'Q' ? "A" : "B");
  }
  const PackIndex index(pack);
  ASSERT_EQ(index.parts().size(), 1u);
  ASSERT_EQ(index.parts()[0].sections.size(), 2u);
  std::vector<std::string> order;
  for (const auto& section : index.parts()[0].sections) {
    for (const auto* question : section.questions) order.push_back(question->id());
  }
  EXPECT_THAT(order, testing::ElementsAre("Q1", "Q2", "Q10", "G1"));
}

TEST(PackIndex, SpeaksOfNumbersAsPeopleDo) {
  EXPECT_EQ(Percent(2000), "20 %");
  EXPECT_EQ(Percent(1250), "12.5 %");
  EXPECT_EQ(Points(3000), "3.0");
  EXPECT_EQ(Points(3500), "3.5");
  EXPECT_EQ(Clock(65), "1:05");
  EXPECT_EQ(Counted(1, "question"), "1 question");
  EXPECT_EQ(Counted(1234567, "question"), "1,234,567 questions");
  EXPECT_EQ(Alternatives({"a", "b", "c"}), "a, b or c");
}

}  // namespace
}  // namespace assay::bank
