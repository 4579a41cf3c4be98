#include "services/runtime/paging/page_token.h"

#include <gtest/gtest.h>

#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

class PageTokensTest : public testing::Test {
 protected:
  PageTokensTest() {
    context_.principal.tenant = "acme";
    context_.method = "assay.bank.v1.QuestionService/ListQuestions";
  }
  std::unique_ptr<Sealer> sealer_ = *Sealer::Create(std::string(32, 's'));
  PageTokens tokens_{*sealer_};
  RequestContext context_;
};

TEST_F(PageTokensTest, StartsAtTheBeginningWithTheDefaultSize) {
  const auto page = tokens_.Open(context_, "asked", 0, "");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->size, 50);
  EXPECT_TRUE(page->after.empty());
}

TEST_F(PageTokensTest, ClampsTheSizeAndRefusesANegativeOne) {
  EXPECT_EQ(tokens_.Open(context_, "asked", 1'000'000, "")->size, 200);
  EXPECT_EQ(tokens_.Open(context_, "asked", 7, "")->size, 7);
  const auto negative = tokens_.Open(context_, "asked", -1, "");
  EXPECT_EQ(ReasonOf(negative.status()), v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(PageTokensTest, ContinuesAfterTheLastKeyWithANewSize) {
  const std::string token = tokens_.Seal(context_, "asked", {"2026-01-01", "", "q037"});
  const auto page = tokens_.Open(context_, "asked", 3, token);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->after, (std::vector<std::string>{"2026-01-01", "", "q037"}));
  EXPECT_EQ(page->size, 3);
}

TEST_F(PageTokensTest, BelongsToTenantMethodAndWhatWasAsked) {
  const std::string token = tokens_.Seal(context_, "filter=a", {"q037"});
  const auto invalid = [&](const RequestContext& context, const char* asked, const std::string& given) {
    return ReasonOf(tokens_.Open(context, asked, 10, given).status()) == v1::ERROR_REASON_PAGE_TOKEN_INVALID;
  };
  RequestContext other_tenant = context_;
  other_tenant.principal.tenant = "globex";
  RequestContext other_method = context_;
  other_method.method = "assay.bank.v1.KitService/ListKits";
  EXPECT_TRUE(invalid(other_tenant, "filter=a", token));
  EXPECT_TRUE(invalid(other_method, "filter=a", token));
  EXPECT_TRUE(invalid(context_, "filter=b", token));
  EXPECT_TRUE(invalid(context_, "filter=a", "q037"));
  EXPECT_TRUE(invalid(context_, "filter=a", "%%%"));
  EXPECT_TRUE(invalid(context_, "filter=a", token.substr(1)));
  EXPECT_FALSE(invalid(context_, "filter=a", token));
}

TEST_F(PageTokensTest, ShowsNoKey) {
  EXPECT_EQ(tokens_.Seal(context_, "asked", {"q037"}).find("q037"), std::string::npos);
}

}  // namespace
}  // namespace assay::runtime
