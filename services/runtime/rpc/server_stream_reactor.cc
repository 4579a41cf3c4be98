#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <exception>
#include <mutex>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/call.h"
#include "services/runtime/rpc/reactors.h"

namespace assay::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBusyRetry{20};
// A stream that waits looks up now and then, whatever its source says.
constexpr milliseconds kLongestWait{60'000};

// Pulls from a source on the executor, one message ahead of the wire at most: a slow reader holds memory for one message
// and no thread. Between messages the stream waits on an alarm, which a wake or the drain cuts short.
//
// Control passes from step to write to step, or from step to alarm to step: whoever holds it alone may end the stream.
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
    registered_ = true;
    pipeline_.AddStream(this);
    Advance();
  }

  void Drain() override {
    {
      std::lock_guard lock(mutex_);
      draining_ = true;
    }
    Wake();
  }

 private:
  // Why the stream is over although its source has more; OK while it is not.
  absl::Status Over() {
    {
      std::lock_guard lock(mutex_);
      if (draining_) return Error(v1::ERROR_REASON_UNAVAILABLE, "the server is going away; reconnect and resume");
    }
    if (steady_clock::now() >= context_->deadline) return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed");
    if (context_->cancelled()) return Error(v1::ERROR_REASON_CANCELLED, "the call was cancelled");
    return absl::OkStatus();
  }

  // Takes the next step on the executor, or a little later when that is full. Ending needs no executor, so that an
  // overloaded server still drains.
  void Advance() {
    if (absl::Status over = Over(); !over.ok()) return End(std::move(over));
    if (!pipeline_.executor().TryPost([self = shared_from_this()] { self->Step(); })) Sleep(kBusyRetry, false);
  }

  void Step() {
    {
      std::lock_guard lock(mutex_);
      woken_ = false;
    }
    if (absl::Status over = Over(); !over.ok()) return End(std::move(over));
    absl::StatusOr<Pull> pull = Next();
    if (!pull.ok()) return End(pull.status());
    if (pull->message != nullptr) {
      last_ = pull->end;
      Serialized serialized = Serialized::Of(*pull->message);
      outgoing_ = std::move(serialized.bytes);
      StartWrite(&outgoing_);
      return;
    }
    if (pull->end) return End(absl::OkStatus());
    Sleep(pull->wait, true);
  }

  absl::StatusOr<Pull> Next() {
    try {
      if (source_ == nullptr) {
        ASSIGN_OR_RETURN(source_, method_.server_stream(context_, request_));
        source_->OnWake([weak = weak_from_this()] {
          if (auto self = weak.lock()) self->Wake();
        });
      }
      return source_->Next(*context_);
    } catch (const std::exception& e) {
      return Internal(e.what());
    } catch (...) {
      return Internal("a stream threw something unknown");
    }
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(Error(v1::ERROR_REASON_CANCELLED, "the reader went away"));
    if (last_) return End(absl::OkStatus());
    Advance();
  }

  // `wakeable`: a wake that came since the step began cuts the wait to nothing.
  void Sleep(milliseconds wait, bool wakeable) {
    wait = std::clamp(wait, milliseconds(1), kLongestWait);
    if (context_->deadline != steady_clock::time_point::max()) {
      const auto left = std::chrono::ceil<milliseconds>(context_->deadline - steady_clock::now());
      wait = std::clamp(wait, milliseconds(1), std::max(left, milliseconds(1)));
    }
    {
      std::lock_guard lock(mutex_);
      if (!(wakeable && woken_) && !draining_ && !context_->cancelled()) {
        sleeping_ = true;
        alarm_ = std::make_unique<grpc::Alarm>();
        alarm_->Set(std::chrono::system_clock::now() + wait, [self = shared_from_this()](bool) { self->Awake(); });
        return;
      }
    }
    Advance();
  }

  void Awake() {
    {
      std::lock_guard lock(mutex_);
      sleeping_ = false;
      // The alarm's callback holds the stream, the stream holds the alarm: dropped here, or neither would ever go.
      alarm_.reset();
    }
    Advance();
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

  // Never called with mutex_ held: the pipeline takes its own lock first when it drains.
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
  absl::Status admitted = Admit(server_context, pipeline, method, steady_clock::now(), *context);
  MessagePtr message;
  if (admitted.ok()) {
    auto parsed = ParseRequest(request, method);
    admitted = parsed.status();
    if (parsed.ok()) message = *std::move(parsed);
  }
  auto reactor = std::make_shared<ServerStreamReactor>(server_context, method, pipeline, std::move(context));
  reactor->Start(std::move(admitted), std::move(message));
  return reactor.get();
}

}  // namespace assay::runtime
