#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "services/runtime/base/error.h"

namespace assay::runtime {

// Whether `name` has the form of `pattern`, where "-" stands for any parent.
bool MatchesNameOrWildcard(std::string_view pattern, std::string_view name, bool is_parent);

// What an update changes.
class UpdateMask {
 public:
  explicit UpdateMask(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  // Whether `path` (relative to the resource) must be present where its rule says so.
  bool Requires(std::string_view path) const;
  // Paths that name no field of `type`, as violations of `field`.
  void CheckPaths(const google::protobuf::Descriptor* type, const std::string& field, Violations& violations) const;

 private:
  std::vector<std::string> paths_;
};

}  // namespace assay::runtime
