#include "services/bank/render/kit_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "services/bank/domain/pack_yaml.h"
#include "services/bank/render/math.h"
#include "services/bank/render/program.h"
#include "tests/unit/bank/render/sample_kit.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const v1::Pack& Bundled() {
  static const v1::Pack kPack = LoadPack(ASSAY_BUNDLED_PACK).value();
  return kPack;
}

KitSheet SheetOf(const SampleKit& sample) { return LayOutKit(sample.kit, Bundled(), sample.contents); }
KitSheet Sheet() { return SheetOf(KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER)); }

std::string Html(const KitSheet& sheet) { return KitSheetHtml(sheet, MathText(TextsOf(sheet), nullptr)).value(); }
std::string Pdf(const KitSheet& sheet) { return KitSheetPdf(sheet, MathText(TextsOf(sheet), nullptr)).value(); }

// Text of a PDF as a reader sees it; skipped where the tool is missing.
std::string TextOf(const std::string& pdf) {
  const auto text = RunProgram({"pdftotext", "-layout", "-", "-"}, pdf);
  return text.ok() ? *text : "";
}

TEST(KitSheet, CountsTheClockFromTheStart) {
  const KitSheet sheet = Sheet();
  ASSERT_EQ(sheet.boxes.size(), 5u);
  std::vector<int> from;
  for (const KitSheet::Box& box : sheet.boxes) from.push_back(box.from);
  EXPECT_THAT(from, ElementsAre(0, 5, 25, 40, 52));
  EXPECT_EQ(sheet.title, "Sixty-minute round");
  EXPECT_EQ(sheet.subtitle, "AI engineer (core ML) · Fresher · 60 min");
}

TEST(KitSheet, AnchorsEachQuestionAtThreeLevelsOfItsPinnedRevision) {
  for (const KitSheet::Box& box : Sheet().boxes) {
    for (const KitSheet::Question& question : box.questions) {
      ASSERT_EQ(question.anchors.size(), 3u) << question.id;
      EXPECT_EQ(question.anchors[0].score, 5);
      EXPECT_EQ(question.anchors[1].score, 3);
      EXPECT_LE(question.anchors[2].score, 2);
      EXPECT_EQ(question.anchors[0].label, "Exceptional");
      EXPECT_THAT(question.id, HasSubstr("@3"));
      EXPECT_FALSE(question.red_flags.empty());
    }
  }
}

TEST(KitSheet, LaysOutWhatTheKitHoldsWhereAContentIsGone) {
  SampleKit sample = KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER);
  sample.contents.clear();
  const KitSheet sheet = SheetOf(sample);
  EXPECT_THAT(sheet.boxes[1].questions[0].anchors, IsEmpty());
  EXPECT_EQ(sheet.boxes[1].questions[0].prompt, sample.kit.slots(1).questions(0).prompt());
  EXPECT_THAT(Html(sheet), HasSubstr("</html>"));
}

TEST(KitSheet, SpeaksTheKitsLanguageWhereAQuestionDoes) {
  SampleKit sample = KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER);
  sample.kit.set_language_code("de");
  v1::KitQuestion& first = *sample.kit.mutable_slots(1)->mutable_questions(0);
  v1::QuestionTranslation& translation = *sample.contents[first.question()].add_translations();
  translation.set_language_code("de");
  first.set_prompt("Wie würden Sie das angehen?");
  v1::Exemplar& five = *translation.add_exemplars();
  five.set_score(5);
  five.set_text("Zuerst frage ich nach dem Ziel.");
  translation.add_red_flags("Beginnt mit dem Modell");
  sample.kit.mutable_slots(1)->mutable_questions(1)->set_language_code("en");
  const KitSheet sheet = SheetOf(sample);
  EXPECT_EQ(sheet.boxes[1].questions[0].anchors[0].text, "Zuerst frage ich nach dem Ziel.");
  EXPECT_THAT(sheet.boxes[1].questions[0].red_flags, ElementsAre("Beginnt mit dem Modell"));
  EXPECT_EQ(sheet.boxes[1].questions[1].language, "en");
  const std::string html = Html(sheet);
  EXPECT_THAT(html, HasSubstr("<html lang=\"de\">"));
  EXPECT_THAT(html, HasSubstr(" lang=\"en\">"));
  EXPECT_THAT(html, HasSubstr("Wie würden Sie das angehen?"));
}

TEST(KitSheet, MakesAScorecardOfItsOwnWhereNoTemplateIs) {
  const SampleKit sample = KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER);
  const KitSheet sheet = LayOutKit(sample.kit, v1::Pack(), sample.contents);
  EXPECT_GE(sheet.card.size(), 6u);
  EXPECT_EQ(sheet.scale.size(), 5u);
  EXPECT_THAT(sheet.overall, ElementsAre("communication"));
  EXPECT_THAT(Pdf(sheet), StartsWith("%PDF"));
}

TEST(KitSheetHtml, HoldsEverythingAnInterviewerNeeds) {
  const SampleKit sample = KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER);
  const KitSheet sheet = SheetOf(sample);
  const std::string html = Html(sheet);
  for (const std::string_view text : TextsOf(sheet)) EXPECT_THAT(html, HasSubstr(MathText({text}, nullptr).Html(text).html));
  for (const char* fact : {"kits/0193c2a4", "policies/ai-engineer@1", ">42<", "0:25–0:40"}) EXPECT_THAT(html, HasSubstr(fact));
  for (const auto& field : sheet.card) EXPECT_THAT(html, HasSubstr(field.name));
  EXPECT_THAT(html, HasSubstr("Inflated experience"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(KitSheetPdf, HoldsTheSameOnPages) {
  const KitSheet sheet = Sheet();
  const std::string pdf = Pdf(sheet);
  ASSERT_THAT(pdf, StartsWith("%PDF"));
  const std::string text = TextOf(pdf);
  if (text.empty()) GTEST_SKIP() << "pdftotext is missing: apt-get install poppler-utils";
  for (const char* part : {"Sixty-minute round", "0:25–0:40", "LISTEN FOR", "FOLLOW UP", "5 Exceptional", "Candidate scorecard", "Strong hire",
                           "Inflated experience", "not assessed", "kits/0193c2a4", "Seed"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(KitSheetPdf, IsTheSameForTheSameSheet) { EXPECT_EQ(Pdf(Sheet()), Pdf(Sheet())); }

TEST(KitSheetPdf, BreaksLongTextsOverPagesAndLosesNothing) {
  SampleKit sample = KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER);
  v1::KitQuestion& question = *sample.kit.mutable_slots(1)->mutable_questions(0);
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "word" + std::to_string(i) + " ";
  question.set_scenario(text);
  question.set_cue(std::string(10'000, 'w'));
  question.set_prompt(std::string(2'000, 'p'));
  const std::string pdf = Pdf(SheetOf(sample));
  const std::string shown = TextOf(pdf);
  if (shown.empty()) GTEST_SKIP() << "pdftotext is missing: apt-get install poppler-utils";
  for (int i = 0; i < 1500; ++i) EXPECT_THAT(shown, HasSubstr("word" + std::to_string(i)));
  EXPECT_GE(std::count(shown.begin(), shown.end(), 'w'), 11'500);
}

TEST(KitSheet, TakesNothingInItForMarkup) {
  for (const char* poison : {"<script>alert(1)</script>", "<span size='x'>&amp;</span> {{TITLE}}", "\u202Egnp.exe\u202C", "\xff\xfe", "a\x01\x02", "", " ",
                             "\n\n\n", "$\\newcommand{\\a}{\\a\\a}\\a$", "مرحبا بالعالم", "שאלה ארוכה"}) {
    SampleKit sample = KitOfPack(Bundled(), "core-ml", v1::LEVEL_FRESHER);
    v1::KitSlot& slot = *sample.kit.mutable_slots(1);
    slot.set_display_name(poison);
    slot.set_script(poison);
    for (v1::KitQuestion& question : *slot.mutable_questions()) {
      question.set_prompt(poison);
      question.set_scenario(poison);
      question.set_cue(poison);
      question.set_why(poison);
      question.set_competency(poison);
      v1::QuestionContent& content = sample.contents[question.question()];
      content.mutable_exemplars(0)->set_text(poison);
      content.mutable_exemplars(0)->set_why(poison);
      content.set_red_flags(0, poison);
      content.mutable_key_concepts(0)->set_text(poison);
    }
    const KitSheet sheet = SheetOf(sample);
    const MathText texts(TextsOf(sheet), BlahtexmlConverter());
    const auto html = KitSheetHtml(sheet, texts);
    ASSERT_TRUE(html.ok()) << poison;
    EXPECT_THAT(*html, Not(HasSubstr("<script"))) << poison;
    EXPECT_THAT(*html, Not(HasSubstr("\u202E"))) << poison;
    const auto pdf = KitSheetPdf(sheet, texts);
    ASSERT_TRUE(pdf.ok()) << poison << pdf.status();
  }
}

TEST(KitSheet, TakesAKitOfNothing) {
  const KitSheet sheet = LayOutKit(v1::Kit(), v1::Pack(), {});
  EXPECT_THAT(Html(sheet), HasSubstr("</html>"));
  EXPECT_THAT(Pdf(sheet), StartsWith("%PDF"));
}

}  // namespace
}  // namespace assay::bank
