#include "services/bank/domain/kit_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::bank {
namespace {

v1::QuestionContent Question() {
  v1::QuestionContent content;
  content.set_prompt("What is drift?");
  content.set_scenario("A model in its second year");
  content.set_cue("Listen for the cause");
  content.add_probes()->set_text("How did you notice?");
  const auto add = [&](const char* language, const char* prompt) -> v1::QuestionTranslation& {
    v1::QuestionTranslation& translation = *content.add_translations();
    translation.set_language_code(language);
    translation.set_prompt(prompt);
    return translation;
  };
  add("de", "Was ist Drift?").set_cue("Auf die Ursache achten");
  add("pt-BR", "O que é drift?");
  return content;
}

TEST(KitWords, AreInTheLanguageAskedForWhereThereIsATranslation) {
  const KitWords german = WordsIn(Question(), "de");
  EXPECT_EQ(german.prompt, "Was ist Drift?");
  EXPECT_EQ(german.cue, "Auf die Ursache achten");
  EXPECT_EQ(german.language, "de");
  // What the translation leaves empty is the question's own.
  EXPECT_EQ(german.scenario, "A model in its second year");
  EXPECT_EQ(german.probes.size(), 1);
}

TEST(KitWords, FallBackFromARegionToTheLanguageThenToTheQuestionsOwn) {
  EXPECT_EQ(WordsIn(Question(), "de-AT").language, "de");
  EXPECT_EQ(WordsIn(Question(), "DE").language, "de");
  EXPECT_EQ(WordsIn(Question(), "pt").language, "pt-BR");
  EXPECT_EQ(WordsIn(Question(), "en-GB").language, "en");
  EXPECT_EQ(WordsIn(Question(), "fr").language, "en");
  EXPECT_EQ(WordsIn(Question(), "fr").prompt, "What is drift?");
  EXPECT_EQ(WordsIn(Question(), "").language, "en");
  v1::QuestionContent french = Question();
  french.set_language_code("fr");
  EXPECT_EQ(WordsIn(french, "").language, "fr");
  EXPECT_EQ(WordsIn(french, "fr-CA").prompt, "What is drift?");
}

TEST(KitWords, KnowALanguageTagFromOtherText) {
  for (const char* tag : {"de", "pt-BR", "zh-Hant-TW", "gsw"}) EXPECT_TRUE(IsLanguageTag(tag)) << tag;
  for (const char* text : {"", "d", "Deutsch", "de_AT", "de-", "-de", "de--AT", "german", "de-ABCDEFGHI", "a1", "de-A-B-C-D-E", "d'; --"}) {
    EXPECT_FALSE(IsLanguageTag(text)) << text;
  }
}

}  // namespace
}  // namespace assay::bank
