#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace assay::runtime {

// Files that hold secrets.

// Content of a file that only its owner, and at most its group, can read. NOT_FOUND; FAILED_PRECONDITION when it is open to
// others.
absl::StatusOr<std::string> ReadPrivateFile(const std::string& path);

// Writes `content` to a new file of mode 0600. The file appears whole or not at all; when it is there already, perhaps made
// by another process at the same moment, it stays as it is and the answer is OK.
absl::Status CreatePrivateFile(const std::string& path, std::string_view content);

// Replaces a file whole.
absl::Status ReplaceFile(const std::string& path, std::string_view content, mode_t mode);

}  // namespace assay::runtime
