#include <curl/curl.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>

#include "services/runtime/auth/jwks.h"

namespace assay::runtime {
namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr long kConnectMillis = 2000;
constexpr long kTotalMillis = 5000;

size_t Append(char* data, size_t size, size_t count, void* target) {
  auto& text = *static_cast<std::string*>(target);
  // Returning less than was given ends the transfer.
  if (text.size() + size * count > kMaxBytes) return 0;
  text.append(data, size * count);
  return size * count;
}

absl::StatusOr<std::string> FetchUrl(const IssuerSource& source) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return absl::UnavailableError("curl cannot start");
  std::string text;
  curl_easy_setopt(curl.get(), CURLOPT_URL, source.jwks.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTotalMillis);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &text);
  if (!source.ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, source.ca_file.c_str());
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) {
    return absl::UnavailableError(curl_easy_strerror(code));
  }
  long answer = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
  if (answer != 200) return absl::UnavailableError(fmt::format("the answer was HTTP {}", answer));
  return text;
}

}  // namespace

absl::StatusOr<std::string> FetchKeys(const IssuerSource& source) {
  if (source.jwks.rfind("https://", 0) == 0) return FetchUrl(source);
  std::ifstream file(source.jwks, std::ios::binary);
  if (!file) return absl::UnavailableError("the file cannot be read");
  std::string text;
  text.resize(kMaxBytes + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxBytes) return absl::InvalidArgumentError("the file is larger than 1 MiB");
  return text;
}

}  // namespace assay::runtime
