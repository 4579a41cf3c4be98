#include "services/runtime/auth/local_key.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/runtime/config/private_file.h"

namespace assay::runtime {
namespace {

constexpr char kKeyFile[] = "signing-key.json";
constexpr char kPublicFile[] = "jwks.json";

std::string PathOf(const std::string& directory, const char* name) { return (std::filesystem::path(directory) / name).string(); }

absl::Status Failed(const char* what, const cjose_err& error) {
  return absl::InternalError(fmt::format("{}: {}", what, error.message == nullptr ? "unknown" : error.message));
}

// JSON of `key` with its private half, under a kid that is its own hash.
absl::StatusOr<std::string> NewKey() {
  cjose_err error = {};
  const JwkPtr key(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error));
  if (key == nullptr) return Failed("making a key", error);
  const std::unique_ptr<char, decltype(&free)> open(cjose_jwk_to_json(key.get(), false, &error), &free);
  if (open == nullptr) return Failed("writing a key", error);
  const std::string kid = "local-" + Sha256Hex(open.get()).substr(0, 16);
  if (!cjose_jwk_set_kid(key.get(), kid.data(), kid.size(), &error)) return Failed("naming a key", error);
  const std::unique_ptr<char, decltype(&free)> closed(cjose_jwk_to_json(key.get(), true, &error), &free);
  if (closed == nullptr) return Failed("writing a key", error);
  return std::string(closed.get());
}

// The public half as a JWKS.
absl::StatusOr<std::string> PublicKeys(const cjose_jwk_t* key) {
  cjose_err error = {};
  const std::unique_ptr<char, decltype(&free)> open(cjose_jwk_to_json(key, false, &error), &free);
  if (open == nullptr) return Failed("writing a key", error);
  const JsonPtr member = ParseObject(open.get());
  json_object_set_new(member.get(), "alg", json_string("ES256"));
  json_object_set_new(member.get(), "use", json_string("sig"));
  const JsonPtr document(json_pack("{s:[O]}", "keys", member.get()));
  const std::unique_ptr<char, decltype(&free)> text(json_dumps(document.get(), JSON_INDENT(2) | JSON_SORT_KEYS), &free);
  return std::string(text.get()) + "\n";
}

JsonPtr Claims(const TokenSpec& spec, Instant now) {
  const auto at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::string scope;
  for (const std::string& one : spec.scopes) scope += (scope.empty() ? "" : " ") + one;
  JsonPtr claims(json_object());
  json_object_set_new(claims.get(), "iss", json_string(kLocalIssuer));
  json_object_set_new(claims.get(), "sub", json_string(spec.subject.c_str()));
  json_object_set_new(claims.get(), "tenant", json_string(spec.tenant.c_str()));
  json_object_set_new(claims.get(), "scope", json_string(scope.c_str()));
  json_object_set_new(claims.get(), "iat", json_integer(at));
  json_object_set_new(claims.get(), "exp", json_integer(at + spec.lifetime.count()));
  json_object_set_new(claims.get(), "jti", json_string(NewUuid(now).c_str()));
  if (!spec.audience.empty()) json_object_set_new(claims.get(), "aud", json_string(spec.audience.c_str()));
  return claims;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const LocalKey>> LocalKey::OpenOrCreate(const std::string& directory) {
  absl::StatusOr<std::shared_ptr<const LocalKey>> opened = Open(directory);
  if (!absl::IsNotFound(opened.status())) return opened;
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  ASSIGN_OR_RETURN(const std::string key, NewKey());
  // Lost to another process: its key is the one.
  RETURN_IF_ERROR(CreatePrivateFile(PathOf(directory, kKeyFile), key));
  return Open(directory);
}

absl::StatusOr<std::shared_ptr<const LocalKey>> LocalKey::Open(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateFile(PathOf(directory, kKeyFile)));
  cjose_err error = {};
  JwkPtr key(cjose_jwk_import(text.data(), text.size(), &error));
  if (key == nullptr) return Failed("reading the signing key", error);
  const char* kid = cjose_jwk_get_kid(key.get(), &error);
  if (kid == nullptr) return absl::InvalidArgumentError("the signing key has no kid");
  ASSIGN_OR_RETURN(const std::string keys, PublicKeys(key.get()));
  const std::string path = PathOf(directory, kPublicFile);
  if (const auto present = FetchKeys({.issuer = {}, .jwks = path, .ca_file = ""}); !present.ok() || *present != keys) {
    RETURN_IF_ERROR(ReplaceFile(path, keys, 0644));
  }
  return std::shared_ptr<const LocalKey>(new LocalKey(std::move(key), kid, directory));
}

IssuerSource LocalKey::source() const {
  IssuerSource source;
  source.issuer = {.name = kLocalIssuer, .algorithm = Algorithm::kES256, .audience = "", .tenants = {"*"}, .service_tokens = true};
  source.jwks = PathOf(directory_, kPublicFile);
  return source;
}

absl::StatusOr<std::string> LocalKey::MintToken(const TokenSpec& spec, Instant now) const {
  if (spec.tenant.empty() || spec.subject.empty()) return absl::InvalidArgumentError("a token needs a tenant and a subject");
  if (spec.lifetime < std::chrono::seconds(1) || spec.lifetime > std::chrono::hours(24)) {
    return absl::InvalidArgumentError("a token lives for 1 second to 24 hours");
  }
  cjose_err error = {};
  // A header is a JSON object to cjose; its own setters take texts only, which is all we need.
  const JsonPtr header(json_pack("{s:s, s:s, s:s}", "alg", "ES256", "kid", kid_.c_str(), "typ", "at+jwt"));
  const JsonPtr claims = Claims(spec, now);
  const std::unique_ptr<char, decltype(&free)> payload(json_dumps(claims.get(), JSON_COMPACT), &free);
  if (header == nullptr || payload == nullptr) return absl::InvalidArgumentError("the claims are not UTF-8");
  const JwsPtr jws(cjose_jws_sign(key_.get(), reinterpret_cast<cjose_header_t*>(header.get()),
                                  reinterpret_cast<const uint8_t*>(payload.get()), std::strlen(payload.get()), &error));
  const char* compact = nullptr;
  if (jws == nullptr || !cjose_jws_export(jws.get(), &compact, &error)) return Failed("signing", error);
  return std::string(compact);
}

}  // namespace assay::runtime
