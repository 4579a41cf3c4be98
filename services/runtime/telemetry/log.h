#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// Sets up JSON lines on stderr at `level` ("debug", "info", "warn", "error") and routes gRPC's own log into it.
void StartLogging(std::string_view service, std::string_view level);

// One line per call: ids, method, code, reason and time; never a payload, a token or a personal field.
void LogCall(const RequestContext& context, std::string_view call_id, const absl::Status& status,
             std::chrono::steady_clock::duration took);

// `text` as a JSON string literal with its quotes.
std::string JsonString(std::string_view text);

}  // namespace assay::runtime
