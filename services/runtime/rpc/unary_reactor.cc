#include <grpcpp/server_context.h>

#include <atomic>
#include <exception>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/call.h"
#include "services/runtime/rpc/reactors.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

// Answers one unary call from any thread, once. A handler that drops its Reply without answering still finishes the call:
// a reactor that never finishes would hang the server's shutdown.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(grpc::CallbackServerContext& server_context, grpc::ByteBuffer& response, const Method& method,
               std::shared_ptr<RequestContext> context, steady_clock::time_point start)
      : server_context_(server_context), response_(response), method_(method), context_(std::move(context)), start_(start) {}

  void Answer(absl::StatusOr<Serialized> result) {
    if (result.ok()) response_ = std::move(result->bytes);
    Finish(Conclude(server_context_, method_, *context_, result.status(), start_));
  }

 private:
  void OnCancel() override { context_->Cancel(); }
  void OnDone() override { delete this; }

  grpc::CallbackServerContext& server_context_;
  grpc::ByteBuffer& response_;
  const Method& method_;
  const std::shared_ptr<RequestContext> context_;
  const steady_clock::time_point start_;
};

// Shared by the copies of one Reply; the last to go answers if nobody did.
class AnswerOnce {
 public:
  explicit AnswerOnce(UnaryReactor* reactor) : reactor_(reactor) {}
  ~AnswerOnce() { (*this)(Internal("the handler gave no answer")); }
  void operator()(absl::StatusOr<Serialized> result) {
    if (UnaryReactor* reactor = reactor_.exchange(nullptr)) reactor->Answer(std::move(result));
  }

 private:
  std::atomic<UnaryReactor*> reactor_;
};

void RunHandler(const Method& method, const ContextPtr& context, const MessagePtr& request, const Reply& reply) {
  if (context->cancelled()) return reply(Error(v1::ERROR_REASON_CANCELLED, "the call was cancelled"));
  if (context->expired()) return reply(Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed before the work began"));
  try {
    method.unary(context, request, reply);
  } catch (const std::exception& e) {
    reply(Internal(e.what()));
  } catch (...) {
    reply(Internal("a handler threw something unknown"));
  }
}

std::optional<absl::StatusOr<Serialized>> RunFast(const Method& method, const RequestContext& context,
                                                  const google::protobuf::Message& request) {
  try {
    return method.fast(context, request);
  } catch (const std::exception& e) {
    return Internal(e.what());
  } catch (...) {
    return Internal("a handler threw something unknown");
  }
}

}  // namespace

grpc::ServerUnaryReactor* StartUnary(grpc::CallbackServerContext& server_context, const grpc::ByteBuffer& request,
                                     grpc::ByteBuffer& response, const Method& method, Pipeline& pipeline) {
  const auto start = steady_clock::now();
  // On the stack for as long as the call may be answered here.
  RequestContext arriving;
  const auto finish_now = [&](absl::Status status) {
    if (!status.ok()) Describe(server_context, method, arriving);
    auto* reactor = server_context.DefaultReactor();
    reactor->Finish(Conclude(server_context, method, arriving, std::move(status), start));
    return reactor;
  };

  if (absl::Status admitted = Admit(server_context, pipeline, method, start, arriving); !admitted.ok()) {
    return finish_now(std::move(admitted));
  }
  auto parsed = ParseRequest(request, method);
  if (!parsed.ok()) return finish_now(parsed.status());
  if (method.fast) {
    if (auto found = RunFast(method, arriving, **parsed)) {
      if (found->ok()) response = std::move((*found)->bytes);
      return finish_now(found->status());
    }
    Describe(server_context, method, arriving);
  }

  const auto context = std::make_shared<RequestContext>(std::move(arriving));
  const MessagePtr message = *std::move(parsed);
  auto* reactor = new UnaryReactor(server_context, response, method, context, start);
  auto once = std::make_shared<AnswerOnce>(reactor);
  Reply reply = [once](absl::StatusOr<Serialized> result) { (*once)(std::move(result)); };
  if (method.execution == Execution::kInline) {
    RunHandler(method, context, message, reply);
  } else if (!pipeline.executor().TryPost([&method, context = ContextPtr(context), request = message, reply] {
               RunHandler(method, context, request, reply);
             })) {
    reply(Overloaded());
  }
  return reactor;
}

}  // namespace assay::runtime
