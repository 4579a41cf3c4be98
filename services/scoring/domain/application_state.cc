#include "services/scoring/domain/application_state.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

absl::Status Cannot(const v1::Application& application, const std::string& what) {
  constexpr size_t kPrefix = sizeof("APPLICATION_STATE_") - 1;
  const std::string state = v1::ApplicationState_Name(application.state()).substr(kPrefix);
  return runtime::InvalidState(application.name(), state, fmt::format("{} is {} and cannot {}", application.name(), state, what));
}

}  // namespace

absl::Status CheckActive(const v1::Application& application, const std::string& what) {
  return application.state() == v1::APPLICATION_STATE_ACTIVE ? absl::OkStatus() : Cannot(application, what);
}

absl::Status WithdrawApplication(v1::Application& application, const std::string& reason, runtime::Instant now) {
  RETURN_IF_ERROR(CheckActive(application, "be withdrawn"));
  application.set_state(v1::APPLICATION_STATE_WITHDRAWN);
  application.set_withdraw_reason(reason);
  *application.mutable_withdraw_time() = runtime::ToTimestamp(now);
  return absl::OkStatus();
}

absl::Status CloseApplication(v1::Application& application, v1::ApplicationState outcome, runtime::Instant now) {
  if (outcome != v1::APPLICATION_STATE_HIRED && outcome != v1::APPLICATION_STATE_REJECTED) {
    return runtime::InvalidField("state", "must be HIRED or REJECTED");
  }
  RETURN_IF_ERROR(CheckActive(application, "be closed"));
  application.set_state(outcome);
  *application.mutable_close_time() = runtime::ToTimestamp(now);
  return absl::OkStatus();
}

absl::Status ReopenApplication(v1::Application& application) {
  if (application.state() == v1::APPLICATION_STATE_ACTIVE) return Cannot(application, "be reopened");
  application.set_state(v1::APPLICATION_STATE_ACTIVE);
  application.clear_withdraw_reason();
  application.clear_withdraw_time();
  application.clear_close_time();
  return absl::OkStatus();
}

}  // namespace assay::scoring
