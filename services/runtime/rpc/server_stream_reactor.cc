#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <exception>
#include <mutex>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/call.h"
#include "services/runtime/rpc/reactors.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBusyRetry{20};

// Pulls from a source on the executor, one message ahead of the wire at most: a slow reader holds memory for one message
// and no thread. Between messages the stream waits on an alarm, which a wake or the drain cuts short.
class ServerStreamReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                                  public Drainable,
                                  public std::enable_shared_from_this<ServerStreamReactor> {
 public:
  ServerStreamReactor(grpc::CallbackServerContext& server_context, const Method& method, Pipeline& pipeline,
                      std::shared_ptr<RequestContext> context)
      : server_context_(server_context), method_(method), pipeline_(pipeline), context_(std::move(context)) {}

  void Start(absl::Status admitted, MessagePtr request) {
    self_ = shared_from_this();
    if (!admitted.ok()) return End(std::move(admitted));
    request_ = std::move(request);
    pipeline_.AddStream(this);
    registered_ = true;
    Post();
  }

  void Drain() override {
    {
      std::lock_guard lock(mutex_);
      draining_ = true;
    }
    Wake();
  }

 private:
  // Runs Step on the executor, or a little later when that is full.
  void Post() {
    if (!pipeline_.executor().TryPost([self = shared_from_this()] { self->Step(); })) Sleep(kBusyRetry);
  }

  void Step() {
    {
      std::lock_guard lock(mutex_);
      woken_ = false;
      if (draining_) return End(Error(v1::ERROR_REASON_UNAVAILABLE, "the server is going away; reconnect and resume"));
    }
    if (context_->cancelled()) return End(Error(v1::ERROR_REASON_CANCELLED, "the call was cancelled"));
    if (context_->expired()) return End(Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed"));
    try {
      if (source_ == nullptr) {
        absl::StatusOr<std::unique_ptr<StreamSource>> source = method_.server_stream(context_, request_);
        if (!source.ok()) return End(source.status());
        source_ = *std::move(source);
        source_->OnWake([weak = weak_from_this()] {
          if (auto self = weak.lock()) self->Wake();
        });
      }
      absl::StatusOr<Pull> pull = source_->Next(*context_);
      if (!pull.ok()) return End(pull.status());
      if (pull->message != nullptr) {
        last_ = pull->end;
        Serialized bytes = Serialized::Of(*pull->message);
        outgoing_ = std::move(bytes.bytes);
        StartWrite(&outgoing_);
        return;
      }
      if (pull->end) return End(absl::OkStatus());
      Sleep(pull->wait);
    } catch (const std::exception& e) {
      End(Internal(e.what()));
    }
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(Error(v1::ERROR_REASON_CANCELLED, "the reader went away"));
    if (last_) return End(absl::OkStatus());
    Post();
  }

  void Sleep(std::chrono::milliseconds wait) {
    {
      std::lock_guard lock(mutex_);
      if (!woken_ && !draining_ && !context_->cancelled()) {
        sleeping_ = true;
        alarm_ = std::make_unique<grpc::Alarm>();
        alarm_->Set(std::chrono::system_clock::now() + wait, [self = shared_from_this()](bool) { self->Awake(); });
        return;
      }
    }
    // Woken meanwhile: go on, but never spin on a full executor.
    if (!pipeline_.executor().TryPost([self = shared_from_this()] { self->Step(); })) {
      std::lock_guard lock(mutex_);
      sleeping_ = true;
      alarm_ = std::make_unique<grpc::Alarm>();
      alarm_->Set(std::chrono::system_clock::now() + kBusyRetry, [self = shared_from_this()](bool) { self->Awake(); });
    }
  }

  void Awake() {
    {
      std::lock_guard lock(mutex_);
      sleeping_ = false;
    }
    Post();
  }

  void Wake() {
    std::lock_guard lock(mutex_);
    woken_ = true;
    if (sleeping_) alarm_->Cancel();
  }

  void OnCancel() override {
    context_->Cancel();
    Wake();
  }

  void End(absl::Status status) {
    if (registered_) pipeline_.RemoveStream(this);
    source_.reset();
    Finish(Conclude(server_context_, method_, *context_, std::move(status), start_));
  }

  void OnDone() override { self_.reset(); }

  grpc::CallbackServerContext& server_context_;
  const Method& method_;
  Pipeline& pipeline_;
  const std::shared_ptr<RequestContext> context_;
  const steady_clock::time_point start_ = steady_clock::now();
  MessagePtr request_;
  std::unique_ptr<StreamSource> source_;
  grpc::ByteBuffer outgoing_;
  bool last_ = false;
  bool registered_ = false;
  // Keeps the reactor until gRPC is done with it.
  std::shared_ptr<ServerStreamReactor> self_;

  std::mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool sleeping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartServerStream(grpc::CallbackServerContext& server_context,
                                                              const grpc::ByteBuffer& request, const Method& method,
                                                              Pipeline& pipeline) {
  auto context = std::make_shared<RequestContext>();
  absl::Status admitted = Admit(server_context, pipeline, method, *context);
  MessagePtr message;
  if (admitted.ok()) {
    absl::StatusOr<MessagePtr> parsed = ParseRequest(request, method);
    admitted = parsed.status();
    if (parsed.ok()) message = *std::move(parsed);
  }
  auto reactor = std::make_shared<ServerStreamReactor>(server_context, method, pipeline, std::move(context));
  auto* raw = reactor.get();
  reactor->Start(std::move(admitted), std::move(message));
  return raw;
}

}  // namespace assay::runtime
