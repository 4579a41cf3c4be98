#pragma once

#include "services/bank/api/parts.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds the methods of assay.bank.v1.QuestionService about uses, the cap and leaks.
void BindExposure(runtime::Service& service, BankParts& parts);

}  // namespace assay::bank
