#pragma once

#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "services/runtime/auth/token_source.h"
#include "services/runtime/rpc/client.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::reporting {

// Tells scoring that someone has seen peers' judgement through a report: what they submit or amend later is marked by it
// (DOMAIN §4), whichever way they came to see it.
class Exposures {
 public:
  virtual ~Exposures() = default;
  // On return scoring has it, for the person whose rights the report was built by. UNAVAILABLE otherwise: the report is not
  // shown then.
  virtual absl::Status Record(const runtime::RequestContext& context, const std::set<std::string>& interviews) = 0;
};

// Has scoring list the cards of each interview for that person, which records what they saw: with the caller's own token where
// it may list cards, else with ours on the person's behalf. What is recorded once is not asked again while it is remembered.
std::unique_ptr<Exposures> MakeExposures(const runtime::Client& scoring, runtime::TokenSource& tokens);

}  // namespace assay::reporting
