#include "services/runtime/auth/jwks.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>

#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kTick{1};
constexpr seconds kRefresh{300};
constexpr seconds kRetry{30};
constexpr seconds kStale{3600};
constexpr size_t kMaxKeys = 100;

bool IsUrl(const std::string& location) { return location.rfind("https://", 0) == 0; }

// What tells a changed file from the one that was read.
std::string FileMark(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return "";
  return fmt::format("{}/{}/{}.{}", info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

// Whether a key of a JWKS is a public signature key for `algorithm`.
bool Serves(const json_t* key, Algorithm algorithm) {
  if (StringMember(key, "kty") != (algorithm == Algorithm::kES256 ? "EC" : "RSA")) return false;
  if (algorithm == Algorithm::kES256 && StringMember(key, "crv") != "P-256") return false;
  if (json_object_get(key, "use") != nullptr && StringMember(key, "use") != "sig") return false;
  if (json_object_get(key, "alg") != nullptr && StringMember(key, "alg") != AlgorithmName(algorithm)) return false;
  return json_object_get(key, "d") == nullptr && !StringMember(key, "kid").empty();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const KeySet>> KeySet::Parse(std::string_view text, Algorithm algorithm) {
  const JsonPtr document = ParseObject(text);
  const json_t* list = document == nullptr ? nullptr : json_object_get(document.get(), "keys");
  if (!json_is_array(list)) return absl::InvalidArgumentError("not a JWKS: no list of keys");
  if (json_array_size(list) > kMaxKeys) return absl::InvalidArgumentError(fmt::format("more than {} keys", kMaxKeys));
  auto set = std::make_shared<KeySet>();
  for (size_t i = 0; i < json_array_size(list); ++i) {
    json_t* element = json_array_get(list, i);
    if (!json_is_object(element) || !Serves(element, algorithm)) continue;
    cjose_err error;
    JwkPtr key(cjose_jwk_import_json(reinterpret_cast<cjose_header_t*>(element), &error));
    if (key == nullptr) continue;
    if (algorithm == Algorithm::kRS256 && cjose_jwk_get_keysize(key.get(), &error) < 2048) continue;
    const std::string kid(StringMember(element, "kid"));
    if (!set->keys_.emplace(kid, std::move(key)).second) return absl::InvalidArgumentError(fmt::format("key {} is given twice", kid));
  }
  if (set->keys_.empty()) return absl::InvalidArgumentError(fmt::format("no key serves {}", AlgorithmName(algorithm)));
  return std::shared_ptr<const KeySet>(std::move(set));
}

const cjose_jwk_t* KeySet::Find(std::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : found->second.get();
}

struct KeyRing::Source {
  explicit Source(IssuerSource from) : config(std::move(from)) {}

  const IssuerSource config;
  // Touched by the refreshing thread alone.
  std::string mark;
  std::optional<SteadyTime> tried;
  SteadyTime succeeded;
  bool failing = false;

  std::atomic<bool> wanted{false};
  mutable std::mutex mutex;
  std::shared_ptr<const KeySet> keys ABSL_GUARDED_BY(mutex);

  std::shared_ptr<const KeySet> Keys() const {
    std::lock_guard lock(mutex);
    return keys;
  }
};

KeyRing::KeyRing(std::vector<IssuerSource> sources, Fetch fetch) : fetch_(fetch ? std::move(fetch) : Fetch(FetchKeys)) {
  for (IssuerSource& source : sources) sources_.push_back(std::make_unique<Source>(std::move(source)));
}

KeyRing::~KeyRing() { Stop(); }

void KeyRing::Start() {
  for (const auto& source : sources_) {
    if (!IsUrl(source->config.jwks)) Refresh(*source, steady_clock::now());
  }
  thread_ = std::thread([this] { Run(); });
}

void KeyRing::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void KeyRing::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    RefreshDue(steady_clock::now());
    lock.lock();
    wake_.wait_for(lock, kTick, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; });
  }
}

void KeyRing::RefreshDue(SteadyTime now) {
  for (const auto& source : sources_) {
    if (IsDue(*source, now)) Refresh(*source, now);
  }
}

bool KeyRing::IsDue(Source& source, SteadyTime now) {
  if (!source.tried.has_value()) return true;
  const auto since = now - *source.tried;
  if (!IsUrl(source.config.jwks)) {
    const std::string mark = FileMark(source.config.jwks);
    if (!mark.empty() && mark == source.mark && !source.failing) {
      source.succeeded = now;
      return false;
    }
    return mark != source.mark || since >= kRetry;
  }
  if (since >= (source.failing ? kRetry : kRefresh)) return true;
  return source.wanted.load(std::memory_order_relaxed) && since >= kRetry;
}

void KeyRing::Refresh(Source& source, SteadyTime now) {
  source.tried = now;
  source.wanted.store(false, std::memory_order_relaxed);
  source.mark = FileMark(source.config.jwks);
  absl::StatusOr<std::shared_ptr<const KeySet>> keys = absl::UnknownError("not fetched");
  if (const absl::StatusOr<std::string> text = fetch_(source.config); text.ok()) {
    keys = KeySet::Parse(*text, source.config.issuer.algorithm);
  } else {
    keys = text.status();
  }
  source.failing = !keys.ok();
  if (!keys.ok()) {
    spdlog::warn("keys of issuer {} from {} cannot be refreshed: {}", source.config.issuer.name, source.config.jwks,
                 ToStd(keys.status().message()));
    if (now - source.succeeded < kStale) return;
    std::lock_guard lock(source.mutex);
    if (source.keys == nullptr) return;
    source.keys = nullptr;
  } else {
    source.succeeded = now;
    std::lock_guard lock(source.mutex);
    source.keys = *std::move(keys);
  }
  generation_.fetch_add(1, std::memory_order_acq_rel);
}

std::optional<KeyRing::Entry> KeyRing::Find(std::string_view issuer) const {
  for (const auto& source : sources_) {
    if (source->config.issuer.name == issuer) return Entry{&source->config.issuer, source->Keys()};
  }
  return std::nullopt;
}

void KeyRing::ReportUnknownKey(std::string_view issuer) {
  for (const auto& source : sources_) {
    if (source->config.issuer.name == issuer) source->wanted.store(true, std::memory_order_relaxed);
  }
}

bool KeyRing::ready() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->Keys() != nullptr; });
}

}  // namespace assay::runtime
