#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/runtime/base/instant.h"

namespace assay::runtime {

// Scopes of a token, sorted. Copies share them, because every call of a token carries its scopes.
class ScopeSet {
 public:
  using value_type = std::string;
  using const_iterator = std::vector<std::string>::const_iterator;

  ScopeSet() = default;
  ScopeSet(std::vector<std::string> scopes) {
    std::sort(scopes.begin(), scopes.end());
    scopes_ = std::make_shared<const std::vector<std::string>>(std::move(scopes));
  }
  ScopeSet(std::initializer_list<std::string> scopes) : ScopeSet(std::vector<std::string>(scopes)) {}

  const_iterator begin() const { return list().begin(); }
  const_iterator end() const { return list().end(); }
  size_t size() const { return list().size(); }
  bool empty() const { return list().empty(); }

 private:
  const std::vector<std::string>& list() const {
    static const std::vector<std::string> kNone;
    return scopes_ == nullptr ? kNone : *scopes_;
  }

  std::shared_ptr<const std::vector<std::string>> scopes_;
};

// Who is calling, as its token says.
struct Principal {
  // Tenant of the call, [a-z0-9-]{1,63}. A service token (`tenant: *`) gets it from metadata `assay-tenant`; empty then
  // means every tenant, which only the feeds serve.
  std::string tenant;
  std::string issuer;
  std::string subject;
  ScopeSet scopes;
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
  bool cancelled() const { return state_->cancelled.load(std::memory_order_relaxed); }
  bool expired() const { return cancelled() || std::chrono::steady_clock::now() >= deadline; }
  void Cancel() const { state_->cancelled.store(true, std::memory_order_relaxed); }

  // Trailing metadata of the answer, such as `assay-cursor`.
  void AddTrailer(std::string key, std::string value) const {
    state_->trailers.emplace_back(std::move(key), std::move(value));
  }
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return state_->trailers; }

 private:
  // What may change after the call began; shared by copies of the context.
  struct State {
    std::atomic<bool> cancelled{false};
    std::vector<std::pair<std::string, std::string>> trailers;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace assay::runtime
