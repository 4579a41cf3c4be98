#pragma once

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/api/parts.h"
#include "services/bank/store/catalog_store.h"
#include "services/runtime/feed/outbox.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds assay.bank.v1.CatalogService.
void BindCatalog(runtime::Service& service, BankParts& parts);

// Every catalogue entry of a pack at revision 0, with its content hash.
std::vector<CatalogEntry> CatalogOf(const v1::Pack& pack);

// That this revision of it is published.
runtime::OutboxEvent CatalogEvent(const CatalogEntry& entry);

// Puts stored entries back into a pack's lists.
absl::Status AddToPack(const std::vector<CatalogEntry>& entries, v1::Pack& pack);

}  // namespace assay::bank
