#include "services/bank/domain/search_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

SearchQuery Parsed(const std::string& text) { return ParseSearchQuery(text).value(); }
SearchTerm Word(const std::string& text) { return {text, false, false}; }
SearchTerm Phrase(const std::string& text) { return {text, true, false}; }
SearchTerm Without(SearchTerm term) {
  term.excluded = true;
  return term;
}

TEST(SearchQuery, KnowsWordsPhrasesExclusionsAndAlternatives) {
  EXPECT_THAT(Parsed("gradient descent").alternatives, ElementsAre(ElementsAre(Word("gradient"), Word("descent"))));
  EXPECT_THAT(Parsed("\"gradient descent\" -bias or drift -\"cold start\"").alternatives,
              ElementsAre(ElementsAre(Phrase("gradient descent"), Without(Word("bias"))),
                          ElementsAre(Word("drift"), Without(Phrase("cold start")))));
  EXPECT_THAT(Parsed("a OR b Or c").alternatives, SizeIs(3));
  EXPECT_THAT(Parsed("k-means state-of-the-art").alternatives, ElementsAre(ElementsAre(Word("k-means"), Word("state-of-the-art"))));
}

TEST(SearchQuery, TakesTypographicMarksAsMeant) {
  EXPECT_THAT(Parsed("“gradient descent” −bias\u3000drift").alternatives,
              ElementsAre(ElementsAre(Phrase("gradient descent"), Without(Word("bias")), Word("drift"))));
}

TEST(SearchQuery, ReadsOnWhereMarksAreUnfinished) {
  EXPECT_THAT(Parsed("\"gradient desc").alternatives, ElementsAre(ElementsAre(Phrase("gradient desc"))));
  EXPECT_THAT(Parsed("or a or or b or").alternatives, ElementsAre(ElementsAre(Word("a")), ElementsAre(Word("b"))));
  EXPECT_THAT(Parsed("- a \"\" -\"\" !").alternatives, ElementsAre(ElementsAre(Word("a"))));
  EXPECT_THAT(Parsed("((a&b)|!c").alternatives, ElementsAre(ElementsAre(Word("a"), Word("b"), Word("c"))));
  EXPECT_THAT(Parsed("(-a b").alternatives, ElementsAre(ElementsAre(Without(Word("a")), Word("b"))));
}

TEST(SearchQuery, NeedsAWordToLookFor) {
  for (const char* text : {"", "   ", "(((", "%_\\", "\"\"", "or", "🚲 🚲", "!!! ??? ***", "--", "<-> & |", "“”"}) {
    const auto status = ParseSearchQuery(text).status();
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_EQ(runtime::ReasonOf(status), runtime::v1::ERROR_REASON_INVALID_FIELDS);
    ASSERT_THAT(runtime::ViolationsOf(status), SizeIs(1));
    EXPECT_EQ(runtime::ViolationsOf(status)[0].field, "query");
    EXPECT_THAT(runtime::ViolationsOf(status)[0].description, HasSubstr("at least one"));
  }
}

TEST(SearchQuery, DoesNotOnlyTakeAway) {
  for (const char* text : {"-bias", "gradient or -bias", "-\"cold start\" -bias"}) {
    const auto status = ParseSearchQuery(text).status();
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_THAT(runtime::ViolationsOf(status).at(0).description, HasSubstr("only takes away"));
  }
}

TEST(SearchQuery, LeavesTheLastWordOpenWhileItIsTyped) {
  EXPECT_TRUE(Parsed("gradi").open_end);
  EXPECT_TRUE(Parsed("big gradi").open_end);
  EXPECT_FALSE(Parsed("gradi ").open_end) << "a space ends the word";
  EXPECT_FALSE(Parsed("\"gradi\"").open_end);
  EXPECT_FALSE(Parsed("big -gradi").open_end);
  EXPECT_FALSE(Parsed("ml").open_end) << "too much begins with two letters";
  EXPECT_FALSE(Parsed("k-mea").open_end);
  EXPECT_FALSE(Parsed("機械学習").open_end);
}

TEST(SearchQuery, PrintsWhatParsesToTheSame) {
  for (const char* text : {"gradient descent", "\"gradient descent\" -bias or drift -\"cold start\"", "\"or\" else", "-\"a b\" c"}) {
    EXPECT_EQ(PrintSearchQuery(Parsed(text)), text);
  }
}

TEST(SearchParts, KeepTheOpenWordApart) {
  const SearchParts parts = PartsOf(Parsed("\"cold start\" or big -small gradi"));
  EXPECT_EQ(parts.others, "\"cold start\"");
  EXPECT_EQ(parts.rest, "big -small");
  EXPECT_EQ(parts.last, "gradi");
  EXPECT_EQ(parts.prefix, "'gradi':*");
  EXPECT_EQ(parts.marked, "\"cold start\" or big or gradi");
}

TEST(SearchParts, LookForScriptsWithoutSpacesAsPhrases) {
  EXPECT_EQ(PartsOf(Parsed("機械 GPT4で")).rest, "\"機 械\" \"GPT4 で\"");
}

TEST(SearchParts, NeverHoldAQuoteWithinTheOpenWord) {
  for (const char* text : {"a'b':*", "gra\\di", "don't", "gra'", "x:*"}) {
    const SearchParts parts = PartsOf(Parsed(text));
    EXPECT_EQ(parts.prefix, "") << text;
  }
}

TEST(CorrectableTerms, AreUnquotedWordsOfLettersAlone) {
  SearchQuery query = Parsed("gradint \"decsent\" -bais q037 bm25 k-maens the café nueral or trasformer");
  std::vector<std::string> texts;
  for (const SearchTerm* term : CorrectableTerms(query)) texts.push_back(term->text);
  EXPECT_THAT(texts, ElementsAre("gradint", "café", "nueral", "trasformer"));
}

TEST(CorrectableTerms, AreFew) {
  std::string text;
  for (int i = 0; i < 80; ++i) text += "abcd ";
  SearchQuery query = Parsed(text);
  EXPECT_THAT(CorrectableTerms(query), SizeIs(8));
  SearchQuery longest = Parsed(std::string(400, 'a'));
  EXPECT_THAT(CorrectableTerms(longest), IsEmpty());
}

TEST(NearestWord, ForgivesASlipInShortWordsAndTwoInLongOnes) {
  EXPECT_EQ(NearestWord("gradint", {"gradual", "gradient"}), "gradient");
  EXPECT_EQ(NearestWord("kuberntse", {"kubernetes"}), "kubernetes");
  EXPECT_EQ(NearestWord("nueral", {"natural", "neural"}), "neural") << "letters the wrong way round are one slip";
  EXPECT_EQ(NearestWord("bias", {"basis"}), std::nullopt);
  EXPECT_EQ(NearestWord("lost", {"cost"}), "cost");
  EXPECT_EQ(NearestWord("modle", {"mode", "model"}), "model") << "the same length is likelier meant";
  EXPECT_EQ(NearestWord("cafe", {"café"}), "café");
  EXPECT_EQ(NearestWord("gradient", {}), std::nullopt);
  EXPECT_EQ(NearestWord("gradient", {"gradient"}), std::nullopt);
  EXPECT_EQ(NearestWord("", {"a"}), "a");
}

TEST(Unslipped, TurnsLettersRoundAndLeavesThemOut) {
  EXPECT_THAT(Unslipped("hcin"), UnorderedElementsAre("cin", "hin", "hcn", "hci", "chin", "hicn", "hcni"));
  EXPECT_THAT(Unslipped("éa"), UnorderedElementsAre("a", "é", "aé"));
  EXPECT_THAT(Unslipped(""), IsEmpty());
}

TEST(WantedWords, AreThoseOfPhrasesTooAndNotTheExcluded) {
  EXPECT_THAT(WantedWords(Parsed("\"cold start\" k-means -bias")), ElementsAre("cold", "start", "k", "means"));
}

}  // namespace
}  // namespace assay::bank
