// Tokens come from strangers: none is accepted that the issuer did not sign, and of those that it signed, whatever they say,
// none is worth more than the issuer is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "services/runtime/auth/jwks.h"
#include "services/runtime/auth/jwt.h"
#include "tests/support/token_forge.h"

namespace {

using assay::runtime::Algorithm;
using assay::runtime::Instant;
using assay::runtime::Issuer;
using assay::runtime::KeySet;
using assay::runtime::VerifiedToken;
using assay::testing::TokenForge;

const Instant kNow = Instant(std::chrono::seconds(1'800'000'000));
constexpr std::string_view kHeader = R"({"alg":"ES256","kid":"forge","typ":"at+jwt"})";
constexpr std::chrono::minutes kLeeway{1};

void Expect(bool holds) {
  if (!holds) std::abort();
}

class Verifier {
 public:
  Verifier() : keys_(*KeySet::Parse(forge_.Jwks(), Algorithm::kES256)) {
    issuer_.name = "https://idp.example/";
    issuer_.tenants = {"acme", "globex"};
  }

  absl::StatusOr<VerifiedToken> Verify(std::string_view compact) const {
    const auto token = assay::runtime::ParseToken(compact);
    if (!token.ok()) return token.status();
    return assay::runtime::VerifyToken(*token, issuer_, keys_->Find(token->kid), kNow);
  }

  void Foreign(std::string_view compact) const { Expect(absl::IsUnauthenticated(Verify(compact).status())); }

  void Signed(std::string_view header, std::string_view claims) const {
    const auto verified = Verify(forge_.Sign(header, claims));
    if (!verified.ok()) {
      Expect(absl::IsUnauthenticated(verified.status()));
      return;
    }
    const auto& principal = verified->principal;
    Expect(issuer_.SpeaksFor(principal.tenant) && !principal.service);
    Expect(principal.issuer == issuer_.name && !principal.subject.empty() && principal.on_behalf_of.empty());
    Expect(verified->expires > kNow && verified->expires <= kNow + issuer_.max_lifetime + kLeeway);
  }

 private:
  const TokenForge forge_;
  const std::shared_ptr<const KeySet> keys_;
  Issuer issuer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Verifier verifier;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  verifier.Foreign(text);
  verifier.Foreign(TokenForge::WithSignature(kHeader, text, std::string(64, 's')));
  verifier.Signed(kHeader, text);
  // A line for the header, the rest for the claims.
  if (const std::size_t line = text.find('\n'); line != std::string_view::npos) {
    verifier.Signed(text.substr(0, line), text.substr(line + 1));
  }
  return 0;
}
