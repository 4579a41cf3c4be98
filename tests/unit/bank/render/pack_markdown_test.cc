#include "services/bank/render/pack_markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/bank/domain/pack_texts.h"
#include "services/bank/domain/pack_yaml.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MarkdownText, LeavesNoMarkupInATextButFormulas) {
  EXPECT_EQ(MarkdownText("a *b* _c_ `d` [e](f) <g> & h | i"), "a \\*b\\* \\_c\\_ \\`d\\` \\[e\\](f) &lt;g> &amp; h \\| i");
  EXPECT_EQ(MarkdownText("# no heading"), "\\# no heading");
  EXPECT_EQ(MarkdownText("- no list"), "\\- no list");
  EXPECT_EQ(MarkdownText("1. no list"), "1\\. no list");
  EXPECT_EQ(MarkdownText("it is 1.5 - or so"), "it is 1.5 - or so");
  EXPECT_EQ(MarkdownText("$x_{<t} | y$ for $5"), "$x_{\\lt t} \\vert  y$ for \\$5");
  EXPECT_EQ(MarkdownText("one\n\ntwo"), "one  two");
  EXPECT_EQ(MarkdownText("\u202Eevil"), "evil");
}

TEST(PackMarkdown, HoldsEveryTextOfThePack) {
  const v1::Pack pack = LoadPack(ASSAY_BUNDLED_PACK).value();
  const std::string markdown = RenderPackMarkdown(pack);
  const auto expect = [&](const PackText& text) { EXPECT_NE(markdown.find(MarkdownText(text.text)), std::string::npos) << text.path; };
  ForEachCatalogueText(pack, expect);
  for (const auto& question : pack.questions()) ForEachText(question, expect);
  EXPECT_THAT(markdown, HasSubstr("$\\mathrm{softmax}(QK^\\top/\\sqrt{d_k})"));
  EXPECT_THAT(markdown, Not(HasSubstr("<script")));
}

TEST(PackMarkdown, TakesAnEmptyPack) { EXPECT_THAT(RenderPackMarkdown(v1::Pack()), HasSubstr("## Questions")); }

}  // namespace
}  // namespace assay::bank
