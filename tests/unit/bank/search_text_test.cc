#include "services/bank/domain/search_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/bank/domain/text_similarity.h"
#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

v1::QuestionContent Full() {
  v1::QuestionContent content;
  content.set_id("q037");
  content.mutable_source()->set_ref("Q37");
  content.set_prompt("How does a brake work?");
  content.set_scenario("A rider comes down a hill.");
  content.set_competency("braking");
  content.set_section("Stopping");
  content.add_tags("rim");
  content.set_cue("Listens for friction.");
  auto& concept_ = *content.add_key_concepts();
  concept_.set_text("Friction turns motion into heat");
  concept_.set_gloss("That is why rims get hot.");
  concept_.add_terms("heat");
  content.add_exemplars()->set_text("Pads press on the rim.");
  content.add_probes()->set_text("And in the rain?");
  return content;
}

v1::QuestionTranslation& Translate(v1::QuestionContent& content, const std::string& language, const std::string& prompt) {
  auto& translation = *content.add_translations();
  translation.set_language_code(language);
  translation.set_prompt(prompt);
  return translation;
}

TEST(SearchTexts, WeighPromptLabelsConceptsAndTheRest) {
  const auto texts = SearchTextsOf(Full());
  ASSERT_THAT(texts, SizeIs(1));
  EXPECT_EQ(texts[0].language, "en");
  EXPECT_EQ(texts[0].prompt, "How does a brake work?");
  EXPECT_EQ(texts[0].labels, "q037\nq37\nQ37\nrim\nbraking\nStopping");
  EXPECT_EQ(texts[0].concepts, "Friction turns motion into heat. That is why rims get hot., heat");
  EXPECT_EQ(texts[0].rest, "A rider comes down a hill.\nListens for friction.\nPads press on the rim.\nAnd in the rain?");
}

TEST(SearchTexts, HaveOneForEveryLanguageWithTheLabelsInEach) {
  v1::QuestionContent content = Full();
  Translate(content, "de", "Wie wirkt eine Bremse?").set_cue("Reibung");
  Translate(content, "pt-BR", "Como funciona um freio?");
  Translate(content, "pt-PT", "Como funciona um travão?");
  Translate(content, "en-GB", "How does a brake operate?");
  const auto texts = SearchTextsOf(content);
  ASSERT_THAT(texts, SizeIs(3));
  EXPECT_EQ(texts[0].prompt, "How does a brake work?\nHow does a brake operate?");
  EXPECT_EQ(texts[1].language, "de");
  EXPECT_EQ(texts[1].prompt, "Wie wirkt eine Bremse?");
  EXPECT_EQ(texts[1].rest, "Reibung") << "what is not translated is not German";
  EXPECT_EQ(texts[1].concepts, "");
  EXPECT_THAT(texts[1].labels, HasSubstr("q037"));
  EXPECT_EQ(texts[2].language, "pt");
  EXPECT_EQ(texts[2].prompt, "Como funciona um freio?\nComo funciona um travão?");
}

TEST(SearchTexts, CollectEachWordOnceForTheVocabulary) {
  v1::QuestionContent content;
  content.set_id("x1");
  content.set_prompt("Brakes, brakes & GPT4: 2024 a naïve 機械 brake");
  EXPECT_THAT(SearchTextsOf(content)[0].words, ElementsAre("brake", "brakes", "naïve"));
}

TEST(SearchTexts, AreCutBetweenCharacters) {
  v1::QuestionContent content;
  content.set_id("x1");
  for (int i = 0; i < 20; ++i) {
    std::string text;
    for (int k = 0; k < 2666; ++k) text += "é€ ";
    content.add_exemplars()->set_text(text);
  }
  const std::string rest = SearchTextsOf(content)[0].rest;
  EXPECT_LE(rest.size(), 64 * 1024u);
  EXPECT_GT(rest.size(), 64 * 1024u - 8);
  for (size_t at = 0; at < rest.size();) {
    const size_t length = Utf8SequenceLength(rest, at);
    ASSERT_GT(length, 0u) << at;
    at += length;
  }
}

TEST(SearchLanguage, IsThePrimarySubtag) {
  EXPECT_EQ(SearchLanguage(""), "en");
  EXPECT_EQ(SearchLanguage("en"), "en");
  EXPECT_EQ(SearchLanguage("EN-us"), "en");
  EXPECT_EQ(SearchLanguage("pt-BR"), "pt");
  EXPECT_EQ(SearchLanguage("zh-Hant-TW"), "zh");
  EXPECT_EQ(SearchLanguage("nb"), "no");
  EXPECT_EQ(SearchLanguage("English, please"), "und");
  EXPECT_EQ(SearchLanguage("x"), "und");
  EXPECT_EQ(SearchLanguage("日本"), "und");
}

TEST(SearchLanguage, HasADictionaryOrASimpleOne) {
  EXPECT_EQ(TextConfig("en"), "pg_catalog.english");
  EXPECT_EQ(TextConfig("de"), "pg_catalog.german");
  EXPECT_EQ(TextConfig("pl"), "pg_catalog.simple");
  EXPECT_EQ(TextConfig("und"), "pg_catalog.simple");
}

TEST(Words, AreRunsOfLettersAndDigits) {
  EXPECT_THAT(LettersAndDigits("k-means, C++ & naïve – “Größe” 🚲 a\xC2\xA0z"),
              ElementsAre("k", "means", "C", "naïve", "Größe", "a", "z"));
  EXPECT_THAT(LettersAndDigits("%_\\'\"()!*:|&<->"), IsEmpty());
  EXPECT_THAT(LettersAndDigits("שלום עולם"), ElementsAre("שלום", "עולם"));
}

TEST(Words, OfScriptsWithoutSpacesAreTheirCharacters) {
  EXPECT_EQ(Spaced("機械学習"), "機 械 学 習");
  EXPECT_EQ(Spaced("GPT4で学ぶ。次"), "GPT4 で 学 ぶ。次");
  EXPECT_EQ(Spaced("plain text, naïve"), "plain text, naïve");
}

TEST(Snippets, ComeFromTheFieldsInTheLanguageOfTheSearch) {
  v1::QuestionContent content = Full();
  Translate(content, "de-AT", "Wie wirkt eine Bremse?").set_cue("Reibung");
  EXPECT_THAT(SnippetSources(content, "en"), ElementsAre("How does a brake work?", "A rider comes down a hill.",
                                                         "Friction turns motion into heat. That is why rims get hot., heat",
                                                         "Listens for friction."));
  EXPECT_THAT(SnippetSources(content, "de"), ElementsAre("Wie wirkt eine Bremse?", "Reibung"));
  EXPECT_THAT(SnippetSources(content, "fr"), IsEmpty());
}

TEST(Snippets, KeepTheirMarksApartFromATextsOwnQuotationMarks) {
  v1::QuestionContent content;
  content.set_prompt("Que veut dire « frein » ?");
  EXPECT_THAT(SnippetSources(content, "en"), ElementsAre("Que veut dire \" frein \" ?"));
}

TEST(Snippets, CloseUpWhatWasSpacedOut) {
  EXPECT_EQ(ShownSnippet("これ は «機» «械» 学 習"), "これは«機械»学習");
  EXPECT_EQ(ShownSnippet("a «big» «brake» here"), "a «big» «brake» here");
  EXPECT_EQ(ShownSnippet("«機» and more"), "«機» and more");
  EXPECT_EQ(ShownSnippet("two  spaces «end»"), "two  spaces «end»");
  EXPECT_EQ(ShownSnippet(""), "");
}

TEST(Snippets, AreLookedForWhereAWordMayBe) {
  EXPECT_TRUE(MayHold("He was braking.", {"brakes"}, "en"));
  EXPECT_FALSE(MayHold("He was riding.", {"brakes"}, "en"));
  EXPECT_TRUE(MayHold("Häuser", {"haus"}, "de")) << "stems of other languages change the beginning of words";
  EXPECT_TRUE(MayHold("x", {"état"}, "en"));
}

TEST(Overlaps, AgreeWithTheLintsMeasure) {
  const std::string subject = "How would you true a wheel that wobbles from side to side?";
  const std::string twin = "How would you true a wheel that wobbles from side to side today?";
  const auto overlaps = Overlaps(subject, {twin, "What is the boiling point of water at sea level?", "Short one", subject});
  ASSERT_THAT(overlaps, SizeIs(4));
  EXPECT_EQ(NearDuplicates({subject, twin}).at(0).overlap, overlaps[0]);
  EXPECT_LT(overlaps[1], 0.3);
  EXPECT_EQ(overlaps[2], 0) << "too short to judge";
  EXPECT_EQ(overlaps[3], 1);
}

}  // namespace
}  // namespace assay::bank
