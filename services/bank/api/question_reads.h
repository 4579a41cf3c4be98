#pragma once

#include <functional>
#include <optional>

#include "assay/bank/v1/question_service.pb.h"
#include "services/bank/api/parts.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/rpc/service.h"

namespace assay::bank {

// "questions/q037@3" → ("q037", 3); without a revision 0. NOT_FOUND.
absl::StatusOr<runtime::RevisionName> ParseQuestion(const std::string& name);
// A mutation names the question, never a revision of it. INVALID_FIELDS.
absl::StatusOr<std::string> ParseQuestionId(const std::string& name);
// "questions/q037@3"; of revision 0 "questions/q037".
std::string QuestionName(const runtime::RevisionName& name);
// A question as it is answered for the name it was asked by.
v1::Question Named(StoredQuestion stored, int revision);
// "update_time desc"; empty = by id. FILTER_INVALID.
absl::StatusOr<QuestionOrder> ParseQuestionOrder(const std::string& order_by);

// The reading methods of QuestionService. Thread-safe.
class QuestionReads {
 public:
  explicit QuestionReads(BankParts& parts) : parts_(parts) {}

  // From memory, or nullopt.
  std::optional<absl::StatusOr<runtime::Serialized>> GetFromMemory(const runtime::RequestContext& context,
                                                                   const v1::GetQuestionRequest& request);
  absl::StatusOr<runtime::Serialized> Get(const runtime::RequestContext& context, const v1::GetQuestionRequest& request);
  std::optional<absl::StatusOr<runtime::Serialized>> BatchGetFromMemory(const runtime::RequestContext& context,
                                                                        const v1::BatchGetQuestionsRequest& request);
  absl::StatusOr<runtime::Serialized> BatchGet(const runtime::RequestContext& context, const v1::BatchGetQuestionsRequest& request);
  absl::StatusOr<runtime::Serialized> List(const runtime::RequestContext& context, const v1::ListQuestionsRequest& request);
  absl::StatusOr<v1::ListQuestionRevisionsResponse> Revisions(const runtime::RequestContext& context,
                                                              const v1::ListQuestionRevisionsRequest& request);
  absl::StatusOr<v1::DiffQuestionRevisionsResponse> Diff(const runtime::RequestContext& context,
                                                         const v1::DiffQuestionRevisionsRequest& request);

 private:
  template <typename Response>
  absl::StatusOr<Response> Read(const runtime::RequestContext& context,
                                const std::function<absl::StatusOr<Response>(runtime::Tx&)>& work) {
    return runtime::Transact<Response>(parts_.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  BankParts& parts_;
};

}  // namespace assay::bank
