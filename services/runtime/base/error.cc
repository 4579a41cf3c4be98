#include "services/runtime/base/error.h"

#include <fmt/format.h>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "assay/options.pb.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/";
constexpr char kDomain[] = "assay";
constexpr size_t kMaxMessage = 1024;
// Trailers over 8 kB kill the call on gRPC 1.51; base64 and the message take their share.
constexpr size_t kMaxDetails = 4096;

template <typename Message>
std::string TypeUrl() {
  return std::string(kTypePrefix) + std::string(Message::descriptor()->full_name());
}

template <typename Message>
void Attach(absl::Status& status, const Message& detail) {
  status.SetPayload(TypeUrl<Message>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Message>
bool Detail(const absl::Status& status, Message& detail) {
  const auto payload = status.GetPayload(TypeUrl<Message>());
  return payload.has_value() && detail.ParseFromString(std::string(*payload));
}

const ErrorRules& RulesOf(ErrorReason reason) {
  const auto* value = v1::ErrorReason_descriptor()->FindValueByNumber(reason);
  return value->options().GetExtension(error);
}

absl::StatusCode CodeOf(ErrorReason reason) {
  google::rpc::Code code = google::rpc::INTERNAL;
  google::rpc::Code_Parse(RulesOf(reason).code(), &code);
  return static_cast<absl::StatusCode>(code);
}

std::string Shortened(std::string text) {
  if (text.size() <= kMaxMessage) return text;
  text.resize(kMaxMessage - 3);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
  return text + "...";
}

}  // namespace

std::string ReasonText(ErrorReason reason) {
  constexpr size_t kPrefix = sizeof("ERROR_REASON_") - 1;
  return v1::ErrorReason_Name(reason).substr(kPrefix);
}

absl::Status Error(ErrorReason reason, std::string message, std::map<std::string, std::string> metadata) {
  absl::Status status(CodeOf(reason), Shortened(std::move(message)));
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonText(reason));
  info.set_domain(kDomain);
  for (auto& [key, value] : metadata) (*info.mutable_metadata())[key] = std::move(value);
  Attach(status, info);
  return status;
}

absl::Status InvalidFields(std::vector<Violation> violations, ErrorReason reason, std::map<std::string, std::string> metadata) {
  std::string message = violations.size() == 1 ? "1 field is invalid" : fmt::format("{} fields are invalid", violations.size());
  std::string separator = ": ";
  for (const Violation& violation : violations) {
    message += separator + violation.field + ": " + violation.description;
    separator = "; ";
  }
  absl::Status status = Error(reason, std::move(message), std::move(metadata));
  google::rpc::BadRequest bad_request;
  for (Violation& violation : violations) {
    auto* field = bad_request.add_field_violations();
    field->set_field(std::move(violation.field));
    field->set_description(std::move(violation.description));
  }
  Attach(status, bad_request);
  return status;
}

absl::Status WithRetryAfter(absl::Status status, int milliseconds) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(milliseconds / 1000);
  retry.mutable_retry_delay()->set_nanos(milliseconds % 1000 * 1'000'000);
  Attach(status, retry);
  return status;
}

ErrorReason ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (Detail(status, info) && info.domain() == kDomain) v1::ErrorReason_Parse("ERROR_REASON_" + info.reason(), &reason);
  return reason;
}

std::string MetadataOf(const absl::Status& status, const std::string& key) {
  google::rpc::ErrorInfo info;
  if (!Detail(status, info)) return "";
  const auto found = info.metadata().find(key);
  return found == info.metadata().end() ? "" : found->second;
}

std::vector<Violation> ViolationsOf(const absl::Status& status) {
  std::vector<Violation> violations;
  google::rpc::BadRequest bad_request;
  if (Detail(status, bad_request)) {
    for (const auto& field : bad_request.field_violations()) violations.push_back({field.field(), field.description()});
  }
  return violations;
}

std::string ToRpcStatus(const absl::Status& status) {
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int>(status.code()));
  rpc.set_message(std::string(status.message()));
  google::rpc::BadRequest bad_request;
  const bool has_violations = Detail(status, bad_request);
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    // Payloads of other types are for ourselves, such as the constraint that a row violated.
    if (!absl::StartsWith(type, kTypePrefix)) return;
    if (has_violations && type == TypeUrl<google::rpc::BadRequest>()) return;
    auto* any = rpc.add_details();
    any->set_type_url(std::string(type));
    any->set_value(std::string(payload));
  });
  if (has_violations) {
    // What does not fit is counted, so that the caller knows there is more.
    google::rpc::BadRequest fitting;
    size_t used = rpc.ByteSizeLong();
    int left_out = 0;
    for (const auto& field : bad_request.field_violations()) {
      if (left_out > 0 || used + field.ByteSizeLong() + 8 > kMaxDetails) {
        ++left_out;
        continue;
      }
      used += field.ByteSizeLong() + 8;
      *fitting.add_field_violations() = field;
    }
    if (left_out > 0) {
      auto* more = fitting.add_field_violations();
      more->set_field("");
      more->set_description(fmt::format("and {} more", left_out));
    }
    auto* any = rpc.add_details();
    any->set_type_url(TypeUrl<google::rpc::BadRequest>());
    any->set_value(fitting.SerializeAsString());
  }
  return rpc.SerializeAsString();
}

absl::Status FromRpcStatus(int code, std::string_view message, std::string_view serialized_details) {
  absl::Status status(static_cast<absl::StatusCode>(code), ToAbsl(message));
  google::rpc::Status rpc;
  if (rpc.ParseFromArray(serialized_details.data(), static_cast<int>(serialized_details.size()))) {
    for (const auto& any : rpc.details()) status.SetPayload(any.type_url(), absl::Cord(any.value()));
  }
  return status;
}

absl::Status NotFound(std::string_view resource) {
  return Error(v1::ERROR_REASON_NOT_FOUND, fmt::format("{} was not found", resource), {{"resource", std::string(resource)}});
}

absl::Status AlreadyExists(std::string_view resource) {
  return Error(v1::ERROR_REASON_ALREADY_EXISTS, fmt::format("{} exists", resource), {{"resource", std::string(resource)}});
}

absl::Status EtagMismatch(std::string_view resource) {
  return Error(v1::ERROR_REASON_ETAG_MISMATCH, fmt::format("{} has changed; read it again", resource),
               {{"resource", std::string(resource)}});
}

absl::Status InvalidState(std::string_view resource, std::string_view state, std::string_view message) {
  return Error(v1::ERROR_REASON_INVALID_STATE, fmt::format("{} {}", resource, message),
               {{"resource", std::string(resource)}, {"state", std::string(state)}});
}

absl::Status InvalidField(std::string field, std::string description) {
  return InvalidFields({{std::move(field), std::move(description)}});
}

absl::Status ParentNotFound(std::string_view field, std::string_view resource) {
  return Error(v1::ERROR_REASON_PARENT_NOT_FOUND, fmt::format("{}: {} does not exist", field, resource),
               {{"resource", std::string(resource)}});
}

absl::Status Internal(std::string_view detail_for_the_log) {
  return Error(v1::ERROR_REASON_INTERNAL, std::string(detail_for_the_log));
}

}  // namespace assay::runtime
