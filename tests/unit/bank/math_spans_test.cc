#include "services/bank/domain/math_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MathPiece Prose(const char* text) { return {false, text}; }
MathPiece Maths(const char* text) { return {true, text}; }

TEST(MathSpans, TellsFormulasFromProse) {
  EXPECT_THAT(SplitMath("the rate $\\eta$ is how far"), ElementsAre(Prose("the rate "), Maths("\\eta"), Prose(" is how far")));
  EXPECT_THAT(SplitMath("$a$$b$"), ElementsAre(Maths("a"), Maths("b")));
  EXPECT_THAT(SplitMath("$TP/(TP+FP)$;"), ElementsAre(Maths("TP/(TP+FP)"), Prose(";")));
  EXPECT_THAT(SplitMath(""), IsEmpty());
}

TEST(MathSpans, TakesNoPriceForAFormula) {
  for (const char* text : {"it costs $5 or $6", "$5-$6 a call", "from $5 to 6 $", "US$5 and US$6", "a $ sign", "$ 5", "5$", "$", "$$", "$5"}) {
    EXPECT_THAT(FormulasOf(text), IsEmpty()) << text;
    EXPECT_THAT(SplitMath(text), ElementsAre(Prose(text))) << text;
  }
}

TEST(MathSpans, ReadsAnEscapedDollarAsADollar) {
  EXPECT_THAT(SplitMath("\\$x$"), ElementsAre(Prose("$x$")));
  EXPECT_THAT(SplitMath("for 5 \\$ or $x$"), ElementsAre(Prose("for 5 $ or "), Maths("x")));
  EXPECT_THAT(SplitMath("$a \\$ b$"), ElementsAre(Maths("a \\$ b")));
}

TEST(MathSpans, EndsAtABlankLine) {
  EXPECT_THAT(FormulasOf("$a\nb$"), ElementsAre("a\nb"));
  EXPECT_THAT(FormulasOf("$a\n\nb$"), IsEmpty());
}

TEST(MathSpans, KnowsADollarThatOpensNothing) {
  for (const char* stray : {"$\\frac{1}{2}", "a $x and nothing more", "x$", "$$x$$", "it is $ or not"}) EXPECT_TRUE(HasStrayDollar(stray)) << stray;
  for (const char* fine : {"it costs $5", "5 $ a call", "US$ 20", "\\$x", "$x$ for $5", "no dollar", ""}) EXPECT_FALSE(HasStrayDollar(fine)) << fine;
}

TEST(MathSpans, TakesALongTextOfDollarsInItsStride) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "$ ";
  EXPECT_THAT(FormulasOf(text), IsEmpty());
  EXPECT_TRUE(HasStrayDollar(text));
  EXPECT_THAT(FormulasOf("$" + std::string(1'000'000, 'x')), IsEmpty());
}

}  // namespace
}  // namespace assay::bank
