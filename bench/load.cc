#include "bench/load.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace assay::bench {
namespace {

using std::chrono::steady_clock;

struct Pending {
  grpc::ClientContext context;
  grpc::ByteBuffer answer;
  grpc::Status status;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  steady_clock::time_point started;
};

// What the connections have in common.
struct Shared {
  std::atomic<bool> failed{false};
  std::mutex mutex;
  absl::Status error;
  std::atomic<int64_t> begun{0};
  std::vector<float> milliseconds;
  int64_t answer_bytes = 0;
};

void RunConnection(const LoadOptions& options, int index, int in_flight, steady_clock::time_point end, Shared& shared) {
  grpc::ChannelArguments arguments;
  // Equal channels would share one connection.
  arguments.SetInt("assay.bench.connection", index);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::GenericStub stub(grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments));
  grpc::CompletionQueue queue;
  std::vector<float> milliseconds;
  int64_t answer_bytes = 0;
  int under_way = 0;
  const auto fire = [&] {
    if (options.calls > 0 && shared.begun++ >= options.calls) return;
    auto* call = new Pending;
    const LoadCall next = options.next();
    call->context.AddMetadata("authorization", "Bearer " + *next.token);
    call->started = steady_clock::now();
    call->reader = stub.PrepareUnaryCall(&call->context, options.method, next.request, &queue);
    call->reader->StartCall();
    call->reader->Finish(&call->answer, &call->status, call);
    ++under_way;
  };
  for (int i = 0; i < in_flight; ++i) fire();
  void* tag = nullptr;
  bool ok = false;
  while (under_way > 0 && queue.Next(&tag, &ok)) {
    --under_way;
    const std::unique_ptr<Pending> call(static_cast<Pending*>(tag));
    const auto now = steady_clock::now();
    milliseconds.push_back(std::chrono::duration<float, std::milli>(now - call->started).count());
    answer_bytes += static_cast<int64_t>(call->answer.Length());
    if (!call->status.ok() && !shared.failed.exchange(true)) {
      std::lock_guard lock(shared.mutex);
      shared.error = absl::InternalError(fmt::format("{} answered {}: {}", options.method,
                                                     static_cast<int>(call->status.error_code()), call->status.error_message()));
    }
    if ((now < end || options.calls > 0) && !shared.failed.load(std::memory_order_relaxed)) fire();
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  std::lock_guard lock(shared.mutex);
  shared.milliseconds.insert(shared.milliseconds.end(), milliseconds.begin(), milliseconds.end());
  shared.answer_bytes += answer_bytes;
}

}  // namespace

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

absl::StatusOr<LoadReport> RunLoad(const LoadOptions& options) {
  Shared shared;
  const auto start = steady_clock::now();
  const auto end = start + std::chrono::duration_cast<steady_clock::duration>(options.duration);
  std::vector<std::thread> threads;
  for (int i = 0; i < options.connections; ++i) {
    const int share = options.in_flight / options.connections + (i < options.in_flight % options.connections ? 1 : 0);
    threads.emplace_back([&, i, share] { RunConnection(options, i, share, end, shared); });
  }
  for (std::thread& thread : threads) thread.join();
  if (!shared.error.ok()) return shared.error;
  LoadReport report;
  report.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  report.calls = static_cast<int64_t>(shared.milliseconds.size());
  std::sort(shared.milliseconds.begin(), shared.milliseconds.end());
  if (report.calls > 0) {
    report.mean_answer_bytes = static_cast<double>(shared.answer_bytes) / static_cast<double>(report.calls);
    report.median_ms = shared.milliseconds[report.calls / 2];
    report.p99_ms = shared.milliseconds[report.calls * 99 / 100];
  }
  return report;
}

}  // namespace assay::bench
