#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/db/pool.h"

namespace assay::scoring {

// One current resource by name: what a copy of this service's data is built from.
struct SnapshotRow {
  std::string key;       // where the next page goes on
  std::string resource;  // "interviews/i1/scorecards/dana"
  int64_t version = 0;
  std::string state;
  std::map<std::string, std::string> related;  // role → name, as in events
};

// Collections that can be listed so, parents before children.
const std::vector<std::string>& SnapshotCollections();

// At most `limit` rows of one of them after `key` ("" = from the first), by id.
absl::StatusOr<std::vector<SnapshotRow>> ReadSnapshot(runtime::Tx& tx, const std::string& collection, const std::string& key,
                                                      int limit);

}  // namespace assay::scoring
