#include "services/runtime/base/ids.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

void Fill(char* bytes, size_t count) {
  // Without randomness no id, token or key may be made.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes), static_cast<int>(count)) != 1) std::abort();
}

// Drawn ahead, because asking for a few bytes takes as long as for many. Given out once and wiped.
class Drawn {
 public:
  static constexpr size_t kMost = 16;
  void Take(char* bytes, size_t count) {
    if (next_ + count > drawn_.size()) {
      Fill(drawn_.data(), drawn_.size());
      next_ = 0;
    }
    char* const from = drawn_.data() + next_;
    std::copy_n(from, count, bytes);
    OPENSSL_cleanse(from, count);
    next_ += count;
  }

 private:
  std::array<char, 512> drawn_{};
  size_t next_ = drawn_.size();
};

std::string Digest(std::initializer_list<std::string_view> pieces) {
  // Looked up once: EVP_sha256() is looked up anew at each use.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  bool good = EVP_DigestInit_ex(context.get(), sha256, nullptr) == 1;
  for (const std::string_view piece : pieces) good = good && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
  // Fails only without memory or without a SHA-256 in the library; a wrong digest must not come of it.
  if (!good || EVP_DigestFinal_ex(context.get(), digest, &size) != 1) std::abort();
  return std::string(reinterpret_cast<const char*>(digest), size);
}

}  // namespace

std::string RandomBytes(size_t count) {
  thread_local Drawn drawn;
  std::string bytes(count, '\0');
  // Keys are drawn when they are made.
  count <= Drawn::kMost ? drawn.Take(bytes.data(), count) : Fill(bytes.data(), count);
  return bytes;
}

std::string NewUuid(Instant now) {
  const auto millis = static_cast<uint64_t>(ToMicros(now) / 1000);
  std::string bytes(6, '\0');
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<char>(millis >> (8 * (5 - i)));
  bytes += RandomBytes(10);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x70);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  const std::string hex = Hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

std::string Sha256(std::string_view bytes) { return Digest({bytes}); }
std::string Sha256Hex(std::string_view bytes) { return Hex(Digest({bytes})); }
std::string Sha256Hex(std::initializer_list<std::string_view> pieces) { return Hex(Digest(pieces)); }

std::string SerializeDeterministic(const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace assay::runtime
