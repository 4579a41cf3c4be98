#pragma once

#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "absl/status/statusor.h"

namespace assay::runtime {

// What both ends of a connection must agree on, in one place: a client that pings more often than the server allows is cut
// off with "too_many_pings".
inline constexpr int kKeepaliveMillis = 30'000;
inline constexpr int kKeepaliveTimeoutMillis = 10'000;
inline constexpr int kMinPingIntervalMillis = 10'000;
inline constexpr int kMaxConcurrentStreams = 100;
// Largest request the transport takes. Methods hold themselves to less (MethodRules.max_request_bytes) and say so with
// details, which the transport's own refusal lacks.
inline constexpr int kMaxRequestBytes = 2 << 20;
// Largest answer a client takes: reports are rendered whole.
inline constexpr int kMaxAnswerBytes = 32 << 20;
// Above any front's limit (7 kB), so that no connection between a front and a service dies of one caller's headers.
inline constexpr int kMaxMetadataBytes = 64 << 10;

struct ChannelOptions {
  // "127.0.0.1:7101", or "dns:///bank-headless:7101" to balance over every address behind a name.
  std::string target;
  // PEM of the authorities that sign servers; empty = plaintext.
  std::string ca_file;
  // Our own certificate and key (PEM), for servers that ask for one.
  std::string certificate_file;
  std::string key_file;
};

// A channel with our limits, keepalive, round robin and retries: up to three attempts, on UNAVAILABLE only, of methods that
// change nothing. Connects on first use. INVALID_ARGUMENT when a file cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ChannelOptions& options);

// The service config of such a channel, as JSON.
std::string ServiceConfig();

}  // namespace assay::runtime
