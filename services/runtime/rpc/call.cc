#include "services/runtime/rpc/call.h"

#include <fmt/format.h>
#include <grpcpp/server_context.h>
#include <spdlog/spdlog.h>

#include <cctype>
#include <random>
#include <utility>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/runtime/telemetry/log.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kDefaultCap{10};
constexpr std::chrono::milliseconds kSlow{1000};
constexpr size_t kMaxToken = 8192;
constexpr int kRetryMillis = 250;
constexpr std::string_view kFeedAll = "feed.all";

constexpr std::string_view kBearer = "Bearer ";

// The metadata that we know. Of one that is given twice the first counts, save where that would decide who is calling.
struct Headers {
  std::string_view authorization, tenant, person, call_id, traceparent;
  bool ambiguous = false;
};

Headers ReadHeaders(const grpc::CallbackServerContext& context) {
  Headers headers;
  bool authorized = false, addressed = false, delegated = false;
  const auto take = [&](std::string_view& field, bool& seen, std::string_view value) {
    headers.ambiguous = headers.ambiguous || std::exchange(seen, true);
    field = value;
  };
  for (const auto& [name, text] : context.client_metadata()) {
    const std::string_view key(name.data(), name.size());
    const std::string_view value(text.data(), text.size());
    if (key == "authorization") {
      take(headers.authorization, authorized, value);
    } else if (key == "assay-tenant") {
      take(headers.tenant, addressed, value);
    } else if (key == "assay-on-behalf-of") {
      take(headers.person, delegated, value);
    } else if (key == "x-request-id" && headers.call_id.empty()) {
      headers.call_id = value;
    } else if (key == "traceparent" && headers.traceparent.empty()) {
      headers.traceparent = value;
    }
  }
  return headers;
}

absl::Status Unauthenticated() {
  return Error(v1::ERROR_REASON_UNAUTHENTICATED, "a valid bearer token is required");
}

bool IsCallId(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

bool IsTraceparent(std::string_view text) {
  return text.size() == 55 && text[2] == '-' && text[35] == '-' && text[52] == '-' &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

// A trace of our own where the caller began none. Trace ids need to differ, not to be unguessable.
std::string NewTraceparent() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format("00-{:016x}{:016x}-{:016x}-00", random(), random() | 1, random() | 1);
}

bool IsTenant(std::string_view text) {
  return !text.empty() && text.size() <= 63 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

steady_clock::time_point DeadlineOf(const grpc::CallbackServerContext& context, const Method& method,
                                    steady_clock::time_point now) {
  const auto cap = method.rules.max_seconds() != 0 ? std::chrono::seconds(method.rules.max_seconds())
                   : method.descriptor->server_streaming() ? std::chrono::seconds(0)
                                                           : kDefaultCap;
  const auto capped = cap.count() == 0 ? steady_clock::time_point::max() : now + cap;
  const auto asked = context.deadline();
  if (asked == std::chrono::system_clock::time_point::max()) return capped;
  const auto left = asked - std::chrono::system_clock::now();
  if (left > std::chrono::hours(24)) return capped;
  return std::min(capped, now + std::chrono::duration_cast<steady_clock::duration>(left));
}

void DescribeFrom(const Headers& headers, const Method& method, RequestContext& context) {
  context.method = method.full_name;
  context.traceparent = IsTraceparent(headers.traceparent) ? std::string(headers.traceparent) : NewTraceparent();
  if (headers.authorization.size() > kBearer.size()) context.bearer = headers.authorization.substr(kBearer.size());
}

}  // namespace

absl::Status Overloaded() {
  return WithRetryAfter(Error(v1::ERROR_REASON_OVERLOADED, fmt::format("the service is busy; retry after {} ms", kRetryMillis)),
                        kRetryMillis);
}

void Describe(const grpc::CallbackServerContext& server_context, const Method& method, RequestContext& context) {
  DescribeFrom(ReadHeaders(server_context), method, context);
}

absl::Status Admit(grpc::CallbackServerContext& server_context, Pipeline& pipeline, const Method& method,
                   steady_clock::time_point start, RequestContext& context) {
  const Headers headers = ReadHeaders(server_context);
  context.now = pipeline.clock().Now();
  if (IsCallId(headers.call_id)) context.call_id = headers.call_id;
  if (!method.fast) DescribeFrom(headers, method, context);
  context.deadline = DeadlineOf(server_context, method, start);
  if (start >= context.deadline) {
    return Error(v1::ERROR_REASON_DEADLINE_EXCEEDED, "the deadline passed before the work began");
  }

  // Given twice, each of the two could be meant.
  if (headers.ambiguous) return Unauthenticated();
  const std::string_view authorization = headers.authorization;
  if (authorization.size() <= kBearer.size() || authorization.size() > kMaxToken ||
      (authorization.substr(0, kBearer.size()) != kBearer && authorization.substr(0, kBearer.size()) != "bearer ")) {
    return Unauthenticated();
  }
  const std::string_view token = authorization.substr(kBearer.size());
  ASSIGN_OR_RETURN(const std::shared_ptr<const Principal> principal, pipeline.authenticator().Authenticate(token, context.now));
  context.principal = *principal;
  if (context.principal.service) {
    const std::string_view tenant = headers.tenant;
    if (!tenant.empty() && !IsTenant(tenant)) return InvalidField("assay-tenant", "must be 1 to 63 of a-z, 0-9 and -");
    context.principal.tenant = tenant;
  }

  bool allowed = false;
  bool all_tenants = false;
  for (const std::string& scope : method.rules.scopes()) {
    allowed = allowed || context.principal.Has(scope);
    all_tenants = all_tenants || scope == kFeedAll;
  }
  if (!allowed) {
    std::string scopes;
    for (const std::string& scope : method.rules.scopes()) scopes += (scopes.empty() ? "" : ", ") + scope;
    return Error(v1::ERROR_REASON_SCOPE_MISSING, fmt::format("this method needs one of the scopes {}", scopes), {{"scopes", scopes}});
  }
  // Only the feeds know what to do with every tenant at once.
  if (context.principal.tenant.empty() && !(all_tenants && context.principal.Has(kFeedAll))) {
    return InvalidField("assay-tenant", "a token for every tenant names the tenant of the call in metadata assay-tenant");
  }
  if (const std::string_view person = headers.person; !person.empty()) {
    if (!context.principal.Has("delegate")) {
      return Error(v1::ERROR_REASON_SCOPE_MISSING, "acting for a person needs the scope delegate", {{"scopes", "delegate"}});
    }
    if (person.size() > 255 || !IsUtf8(person)) return InvalidField("assay-on-behalf-of", "must be a subject of at most 255 bytes");
    context.principal.on_behalf_of = person;
  }
  if (!method.behaves()) {
    return Error(v1::ERROR_REASON_NOT_AVAILABLE_YET,
                 fmt::format("{} is not available yet: {}", method.full_name, method.rules.not_yet()),
                 {{"method", method.full_name}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ParseRequest(const grpc::ByteBuffer& buffer, const Method& method) {
  if (buffer.Length() > method.max_request_bytes()) {
    return Error(v1::ERROR_REASON_MESSAGE_TOO_LARGE,
                 fmt::format("the request has {} bytes; at most {} are allowed", buffer.Length(), method.max_request_bytes()),
                 {{"limit", std::to_string(method.max_request_bytes())}});
  }
  std::unique_ptr<google::protobuf::Message> message(method.request_prototype->New());
  grpc::Slice slice;
  const bool read = buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok();
  if (!read || !message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return Error(v1::ERROR_REASON_MALFORMED_REQUEST,
                 fmt::format("the request is not a valid {}: broken protobuf or invalid UTF-8", message->GetTypeName()));
  }
  RETURN_IF_ERROR(method.validator->Check(*message));
  return message;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()), ToRpcStatus(status));
}

grpc::Status Conclude(grpc::CallbackServerContext& server_context, const Method& method, const RequestContext& context,
                      absl::Status status, steady_clock::time_point start) {
  const auto took = steady_clock::now() - start;
  std::string call_id = context.call_id;
  if (!status.ok()) {
    if (call_id.empty()) call_id = Hex(RandomBytes(8));
    const bool ours = status.code() == absl::StatusCode::kInternal || ReasonOf(status) == v1::ERROR_REASON_UNSPECIFIED;
    LogCall(context, call_id, status, took);
    // The cause of a fault of ours is for the log; the caller gets the id to quote.
    if (ours) {
      status = Error(v1::ERROR_REASON_INTERNAL, fmt::format("internal error; quote request id {}", call_id), {{"request_id", call_id}});
    }
  } else if (method.rules.mutation() || took > kSlow) {
    LogCall(context, call_id, status, took);
  }
  method.metrics->Handled(status.code(), took);
  if (!call_id.empty()) server_context.AddTrailingMetadata("x-request-id", call_id);
  for (const auto& [key, value] : context.trailers()) server_context.AddTrailingMetadata(key, value);
  return ToGrpc(status);
}

}  // namespace assay::runtime
