#pragma once

#include "services/bank/api/parts.h"
#include "services/bank/api/question_changes.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds assay.bank.v1.QuestionService.
void BindQuestions(runtime::Service& service, BankParts& parts);

}  // namespace assay::bank
