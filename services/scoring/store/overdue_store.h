#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"
#include "services/scoring/domain/overdue.h"
#include "services/scoring/store/scorecard_store.h"

namespace assay::scoring {

// Tenants with open interviews that came due after `since` and up to `until`. In a transaction of role assay_feed, without a
// tenant: all else here is of one tenant, under row-level security.
absl::StatusOr<std::vector<std::string>> TenantsPastDue(runtime::Tx& tx, runtime::Instant since, runtime::Instant until);

// A seat whose card is not in.
struct OwedCardRow {
  // Of the card: key, application, candidate and requisition; state, version and document where there is a draft.
  CardRow card;
  OwedCard owed;
};
// Seats of at most `limit` open interviews that came due in that time and still owe something nobody was told of. The interviews
// stay locked until the transaction ends, so that a card going in meanwhile waits; those that others hold are passed over.
absl::StatusOr<std::vector<OwedCardRow>> LockOwedCards(runtime::Tx& tx, runtime::Instant since, runtime::Instant until,
                                                       int limit);

// Marks these cards as told of; returns those that nobody had marked before.
absl::StatusOr<std::vector<CardKey>> MarkOverdue(runtime::Tx& tx, const std::vector<CardKey>& cards, runtime::Instant now);

}  // namespace assay::scoring
