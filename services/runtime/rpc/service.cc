#include "services/runtime/rpc/service.h"

#include <fmt/format.h>
#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <spdlog/spdlog.h>
#if __has_include(<grpcpp/impl/server_callback_handlers.h>)
#include <grpcpp/impl/server_callback_handlers.h>
#else
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#endif

#include <cstdlib>

#include "services/runtime/rpc/call.h"
#include "services/runtime/rpc/reactors.h"

namespace assay::runtime {

grpc::Slice SliceOf(const google::protobuf::MessageLite& message) {
  grpc::Slice slice(message.ByteSizeLong());
  // Written in place: the slice is ours alone until a buffer takes it.
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return slice;
}

Serialized Serialized::Of(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice = SliceOf(message);
  return {grpc::ByteBuffer(&slice, 1)};
}

void Pipeline::AddStream(Drainable* stream) {
  bool draining = false;
  {
    std::lock_guard lock(mutex_);
    streams_.insert(stream);
    draining = draining_;
  }
  if (draining) stream->Drain();
}

void Pipeline::RemoveStream(Drainable* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

void Pipeline::DrainStreams() {
  // Held throughout, so that no stream is destroyed between being found and being told.
  std::lock_guard lock(mutex_);
  draining_ = true;
  for (Drainable* stream : streams_) stream->Drain();
}

Service::Service(std::string_view full_name, Pipeline& pipeline) : full_name_(full_name), pipeline_(pipeline) {
  using grpc::internal::RpcMethod;
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(full_name_);
  if (descriptor == nullptr) {
    spdlog::critical("no service {} is linked in", full_name_);
    std::abort();
  }
  for (int i = 0; i < descriptor->method_count(); ++i) {
    const auto* rpc = descriptor->method(i);
    auto method = std::make_unique<Method>();
    method->descriptor = rpc;
    method->rules = rpc->options().GetExtension(assay::method);
    method->full_name = fmt::format("{}/{}", full_name_, rpc->name());
    method->path = "/" + method->full_name;
    method->metrics = pipeline.metrics().ForMethod(full_name_, rpc->name());
    method->validator = std::make_shared<Validator>(rpc->input_type());
    method->request_prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(rpc->input_type());
    const Method* entry = method.get();
    methods_of_contract_.push_back(std::move(method));

    if (rpc->server_streaming() && rpc->client_streaming()) {
      AddMethod(new grpc::internal::RpcServiceMethod(entry->path.c_str(), RpcMethod::BIDI_STREAMING, nullptr));
      MarkMethodRawCallback(i, new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                                   [this, entry](grpc::CallbackServerContext* context) {
                                     return RefuseBidiStream(*context, *entry, pipeline_);
                                   }));
    } else if (rpc->server_streaming()) {
      AddMethod(new grpc::internal::RpcServiceMethod(entry->path.c_str(), RpcMethod::SERVER_STREAMING, nullptr));
      MarkMethodRawCallback(i, new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                                   [this, entry](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
                                     return StartServerStream(*context, *request, *entry, pipeline_);
                                   }));
    } else if (rpc->client_streaming()) {
      AddMethod(new grpc::internal::RpcServiceMethod(entry->path.c_str(), RpcMethod::CLIENT_STREAMING, nullptr));
      MarkMethodRawCallback(i, new grpc::internal::CallbackClientStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                                   [this, entry](grpc::CallbackServerContext* context, grpc::ByteBuffer* response) {
                                     return StartClientStream(*context, *response, *entry, pipeline_);
                                   }));
    } else {
      AddMethod(new grpc::internal::RpcServiceMethod(entry->path.c_str(), RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRawCallback(i, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                                   [this, entry](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
                                     return StartUnary(*context, *request, *response, *entry, pipeline_);
                                   }));
    }
  }
}

Method& Service::Find(std::string_view name) {
  for (auto& method : methods_of_contract_) {
    if (method->descriptor->name() == name) return *method;
  }
  spdlog::critical("{} has no method {}", full_name_, name);
  std::abort();
}

Method& Service::Bind(std::string_view name, const google::protobuf::Message& request, Execution execution) {
  Method& method = Find(name);
  if (method.descriptor->client_streaming() && method.descriptor->server_streaming()) {
    spdlog::critical("{} streams both ways, which has no adapter", method.full_name);
    std::abort();
  }
  if (method.descriptor->input_type() != request.GetDescriptor()) {
    spdlog::critical("{} takes {}", method.full_name, method.descriptor->input_type()->full_name());
    std::abort();
  }
  method.execution = execution;
  return method;
}

std::vector<std::string> Service::NotYet() const {
  std::vector<std::string> names;
  for (const auto& method : methods_of_contract_) {
    if (!method->behaves()) names.push_back(method->full_name);
  }
  return names;
}

}  // namespace assay::runtime
