#include "tests/support/token_forge.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>

#include "services/runtime/base/text.h"

namespace assay::testing {
namespace {

using runtime::Base64Url;

constexpr int kCoordinate = 32;

std::string Bytes(const BIGNUM* number) {
  std::string bytes(kCoordinate, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), kCoordinate);
  return bytes;
}

std::string Coordinate(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string bytes = Bytes(number);
  BN_free(number);
  return bytes;
}

std::string Input(std::string_view header, std::string_view claims) { return Base64Url(header) + "." + Base64Url(claims); }

}  // namespace

TokenForge::TokenForge(std::string kid) : kid_(std::move(kid)), key_(EVP_EC_gen("P-256"), &EVP_PKEY_free) {}

std::string TokenForge::Jwks() const {
  return fmt::format(R"({{"keys":[{{"kty":"EC","crv":"P-256","kid":"{}","use":"sig","alg":"ES256","x":"{}","y":"{}"}}]}})", kid_,
                     Base64Url(Coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X)),
                     Base64Url(Coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)));
}

std::string TokenForge::Sign(std::string_view header, std::string_view claims) const {
  const std::string input = Input(header, claims);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
  const auto* data = reinterpret_cast<const unsigned char*>(input.data());
  size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, data, input.size());
  std::string der(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size, data, input.size());
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)),
                                                                       &ECDSA_SIG_free);
  return input + "." + Base64Url(Bytes(ECDSA_SIG_get0_r(signature.get())) + Bytes(ECDSA_SIG_get0_s(signature.get())));
}

std::string TokenForge::WithSignature(std::string_view header, std::string_view claims, std::string_view signature) {
  return Input(header, claims) + "." + Base64Url(signature);
}

std::string TokenForge::Hmac(std::string_view header, std::string_view claims, std::string_view secret) {
  const std::string input = Input(header, claims);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(input.data()),
       input.size(), digest, &length);
  return input + "." + Base64Url({reinterpret_cast<const char*>(digest), length});
}

}  // namespace assay::testing
