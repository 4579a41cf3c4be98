#include "services/runtime/telemetry/log.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#if __has_include(<google/protobuf/stubs/logging.h>)
#include <google/protobuf/stubs/logging.h>
#define ASSAY_PROTOBUF_LOG_HANDLER 1
#endif

#include "services/runtime/base/error.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

// Messages are either a JSON object of ours (LogCall) or plain text from elsewhere; both end as one JSON line.
class JsonFormatter final : public spdlog::formatter {
 public:
  explicit JsonFormatter(std::string service) : service_(std::move(service)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time = std::chrono::time_point_cast<std::chrono::microseconds>(message.time);
    const std::string_view text(message.payload.data(), message.payload.size());
    const std::string_view level(spdlog::level::to_string_view(message.level).data(),
                                 spdlog::level::to_string_view(message.level).size());
    const bool fields = !text.empty() && text.front() == '\x1f';
    fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","service":"{}",{}}})"
                                            "\n",
                   ToText(Instant(time.time_since_epoch())), level, service_,
                   fields ? std::string(text.substr(1)) : fmt::format(R"("message":{})", JsonString(text)));
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonFormatter>(service_); }

 private:
  std::string service_;
};

void FromGrpc(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR) spdlog::warn("grpc: {}", args->message);
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

void StartLogging(std::string_view service, std::string_view level) {
  auto logger = spdlog::stderr_logger_mt(std::string("assay"));
  logger->set_formatter(std::make_unique<JsonFormatter>(std::string(service)));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  spdlog::set_default_logger(std::move(logger));
  gpr_set_log_function(FromGrpc);
#ifdef ASSAY_PROTOBUF_LOG_HANDLER
  // It writes a line for every malformed request, which any caller can send; the answer says what is wrong.
  google::protobuf::SetLogHandler(nullptr);
#endif
}

void LogCall(const RequestContext& context, std::string_view call_id, const absl::Status& status,
             std::chrono::steady_clock::duration took) {
  const bool fault = status.code() == absl::StatusCode::kInternal || status.code() == absl::StatusCode::kUnknown ||
                     status.code() == absl::StatusCode::kDataLoss;
  const auto level = fault ? spdlog::level::err : status.ok() ? spdlog::level::debug : spdlog::level::info;
  if (!spdlog::should_log(level)) return;
  std::string line = fmt::format(
      "\x1f"
      R"("method":{},"code":{},"duration_ms":{:.2f},"tenant":{},"subject":{})",
      JsonString(context.method), static_cast<int>(status.code()),
      std::chrono::duration<double, std::milli>(took).count(), JsonString(context.principal.tenant),
      JsonString(context.principal.subject));
  if (!call_id.empty()) line += fmt::format(R"(,"request_id":{})", JsonString(call_id));
  if (context.traceparent.size() == 55) line += fmt::format(R"(,"trace_id":"{}")", context.traceparent.substr(3, 32));
  if (!status.ok()) {
    line += fmt::format(R"(,"reason":"{}")", ReasonText(ReasonOf(status)));
    // Only faults of ours carry their text: a message to a caller may quote what the caller sent.
    if (fault) line += fmt::format(R"(,"error":{})", JsonString(ToStd(status.message())));
  }
  spdlog::log(level, "{}", line);
}

}  // namespace assay::runtime
