#pragma once

#include "services/bank/api/parts.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds SearchQuestions and ListSimilarQuestions of assay.bank.v1.QuestionService.
void BindSearch(runtime::Service& service, BankParts& parts);

}  // namespace assay::bank
