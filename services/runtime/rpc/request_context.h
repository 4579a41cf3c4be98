#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/runtime/base/instant.h"

namespace assay::runtime {

// Who is calling, as its token says.
struct Principal {
  // Tenant of the call, [a-z0-9-]{1,63}. A service token (`tenant: *`) gets it from metadata `assay-tenant`; empty then
  // means every tenant, which only the feeds serve.
  std::string tenant;
  std::string issuer;
  std::string subject;
  // Sorted.
  std::vector<std::string> scopes;
  // A service of ours, whose token is for every tenant.
  bool service = false;
  // Subject of the person for whom an integration calls (metadata `assay-on-behalf-of`, scope `delegate`): what is read and
  // written is what that person could. Empty = the caller acts as itself.
  std::string on_behalf_of;

  bool Has(std::string_view scope) const {
    return std::binary_search(scopes.begin(), scopes.end(), scope, std::less<>());
  }
  // The person whose rights count.
  const std::string& effective_subject() const { return on_behalf_of.empty() ? subject : on_behalf_of; }
};

// What a handler knows of its call. One per call; shared with the reactor, which outlives the handler.
struct RequestContext {
  Principal principal;
  // "assay.scoring.v1.ScorecardService/SubmitScorecard"
  std::string method;
  // Of the transport (metadata `x-request-id`), for logs; not the idempotency key.
  std::string call_id;
  // W3C traceparent, made here when the caller sent none.
  std::string traceparent;
  // When the call arrived.
  Instant now{};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Token as received, to forward where a user reads through us.
  std::string bearer;

  const std::string& tenant() const { return principal.tenant; }
  bool cancelled() const { return cancelled_->load(std::memory_order_relaxed); }
  bool expired() const { return cancelled() || std::chrono::steady_clock::now() >= deadline; }
  void Cancel() const { cancelled_->store(true, std::memory_order_relaxed); }

  // Trailing metadata of the answer, such as `assay-cursor`.
  void AddTrailer(std::string key, std::string value) const {
    trailers_->emplace_back(std::move(key), std::move(value));
  }
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return *trailers_; }

 private:
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::vector<std::pair<std::string, std::string>>> trailers_ =
      std::make_shared<std::vector<std::pair<std::string, std::string>>>();
};

}  // namespace assay::runtime
