#include "services/runtime/auth/jwt.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "services/runtime/auth/jwks.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/base/text.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/token_forge.h"

namespace assay::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using std::chrono::hours;
using std::chrono::seconds;
using testing::TokenForge;

const Instant kNow = Instant(seconds(1'800'000'000));
constexpr char kHeader[] = R"({"alg":"ES256","kid":"forge","typ":"at+jwt"})";

class Jwt : public ::testing::Test {
 protected:
  Jwt() : keys_(*KeySet::Parse(forge_.Jwks(), Algorithm::kES256)) {
    issuer_.name = "https://idp.example/";
    issuer_.tenants = {"acme"};
  }

  // The claims of a good token with `changes` (","-led members) put at the end.
  static std::string Claims(std::string_view members) { return fmt::format("{{{}}}", members); }
  static std::string Good() {
    return fmt::format(R"("iss":"https://idp.example/","sub":"dana","tenant":"acme","scope":"b a  b","exp":{})", 1'800'000'600);
  }

  absl::StatusOr<VerifiedToken> Verify(std::string_view token) {
    absl::StatusOr<UnverifiedToken> parsed = ParseToken(token);
    if (!parsed.ok()) return parsed.status();
    return VerifyToken(*parsed, issuer_, keys_->Find(parsed->kid), kNow);
  }
  std::string Why(std::string_view token) {
    const auto verified = Verify(token);
    if (verified.ok()) return "accepted";
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
    return std::string(verified.status().message());
  }
  std::string WhyClaims(std::string_view members) { return Why(forge_.Sign(kHeader, Claims(members))); }
  std::string WhyHeader(std::string_view header) { return Why(forge_.Sign(header, Claims(Good()))); }

  TokenForge forge_;
  std::shared_ptr<const KeySet> keys_;
  Issuer issuer_;
};

TEST_F(Jwt, NamesWhoCalls) {
  const auto verified = Verify(forge_.Sign(kHeader, Claims(Good())));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->principal.tenant, "acme");
  EXPECT_EQ(verified->principal.subject, "dana");
  EXPECT_EQ(verified->principal.issuer, "https://idp.example/");
  EXPECT_THAT(verified->principal.scopes, ElementsAre("a", "b"));
  EXPECT_FALSE(verified->principal.service);
  EXPECT_EQ(verified->expires, kNow + seconds(600));
}

TEST_F(Jwt, RefusesEveryOtherAlgorithm) {
  const std::string claims = Claims(Good());
  EXPECT_THAT(Why(TokenForge::WithSignature(R"({"alg":"none","kid":"forge"})", claims, "x")), HasSubstr("alg"));
  EXPECT_THAT(Why(TokenForge::WithSignature(R"({"alg":"none","kid":"forge"})", claims, "")), HasSubstr("base64url"));
  EXPECT_THAT(Why(TokenForge::Hmac(R"({"alg":"HS256","kid":"forge"})", claims, forge_.Jwks())), HasSubstr("alg"));
  EXPECT_THAT(WhyHeader(R"({"alg":"RS256","kid":"forge"})"), HasSubstr("alg"));
  EXPECT_THAT(WhyHeader(R"({"alg":"es256","kid":"forge"})"), HasSubstr("alg"));
  EXPECT_THAT(WhyHeader(R"({"kid":"forge"})"), HasSubstr("alg"));
  EXPECT_THAT(WhyHeader(R"({"alg":["ES256"],"kid":"forge"})"), HasSubstr("alg"));
}

TEST_F(Jwt, RefusesHeadersThatBringKeysOrExtensions) {
  for (const char* member : {R"("jku":"https://evil.example/k")", R"("x5u":"https://evil.example/c")", R"("x5c":["MII"])",
                             R"("jwk":{"kty":"EC"})", R"("crit":["b64"])", R"("b64":false)", R"("zip":"DEF")", R"("enc":"A128GCM")"}) {
    EXPECT_THAT(WhyHeader(fmt::format(R"({{"alg":"ES256","kid":"forge",{}}})", member)), HasSubstr("not accepted")) << member;
  }
}

TEST_F(Jwt, TakesKidForANameOfAKeyAndNothingElse) {
  for (const char* kid : {"../../../../dev/null", "' OR 1=1 --", "https://evil.example/keys", "other"}) {
    EXPECT_THAT(WhyHeader(fmt::format(R"({{"alg":"ES256","kid":"{}"}})", kid)), HasSubstr("no such key")) << kid;
  }
  EXPECT_THAT(WhyHeader(R"({"alg":"ES256"})"), HasSubstr("kid"));
  EXPECT_THAT(WhyHeader(R"({"alg":"ES256","kid":7})"), HasSubstr("kid"));
}

TEST_F(Jwt, RefusesOtherTypesOfToken) {
  EXPECT_THAT(WhyHeader(R"({"alg":"ES256","kid":"forge","typ":"logout+jwt"})"), HasSubstr("typ"));
  EXPECT_EQ(WhyHeader(R"({"alg":"ES256","kid":"forge","typ":"JWT"})"), "accepted");
  EXPECT_EQ(WhyHeader(R"({"alg":"ES256","kid":"forge"})"), "accepted");
}

TEST_F(Jwt, RefusesBrokenSignatures) {
  const std::string claims = Claims(Good());
  EXPECT_THAT(Why(TokenForge::WithSignature(kHeader, claims, std::string(64, '\0'))), HasSubstr("does not hold"));
  EXPECT_THAT(Why(TokenForge::WithSignature(kHeader, claims, std::string(70, 'x'))), HasSubstr("length"));
  EXPECT_THAT(Why(TokenForge("forge").Sign(kHeader, claims)), HasSubstr("does not hold"));
  std::string altered = forge_.Sign(kHeader, claims);
  const size_t dot = altered.rfind('.');
  altered = Base64Url(kHeader) + "." + Base64Url(Claims(Good() + R"(,"x":1)")) + altered.substr(dot);
  EXPECT_THAT(Why(altered), HasSubstr("does not hold"));
}

TEST_F(Jwt, RefusesWhatIsNoCompactToken) {
  const std::string good = forge_.Sign(kHeader, Claims(Good()));
  EXPECT_THAT(Why(""), HasSubstr("three parts"));
  EXPECT_THAT(Why("a.b"), HasSubstr("three parts"));
  EXPECT_THAT(Why(good + ".x.y"), HasSubstr("three parts"));  // five parts: JWE
  EXPECT_THAT(Why(good + "="), HasSubstr("base64url"));
  EXPECT_THAT(Why(" " + good), HasSubstr("base64url"));
  EXPECT_THAT(Why(std::string(10'000, 'a')), HasSubstr("too long"));
  EXPECT_THAT(Why(forge_.Sign("[]", Claims(Good()))), HasSubstr("JSON"));
  EXPECT_THAT(Why(forge_.Sign(kHeader, "7")), HasSubstr("JSON"));
}

TEST_F(Jwt, RefusesDuplicateNames) {
  EXPECT_THAT(WhyClaims(Good() + R"(,"tenant":"other")"), HasSubstr("JSON"));
  EXPECT_THAT(WhyHeader(R"({"alg":"none","alg":"ES256","kid":"forge"})"), HasSubstr("JSON"));
}

TEST_F(Jwt, HoldsTimesToTheClock) {
  const std::string who = R"("iss":"https://idp.example/","sub":"dana","tenant":"acme")";
  const auto with = [&](std::string_view rest) { return WhyClaims(fmt::format("{},{}", who, rest)); };
  EXPECT_THAT(WhyClaims(who), HasSubstr("exp"));
  EXPECT_THAT(with(R"("exp":"1800000600")"), HasSubstr("exp"));
  EXPECT_THAT(with(R"("exp":true)"), HasSubstr("exp"));
  EXPECT_THAT(with(R"("exp":1800000000)"), HasSubstr("expired"));
  EXPECT_THAT(with(R"("exp":1e300)"), HasSubstr("exp"));
  EXPECT_THAT(with(fmt::format(R"("exp":{})", 1'800'000'000 + 86'400 + 61)), HasSubstr("too far"));
  EXPECT_EQ(with(fmt::format(R"("exp":{})", 1'800'000'000 + 86'400)), "accepted");
  EXPECT_THAT(with(R"("exp":1800000600,"nbf":1800000061)"), HasSubstr("nbf"));
  EXPECT_EQ(with(R"("exp":1800000600,"nbf":1800000060)"), "accepted");
  EXPECT_THAT(with(R"("exp":1800000600,"iat":1800000061)"), HasSubstr("iat"));
  EXPECT_THAT(with(R"("exp":1800000600,"nbf":"soon")"), HasSubstr("nbf"));
}

TEST_F(Jwt, ComparesTheIssuerByteForByte) {
  EXPECT_EQ(WhyClaims(R"("iss":"https://idp.example","sub":"dana","tenant":"acme","exp":1800000600)"), "iss");
  EXPECT_EQ(WhyClaims(R"("iss":["https://idp.example/"],"sub":"dana","tenant":"acme","exp":1800000600)"), "iss");
}

TEST_F(Jwt, AsksForTheAudienceWhereOneIsSet) {
  issuer_.audience = "assay";
  EXPECT_EQ(WhyClaims(Good()), "aud");
  EXPECT_EQ(WhyClaims(Good() + R"(,"aud":"other")"), "aud");
  EXPECT_EQ(WhyClaims(Good() + R"(,"aud":["other","assay"])"), "accepted");
  EXPECT_EQ(WhyClaims(Good() + R"(,"aud":"assay")"), "accepted");
}

TEST_F(Jwt, LetsAnIssuerSpeakForItsTenantsOnly) {
  const auto tenant = [&](std::string_view value) {
    return WhyClaims(fmt::format(R"("iss":"https://idp.example/","sub":"dana","tenant":{},"exp":1800000600)", value));
  };
  EXPECT_EQ(tenant(R"("acme")"), "accepted");
  EXPECT_EQ(tenant(R"("globex")"), "tenant");
  EXPECT_EQ(tenant(R"("ACME")"), "tenant");
  EXPECT_EQ(tenant(R"("")"), "tenant");
  EXPECT_THAT(tenant(R"("*")"), HasSubstr("every tenant"));
  issuer_.tenants = {"*"};
  EXPECT_EQ(tenant(R"("globex")"), "accepted");
  EXPECT_THAT(tenant(R"("*")"), HasSubstr("every tenant"));
  issuer_.service_tokens = true;
  const auto verified = Verify(forge_.Sign(kHeader, R"({"iss":"https://idp.example/","sub":"reporting","tenant":"*","exp":1800000600})"));
  ASSERT_TRUE(verified.ok());
  EXPECT_TRUE(verified->principal.service);
  EXPECT_EQ(verified->principal.tenant, "");
}

TEST_F(Jwt, RefusesSubjectsAndScopesThatAreNone) {
  EXPECT_EQ(WhyClaims(R"("iss":"https://idp.example/","tenant":"acme","exp":1800000600)"), "sub");
  EXPECT_EQ(WhyClaims(R"("iss":"https://idp.example/","sub":"","tenant":"acme","exp":1800000600)"), "sub");
  EXPECT_EQ(WhyClaims(R"("iss":"https://idp.example/","sub":"a\nb","tenant":"acme","exp":1800000600)"), "sub");
  EXPECT_THAT(WhyClaims(R"("iss":"https://idp.example/","sub":"dana","tenant":"acme","exp":1800000600,"scope":["a"])"), HasSubstr("scope"));
}

TEST_F(Jwt, BindsTheKindOfKeyToTheAlgorithm) {
  issuer_.algorithm = Algorithm::kRS256;
  const auto parsed = ParseToken(forge_.Sign(R"({"alg":"RS256","kid":"forge"})", Claims(Good())));
  ASSERT_TRUE(parsed.ok());
  const auto verified = VerifyToken(*parsed, issuer_, keys_->Find("forge"), kNow);
  EXPECT_THAT(std::string(verified.status().message()), HasSubstr("does not fit"));
}

TEST(RsaJwt, VerifiesRs256) {
  const JwkPtr key(cjose_jwk_create_RSA_random(2048, nullptr, 0, nullptr));
  ASSERT_NE(key, nullptr);
  ASSERT_TRUE(cjose_jwk_set_kid(key.get(), "r", 1, nullptr));
  const std::unique_ptr<char, decltype(&free)> open(cjose_jwk_to_json(key.get(), false, nullptr), &free);
  const auto keys = KeySet::Parse(fmt::format(R"({{"keys":[{}]}})", open.get()), Algorithm::kRS256);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_FALSE(KeySet::Parse(fmt::format(R"({{"keys":[{}]}})", open.get()), Algorithm::kES256).ok());
  const JsonPtr header(json_pack("{s:s, s:s}", "alg", "RS256", "kid", "r"));
  const std::string claims = R"({"iss":"i","sub":"dana","tenant":"acme","exp":1800000600})";
  const JwsPtr jws(cjose_jws_sign(key.get(), reinterpret_cast<cjose_header_t*>(header.get()),
                                  reinterpret_cast<const uint8_t*>(claims.data()), claims.size(), nullptr));
  const char* compact = nullptr;
  ASSERT_TRUE(cjose_jws_export(jws.get(), &compact, nullptr));
  Issuer issuer{.name = "i", .algorithm = Algorithm::kRS256, .audience = "", .tenants = {"acme"}};
  const auto parsed = ParseToken(compact);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(VerifyToken(*parsed, issuer, (*keys)->Find("r"), kNow).ok());
}

TEST(KeySet, TakesOnlyPublicSignatureKeysOfTheIssuersAlgorithm) {
  const TokenForge forge;
  const auto fails = [](const std::string& text) { return !KeySet::Parse(text, Algorithm::kES256).ok(); };
  EXPECT_FALSE(fails(forge.Jwks()));
  EXPECT_TRUE(fails(""));
  EXPECT_TRUE(fails("{}"));
  EXPECT_TRUE(fails(R"({"keys":[]})"));
  EXPECT_TRUE(fails(R"({"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0c2VjcmV0"}]})"));
  std::string for_encryption = forge.Jwks();
  for_encryption.replace(for_encryption.find("\"sig\""), 5, "\"enc\"");
  EXPECT_TRUE(fails(for_encryption));
  std::string closed = forge.Jwks();
  closed.replace(closed.find("\"use\""), 5, R"("d":"AAAA","use")");
  EXPECT_TRUE(fails(closed));
}

TEST(LocalKey, MintsTokensThatItsIssuerVerifies) {
  const testing::TemporaryDirectory directory;
  const auto key = LocalKey::OpenOrCreate(directory.File("keys"));
  ASSERT_TRUE(key.ok()) << key.status();
  const auto token = (*key)->MintToken({.tenant = "demo", .subject = "dana", .scopes = {"questions.read", "kits.read"}}, kNow);
  ASSERT_TRUE(token.ok()) << token.status();
  const IssuerSource source = (*key)->source();
  const auto keys = KeySet::Parse(*FetchKeys(source), Algorithm::kES256);
  ASSERT_TRUE(keys.ok()) << keys.status();
  const auto parsed = ParseToken(*token);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto verified = VerifyToken(*parsed, source.issuer, (*keys)->Find(parsed->kid), kNow);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->principal.tenant, "demo");
  EXPECT_THAT(verified->principal.scopes, ElementsAre("kits.read", "questions.read"));
  EXPECT_EQ(verified->expires, kNow + hours(1));
}

TEST(LocalKey, IsOneForAllThatStartTogether) {
  const testing::TemporaryDirectory directory;
  std::vector<std::thread> starters;
  std::array<std::string, 8> tokens;
  for (std::string& token : tokens) {
    starters.emplace_back([&directory, &token] {
      const auto key = LocalKey::OpenOrCreate(directory.File("keys"));
      if (key.ok()) token = ParseToken(*(*key)->MintToken({.tenant = "demo", .subject = "x", .scopes = {}}, kNow))->kid;
    });
  }
  for (std::thread& starter : starters) starter.join();
  for (const std::string& kid : tokens) EXPECT_EQ(kid, tokens.front());
  EXPECT_NE(tokens.front(), "");
}

TEST(LocalKey, IsRefusedWhenOthersCanReadIt) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(LocalKey::OpenOrCreate(directory.path()).ok());
  const auto permissions = std::filesystem::status(directory.File("signing-key.json")).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::permissions(directory.File("signing-key.json"), std::filesystem::perms(0644));
  EXPECT_EQ(LocalKey::OpenOrCreate(directory.path()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(LocalKey, MintsNothingForLongerThanADay) {
  const testing::TemporaryDirectory directory;
  const auto key = LocalKey::OpenOrCreate(directory.path());
  ASSERT_TRUE(key.ok());
  EXPECT_FALSE((*key)->MintToken({.tenant = "demo", .subject = "x", .scopes = {}, .lifetime = hours(25)}, kNow).ok());
  EXPECT_FALSE((*key)->MintToken({.tenant = "", .subject = "x", .scopes = {}}, kNow).ok());
}

}  // namespace
}  // namespace assay::runtime
