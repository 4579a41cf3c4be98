#pragma once

#include "services/bank/api/parts.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds the plans of assay.bank.v1.KitService.
void BindKitPlans(runtime::Service& service, BankParts& parts);

}  // namespace assay::bank
