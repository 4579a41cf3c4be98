#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/runtime/v1/resource.pb.h"
#include "google/protobuf/repeated_field.h"
#include "services/runtime/db/pool.h"

namespace assay::scoring {

using ExternalIds = google::protobuf::RepeatedPtrField<runtime::v1::ExternalId>;

// Makes `ids` the external ids of resource `id` of `type` ("candidate", "scorecard" …). ALREADY_EXISTS where one of them
// belongs to another resource.
absl::Status ReplaceExternalIds(runtime::Tx& tx, std::string_view type, std::string_view id, const ExternalIds& ids);

// (system, external id) → resource id, of those that are known.
absl::StatusOr<std::map<std::pair<std::string, std::string>, std::string>> FindByExternalId(runtime::Tx& tx,
                                                                                            std::string_view type,
                                                                                            const ExternalIds& ids);

}  // namespace assay::scoring
