#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "services/runtime/auth/jose.h"
#include "services/runtime/auth/jwt.h"

namespace assay::runtime {

// Verification keys of one issuer. Immutable.
class KeySet {
 public:
  // Reads a JWKS. Keys of another kind than `algorithm` needs, for another use, too small, without `kid` or with private parts
  // are left out. INVALID_ARGUMENT when it is no JWKS, names a key twice or holds none that fits.
  static absl::StatusOr<std::shared_ptr<const KeySet>> Parse(std::string_view json, Algorithm algorithm);

  // The key, or null; it lives as long as the set.
  const cjose_jwk_t* Find(std::string_view kid) const;
  size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, JwkPtr, std::less<>> keys_;
};

// An issuer and where its keys are.
struct IssuerSource {
  Issuer issuer;
  // A path, or an https URL.
  std::string jwks;
  // PEM of the authorities for an https URL; empty = the system's.
  std::string ca_file;
};

// Reads the issuers file (YAML or JSON):
//
//   issuers:
//     - issuer: https://login.example.com/     # claim `iss`
//       jwks: https://login.example.com/keys   # or a file, relative to this one
//       algorithm: ES256                       # or RS256
//       audience: assay                        # optional
//       tenants: [acme]                        # "*" = every tenant
//       service_tokens: false
//       max_lifetime_seconds: 3600             # default a day
//
// INVALID_ARGUMENT names the entry and the key.
absl::StatusOr<std::vector<IssuerSource>> LoadIssuers(const std::string& path);

// The keys of all issuers, kept fresh by a thread of its own: a file when it changes, a URL every five minutes, and when a
// token names an unknown key, at most once in 30 s. Keys that cannot be refreshed serve for an hour more.
class KeyRing {
 public:
  using Fetch = std::function<absl::StatusOr<std::string>(const IssuerSource&)>;
  using SteadyTime = std::chrono::steady_clock::time_point;

  explicit KeyRing(std::vector<IssuerSource> sources, Fetch fetch = nullptr);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  // Reads the files and starts the thread, which fetches the URLs.
  void Start();
  void Stop();

  struct Entry {
    const Issuer* issuer = nullptr;
    // Null while none could be read.
    std::shared_ptr<const KeySet> keys;
  };
  std::optional<Entry> Find(std::string_view issuer) const;
  // Asks for fresh keys; returns at once.
  void ReportUnknownKey(std::string_view issuer);
  // Rises whenever any keys change, so that what was verified with the old ones is verified again.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  // Whether some issuer's tokens can be verified.
  bool ready() const;

  // One round of refreshing what is due at `now`; for the thread and for tests.
  void RefreshDue(SteadyTime now);

 private:
  struct Source;

  void Run();
  bool IsDue(Source& source, SteadyTime now);
  void Refresh(Source& source, SteadyTime now);

  const Fetch fetch_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::atomic<uint64_t> generation_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Reads `source.jwks` from its file, or over https within five seconds and without following redirects.
absl::StatusOr<std::string> FetchKeys(const IssuerSource& source);

}  // namespace assay::runtime
