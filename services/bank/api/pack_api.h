#pragma once

#include "services/bank/api/parts.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds assay.bank.v1.PackService.
void BindPacks(runtime::Service& service, BankParts& parts);

}  // namespace assay::bank
