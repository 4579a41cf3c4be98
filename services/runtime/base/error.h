#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "assay/runtime/v1/errors.pb.h"

namespace assay::runtime {

using v1::ErrorReason;

// What is wrong with one field, with the fix: {"ratings[3].score", "must be 1 to 5, was 6"}.
struct Violation {
  std::string field;
  std::string description;
  friend bool operator==(const Violation&, const Violation&) = default;
};

// An error of the catalogue. Its canonical code comes from the catalogue entry; `message` names the field and the fix and
// never holds SQL, personal data or another tenant's names.
absl::Status Error(ErrorReason reason, std::string message, std::map<std::string, std::string> metadata = {});

// INVALID_ARGUMENT with every violation at once.
absl::Status InvalidFields(std::vector<Violation> violations, ErrorReason reason = v1::ERROR_REASON_INVALID_FIELDS,
                           std::map<std::string, std::string> metadata = {});

// RetryInfo, for OVERLOADED and the like.
absl::Status WithRetryAfter(absl::Status status, int milliseconds);

// Collects violations and ends in one status.
class Violations {
 public:
  void Add(std::string field, std::string description) { list_.push_back({std::move(field), std::move(description)}); }
  bool empty() const { return list_.empty(); }
  const std::vector<Violation>& list() const { return list_; }
  absl::Status ToStatus(ErrorReason reason = v1::ERROR_REASON_INVALID_FIELDS, std::map<std::string, std::string> metadata = {}) const {
    return list_.empty() ? absl::OkStatus() : InvalidFields(list_, reason, std::move(metadata));
  }

 private:
  std::vector<Violation> list_;
};

// Reason of a status made here; UNSPECIFIED for others.
ErrorReason ReasonOf(const absl::Status& status);
// "ALREADY_SUBMITTED": the reason as it stands in ErrorInfo.
std::string ReasonText(ErrorReason reason);
std::vector<Violation> ViolationsOf(const absl::Status& status);
// A value of ErrorInfo's metadata; empty where there is none.
std::string MetadataOf(const absl::Status& status, const std::string& key);
// Serialised google.rpc.Status (code, message, details) of an absl::Status.
std::string ToRpcStatus(const absl::Status& status);
// The reverse, for clients.
absl::Status FromRpcStatus(int code, std::string_view message, std::string_view serialized_details);

// The frequent ones.
absl::Status NotFound(std::string_view resource);
absl::Status AlreadyExists(std::string_view resource);
absl::Status EtagMismatch(std::string_view resource);
absl::Status InvalidState(std::string_view resource, std::string_view state, std::string_view message);
absl::Status InvalidField(std::string field, std::string description);
absl::Status ParentNotFound(std::string_view field, std::string_view resource);
absl::Status Internal(std::string_view detail_for_the_log);

}  // namespace assay::runtime
