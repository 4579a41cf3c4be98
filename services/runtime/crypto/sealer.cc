#include "services/runtime/crypto/sealer.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "services/runtime/base/ids.h"

namespace assay::runtime {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
// Keys of one secret are told apart by purpose; the salt names the product, so that a secret that is used elsewhere too
// never gives the same keys.
constexpr std::string_view kSalt = "assay/v1";

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string HmacSha256(std::string_view key, std::string_view message) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(message), message.size(), Bytes(digest), &size) ==
      nullptr) {
    std::abort();
  }
  return digest;
}

// RFC 5869 with one block of output.
std::string Hkdf(std::string_view secret, std::string_view purpose) {
  const std::string pseudorandom = HmacSha256(kSalt, secret);
  return HmacSha256(pseudorandom, std::string(purpose) + '\x01');
}

// Looked up once: EVP_aes_256_gcm() is looked up anew at each use.
const EVP_CIPHER* Cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

struct CipherContext {
  CipherContext() : context(EVP_CIPHER_CTX_new()) {}
  ~CipherContext() { EVP_CIPHER_CTX_free(context); }
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;
  EVP_CIPHER_CTX* context;
};

absl::Status NotOurs() { return absl::InvalidArgumentError("not sealed here, or altered"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Sealer>> Sealer::Create(std::string_view secret) {
  if (secret.size() < kSecretBytes) return absl::InvalidArgumentError("the sealing secret must have at least 32 bytes");
  return std::unique_ptr<Sealer>(new Sealer(std::string(secret)));
}

std::string Sealer::KeyFor(std::string_view purpose) const {
  std::lock_guard lock(mutex_);
  auto found = keys_.find(purpose);
  if (found == keys_.end()) found = keys_.emplace(std::string(purpose), Hkdf(secret_, purpose)).first;
  return found->second;
}

std::string Sealer::Seal(std::string_view purpose, std::string_view context, std::string_view plain) const {
  const std::string key = KeyFor(purpose);
  std::string sealed = RandomBytes(kNonceBytes);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  unsigned char* const nonce = Bytes(sealed);
  unsigned char* const body = nonce + kNonceBytes;
  CipherContext cipher;
  int size = 0;
  const bool sealed_ok =
      EVP_EncryptInit_ex(cipher.context, Cipher(), nullptr, Bytes(std::string_view(key)), nonce) == 1 &&
      EVP_EncryptUpdate(cipher.context, nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.context, body, &size, Bytes(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.context, body + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plain.size()) == 1;
  // Nothing may leave unsealed.
  if (!sealed_ok) std::abort();
  return sealed;
}

absl::StatusOr<std::string> Sealer::Open(std::string_view purpose, std::string_view context, std::string_view sealed) const {
  if (sealed.size() < kNonceBytes + kTagBytes) return NotOurs();
  const std::string key = KeyFor(purpose);
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plain(body.size(), '\0');
  CipherContext cipher;
  int size = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.context, Cipher(), nullptr, Bytes(std::string_view(key)), Bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.context, nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher.context, Bytes(plain), &size, Bytes(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.context, Bytes(plain) + plain.size(), &size) == 1;
  if (!opened) return NotOurs();
  return plain;
}

}  // namespace assay::runtime
