#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/reporting/domain/report_source.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"

namespace assay::reporting {

// A resource as it goes into the read model.
struct ProjectedResource {
  std::string name;  // as stored
  std::string type;
  std::string feed;
  int64_t version = 0;
  int64_t generation = 1;
  std::string state;
  // Null = deleted.
  std::shared_ptr<const google::protobuf::Message> message;
};

// (generation, version) of a stored resource.
struct StoredVersion {
  int64_t generation = 0;
  int64_t version = 0;
  friend auto operator<=>(const StoredVersion&, const StoredVersion&) = default;
};

// SQL over `resource`, within the transaction's tenant.

// Of those that are stored, by name; tombstones included.
absl::StatusOr<std::map<std::string, StoredVersion>> ReadVersions(runtime::Tx& tx, const std::vector<std::string>& names);
// Stores it unless the same or a newer version is there; what was parked about it is settled. Personal fields are sealed
// under the candidate's data key, or the interviewer's own.
absl::Status PutResource(runtime::Tx& tx, runtime::PersonalVault& vault, const ProjectedResource& resource, runtime::Instant now);
// Destroys the data keys of a candidate: nothing personal of them can be read any more.
absl::Status ForgetCandidate(runtime::Tx& tx, runtime::PersonalVault& vault, const std::string& candidate);
// Deletes at most `batch` resources that the generation did not find again; returns how many. Policies stay: decisions pin
// revisions that a snapshot does not name.
absl::StatusOr<int> SweepGeneration(runtime::Tx& tx, const std::string& feed, int64_t generation, int batch);

// Everything about one application. NOT_FOUND.
absl::StatusOr<ReportSource> ReadReportSource(runtime::Tx& tx, runtime::PersonalVault& vault, const std::string& application);

}  // namespace assay::reporting
