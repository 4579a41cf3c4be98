#include <fmt/format.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/call.h"
#include "services/runtime/rpc/reactors.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

// How long the end of a stream waits for a cancel that came with it.
constexpr std::chrono::milliseconds kCancelGrace{10};

// Hands the messages of a client stream to a handler on an executor thread, one at a time: the next is read off the wire
// only when the handler asks, so memory is bounded by one message.
class ClientStreamReactor final : public grpc::ServerReadReactor<grpc::ByteBuffer>, public MessageReader {
 public:
  ClientStreamReactor(grpc::CallbackServerContext& server_context, grpc::ByteBuffer& response, const Method& method,
                      std::shared_ptr<RequestContext> context)
      : server_context_(server_context), response_(response), method_(method), context_(std::move(context)) {}

  void End(absl::StatusOr<Serialized> result) {
    if (result.ok()) response_ = std::move(result->bytes);
    Finish(Conclude(server_context_, method_, *context_, result.status(), start_));
  }

  void Run() {
    absl::StatusOr<Serialized> result = absl::UnknownError("the handler did not run");
    try {
      result = method_.client_stream(context_, *this);
    } catch (const std::exception& e) {
      result = Internal(e.what());
    } catch (...) {
      result = Internal("a handler threw something unknown");
    }
    End(std::move(result));
  }

  absl::StatusOr<bool> Read(google::protobuf::Message& message) override {
    {
      std::lock_guard lock(mutex_);
      if (given_up_) return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the stream was given up");
      state_ = State::kReading;
    }
    incoming_.Clear();
    StartRead(&incoming_);
    ASSIGN_OR_RETURN(const bool more, Await());
    if (!more) return false;
    ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> parsed, ParseRequest(incoming_, method_));
    message.CopyFrom(*parsed);
    return true;
  }

 private:
  enum class State { kReading, kMessage, kEnd };

  absl::StatusOr<bool> Await() {
    std::unique_lock lock(mutex_);
    const auto arrived = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return state_ != State::kReading; };
    const auto patience = steady_clock::now() + method_.most_silence;
    // A caller that sends nothing may not keep the thread. What is being read then is given up with the call's end.
    if (!ready_.wait_until(lock, std::min(patience, context_->deadline), arrived)) given_up_ = true;
    if (steady_clock::now() >= context_->deadline) return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed");
    if (given_up_) return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "no message came for too long");
    if (state_ == State::kMessage) return true;
    // "No more messages" and "the caller went away" both end the reading, and the word of the cancel may come a moment
    // later: taking the one for the other would store half an import.
    ready_.wait_for(lock, kCancelGrace, [this] { return context_->cancelled(); });
    if (context_->cancelled() || server_context_.IsCancelled()) {
      return Error(v1::ERROR_REASON_CANCELLED, "the call was cancelled");
    }
    return false;
  }

  void OnReadDone(bool ok) override {
    {
      std::lock_guard lock(mutex_);
      state_ = ok ? State::kMessage : State::kEnd;
    }
    ready_.notify_one();
  }
  void OnCancel() override {
    {
      std::lock_guard lock(mutex_);
      context_->Cancel();
    }
    ready_.notify_one();
  }
  void OnDone() override { delete this; }

  grpc::CallbackServerContext& server_context_;
  grpc::ByteBuffer& response_;
  const Method& method_;
  const std::shared_ptr<RequestContext> context_;
  const steady_clock::time_point start_ = steady_clock::now();
  grpc::ByteBuffer incoming_;
  std::mutex mutex_;
  std::condition_variable ready_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kMessage;
  bool given_up_ ABSL_GUARDED_BY(mutex_) = false;
};

class Refusal final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Refusal(grpc::Status status) { Finish(std::move(status)); }

 private:
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* StartClientStream(grpc::CallbackServerContext& server_context,
                                                             grpc::ByteBuffer& response, const Method& method,
                                                             Pipeline& pipeline) {
  auto context = std::make_shared<RequestContext>();
  absl::Status admitted = Admit(server_context, pipeline, method, steady_clock::now(), *context);
  auto* reactor = new ClientStreamReactor(server_context, response, method, std::move(context));
  if (!admitted.ok()) {
    reactor->End(std::move(admitted));
  } else if (!pipeline.executor().TryPost([reactor] { reactor->Run(); })) {
    reactor->End(Overloaded());
  }
  return reactor;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* RefuseBidiStream(grpc::CallbackServerContext& server_context,
                                                                              const Method& method, Pipeline& pipeline) {
  const auto start = steady_clock::now();
  RequestContext context;
  absl::Status refused = Admit(server_context, pipeline, method, start, context);
  return new Refusal(Conclude(server_context, method, context, std::move(refused), start));
}

}  // namespace assay::runtime
