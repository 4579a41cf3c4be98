#pragma once

#include "services/bank/api/parts.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// Binds assay.bank.v1.QuestionService.
void BindQuestions(runtime::Service& service, BankParts& parts);

// The event that a written question emits.
runtime::OutboxEvent QuestionEvent(runtime::v1::EventType type, const std::string& id, int64_t version, const v1::Question& question);

}  // namespace assay::bank
