#include "services/runtime/auth/authenticator.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_forge.h"

namespace assay::runtime {
namespace {

using std::chrono::seconds;
using testing::TokenForge;

const Instant kNow = Instant(seconds(1'800'000'000));
const KeyRing::SteadyTime kStart = KeyRing::SteadyTime(seconds(1'000'000));

// An issuer whose keys come from a URL that the test plays.
class Authentication : public ::testing::Test {
 protected:
  Authentication()
      : ring_({Source("i1"), Source("i2")},
              [this](const IssuerSource& source) -> absl::StatusOr<std::string> {
                if (source.issuer.name != "i1") return absl::UnavailableError("down");
                ++fetches_;
                if (!up_) return absl::UnavailableError("down");
                return forge_->Jwks();
              }),
        authenticator_(ring_, 64) {
    ring_.RefreshDue(kStart);
  }

  static IssuerSource Source(std::string name) {
    IssuerSource source;
    source.issuer.name = std::move(name);
    source.issuer.tenants = {"*"};
    source.jwks = "https://idp.example/keys";
    return source;
  }
  std::string Token(const TokenForge& forge, int64_t expires = 1'800'000'600, std::string_view issuer = "i1", std::string_view subject = "dana") {
    return forge.Sign(fmt::format(R"({{"alg":"ES256","kid":"{}"}})", forge.kid()),
                      fmt::format(R"({{"iss":"{}","sub":"{}","tenant":"acme","exp":{}}})", issuer, subject, expires));
  }

  std::shared_ptr<TokenForge> forge_ = std::make_shared<TokenForge>("k1");
  bool up_ = true;
  int fetches_ = 0;
  KeyRing ring_;
  JwtAuthenticator authenticator_;
};

TEST_F(Authentication, KnowsATokenThatItHasSeen) {
  const std::string token = Token(*forge_);
  const auto first = authenticator_.Authenticate(token, kNow);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*authenticator_.Authenticate(token, kNow), *first);
}

TEST_F(Authentication, ForgetsATokenWhenItExpires) {
  const std::string token = Token(*forge_);
  ASSERT_TRUE(authenticator_.Authenticate(token, kNow).ok());
  EXPECT_TRUE(authenticator_.Authenticate(token, kNow + seconds(599)).ok());
  EXPECT_FALSE(authenticator_.Authenticate(token, kNow + seconds(600)).ok());
}

TEST_F(Authentication, AnswersEveryRefusalWithTheSameWords) {
  const TokenForge foreign("k1");
  for (const std::string& token : {std::string("x"), Token(*forge_, 1'700'000'000), Token(foreign), Token(*forge_, 1'800'000'600, "i3")}) {
    const auto refused = authenticator_.Authenticate(token, kNow);
    EXPECT_EQ(ReasonOf(refused.status()), v1::ERROR_REASON_UNAUTHENTICATED);
    EXPECT_EQ(std::string(refused.status().message()), "a valid bearer token is required");
  }
}

TEST_F(Authentication, RefusesTheTokensOfAKeyThatWasWithdrawn) {
  const std::string token = Token(*forge_);
  ASSERT_TRUE(authenticator_.Authenticate(token, kNow).ok());
  forge_ = std::make_shared<TokenForge>("k2");
  ring_.RefreshDue(kStart + seconds(301));
  EXPECT_FALSE(authenticator_.Authenticate(token, kNow).ok());
  EXPECT_TRUE(authenticator_.Authenticate(Token(*forge_), kNow).ok());
}

TEST_F(Authentication, FetchesForAnUnknownKeyAtMostOnceInThirtySeconds) {
  forge_ = std::make_shared<TokenForge>("k2");
  EXPECT_FALSE(authenticator_.Authenticate(Token(*forge_), kNow).ok());
  ring_.RefreshDue(kStart + seconds(29));
  EXPECT_EQ(fetches_, 1);
  ring_.RefreshDue(kStart + seconds(30));
  EXPECT_EQ(fetches_, 2);
  EXPECT_TRUE(authenticator_.Authenticate(Token(*forge_), kNow).ok());
  authenticator_.Authenticate(Token(TokenForge("k3")), kNow).status().IgnoreError();
  ring_.RefreshDue(kStart + seconds(31));
  EXPECT_EQ(fetches_, 2);
}

TEST_F(Authentication, ServesWithStaleKeysForAnHourAndThenClosed) {
  up_ = false;
  const std::string token = Token(*forge_);
  for (int at = 301; at < 3600; at += 30) ring_.RefreshDue(kStart + seconds(at));
  EXPECT_TRUE(authenticator_.Authenticate(token, kNow).ok());
  EXPECT_TRUE(ring_.ready());
  ring_.RefreshDue(kStart + seconds(3631));
  EXPECT_FALSE(authenticator_.Authenticate(token, kNow).ok());
  EXPECT_FALSE(ring_.ready());
  up_ = true;
  ring_.RefreshDue(kStart + seconds(3700));
  EXPECT_TRUE(authenticator_.Authenticate(token, kNow).ok());
}

TEST_F(Authentication, KeepsABoundedNumberOfTokens) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(authenticator_.Authenticate(Token(*forge_, 1'800'000'600, "i1", fmt::format("s{}", i)), kNow).ok());
  }
  EXPECT_TRUE(authenticator_.Authenticate(Token(*forge_), kNow).ok());
}

TEST(KeyRing, ReadsAFileAgainWhenItChanges) {
  const testing::TemporaryDirectory directory;
  const TokenForge before("before");
  const TokenForge after("after-rotation");
  IssuerSource source;
  source.issuer.name = "i";
  source.jwks = directory.Write("jwks.json", before.Jwks());
  KeyRing ring({source});
  ring.RefreshDue(kStart);
  ASSERT_NE(ring.Find("i")->keys->Find("before"), nullptr);
  const uint64_t generation = ring.generation();
  ring.RefreshDue(kStart + seconds(1));
  EXPECT_EQ(ring.generation(), generation);
  directory.Write("jwks.json", after.Jwks());
  ring.RefreshDue(kStart + seconds(2));
  EXPECT_NE(ring.Find("i")->keys->Find("after-rotation"), nullptr);
  EXPECT_EQ(ring.Find("i")->keys->Find("before"), nullptr);
  EXPECT_GT(ring.generation(), generation);
}

TEST(KeyRing, IsNotReadyWithoutAnyKeys) {
  IssuerSource source;
  source.issuer.name = "i";
  source.jwks = "/nonexistent/jwks.json";
  KeyRing ring({source});
  ring.Start();
  EXPECT_FALSE(ring.ready());
  EXPECT_EQ(ring.Find("i")->keys, nullptr);
  ring.Stop();
}

TEST(IssuersFile, NamesWhatIsWrong) {
  const testing::TemporaryDirectory directory;
  const auto error = [&](std::string_view text) {
    return std::string(LoadIssuers(directory.Write("issuers.yaml", text)).status().message());
  };
  EXPECT_NE(error("issuers: []").find("needed"), std::string::npos);
  EXPECT_NE(error("issuers: [{issuer: i}]").find("jwks"), std::string::npos);
  EXPECT_NE(error("issuers: [{issuer: i, jwks: 'http://x/keys', algorithm: ES256, tenants: [a]}]").find("https"), std::string::npos);
  EXPECT_NE(error("issuers: [{issuer: i, jwks: k, algorithm: HS256, tenants: [a]}]").find("algorithm"), std::string::npos);
  EXPECT_NE(error("issuers: [{issuer: i, jwks: k, algorithm: ES256}]").find("tenants"), std::string::npos);
  EXPECT_NE(error("issuers: [{issuer: i, jwks: k, algorithm: ES256, tenants: [a], colour: red}]").find("colour"), std::string::npos);
  EXPECT_NE(error("issuers: [").find("issuers.yaml"), std::string::npos);
}

TEST(IssuersFile, OfTheDevelopmentOverlayIsOneThatWeRead) {
  const auto sources = LoadIssuers(ASSAY_DEV_OVERLAY "/issuers.yaml");
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_EQ(sources->front().jwks.rfind("https://", 0), 0u);
  // Reporting has no other issuer for the token that it follows the feeds with.
  EXPECT_TRUE(sources->front().issuer.service_tokens);
}

TEST(IssuersFile, ReadsJsonAndResolvesPathsBesideItself) {
  const testing::TemporaryDirectory directory;
  const auto sources = LoadIssuers(directory.Write(
      "issuers.json",
      R"({"issuers":[{"issuer":"i","jwks":"keys/j.json","algorithm":"RS256","tenants":["acme"],"audience":"assay","max_lifetime_seconds":600}]})"));
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_EQ(sources->front().jwks, directory.File("keys/j.json"));
  EXPECT_EQ(sources->front().issuer.max_lifetime, seconds(600));
  EXPECT_FALSE(sources->front().issuer.service_tokens);
}

}  // namespace
}  // namespace assay::runtime
