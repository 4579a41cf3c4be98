#pragma once

#include <functional>

#include "assay/bank/v1/question_service.pb.h"
#include "services/bank/api/parts.h"
#include "services/bank/store/question_write_store.h"

namespace assay::bank {

// SCOPE_MISSING for a caller who may write questions and not publish them.
absl::Status CheckMayPublish(const runtime::RequestContext& context);

// The event that a written question emits; its state is the question's.
runtime::OutboxEvent QuestionEvent(runtime::v1::EventType type, const std::string& id, int64_t version, const v1::Question& question);

// Makes the latest revision of a locked question the published one, whatever was planned, and returns its event.
absl::StatusOr<runtime::OutboxEvent> PublishLatest(runtime::Tx& tx, StoredQuestion& stored, runtime::Instant now);

// The writing methods of QuestionService. Thread-safe.
class QuestionChanges {
 public:
  explicit QuestionChanges(BankParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::Question> Create(const runtime::RequestContext& context, const v1::CreateQuestionRequest& request);
  absl::StatusOr<v1::Question> Update(const runtime::RequestContext& context, const v1::UpdateQuestionRequest& request);
  absl::StatusOr<v1::Question> Publish(const runtime::RequestContext& context, const v1::PublishQuestionRequest& request);
  absl::StatusOr<v1::Question> CancelPlan(const runtime::RequestContext& context, const v1::CancelScheduledPublishRequest& request);
  absl::StatusOr<v1::Question> Retire(const runtime::RequestContext& context, const v1::RetireQuestionRequest& request);
  // A repetition by request_id is answered with the name alone: there is nothing else left.
  absl::StatusOr<v1::Question> Delete(const runtime::RequestContext& context, const v1::DeleteQuestionRequest& request);

 private:
  absl::Status Store(runtime::WriteTx& write, StoredQuestion& stored, runtime::v1::EventType type, bool new_revision);
  // Everything that refers to a question, by name.
  absl::StatusOr<std::vector<std::string>> Referring(runtime::Tx& tx, const std::string& id);
  // Runs a change of one question; the answer is the question at its latest revision.
  absl::StatusOr<v1::Question> Mutate(const runtime::RequestContext& context, const google::protobuf::Message& request,
                                      const std::string& id, const std::function<absl::Status(runtime::WriteTx&)>& change);

  BankParts& parts_;
};

}  // namespace assay::bank
