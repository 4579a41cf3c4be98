#include "services/bank/api/question_changes.h"

#include <fmt/format.h>

#include "assay/bank/v1/kit.pb.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/api/question_reads.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/question_lifecycle.h"
#include "services/bank/store/catalog_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::WriteTx;

void EndPlan(StoredQuestion& stored) {
  stored.scheduled_time.reset();
  stored.scheduled_by.clear();
  stored.scheduled_through.clear();
}

}  // namespace

absl::Status CheckMayPublish(const RequestContext& context) {
  constexpr char kScope[] = "questions.publish";
  if (context.principal.Has(kScope)) return absl::OkStatus();
  return runtime::Error(runtime::v1::ERROR_REASON_SCOPE_MISSING,
                        fmt::format("to publish needs the scope {}, too; leave publish out to make drafts", kScope), {{"scopes", kScope}});
}

runtime::OutboxEvent QuestionEvent(runtime::v1::EventType type, const std::string& id, int64_t version, const v1::Question& question) {
  runtime::OutboxEvent event;
  event.type = type;
  event.resource = "questions/" + id;
  event.aggregate_type = "question";
  event.version = version;
  event.state = StateText(question.state());
  for (const auto& [key, value] : question.annotations()) event.annotations[key] = value;
  return event;
}

absl::StatusOr<runtime::OutboxEvent> PublishLatest(Tx& tx, StoredQuestion& stored, runtime::Instant now) {
  ++stored.version;
  stored.state = v1::QUESTION_STATE_PUBLISHED;
  stored.published_revision = stored.latest_revision;
  EndPlan(stored);
  stored.question.set_state(stored.state);
  RETURN_IF_ERROR(UpdateQuestionRow(tx, stored, now));
  return QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED, stored.id, stored.version, stored.question);
}

absl::StatusOr<v1::Question> QuestionChanges::Create(const RequestContext& context, const v1::CreateQuestionRequest& request) {
  const std::string& id = request.question().content().id();
  RETURN_IF_ERROR(CheckContent(request.question().content(), "question.content"));
  RETURN_IF_ERROR(CheckExternalIds(request.question(), "question"));
  if (request.publish()) RETURN_IF_ERROR(CheckMayPublish(context));
  return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
    ASSIGN_OR_RETURN(const auto existing, LockQuestions(write.tx(), {id}));
    if (!existing.empty()) return runtime::AlreadyExists("questions/" + id);
    StoredQuestion stored;
    stored.id = id;
    *stored.question.mutable_content() = request.question().content();
    *stored.question.mutable_annotations() = request.question().annotations();
    *stored.question.mutable_external_ids() = request.question().external_ids();
    stored.change_note = request.change_note();
    ASSIGN_OR_RETURN(auto last, LastVersions(write.tx(), {id}));
    stored.version = last[id] + 1;
    stored.latest_revision = 1;
    stored.published_revision = request.publish() ? 1 : 0;
    stored.state = request.publish() ? v1::QUESTION_STATE_PUBLISHED : v1::QUESTION_STATE_DRAFT;
    return Store(write, stored, request.publish() ? runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED : runtime::v1::EVENT_TYPE_QUESTION_UPDATED,
                 /*new_revision=*/true);
  });
}

absl::StatusOr<v1::Question> QuestionChanges::Update(const RequestContext& context, const v1::UpdateQuestionRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.question().name()));
  return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
    ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
    const std::string etag = stored.question.etag();
    RETURN_IF_ERROR(CheckVersion(request.question().name(), request.question().etag(), etag));
    RETURN_IF_ERROR(CheckEdit(request.question().name(), stored.state));
    RETURN_IF_ERROR(ApplyUpdate(request.question(), request.update_mask(), stored.question));
    RETURN_IF_ERROR(CheckContent(stored.question.content(), "question.content"));
    RETURN_IF_ERROR(CheckExternalIds(stored.question, "question"));
    MarkOverridden(stored.question);
    ++stored.version;
    // Labels and foreign ids are the question's, not a revision's.
    const bool same_content = ContentHash(stored.question.content()) == stored.content_hash;
    if (!same_content) {
      RETURN_IF_ERROR(CheckSawLatest(request.question().name(), request.question().etag(), etag, stored.latest_revision));
      stored.change_note = request.change_note();
      ++stored.latest_revision;
    }
    if (same_content && !request.change_note().empty()) {
      // No revision takes the note.
      runtime::AuditRecord record;
      record.resource = request.question().name();
      record.reason = request.change_note();
      write.Audit(std::move(record));
    }
    return Store(write, stored, runtime::v1::EVENT_TYPE_QUESTION_UPDATED, /*new_revision=*/!same_content);
  });
}

absl::StatusOr<v1::Question> QuestionChanges::Publish(const RequestContext& context, const v1::PublishQuestionRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
  return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
    // In here, because a repetition of what was accepted is answered however late it comes.
    std::optional<runtime::Instant> planned;
    if (request.has_publish_time()) {
      ASSIGN_OR_RETURN(planned, CheckPublishTime(request.publish_time(), context.now));
    }
    ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
    RETURN_IF_ERROR(CheckVersion(request.name(), request.etag(), stored.question.etag()));
    RETURN_IF_ERROR(CheckPublish(request.name(), stored.state, stored.published_revision, stored.latest_revision));
    if (!planned) {
      ASSIGN_OR_RETURN(runtime::OutboxEvent published, PublishLatest(write.tx(), stored, context.now));
      write.Emit(std::move(published));
      return absl::OkStatus();
    }
    ++stored.version;
    stored.scheduled_time = planned;
    stored.scheduled_by = context.principal.effective_subject();
    stored.scheduled_through = context.principal.on_behalf_of.empty() ? "" : context.principal.subject;
    RETURN_IF_ERROR(UpdateQuestionRow(write.tx(), stored, context.now));
    write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_UPDATED, id, stored.version, stored.question));
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Question> QuestionChanges::CancelPlan(const RequestContext& context, const v1::CancelScheduledPublishRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
  return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
    ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
    RETURN_IF_ERROR(CheckVersion(request.name(), request.etag(), stored.question.etag()));
    RETURN_IF_ERROR(CheckPlanned(request.name(), stored.state, stored.scheduled_time.has_value()));
    ++stored.version;
    EndPlan(stored);
    RETURN_IF_ERROR(UpdateQuestionRow(write.tx(), stored, context.now));
    write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_UPDATED, id, stored.version, stored.question));
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Question> QuestionChanges::Retire(const RequestContext& context, const v1::RetireQuestionRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
  return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
    ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
    RETURN_IF_ERROR(CheckVersion(request.name(), request.etag(), stored.question.etag()));
    RETURN_IF_ERROR(CheckRetire(request.name(), stored.state));
    ++stored.version;
    stored.state = v1::QUESTION_STATE_RETIRED;
    EndPlan(stored);
    stored.question.set_state(stored.state);
    stored.question.set_retire_reason(request.reason());
    RETURN_IF_ERROR(UpdateQuestionRow(write.tx(), stored, context.now));
    write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_RETIRED, id, stored.version, stored.question));
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::Question> QuestionChanges::Delete(const RequestContext& context, const v1::DeleteQuestionRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
  auto result = parts_.mutator.Run<v1::Question>(
      context, request,
      [&](WriteTx& write, v1::Question& response) -> absl::StatusOr<ResultName> {
        ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestionForDeletion(write.tx(), id));
        RETURN_IF_ERROR(CheckVersion(request.name(), request.etag(), stored.question.etag()));
        RETURN_IF_ERROR(CheckDelete(request.name(), stored.state, stored.published_revision));
        ASSIGN_OR_RETURN(const std::vector<std::string> references, Referring(write.tx(), id));
        RETURN_IF_ERROR(CheckUnreferenced(request.name(), references));
        RETURN_IF_ERROR(DeleteQuestionRow(write.tx(), id));
        write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_DELETED, id, stored.version + 1, stored.question));
        response = std::move(stored.question);
        return ResultName{request.name(), response.revision()};
      },
      [&](Tx&, const ResultName& name) -> absl::StatusOr<v1::Question> {
        v1::Question gone;
        gone.set_name(name.name);
        return gone;
      });
  ForgetQuestion(parts_, context.tenant(), id);
  return result;
}

absl::Status QuestionChanges::Store(WriteTx& write, StoredQuestion& stored, runtime::v1::EventType type, bool new_revision) {
  const RequestContext& context = write.context();
  RETURN_IF_ERROR(new_revision ? WriteQuestions(write.tx(), {stored}, context.principal.effective_subject(), context.now, Plans::kKept)
                               : UpdateQuestionRow(write.tx(), stored, context.now));
  RETURN_IF_ERROR(ReplaceExternalIds(write.tx(), stored.question, stored.id));
  stored.question.set_state(stored.state);
  write.Emit(QuestionEvent(type, stored.id, stored.version, stored.question));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> QuestionChanges::Referring(Tx& tx, const std::string& id) {
  constexpr size_t kNamed = 10;
  ASSIGN_OR_RETURN(std::vector<std::string> names, ReferencesTo(tx, id));
  ASSIGN_OR_RETURN(const std::vector<CatalogEntry> entries, ReadWholeCatalog(tx));
  for (const CatalogEntry& entry : entries) {
    v1::Pack parsed;
    RETURN_IF_ERROR(AddToPack({entry}, parsed));
    if (RefersTo(parsed, id)) names.push_back(entry.Name());
  }
  ASSIGN_OR_RETURN(const std::vector<StoredKitPlan> plans, ReadKitPlans(tx));
  for (const StoredKitPlan& stored : plans) {
    v1::KitPlan plan;
    if (!plan.ParseFromString(stored.document)) return runtime::Internal("a stored kit plan cannot be parsed");
    if (RefersTo(plan, id)) names.push_back("kitPlans/" + stored.id);
  }
  if (names.size() > kNamed) names.resize(kNamed);
  return names;
}

absl::StatusOr<v1::Question> QuestionChanges::Mutate(const RequestContext& context, const google::protobuf::Message& request,
                                                     const std::string& id, const std::function<absl::Status(WriteTx&)>& change) {
  auto result = parts_.mutator.Run<v1::Question>(
      context, request,
      [&](WriteTx& write, v1::Question& response) -> absl::StatusOr<ResultName> {
        RETURN_IF_ERROR(change(write));
        ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
        response = std::move(stored.question);
        return ResultName{"questions/" + id, response.revision()};
      },
      [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::Question> {
        ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, id, static_cast<int>(name.revision)));
        return std::move(stored.question);
      });
  ForgetQuestion(parts_, context.tenant(), id);
  return result;
}

}  // namespace assay::bank
