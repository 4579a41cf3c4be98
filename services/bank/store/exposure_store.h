#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/question_service.pb.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/base/names.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// SQL over exposure_policy, question_leak and the uses of questions.

inline constexpr int kDefaultExposureDays = 90;

// The default where none was set; `etag` is then "\"0\"".
absl::StatusOr<v1::ExposurePolicy> ReadExposurePolicy(runtime::Tx& tx);
// The same, locked against another update.
absl::StatusOr<v1::ExposurePolicy> LockExposurePolicy(runtime::Tx& tx);
// Returns what is stored, with its new etag. With `expected`, ETAG_MISMATCH where another version is stored by now: two first
// updates find no row to lock.
absl::StatusOr<v1::ExposurePolicy> WriteExposurePolicy(runtime::Tx& tx, const v1::ExposurePolicy& policy, std::optional<int64_t> expected,
                                                       runtime::Instant now);

// Marks a question or replaces the mark that it has.
absl::Status WriteLeak(runtime::Tx& tx, const std::string& id, const v1::Leak& leak);
// False where there was none.
absl::StatusOr<bool> DeleteLeak(runtime::Tx& tx, const std::string& id);

// Most used first, then by id: up to page.size + 1. `since` is the start of the window, `until` its end: what is used while
// somebody turns pages would change the order under way. `cap_since` is the start of the policy's window, in which `over_cap` is
// counted as of now. `requisition` empty = all. Keys of a page: uses, id.
struct ExposureWindow {
  std::string requisition;
  runtime::Instant since{};
  runtime::Instant until{};
  runtime::Instant cap_since{};
};
absl::StatusOr<std::vector<v1::Exposure>> ListExposures(runtime::Tx& tx, const ExposureWindow& window, const runtime::Page& page);

// Why a question that was chosen must not be used after all.
struct StalePick {
  std::string id;
  bool replaced = false;  // retired, or another revision was published
  bool leaked = false;
  bool over_cap = false;
};
// Those of the picks that have become unusable, as the database has it now. `now` ends the window of the cap.
absl::StatusOr<std::vector<StalePick>> FindStalePicks(runtime::Tx& tx, const std::vector<runtime::RevisionName>& picks, runtime::Instant now);

}  // namespace assay::bank
