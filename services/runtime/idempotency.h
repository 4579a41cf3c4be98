#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/mutation.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// The pieces of a mutation's idempotency in plural form, so that many requests of one tenant can share a transaction.

// What makes two requests the same, besides the tenant.
struct RequestKey {
  std::string subject;  // issuer and subject, and on whose behalf
  std::string method;
  std::string request_id;
  std::string hash;  // SHA-256 of the deterministic request, raw
};

// Field `request_id` of a request; empty where it has none.
std::string RequestIdOf(const google::protobuf::Message& request);
// Field `validate_only`; false where it has none.
bool IsValidateOnly(const google::protobuf::Message& request);
RequestKey KeyOf(const RequestContext& context, const google::protobuf::Message& request);

enum class ClaimState {
  kFresh,   // now ours: do the work
  kReplay,  // done before: rebuild the answer from `result`
  kReused,  // same id, another body: RequestIdReused
};

struct Claim {
  ClaimState state = ClaimState::kFresh;
  ResultName result;
  FeedPosition position;
};

// Claims the keys for the transaction, in the order given. Waits for a concurrent transaction that holds one of them, and
// takes keys in their own order, so that two batches never wait for each other. The keys must differ and have a request_id.
absl::StatusOr<std::vector<Claim>> ClaimRequests(Tx& tx, const std::vector<RequestKey>& keys);

// What a fresh claim led to. `sequence` is that of its last event, 0 without events.
struct RequestResult {
  RequestKey key;
  ResultName result;
  uint64_t sequence = 0;
};
absl::Status StoreResults(Tx& tx, const std::vector<RequestResult>& results);

// Position of a mutation that tells the feed nothing: its transaction, before any event.
absl::StatusOr<FeedPosition> PositionOf(Tx& tx);

// ALREADY_EXISTS, REQUEST_ID_REUSED.
absl::Status RequestIdReused(const RequestKey& key);

}  // namespace assay::runtime
