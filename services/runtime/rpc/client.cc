#include "services/runtime/rpc/client.h"

#include <fmt/format.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/rpc_method.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/runtime/rpc/method.h"

namespace assay::runtime {
namespace {

using grpc::internal::RpcMethod;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kUnaryTimeout{10};
// Left of the caller's deadline to answer in.
constexpr std::chrono::milliseconds kMargin{50};

std::unique_ptr<grpc::ClientContext> NewContext(const CallOptions& options, bool unary) {
  auto context = std::make_unique<grpc::ClientContext>();
  const auto now = steady_clock::now();
  auto deadline = options.deadline;
  if (unary && deadline == steady_clock::time_point::max()) deadline = now + kUnaryTimeout;
  if (deadline != steady_clock::time_point::max()) {
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::duration_cast<std::chrono::system_clock::duration>(deadline - now));
  }
  if (options.wait_for_ready) context->set_wait_for_ready(true);
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) context->AddMetadata(key, value);
  };
  if (!options.bearer.empty()) context->AddMetadata("authorization", "Bearer " + options.bearer);
  add("assay-tenant", options.tenant);
  add("assay-on-behalf-of", options.on_behalf_of);
  add("traceparent", options.traceparent);
  for (const auto& [key, value] : options.metadata) context->AddMetadata(key, value);
  return context;
}

std::string PathOf(std::string_view method) { return fmt::format("/{}", method); }

void TakeTrailers(const grpc::ClientContext& context, std::multimap<std::string, std::string>* trailers) {
  if (trailers == nullptr) return;
  trailers->clear();
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    trailers->emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
}

absl::Status Parse(const grpc::ByteBuffer& buffer, google::protobuf::Message& message) {
  grpc::Slice slice;
  const bool read = buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok();
  if (!read || !message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return absl::InternalError(fmt::format("the answer is not a valid {}", message.GetTypeName()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return FromRpcStatus(status.error_code(), status.error_message(), status.error_details());
}

CallOptions CallOptions::Forwarding(const RequestContext& context) {
  CallOptions options;
  options.bearer = context.bearer;
  if (context.principal.service) options.tenant = context.principal.tenant;
  options.on_behalf_of = context.principal.on_behalf_of;
  options.traceparent = context.traceparent;
  if (context.deadline != steady_clock::time_point::max()) options.deadline = context.deadline - kMargin;
  return options;
}

absl::StatusOr<std::unique_ptr<Client>> Client::Open(const ChannelOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, OpenChannel(options));
  return std::make_unique<Client>(std::move(channel));
}

absl::Status Client::CallInto(std::string_view method, const google::protobuf::Message& request, const CallOptions& options,
                              google::protobuf::Message& response) const {
  const auto context = NewContext(options, true);
  const std::string path = PathOf(method);
  grpc::ByteBuffer answer;
  const Serialized bytes = Serialized::Of(request);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel_.get(), RpcMethod(path.c_str(), nullptr, RpcMethod::NORMAL_RPC), context.get(), bytes.bytes, &answer);
  TakeTrailers(*context, options.trailers);
  if (!status.ok()) return FromGrpc(status);
  return Parse(answer, response);
}

std::unique_ptr<ServerStreamCall> Client::StartServerStream(std::string_view method, const google::protobuf::Message& request,
                                                            const CallOptions& options) const {
  auto call = std::make_unique<ServerStreamCall>();
  call->context_ = NewContext(options, false);
  call->trailers_ = options.trailers;
  const std::string path = PathOf(method);
  const Serialized bytes = Serialized::Of(request);
  call->reader_.reset(grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(
      channel_.get(), RpcMethod(path.c_str(), nullptr, RpcMethod::SERVER_STREAMING), call->context_.get(), bytes.bytes));
  return call;
}

absl::StatusOr<bool> ServerStreamCall::ReadMessage(google::protobuf::Message& message) {
  if (ended_) return false;
  grpc::ByteBuffer buffer;
  if (reader_->Read(&buffer)) {
    RETURN_IF_ERROR(Parse(buffer, message));
    return true;
  }
  ended_ = true;
  const grpc::Status status = reader_->Finish();
  TakeTrailers(*context_, trailers_);
  if (!status.ok()) return FromGrpc(status);
  return false;
}

std::unique_ptr<ClientStreamCall> Client::StartClientStream(std::string_view method, const CallOptions& options) const {
  auto call = std::make_unique<ClientStreamCall>();
  call->context_ = NewContext(options, false);
  call->trailers_ = options.trailers;
  const std::string path = PathOf(method);
  call->writer_.reset(grpc::internal::ClientWriterFactory<grpc::ByteBuffer>::Create(
      channel_.get(), RpcMethod(path.c_str(), nullptr, RpcMethod::CLIENT_STREAMING), call->context_.get(), &call->answer_));
  return call;
}

bool ClientStreamCall::WriteMessage(const google::protobuf::Message& message) {
  return writer_->Write(Serialized::Of(message).bytes);
}

absl::Status ClientStreamCall::FinishInto(google::protobuf::Message& response) {
  writer_->WritesDone();
  const grpc::Status status = writer_->Finish();
  TakeTrailers(*context_, trailers_);
  if (!status.ok()) return FromGrpc(status);
  return Parse(answer_, response);
}

}  // namespace assay::runtime
