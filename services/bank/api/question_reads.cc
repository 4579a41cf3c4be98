#include "services/bank/api/question_reads.h"

#include <fmt/format.h>

#include <sstream>

#include "services/bank/api/question_bytes.h"
#include "services/bank/domain/question_diff.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::RevisionName;
using runtime::Rows;
using runtime::Serialized;
using runtime::Tx;

// The questions of an answer, in their order: what memory has of them, then what is read. To be made before the transaction that
// reads, so that memory takes nothing that was forgotten meanwhile.
class Gathering {
 public:
  Gathering(BankParts& parts, const RequestContext& context) : parts_(parts), context_(context) {}

  void Clear() {
    questions_.clear();
    missing_.clear();
    places_.clear();
  }

  // The next one; with a `version` as of that change alone.
  void Add(RevisionName name, int64_t version = 0) {
    auto bytes = parts_.cache.Find(context_.tenant(), QuestionName(name), version);
    if (!bytes) {
      missing_.push_back(std::move(name));
      places_.push_back(questions_.size());
    }
    questions_.push_back(bytes ? *std::move(bytes) : grpc::Slice());
  }

  // What memory does not have, for Take.
  absl::StatusOr<Rows> ReadMissing(Tx& tx) const {
    if (missing_.empty()) return Rows();
    return ReadRowsAt(tx, missing_);
  }

  // Puts what was read in its place, and keeps it in memory. With `check` looks whether it can be read. NOT_FOUND.
  absl::Status Take(const Rows& rows, bool check = false) {
    ListedQuestion listed;
    for (const runtime::Row row : rows) {
      const size_t i = PlaceOf(row);
      RETURN_IF_ERROR(ReadListed(row, listed));
      if (check) RETURN_IF_ERROR(CheckReadable(listed));
      const std::string name = QuestionName(missing_[i]);
      listed.stored.question.set_name(name);
      grpc::Slice& bytes = questions_[places_[i]];
      bytes = BytesOf(listed);
      parts_.cache.Insert(context_.tenant(), name, listed.stored.version, bytes, before_);
    }
    for (size_t i = 0; i < places_.size(); ++i) {
      if (questions_[places_[i]].size() == 0) return runtime::NotFound(QuestionName(missing_[i]));
    }
    return absl::OkStatus();
  }

  // Both, in a transaction of their own.
  absl::Status Complete() {
    if (missing_.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Rows rows, runtime::Transact<Rows>(parts_.pool, runtime::TxMode::kReadOnly, context_.tenant(), context_.deadline,
                                                              [&](Tx& tx) { return ReadMissing(tx); }));
    return Take(rows, /*check=*/true);
  }

  const grpc::Slice& question(size_t i) const { return questions_[i]; }
  // As QuestionsAnswer::Finish.
  Serialized Answer(const google::protobuf::MessageLite& rest) const {
    QuestionsAnswer answer(questions_.size());
    for (const grpc::Slice& question : questions_) answer.Add(question);
    return answer.Finish(rest);
  }

 private:
  BankParts& parts_;
  const RequestContext& context_;
  const QuestionCache::Moment before_ = parts_.cache.Now();
  std::vector<grpc::Slice> questions_;
  // Those missing, and where they belong.
  std::vector<RevisionName> missing_;
  std::vector<size_t> places_;
};

}  // namespace

absl::StatusOr<runtime::RevisionName> ParseQuestion(const std::string& name) {
  ASSIGN_OR_RETURN(const auto parts, runtime::ParseName("questions/*", name));
  return runtime::ParseRevision(parts[0]);
}

absl::StatusOr<std::string> ParseQuestionId(const std::string& name) {
  ASSIGN_OR_RETURN(const auto parsed, ParseQuestion(name));
  if (parsed.revision > 0) return runtime::InvalidField("name", "name the question without @revision; revisions are immutable");
  return parsed.id;
}

std::string QuestionName(const RevisionName& name) {
  return name.revision > 0 ? fmt::format("questions/{}@{}", name.id, name.revision) : "questions/" + name.id;
}

v1::Question Named(StoredQuestion stored, int revision) {
  v1::Question question = std::move(stored.question);
  question.set_name(QuestionName({stored.id, revision}));
  return question;
}

absl::StatusOr<QuestionOrder> ParseQuestionOrder(const std::string& order_by) {
  using Key = QuestionOrder::Key;
  static const std::map<std::string, Key> keys{
      {"id", Key::kId}, {"update_time", Key::kUpdateTime}, {"create_time", Key::kCreateTime}, {"publish_time", Key::kPublishTime}};
  std::istringstream words(order_by);
  std::string key, direction, more;
  words >> key >> direction >> more;
  if (key.empty()) return QuestionOrder{};
  const auto found = keys.find(key);
  if (found == keys.end() || (!direction.empty() && direction != "desc") || !more.empty()) {
    return runtime::InvalidFields({{"order_by", "must be one of id, update_time, create_time and publish_time, with \" desc\" or without"}},
                                  runtime::v1::ERROR_REASON_FILTER_INVALID);
  }
  return QuestionOrder{found->second, !direction.empty()};
}

std::optional<absl::StatusOr<Serialized>> QuestionReads::GetFromMemory(const RequestContext& context,
                                                                       const v1::GetQuestionRequest& request) {
  if (const auto bytes = parts_.cache.Find(context.tenant(), request.name())) return Serialized{grpc::ByteBuffer(&*bytes, 1)};
  return std::nullopt;
}

absl::StatusOr<Serialized> QuestionReads::Get(const RequestContext& context, const v1::GetQuestionRequest& request) {
  ASSIGN_OR_RETURN(RevisionName name, ParseQuestion(request.name()));
  Gathering gathering(parts_, context);
  gathering.Add(std::move(name));
  RETURN_IF_ERROR(gathering.Complete());
  return Serialized{grpc::ByteBuffer(&gathering.question(0), 1)};
}

std::optional<absl::StatusOr<Serialized>> QuestionReads::BatchGetFromMemory(const RequestContext& context,
                                                                            const v1::BatchGetQuestionsRequest& request) {
  QuestionsAnswer answer(static_cast<size_t>(request.names_size()));
  for (const std::string& name : request.names()) {
    if (!parts_.cache.Read(context.tenant(), name, 0, [&](const grpc::Slice& question) { answer.Add(question); })) return std::nullopt;
  }
  return answer.Finish(v1::BatchGetQuestionsResponse());
}

absl::StatusOr<Serialized> QuestionReads::BatchGet(const RequestContext& context, const v1::BatchGetQuestionsRequest& request) {
  Gathering gathering(parts_, context);
  for (const std::string& name : request.names()) {
    ASSIGN_OR_RETURN(RevisionName parsed, ParseQuestion(name));
    gathering.Add(std::move(parsed));
  }
  RETURN_IF_ERROR(gathering.Complete());
  return gathering.Answer(v1::BatchGetQuestionsResponse());
}

absl::StatusOr<Serialized> QuestionReads::List(const RequestContext& context, const v1::ListQuestionsRequest& request) {
  ASSIGN_OR_RETURN(const runtime::SqlFilter filter, runtime::CompileFilter(request.filter(), QuestionFields(), 1));
  ASSIGN_OR_RETURN(const QuestionOrder order, ParseQuestionOrder(request.order_by()));
  const std::string asked = request.filter() + "\n" + request.order_by();
  ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, asked, request.page_size(), request.page_token()));
  v1::ListQuestionsResponse rest;
  std::vector<PagedQuestion> paged;
  bool more = false;
  Gathering gathering(parts_, context);
  // Which questions, and as of which change, the database says; what they hold it is asked in the same snapshot, where memory does not
  // have it as of that change.
  ASSIGN_OR_RETURN(const Rows rows, Read<Rows>(context, [&](Tx& tx) -> absl::StatusOr<Rows> {
    ASSIGN_OR_RETURN(*rest.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
    ASSIGN_OR_RETURN(paged, PageQuestions(tx, filter, order, page));
    more = paged.size() > static_cast<size_t>(page.size);
    if (more) paged.pop_back();
    gathering.Clear();
    for (const PagedQuestion& question : paged) gathering.Add({question.id, 0}, question.version);
    return gathering.ReadMissing(tx);
  }));
  if (const absl::Status taken = gathering.Take(rows); !taken.ok()) {
    // Nobody asked for it by name: the database has the question without its revision.
    return absl::IsNotFound(taken) ? runtime::Internal(runtime::ToStd(taken.message())) : taken;
  }
  if (more) rest.set_next_page_token(parts_.pages.Seal(context, asked, PageKeyOf(paged.back(), order)));
  return gathering.Answer(rest);
}

absl::StatusOr<v1::ListQuestionRevisionsResponse> QuestionReads::Revisions(const RequestContext& context,
                                                                           const v1::ListQuestionRevisionsRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
  ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, request.name(), request.page_size(), request.page_token()));
  return Read<v1::ListQuestionRevisionsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListQuestionRevisionsResponse> {
    v1::ListQuestionRevisionsResponse response;
    ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
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

absl::StatusOr<v1::DiffQuestionRevisionsResponse> QuestionReads::Diff(const RequestContext& context,
                                                                      const v1::DiffQuestionRevisionsRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, ParseQuestionId(request.name()));
  return Read<v1::DiffQuestionRevisionsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::DiffQuestionRevisionsResponse> {
    int to = request.to_revision();
    if (to == 0) {
      ASSIGN_OR_RETURN(const StoredQuestion current, ReadQuestion(tx, id, 0));
      to = current.latest_revision;
    }
    // A first revision has none before it and is compared with itself.
    const int from = request.from_revision() > 0 ? request.from_revision() : std::max(1, to - 1);
    ASSIGN_OR_RETURN(const StoredQuestion before, ReadQuestion(tx, id, from));
    ASSIGN_OR_RETURN(const StoredQuestion after, ReadQuestion(tx, id, to));
    v1::DiffQuestionRevisionsResponse response;
    for (v1::FieldDiff& diff : DiffContents(before.question.content(), after.question.content())) *response.add_diffs() = std::move(diff);
    return response;
  });
}

}  // namespace assay::bank
