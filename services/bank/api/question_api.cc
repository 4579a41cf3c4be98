#include "services/bank/api/question_api.h"

#include "services/bank/api/question_changes.h"
#include "services/bank/api/question_reads.h"

namespace assay::bank {

void BindQuestions(runtime::Service& service, BankParts& parts) {
  auto reads = std::make_shared<QuestionReads>(parts);
  service.UnaryCached<v1::GetQuestionRequest, runtime::Serialized>(
      "GetQuestion", [reads](const auto& context, const auto& request) { return reads->GetFromMemory(context, request); },
      [reads](const auto& context, const auto& request) { return reads->Get(context, request); });
  service.UnaryCached<v1::BatchGetQuestionsRequest, runtime::Serialized>(
      "BatchGetQuestions", [reads](const auto& context, const auto& request) { return reads->BatchGetFromMemory(context, request); },
      [reads](const auto& context, const auto& request) { return reads->BatchGet(context, request); });
  service.Unary<v1::ListQuestionsRequest, runtime::Serialized>(
      "ListQuestions", [reads](const auto& context, const auto& request) { return reads->List(context, request); });
  service.Unary<v1::ListQuestionRevisionsRequest, v1::ListQuestionRevisionsResponse>(
      "ListQuestionRevisions", [reads](const auto& context, const auto& request) { return reads->Revisions(context, request); });
  service.Unary<v1::DiffQuestionRevisionsRequest, v1::DiffQuestionRevisionsResponse>(
      "DiffQuestionRevisions", [reads](const auto& context, const auto& request) { return reads->Diff(context, request); });

  auto changes = std::make_shared<QuestionChanges>(parts);
  service.Unary<v1::CreateQuestionRequest, v1::Question>(
      "CreateQuestion", [changes](const auto& context, const auto& request) { return changes->Create(context, request); });
  service.Unary<v1::UpdateQuestionRequest, v1::Question>(
      "UpdateQuestion", [changes](const auto& context, const auto& request) { return changes->Update(context, request); });
  service.Unary<v1::PublishQuestionRequest, v1::Question>(
      "PublishQuestion", [changes](const auto& context, const auto& request) { return changes->Publish(context, request); });
  service.Unary<v1::CancelScheduledPublishRequest, v1::Question>(
      "CancelScheduledPublish", [changes](const auto& context, const auto& request) { return changes->CancelPlan(context, request); });
  service.Unary<v1::RetireQuestionRequest, v1::Question>(
      "RetireQuestion", [changes](const auto& context, const auto& request) { return changes->Retire(context, request); });
  service.Unary<v1::DeleteQuestionRequest, v1::Question>(
      "DeleteQuestion", [changes](const auto& context, const auto& request) { return changes->Delete(context, request); });
}

}  // namespace assay::bank
