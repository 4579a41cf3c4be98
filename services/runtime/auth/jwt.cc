#include "services/runtime/auth/jwt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

using std::chrono::seconds;

constexpr size_t kMaxBytes = 8192;
constexpr size_t kMaxKid = 256;
constexpr size_t kMaxSubject = 255;
constexpr size_t kMaxScopes = 200;
constexpr size_t kMaxScope = 100;
constexpr size_t kEs256Signature = 64;
constexpr seconds kLeeway{60};

absl::Status Refused(std::string_view why) { return absl::UnauthenticatedError(ToAbsl(why)); }

// Decodes strictly: each text has one reading, so that no two spellings of one token differ in the cache or the log.
std::optional<std::string> Decoded(std::string_view text) {
  std::string bytes;
  if (text.empty() || !Base64UrlDecode(text, bytes) || Base64Url(bytes) != text) return std::nullopt;
  return bytes;
}

bool IsAccessTokenType(std::string_view type) {
  std::string lower(type);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "jwt" || lower == "at+jwt" || lower == "application/at+jwt";
}

absl::Status CheckHeader(const json_t* header) {
  for (const char* name : {"jku", "x5u", "x5c", "jwk", "crit", "b64", "zip", "enc", "epk"}) {
    if (json_object_get(header, name) != nullptr) return Refused(fmt::format("header {} is not accepted", name));
  }
  if (json_object_get(header, "typ") != nullptr && !IsAccessTokenType(StringMember(header, "typ"))) return Refused("typ");
  const std::string_view kid = StringMember(header, "kid");
  if (kid.empty() || kid.size() > kMaxKid) return Refused("kid is missing");
  return absl::OkStatus();
}

// A NumericDate. Texts, booleans and what no calendar holds are refused; `present` tells absent from wrong.
std::optional<Instant> TimeClaim(const json_t* claims, const char* name, bool& present) {
  const json_t* value = json_object_get(claims, name);
  present = value != nullptr;
  if (!json_is_number(value)) return std::nullopt;
  const double number = json_number_value(value);
  if (!std::isfinite(number) || number < 0 || number > 253402300799.0) return std::nullopt;
  return Instant(seconds(static_cast<int64_t>(number)));
}

absl::StatusOr<Instant> CheckTimes(const json_t* claims, const Issuer& issuer, Instant now) {
  bool present = false;
  const std::optional<Instant> expires = TimeClaim(claims, "exp", present);
  if (!expires.has_value()) return Refused("exp is missing or no number");
  if (*expires <= now) return Refused("expired");
  if (*expires > now + issuer.max_lifetime + kLeeway) return Refused("exp is too far ahead");
  for (const char* name : {"nbf", "iat"}) {
    const std::optional<Instant> time = TimeClaim(claims, name, present);
    if (present && !time.has_value()) return Refused(fmt::format("{} is no number", name));
    if (time.has_value() && *time > now + kLeeway) return Refused(fmt::format("{} lies ahead", name));
  }
  return *expires;
}

absl::Status CheckAudience(const json_t* claims, const std::string& wanted) {
  if (wanted.empty()) return absl::OkStatus();
  const json_t* audience = json_object_get(claims, "aud");
  if (json_is_string(audience) && json_string_value(audience) == wanted) return absl::OkStatus();
  for (size_t i = 0; json_is_array(audience) && i < json_array_size(audience); ++i) {
    const json_t* element = json_array_get(audience, i);
    if (json_is_string(element) && json_string_value(element) == wanted) return absl::OkStatus();
  }
  return Refused("aud");
}

bool IsTenant(std::string_view text) {
  return !text.empty() && text.size() <= 63 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

absl::StatusOr<std::vector<std::string>> Scopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view scope = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (scope.empty()) continue;
    if (scope.size() > kMaxScope || !IsPrintable(scope) || scopes.size() == kMaxScopes) return Refused("scope");
    scopes.emplace_back(scope);
  }
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return scopes;
}

absl::StatusOr<Principal> ReadPrincipal(const json_t* claims, const Issuer& issuer) {
  Principal principal;
  principal.issuer = issuer.name;
  principal.subject = StringMember(claims, "sub");
  if (principal.subject.empty() || principal.subject.size() > kMaxSubject || !IsPrintable(principal.subject)) return Refused("sub");
  const std::string_view tenant = StringMember(claims, "tenant");
  if (tenant == "*") {
    if (!issuer.service_tokens) return Refused("the issuer may not speak for every tenant");
    principal.service = true;
  } else if (IsTenant(tenant) && issuer.SpeaksFor(tenant)) {
    principal.tenant = tenant;
  } else {
    return Refused("tenant");
  }
  const json_t* scope = json_object_get(claims, "scope");
  if (scope != nullptr && !json_is_string(scope)) return Refused("scope is no text");
  ASSIGN_OR_RETURN(principal.scopes, Scopes(StringMember(claims, "scope")));
  return principal;
}

// The key's kind and size, bound to the algorithm: an RSA key never checks anything but RS256, and so on.
bool Fits(const cjose_jwk_t* key, Algorithm algorithm) {
  const cjose_jwk_kty_t kind = cjose_jwk_get_kty(key, nullptr);
  if (algorithm == Algorithm::kRS256) return kind == CJOSE_JWK_KTY_RSA && cjose_jwk_get_keysize(key, nullptr) >= 2048;
  return kind == CJOSE_JWK_KTY_EC && cjose_jwk_EC_get_curve(key, nullptr) == CJOSE_JWK_EC_P_256;
}

absl::Status CheckSignature(const UnverifiedToken& token, const Issuer& issuer, const cjose_jwk_t* key) {
  if (token.algorithm != AlgorithmName(issuer.algorithm)) return Refused("alg is not the issuer's");
  if (key == nullptr) return Refused("no such key");
  if (!Fits(key, issuer.algorithm)) return Refused("the key does not fit the algorithm");
  const size_t expected = issuer.algorithm == Algorithm::kES256 ? kEs256Signature : cjose_jwk_get_keysize(key, nullptr) / 8;
  if (token.signature.size() != expected) return Refused("the signature has the wrong length");
  cjose_err error;
  const JwsPtr jws(cjose_jws_import(token.compact.data(), token.compact.size(), &error));
  if (jws == nullptr || !cjose_jws_verify(jws.get(), key, &error)) return Refused("the signature does not hold");
  return absl::OkStatus();
}

}  // namespace

const char* AlgorithmName(Algorithm algorithm) { return algorithm == Algorithm::kES256 ? "ES256" : "RS256"; }

bool Issuer::SpeaksFor(std::string_view tenant) const {
  return std::any_of(tenants.begin(), tenants.end(), [&](const std::string& own) { return own == "*" || own == tenant; });
}

absl::StatusOr<UnverifiedToken> ParseToken(std::string_view compact) {
  if (compact.size() > kMaxBytes) return Refused("too long");
  const size_t first = compact.find('.');
  const size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) return Refused("not three parts");
  const auto header = Decoded(compact.substr(0, first));
  const auto payload = Decoded(compact.substr(first + 1, second - first - 1));
  auto signature = Decoded(compact.substr(second + 1));
  if (!header || !payload || !signature) return Refused("not base64url");
  const JsonPtr header_json = ParseObject(*header);
  if (header_json == nullptr) return Refused("the header is no JSON object");
  RETURN_IF_ERROR(CheckHeader(header_json.get()));
  UnverifiedToken token;
  token.claims = ParseObject(*payload);
  if (token.claims == nullptr) return Refused("the claims are no JSON object");
  token.compact = compact;
  token.algorithm = StringMember(header_json.get(), "alg");
  token.kid = StringMember(header_json.get(), "kid");
  token.issuer = StringMember(token.claims.get(), "iss");
  token.signature = *std::move(signature);
  return token;
}

absl::StatusOr<VerifiedToken> VerifyToken(const UnverifiedToken& token, const Issuer& issuer, const cjose_jwk_t* key,
                                          Instant now) {
  if (token.issuer != issuer.name) return Refused("iss");
  RETURN_IF_ERROR(CheckSignature(token, issuer, key));
  VerifiedToken verified;
  ASSIGN_OR_RETURN(verified.expires, CheckTimes(token.claims.get(), issuer, now));
  RETURN_IF_ERROR(CheckAudience(token.claims.get(), issuer.audience));
  ASSIGN_OR_RETURN(verified.principal, ReadPrincipal(token.claims.get(), issuer));
  return verified;
}

}  // namespace assay::runtime
