#include <fmt/format.h>
#include <grpcpp/server_context.h>

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
    try {
      End(method_.client_stream(context_, *this));
    } catch (const std::exception& e) {
      End(Internal(e.what()));
    }
  }

  absl::StatusOr<bool> Read(google::protobuf::Message& message) override {
    incoming_.Clear();
    {
      std::lock_guard lock(mutex_);
      state_ = State::kReading;
    }
    StartRead(&incoming_);
    {
      std::unique_lock lock(mutex_);
      // OnReadDone always comes, also after a cancel.
      ready_.wait(lock, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return state_ != State::kReading; });
      if (state_ == State::kEnd) {
        if (context_->cancelled()) return Error(v1::ERROR_REASON_CANCELLED, "the call was cancelled");
        return false;
      }
    }
    if (context_->expired()) return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed");
    ASSIGN_OR_RETURN(const MessagePtr parsed, ParseRequest(incoming_, method_));
    message.CopyFrom(*parsed);
    return true;
  }

 private:
  enum class State { kIdle, kReading, kMessage, kEnd };

  void OnReadDone(bool ok) override {
    {
      std::lock_guard lock(mutex_);
      state_ = ok ? State::kMessage : State::kEnd;
    }
    ready_.notify_one();
  }
  void OnCancel() override { context_->Cancel(); }
  void OnDone() override { delete this; }

  grpc::CallbackServerContext& server_context_;
  grpc::ByteBuffer& response_;
  const Method& method_;
  const std::shared_ptr<RequestContext> context_;
  const steady_clock::time_point start_ = steady_clock::now();
  grpc::ByteBuffer incoming_;
  std::mutex mutex_;
  std::condition_variable ready_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* StartClientStream(grpc::CallbackServerContext& server_context,
                                                             grpc::ByteBuffer& response, const Method& method,
                                                             Pipeline& pipeline) {
  auto context = std::make_shared<RequestContext>();
  absl::Status admitted = Admit(server_context, pipeline, method, *context);
  auto* reactor = new ClientStreamReactor(server_context, response, method, std::move(context));
  if (!admitted.ok()) {
    reactor->End(std::move(admitted));
  } else if (!pipeline.executor().TryPost([reactor] { reactor->Run(); })) {
    reactor->End(Overloaded());
  }
  return reactor;
}

}  // namespace assay::runtime
