#pragma once

#include <chrono>
#include <memory>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "services/runtime/rpc/method.h"

namespace assay::runtime {

// The part of the pipeline that all three adapters share.

// Deadline, identity and scope of a call that arrived at `start`: fills `context`, or says why not. Where the method may
// answer from memory (`fast`), what Describe adds is left out.
absl::Status Admit(grpc::CallbackServerContext& server_context, Pipeline& pipeline, const Method& method,
                   std::chrono::steady_clock::time_point start, RequestContext& context);

// Adds the method, the token and the trace, which handlers that go further and the log need.
void Describe(const grpc::CallbackServerContext& server_context, const Method& method, RequestContext& context);

// Parses and validates one request message.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseRequest(const grpc::ByteBuffer& buffer, const Method& method);

// Writes trailing metadata, metrics and log, masks what is internal, and returns what goes on the wire. Called once per
// call, before Finish.
grpc::Status Conclude(grpc::CallbackServerContext& server_context, const Method& method, const RequestContext& context,
                      absl::Status status, std::chrono::steady_clock::time_point start);

// The one mapping from a catalogue error to a grpc::Status.
grpc::Status ToGrpc(const absl::Status& status);

// RESOURCE_EXHAUSTED, OVERLOADED with RetryInfo.
absl::Status Overloaded();

}  // namespace assay::runtime
