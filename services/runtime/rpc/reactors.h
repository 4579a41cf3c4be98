#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "services/runtime/rpc/method.h"
#include "services/runtime/rpc/pipeline.h"

namespace assay::runtime {

// The adapters between gRPC's callback API and our handlers. Each returns a reactor that owns itself.
grpc::ServerUnaryReactor* StartUnary(grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                                     grpc::ByteBuffer& response, const Method& method, Pipeline& pipeline);
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartServerStream(grpc::CallbackServerContext& context,
                                                              const grpc::ByteBuffer& request, const Method& method,
                                                              Pipeline& pipeline);
grpc::ServerReadReactor<grpc::ByteBuffer>* StartClientStream(grpc::CallbackServerContext& context,
                                                             grpc::ByteBuffer& response, const Method& method,
                                                             Pipeline& pipeline);
// Streams in both directions are designed and not built: each is refused as any call may be, then with NOT_AVAILABLE_YET.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* RefuseBidiStream(grpc::CallbackServerContext& context,
                                                                              const Method& method, Pipeline& pipeline);

}  // namespace assay::runtime
