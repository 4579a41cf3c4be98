#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/sync_stream.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/runtime/rpc/channel.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// How one call is made.
struct CallOptions {
  // JWT, without "Bearer ".
  std::string bearer;
  // Tenant of the call; only with a service token.
  std::string tenant;
  std::string on_behalf_of;
  std::string traceparent;
  // The default is ten seconds from the call for unary calls, none for streams.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Waits for a connection until the deadline, rather than failing at once while the server is away.
  bool wait_for_ready = false;
  std::vector<std::pair<std::string, std::string>> metadata;
  // Filled with the trailing metadata of the answer, also of an error.
  std::multimap<std::string, std::string>* trailers = nullptr;

  // A call on behalf of the caller of `context`: its token, trace and deadline (less a margin to answer in).
  static CallOptions Forwarding(const RequestContext& context);
};

// Messages of a server stream. One reader thread; Cancel may come from any.
class ServerStreamCall {
 public:
  // True with a message, false at the good end of the stream, else its error.
  absl::StatusOr<bool> ReadMessage(google::protobuf::Message& message);
  void Cancel() { context_->TryCancel(); }

 private:
  friend class Client;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader_;
  std::multimap<std::string, std::string>* trailers_ = nullptr;
  bool ended_ = false;
};

template <typename Response>
class StreamReader {
 public:
  explicit StreamReader(std::unique_ptr<ServerStreamCall> call) : call_(std::move(call)) {}
  absl::StatusOr<bool> Read(Response& response) { return call_->ReadMessage(response); }
  void Cancel() { call_->Cancel(); }

 private:
  std::unique_ptr<ServerStreamCall> call_;
};

// A client stream: messages out, one answer back.
class ClientStreamCall {
 public:
  // False when the server has ended the call: Finish says why.
  bool WriteMessage(const google::protobuf::Message& message);
  absl::Status FinishInto(google::protobuf::Message& response);
  void Cancel() { context_->TryCancel(); }

 private:
  friend class Client;
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::ByteBuffer answer_;
  std::unique_ptr<grpc::ClientWriter<grpc::ByteBuffer>> writer_;
  std::multimap<std::string, std::string>* trailers_ = nullptr;
};

template <typename Request, typename Response>
class StreamWriter {
 public:
  explicit StreamWriter(std::unique_ptr<ClientStreamCall> call) : call_(std::move(call)) {}
  bool Write(const Request& request) { return call_->WriteMessage(request); }
  absl::StatusOr<Response> Finish() {
    Response response;
    if (absl::Status status = call_->FinishInto(response); !status.ok()) return status;
    return response;
  }
  void Cancel() { call_->Cancel(); }

 private:
  std::unique_ptr<ClientStreamCall> call_;
};

// Calls methods by name; no stubs are generated. Errors come back as the server's catalogue made them, with ReasonOf and
// ViolationsOf working. Thread-safe; blocks the calling thread.
//
//   absl::StatusOr<pb::Question> question = client.Call<pb::Question>("assay.bank.v1.QuestionService/GetQuestion", request, options);
class Client {
 public:
  explicit Client(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}
  static absl::StatusOr<std::unique_ptr<Client>> Open(const ChannelOptions& options);

  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request,
                                const CallOptions& options = {}) const {
    Response response;
    if (absl::Status status = CallInto(method, request, options, response); !status.ok()) return status;
    return response;
  }
  // The same with the type of the answer known at run time.
  absl::Status CallInto(std::string_view method, const google::protobuf::Message& request, const CallOptions& options,
                        google::protobuf::Message& response) const;

  template <typename Response>
  StreamReader<Response> OpenServerStream(std::string_view method, const google::protobuf::Message& request,
                                          const CallOptions& options = {}) const {
    return StreamReader<Response>(StartServerStream(method, request, options));
  }
  template <typename Request, typename Response>
  StreamWriter<Request, Response> OpenClientStream(std::string_view method, const CallOptions& options = {}) const {
    return StreamWriter<Request, Response>(StartClientStream(method, options));
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  std::unique_ptr<ServerStreamCall> StartServerStream(std::string_view method, const google::protobuf::Message& request,
                                                      const CallOptions& options) const;
  std::unique_ptr<ClientStreamCall> StartClientStream(std::string_view method, const CallOptions& options) const;

  std::shared_ptr<grpc::Channel> channel_;
};

// The catalogue error in a grpc::Status; the reverse of what servers send.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace assay::runtime
