#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/runtime/rpc/client.h"

namespace assay::reporting {

using FetchFunction = absl::StatusOr<std::shared_ptr<const google::protobuf::Message>> (*)(const runtime::Client& client,
                                                                                          const std::string& name,
                                                                                          const runtime::CallOptions& options);

// A kind of resource that reports are built from.
struct ResourceType {
  std::string_view feed;     // "bank", "scoring"
  std::string_view pattern;  // "interviews/*/scorecards/*"
  std::string_view type;     // column resource.type
  // A catalogue entry is kept at its newest revision alone, under its name without one.
  bool newest_only = false;
  FetchFunction fetch = nullptr;
};

// Null for what no report needs, such as questions: interviews carry the prompts that were asked.
const ResourceType* TypeOf(std::string_view feed, const std::string& resource);

// Name under which the resource is stored.
std::string StoredName(const ResourceType& type, const std::string& resource);

}  // namespace assay::reporting
