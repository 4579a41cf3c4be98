#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace assay::bench {

// One call of the load: its message and its token (JWT, without "Bearer ").
struct LoadCall {
  grpc::ByteBuffer request;
  const std::string* token = nullptr;
};

// A closed loop: `in_flight` calls are under way at any time, spread evenly over the connections. Every connection has a
// thread, a channel and a completion queue of its own.
struct LoadOptions {
  std::string target;  // host:port
  std::string method;  // "/assay.bank.v1.QuestionService/GetQuestion"
  int connections = 4;
  int in_flight = 64;
  std::chrono::duration<double> duration{3};
  // Ends after so many calls instead; 0 = by the duration.
  int64_t calls = 0;
  // Makes the next call; called by all connections' threads.
  std::function<LoadCall()> next;
};

struct LoadReport {
  int64_t calls = 0;
  double seconds = 0;
  double per_second() const { return seconds == 0 ? 0 : static_cast<double>(calls) / seconds; }
  double median_ms = 0;
  double p99_ms = 0;
  double mean_answer_bytes = 0;
};

// Runs it and waits for the last answer. The first call that fails ends the run with its error.
absl::StatusOr<LoadReport> RunLoad(const LoadOptions& options);

// A message as the bytes of a request.
grpc::ByteBuffer ToBuffer(const std::string& bytes);

}  // namespace assay::bench
