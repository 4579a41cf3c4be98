#include "services/bank/render/math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/bank/render/math_text.h"
#include "services/bank/render/program.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// What converts is a program of its own, which a machine may lack.
class Blahtexml : public ::testing::Test {
 protected:
  void SetUp() override {
    if (RunProgram({"blahtexml", "--help"}, "").status().code() == absl::StatusCode::kUnavailable) {
      GTEST_SKIP() << "blahtexml is missing: scripts/setup";
    }
  }
  static std::vector<MathMarkup> Convert(const std::vector<std::string>& formulas) {
    const auto converted = BlahtexmlConverter()(formulas);
    EXPECT_TRUE(converted.ok()) << converted.status();
    return converted.value_or(std::vector<MathMarkup>());
  }
  static MathMarkup One(const std::string& formula) { return Convert({formula}).at(0); }
  static std::string Plain(const std::string& formula) { return PlainMath(One(formula).mathml); }
};

TEST_F(Blahtexml, ConvertsEachFormulaInItsPlace) {
  const auto found = Convert({R"(\frac{1}{2})", "x_i^2", R"(\mathrm{softmax}(QK^\top/\sqrt{d_k})V)"});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].mathml, "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>");
  EXPECT_THAT(found[1].mathml, HasSubstr("<msubsup>"));
  EXPECT_THAT(found[2].mathml, HasSubstr("<msqrt><msub><mi>d</mi><mi>k</mi></msub></msqrt>"));
  for (const MathMarkup& markup : found) EXPECT_THAT(markup.problem, IsEmpty());
}

TEST_F(Blahtexml, SaysWhatIsWrongWithOneAndConvertsTheOthers) {
  const auto found = Convert({"x", R"(\nosuchcommand{x})", R"(\sqrt{a)", "y"});
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].problem + found[3].problem, "");
  EXPECT_THAT(found[1].problem, HasSubstr("\\nosuchcommand"));
  EXPECT_THAT(found[2].problem, HasSubstr("brace"));
  EXPECT_THAT(found[1].mathml, IsEmpty());
}

TEST_F(Blahtexml, LetsNoMarkupThrough) {
  for (const char* hostile : {R"(\text{<script>alert(1)</script>})", R"(x < y & z > "q")", R"(\text{]]>&lt;img src=x onerror=1>})"}) {
    const MathMarkup markup = One(hostile);
    EXPECT_THAT(markup.mathml, Not(HasSubstr("<script"))) << hostile;
    EXPECT_THAT(markup.mathml, Not(HasSubstr("<img"))) << hostile;
  }
}

TEST_F(Blahtexml, SurvivesBombs) {
  std::string nested;
  for (int i = 0; i < 400; ++i) nested += "{";
  nested += "x";
  for (int i = 0; i < 400; ++i) nested += "}";
  std::string roots;
  for (int i = 0; i < 280; ++i) roots += R"(\sqrt{)";
  roots += "x" + std::string(280, '}');
  const auto found = Convert({R"(\newcommand{\a}{\b\b}\newcommand{\b}{\a\a}\a)", nested, roots, std::string(100'000, 'x'),
                              std::string("a\x01") + "b", "\xff\xfe", "z"});
  ASSERT_EQ(found.size(), 7u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(found[i].mathml.empty() != found[i].problem.empty()) << i;
  EXPECT_THAT(found[0].problem, Not(IsEmpty()));
  EXPECT_THAT(found[3].problem, HasSubstr("2000 at most"));
  EXPECT_THAT(found[4].problem, HasSubstr("control"));
  EXPECT_THAT(found[5].problem, HasSubstr("UTF-8"));
  // The formula next to them is no worse for it.
  EXPECT_EQ(found[6].mathml, "<math><mi>z</mi></math>");
}

TEST_F(Blahtexml, ConvertsThousandsInOneGo) {
  std::vector<std::string> formulas;
  for (int i = 0; i < 3000; ++i) formulas.push_back("x_{" + std::to_string(i) + "}");
  const auto converted = BlahtexmlConverter(std::chrono::minutes(2))(formulas);
  ASSERT_TRUE(converted.ok());
  EXPECT_THAT(converted->at(2999).mathml, HasSubstr("<mn>2999</mn>"));
}

TEST_F(Blahtexml, AnswersForEveryFormulaWhenTimeIsUp) {
  const auto converted = BlahtexmlConverter(std::chrono::milliseconds(0))({"x", "y"});
  ASSERT_TRUE(converted.ok());
  ASSERT_EQ(converted->size(), 2u);
  EXPECT_THAT(converted->at(1).problem, HasSubstr("time"));
}

TEST_F(Blahtexml, ReadsAsALineOfText) {
  EXPECT_EQ(Plain(R"(\frac{1}{2})"), "1/2");
  EXPECT_EQ(Plain(R"(\frac{a+b}{n})"), "(a + b)/n");
  EXPECT_EQ(Plain("x_i^2"), "xᵢ²");
  EXPECT_EQ(Plain(R"(w \leftarrow w - \eta \nabla L(w))"), "w ← w − η∇L(w)");
  EXPECT_EQ(Plain(R"(\sqrt{d_k})"), "√(dₖ)");
  EXPECT_EQ(Plain(R"(P(Y \mid X) \propto P(X \mid Y)P(Y))"), "P(Y | X) ∝ P(X | Y)P(Y)");
  EXPECT_EQ(Plain(R"(e^{z_i/T})"), "e^(zᵢ/T)");
  EXPECT_EQ(Plain("10^{-7}"), "10⁻⁷");
}

TEST(MathConverter, SaysHowToInstallWhatIsMissing) {
  const auto converted = BlahtexmlConverter(std::chrono::seconds(1), "assay-no-such-program")({"x"});
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(converted.status().message()), HasSubstr("apt-get install blahtexml"));
}

TEST(MathConverter, NeedsNoProgramForNoFormulas) {
  EXPECT_TRUE(BlahtexmlConverter(std::chrono::seconds(1), "assay-no-such-program")({}).ok());
}

TEST(MathConverter, OutlivesAProgramThatIsNotTheOneMeant) {
  for (const char* program : {"true", "false", "cat", "yes"}) {
    const auto converted = BlahtexmlConverter(std::chrono::milliseconds(300), program)({"x", "y", "z"});
    ASSERT_TRUE(converted.ok()) << program;
    ASSERT_EQ(converted->size(), 3u);
    for (const MathMarkup& markup : *converted) EXPECT_THAT(markup.problem, Not(IsEmpty())) << program;
  }
}

TEST(PlainMath, IsEmptyForWhatIsNoMathML) {
  EXPECT_EQ(PlainMath(""), "");
  EXPECT_EQ(PlainMath("<math><mi>x"), "");
  EXPECT_EQ(PlainMath("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><math>&x;</math>"), "");
}

MathConverter Fake() {
  return [](const std::vector<std::string>& formulas) -> absl::StatusOr<std::vector<MathMarkup>> {
    std::vector<MathMarkup> markups;
    for (const std::string& formula : formulas) {
      markups.push_back(formula == "bad" ? MathMarkup{.mathml = {}, .problem = "bad"} : MathMarkup{.mathml = "<math><mi>" + formula + "</mi></math>", .problem = {}});
    }
    return markups;
  };
}

TEST(MathText, ShowsFormulasAndEscapesEverythingElse) {
  const std::string text = "if $x$ < 3 & \"y\", it costs $5 or \\$6 <script>";
  const MathText texts({text}, Fake());
  EXPECT_EQ(texts.Html(text).html, "if <math><mi>x</mi></math> &lt; 3 &amp; &quot;y&quot;, it costs $5 or $6 &lt;script&gt;");
  EXPECT_EQ(texts.Plain(text), "if x < 3 & \"y\", it costs $5 or $6 <script>");
}

TEST(MathText, FallsBackToLaTeX) {
  const std::string text = "$bad$ and $<b>$";
  EXPECT_EQ(MathText({text}, nullptr).Html(text).html, "<code>bad</code> and <code>&lt;b&gt;</code>");
  EXPECT_THAT(MathText({text}, Fake()).Html(text).html, StartsWith("<code>bad</code> and <math>"));
  const MathConverter missing = [](const auto&) { return absl::UnavailableError("none"); };
  EXPECT_EQ(MathText({text}, missing).Plain(text), "bad and <b>");
}

TEST(MathText, TakesOutWhatHidesOrTurnsText) {
  EXPECT_EQ(Presentable("pay \u202Eevil\u202C\u2066x\u2069\u0007 now\nthen\ttab"), "pay evilx now\nthen\ttab");
  EXPECT_EQ(Presentable("bad \xff\xfe bytes \xe2\x82"), "bad \uFFFD\uFFFD bytes \uFFFD\uFFFD");
  // Marks that right-to-left scripts need stay.
  EXPECT_EQ(Presentable("שלום\u200F!"), "שלום\u200F!");
}

}  // namespace
}  // namespace assay::bank
