#include "services/bank/api/question_api.h"

#include <fmt/format.h>

#include "assay/bank/v1/question_service.pb.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/question_lifecycle.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"
#include "services/runtime/paging/filter.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

absl::StatusOr<runtime::RevisionName> ParseQuestion(const std::string& name) {
  ASSIGN_OR_RETURN(const auto parts, runtime::ParseName("questions/*", name));
  return runtime::ParseRevision(parts[0]);
}

// A mutation names the question, never a revision of it.
absl::StatusOr<std::string> ParseQuestionId(const std::string& name) {
  ASSIGN_OR_RETURN(const auto parsed, ParseQuestion(name));
  if (parsed.revision > 0) return runtime::InvalidField("name", "name the question without @revision; revisions are immutable");
  return parsed.id;
}

v1::Question Named(StoredQuestion stored, int revision) {
  v1::Question question = std::move(stored.question);
  if (revision > 0) question.set_name(fmt::format("questions/{}@{}", stored.id, revision));
  return question;
}

class QuestionApi {
 public:
  explicit QuestionApi(BankParts& parts) : parts_(parts) {}

  std::optional<absl::StatusOr<runtime::Serialized>> GetFromMemory(const RequestContext& context, const v1::GetQuestionRequest& request) {
    if (auto bytes = parts_.cache.Find(context.tenant(), request.name())) return runtime::Serialized{*std::move(bytes)};
    return std::nullopt;
  }

  absl::StatusOr<v1::Question> Get(const RequestContext& context, const v1::GetQuestionRequest& request) {
    ASSIGN_OR_RETURN(const auto name, ParseQuestion(request.name()));
    const uint64_t epoch = parts_.cache.Epoch(context.tenant(), request.name());
    ASSIGN_OR_RETURN(v1::Question question, Read<v1::Question>(context, [&](Tx& tx) -> absl::StatusOr<v1::Question> {
      ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, name.id, name.revision));
      return Named(std::move(stored), name.revision);
    }));
    parts_.cache.Insert(context.tenant(), request.name(), runtime::Serialized::Of(question).bytes, epoch);
    return question;
  }

  absl::StatusOr<v1::BatchGetQuestionsResponse> BatchGet(const RequestContext& context, const v1::BatchGetQuestionsRequest& request) {
    return Read<v1::BatchGetQuestionsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::BatchGetQuestionsResponse> {
      v1::BatchGetQuestionsResponse response;
      for (const std::string& name : request.names()) {
        ASSIGN_OR_RETURN(const auto parsed, ParseQuestion(name));
        ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, parsed.id, parsed.revision));
        *response.add_questions() = Named(std::move(stored), parsed.revision);
      }
      return response;
    });
  }

  absl::StatusOr<v1::ListQuestionsResponse> List(const RequestContext& context, const v1::ListQuestionsRequest& request) {
    ASSIGN_OR_RETURN(const auto terms, runtime::ParseFilter(request.filter(), {"state", "level", "kind", "competency", "section", "role", "tag"}));
    if (!request.order_by().empty() && request.order_by() != "id") {
      return runtime::InvalidFields({{"order_by", "only \"id\" is known"}}, runtime::v1::ERROR_REASON_FILTER_INVALID);
    }
    const auto upper = [&](const char* field) {
      auto value = runtime::TermOf(terms, field);
      if (value.has_value()) for (char& c : *value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return value;
    };
    QuestionFilter filter{upper("state"), upper("level"), upper("kind"), runtime::TermOf(terms, "competency"),
                          runtime::TermOf(terms, "section"), runtime::TermOf(terms, "role"), runtime::TermOf(terms, "tag")};
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, request.filter(), request.page_size(), request.page_token()));
    return Read<v1::ListQuestionsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListQuestionsResponse> {
      v1::ListQuestionsResponse response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(auto questions, ListQuestions(tx, filter, page));
      for (size_t i = 0; i < questions.size() && static_cast<int>(i) < page.size; ++i) *response.add_questions() = Named(questions[i], 0);
      if (static_cast<int>(questions.size()) > page.size) {
        response.set_next_page_token(parts_.pages.Seal(context, request.filter(), {questions[page.size - 1].id}));
      }
      return response;
    });
  }

  absl::StatusOr<v1::ListQuestionRevisionsResponse> Revisions(const RequestContext& context, const v1::ListQuestionRevisionsRequest& request) {
    ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, request.name(), request.page_size(), request.page_token()));
    return Read<v1::ListQuestionRevisionsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListQuestionRevisionsResponse> {
      v1::ListQuestionRevisionsResponse response;
      ASSIGN_OR_RETURN(auto revisions, ListRevisions(tx, id, page));
      if (revisions.empty() && page.after.empty()) return runtime::NotFound(request.name());
      for (size_t i = 0; i < revisions.size() && static_cast<int>(i) < page.size; ++i) {
        const int revision = revisions[i].question.revision();
        *response.add_revisions() = Named(std::move(revisions[i]), revision);
      }
      if (static_cast<int>(revisions.size()) > page.size) {
        response.set_next_page_token(parts_.pages.Seal(context, request.name(), {std::to_string(response.revisions().rbegin()->revision())}));
      }
      return response;
    });
  }

  absl::StatusOr<v1::Question> Create(const RequestContext& context, const v1::CreateQuestionRequest& request) {
    const std::string& id = request.question().content().id();
    return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
      ASSIGN_OR_RETURN(const auto existing, LockQuestions(write.tx(), {id}));
      if (!existing.empty()) return runtime::AlreadyExists("questions/" + id);
      StoredQuestion stored;
      stored.id = id;
      stored.question = request.question();
      stored.version = 1;
      stored.latest_revision = 1;
      stored.published_revision = request.publish() ? 1 : 0;
      stored.state = request.publish() ? v1::QUESTION_STATE_PUBLISHED : v1::QUESTION_STATE_DRAFT;
      return Store(write, stored, request.publish() ? runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED : runtime::v1::EVENT_TYPE_QUESTION_UPDATED);
    });
  }

  absl::StatusOr<v1::Question> Update(const RequestContext& context, const v1::UpdateQuestionRequest& request) {
    ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.question().name()));
    return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
      ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
      RETURN_IF_ERROR(CheckEtag(request.question().name(), request.question().etag(), stored.question.etag()));
      RETURN_IF_ERROR(CheckEdit(request.question().name(), stored.state));
      RETURN_IF_ERROR(ApplyUpdate(request.question(), request.update_mask(), stored.question));
      ++stored.version;
      ++stored.latest_revision;
      return Store(write, stored, runtime::v1::EVENT_TYPE_QUESTION_UPDATED);
    });
  }

  absl::StatusOr<v1::Question> Publish(const RequestContext& context, const v1::PublishQuestionRequest& request) {
    ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
    return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
      ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
      RETURN_IF_ERROR(CheckEtag(request.name(), request.etag(), stored.question.etag()));
      RETURN_IF_ERROR(CheckPublish(request.name(), stored.state, stored.published_revision, stored.latest_revision));
      ++stored.version;
      stored.state = v1::QUESTION_STATE_PUBLISHED;
      stored.published_revision = stored.latest_revision;
      RETURN_IF_ERROR(UpdateQuestionRow(write.tx(), stored, context.now));
      write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED, id, stored.version, stored.question));
      return absl::OkStatus();
    });
  }

  absl::StatusOr<v1::Question> Retire(const RequestContext& context, const v1::RetireQuestionRequest& request) {
    ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
    return Mutate(context, request, id, [&](WriteTx& write) -> absl::Status {
      ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(write.tx(), id));
      RETURN_IF_ERROR(CheckEtag(request.name(), request.etag(), stored.question.etag()));
      RETURN_IF_ERROR(CheckRetire(request.name(), stored.state));
      ++stored.version;
      stored.state = v1::QUESTION_STATE_RETIRED;
      stored.question.set_state(stored.state);
      stored.question.set_retire_reason(request.reason());
      RETURN_IF_ERROR(UpdateQuestionRow(write.tx(), stored, context.now));
      write.Emit(QuestionEvent(runtime::v1::EVENT_TYPE_QUESTION_RETIRED, id, stored.version, stored.question));
      return absl::OkStatus();
    });
  }

 private:
  template <typename Response>
  absl::StatusOr<Response> Read(const RequestContext& context, const std::function<absl::StatusOr<Response>(Tx&)>& work) {
    return runtime::Transact<Response>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  absl::Status Store(WriteTx& write, StoredQuestion& stored, runtime::v1::EventType type) {
    RETURN_IF_ERROR(WriteQuestions(write.tx(), {stored}, write.context().principal.subject, write.context().now));
    RETURN_IF_ERROR(ReplaceExternalIds(write.tx(), stored.question, stored.id));
    stored.question.set_state(stored.state);
    write.Emit(QuestionEvent(type, stored.id, stored.version, stored.question));
    return absl::OkStatus();
  }

  // Runs a change of one question; the answer is the question at its latest revision.
  absl::StatusOr<v1::Question> Mutate(const RequestContext& context, const google::protobuf::Message& request, const std::string& id,
                                      const std::function<absl::Status(WriteTx&)>& change) {
    const auto read = [&](Tx& tx) -> absl::StatusOr<v1::Question> {
      ASSIGN_OR_RETURN(StoredQuestion stored, LockQuestion(tx, id));
      stored.question.set_state(stored.latest_revision > stored.published_revision && stored.state == v1::QUESTION_STATE_PUBLISHED
                                    ? v1::QUESTION_STATE_DRAFT
                                    : stored.state);
      return std::move(stored.question);
    };
    auto result = parts_.mutator.Run<v1::Question>(
        context, request,
        [&](WriteTx& write, v1::Question& response) -> absl::StatusOr<ResultName> {
          RETURN_IF_ERROR(change(write));
          ASSIGN_OR_RETURN(response, read(write.tx()));
          return ResultName{"questions/" + id, response.revision()};
        },
        [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::Question> {
          ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, id, static_cast<int>(name.revision)));
          return std::move(stored.question);
        });
    ForgetQuestion(parts_, context.tenant(), id);
    return result;
  }

  BankParts& parts_;
};

}  // namespace

runtime::OutboxEvent QuestionEvent(runtime::v1::EventType type, const std::string& id, int64_t version, const v1::Question& question) {
  runtime::OutboxEvent event;
  event.type = type;
  event.resource = "questions/" + id;
  event.aggregate_type = "question";
  event.version = version;
  event.state = v1::QuestionState_Name(question.state()).substr(sizeof("QUESTION_STATE_") - 1);
  for (const auto& [key, value] : question.annotations()) event.annotations[key] = value;
  return event;
}

void BindQuestions(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<QuestionApi>(parts);
  service.UnaryCached<v1::GetQuestionRequest, v1::Question>(
      "GetQuestion", [api](const auto& context, const auto& request) { return api->GetFromMemory(context, request); },
      [api](const auto& context, const auto& request) { return api->Get(context, request); });
  service.Unary<v1::BatchGetQuestionsRequest, v1::BatchGetQuestionsResponse>(
      "BatchGetQuestions", [api](const auto& context, const auto& request) { return api->BatchGet(context, request); });
  service.Unary<v1::ListQuestionsRequest, v1::ListQuestionsResponse>(
      "ListQuestions", [api](const auto& context, const auto& request) { return api->List(context, request); });
  service.Unary<v1::ListQuestionRevisionsRequest, v1::ListQuestionRevisionsResponse>(
      "ListQuestionRevisions", [api](const auto& context, const auto& request) { return api->Revisions(context, request); });
  service.Unary<v1::CreateQuestionRequest, v1::Question>(
      "CreateQuestion", [api](const auto& context, const auto& request) { return api->Create(context, request); });
  service.Unary<v1::UpdateQuestionRequest, v1::Question>(
      "UpdateQuestion", [api](const auto& context, const auto& request) { return api->Update(context, request); });
  service.Unary<v1::PublishQuestionRequest, v1::Question>(
      "PublishQuestion", [api](const auto& context, const auto& request) { return api->Publish(context, request); });
  service.Unary<v1::RetireQuestionRequest, v1::Question>(
      "RetireQuestion", [api](const auto& context, const auto& request) { return api->Retire(context, request); });
}

}  // namespace assay::bank
