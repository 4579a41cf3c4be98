#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/recording_pool.h"
#include "bench/rig.h"

namespace assay::bench {

// Submits cards through the service's own write path in this process, on the service's database, and returns what the last of
// them ran between BEGIN and COMMIT. So what pgbench runs is what the service runs, whatever its code comes to be. `slots` are
// numbers of interviews; all of them are used up. `before_last` runs ahead of the last one.
absl::StatusOr<std::vector<RecordedStatement>> RecordSubmission(Rig& rig, const std::vector<int64_t>& slots,
                                                                const std::function<absl::Status()>& before_last);

}  // namespace assay::bench
