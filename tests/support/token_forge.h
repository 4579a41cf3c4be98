#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace assay::testing {

// An issuer that signs whatever it is told to: any header, any claims. Holds a P-256 key of its own.
class TokenForge {
 public:
  explicit TokenForge(std::string kid = "forge");

  // Its public key as a JWKS.
  std::string Jwks() const;
  const std::string& kid() const { return kid_; }

  // Signed with ES256 over exactly these texts; the header may lie about the algorithm.
  std::string Sign(std::string_view header, std::string_view claims) const;
  static std::string WithSignature(std::string_view header, std::string_view claims, std::string_view signature);
  // HS256 under `secret`, for the attack that takes a public key for the secret.
  static std::string Hmac(std::string_view header, std::string_view claims, std::string_view secret);

 private:
  std::string kid_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace assay::testing
