#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"
#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/runtime/rpc/pipeline.h"
#include "services/runtime/rpc/request_context.h"
#include "services/runtime/rpc/validator.h"

namespace assay::runtime {

// A message as one slice.
grpc::Slice SliceOf(const google::protobuf::MessageLite& message);

// An answer that is already bytes of its message: immutable content is served without being parsed or built again.
struct Serialized {
  grpc::ByteBuffer bytes;
  static Serialized Of(const google::protobuf::MessageLite& message);
};

using ContextPtr = std::shared_ptr<const RequestContext>;
using MessagePtr = std::shared_ptr<const google::protobuf::Message>;
using Reply = std::function<void(absl::StatusOr<Serialized>)>;

// One step of a server stream.
struct Pull {
  // A message to send, or none.
  std::shared_ptr<google::protobuf::Message> message;
  // The stream ends with OK after `message`.
  bool end = false;
  // With neither: ask again after this long, or when woken.
  std::chrono::milliseconds wait{0};
};

// Produces the messages of one server stream. Next is called by one thread at a time and may block on the database.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  virtual absl::StatusOr<Pull> Next(const RequestContext& context) = 0;
  // Called once before the first Next; the source may call `wake` from any thread until it is destroyed.
  virtual void OnWake(std::function<void()> /*wake*/) {}
};

// Messages of one client stream, read from an executor thread.
class MessageReader {
 public:
  virtual ~MessageReader() = default;
  // False at the end of the stream; an error when a message is malformed, invalid, or the call was cancelled.
  virtual absl::StatusOr<bool> Read(google::protobuf::Message& message) = 0;
};

// A stream whose caller says nothing for so long is ended: it holds a thread, and what else its handler took.
inline constexpr std::chrono::seconds kMostSilence{60};

// How a unary handler runs.
enum class Execution {
  // On the bounded executor: it may block on the database.
  kBlocking,
  // On the transport thread: it touches memory only, or hands the call on itself.
  kInline,
};

// One method of a service with its rules and handler; exactly one of the handlers is set once it behaves.
struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  MethodRules rules;
  std::string path;       // "/assay.bank.v1.QuestionService/GetQuestion"
  std::string full_name;  // without the leading slash
  RpcMetrics* metrics = nullptr;
  std::shared_ptr<const Validator> validator;
  const google::protobuf::Message* request_prototype = nullptr;
  Execution execution = Execution::kBlocking;
  // Of a client stream: how long a caller may take over its next message.
  std::chrono::milliseconds most_silence = kMostSilence;

  std::function<void(const ContextPtr&, const MessagePtr&, Reply)> unary;
  // Asked first, on the transport thread; nullopt = not in memory, go on to `unary`. Its context says who calls and until
  // when; method, bearer and traceparent are filled in for `unary` alone.
  std::function<std::optional<absl::StatusOr<Serialized>>(const RequestContext&, const google::protobuf::Message&)> fast;
  std::function<absl::StatusOr<std::unique_ptr<StreamSource>>(const ContextPtr&, const MessagePtr&)> server_stream;
  std::function<absl::StatusOr<Serialized>(const ContextPtr&, MessageReader&)> client_stream;

  bool behaves() const { return unary || server_stream || client_stream; }
  size_t max_request_bytes() const { return rules.max_request_bytes() == 0 ? 1u << 20 : rules.max_request_bytes(); }
};

}  // namespace assay::runtime
