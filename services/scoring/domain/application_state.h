#pragma once

#include <string>

#include "absl/status/status.h"
#include "assay/scoring/v1/application.pb.h"
#include "services/runtime/base/instant.h"

namespace assay::scoring {

// ACTIVE → WITHDRAWN, HIRED or REJECTED, and back. Each checks the transition and changes the application. INVALID_STATE.
absl::Status WithdrawApplication(v1::Application& application, const std::string& reason, runtime::Instant now);
// INVALID_FIELDS unless `outcome` is HIRED or REJECTED.
absl::Status CloseApplication(v1::Application& application, v1::ApplicationState outcome, runtime::Instant now);
absl::Status ReopenApplication(v1::Application& application);
// INVALID_STATE unless ACTIVE; `what` ends the sentence "… is WITHDRAWN and cannot …".
absl::Status CheckActive(const v1::Application& application, const std::string& what);

}  // namespace assay::scoring
