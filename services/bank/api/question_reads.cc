#include "services/bank/api/question_reads.h"

#include <fmt/format.h>

#include <sstream>

#include "services/bank/domain/question_diff.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::Serialized;
using runtime::Tx;

// A message as one slice.
grpc::Slice SliceOf(const google::protobuf::MessageLite& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return slice;
}

// The tag of `questions` in BatchGetQuestionsResponse and the length of what follows, as the wire format has it.
grpc::Slice QuestionHeader(size_t size) {
  static_assert(v1::BatchGetQuestionsResponse::kQuestionsFieldNumber == 1);
  uint8_t bytes[11] = {1 << 3 | 2};
  size_t length = 1;
  for (; size >= 0x80; size >>= 7) bytes[length++] = static_cast<uint8_t>(size | 0x80);
  bytes[length++] = static_cast<uint8_t>(size);
  return grpc::Slice(bytes, length);
}

// A BatchGetQuestionsResponse of questions that are bytes already.
Serialized BatchOf(const std::vector<std::optional<grpc::Slice>>& questions) {
  std::vector<grpc::Slice> slices;
  slices.reserve(2 * questions.size());
  for (const auto& question : questions) {
    slices.push_back(QuestionHeader(question->size()));
    slices.push_back(*question);
  }
  return {grpc::ByteBuffer(slices.data(), slices.size())};
}

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

v1::Question Named(StoredQuestion stored, int revision) {
  v1::Question question = std::move(stored.question);
  if (revision > 0) question.set_name(fmt::format("questions/{}@{}", stored.id, revision));
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
  ASSIGN_OR_RETURN(const auto name, ParseQuestion(request.name()));
  const uint64_t epoch = parts_.cache.Epoch(context.tenant(), request.name());
  int64_t version = 0;
  ASSIGN_OR_RETURN(const v1::Question question, Read<v1::Question>(context, [&](Tx& tx) -> absl::StatusOr<v1::Question> {
    ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, name.id, name.revision));
    version = stored.version;
    return Named(std::move(stored), name.revision);
  }));
  const grpc::Slice bytes = SliceOf(question);
  parts_.cache.Insert(context.tenant(), request.name(), version, bytes, epoch);
  return Serialized{grpc::ByteBuffer(&bytes, 1)};
}

std::optional<absl::StatusOr<Serialized>> QuestionReads::BatchGetFromMemory(const RequestContext& context,
                                                                            const v1::BatchGetQuestionsRequest& request) {
  std::vector<std::optional<grpc::Slice>> questions;
  questions.reserve(request.names_size());
  for (const std::string& name : request.names()) {
    questions.push_back(parts_.cache.Find(context.tenant(), name));
    if (!questions.back()) return std::nullopt;
  }
  return BatchOf(questions);
}

absl::StatusOr<Serialized> QuestionReads::BatchGet(const RequestContext& context, const v1::BatchGetQuestionsRequest& request) {
  std::vector<std::optional<grpc::Slice>> questions;
  std::vector<runtime::RevisionName> missing;
  std::vector<int> places;
  std::vector<uint64_t> epochs;
  for (int i = 0; i < request.names_size(); ++i) {
    const std::string& name = request.names(i);
    // Before the look, so that a change in between is noticed.
    const uint64_t epoch = parts_.cache.Epoch(context.tenant(), name);
    questions.push_back(parts_.cache.Find(context.tenant(), name));
    if (questions.back()) continue;
    ASSIGN_OR_RETURN(const auto parsed, ParseQuestion(name));
    missing.push_back(parsed);
    places.push_back(i);
    epochs.push_back(epoch);
  }
  if (missing.empty()) return BatchOf(questions);
  using Found = std::vector<std::optional<StoredQuestion>>;
  ASSIGN_OR_RETURN(Found found, Read<Found>(context, [&](Tx& tx) { return ReadQuestionsAt(tx, missing); }));
  for (size_t i = 0; i < found.size(); ++i) {
    const std::string& name = request.names(places[i]);
    if (!found[i]) return runtime::NotFound(name);
    const int64_t version = found[i]->version;
    const grpc::Slice bytes = SliceOf(Named(*std::move(found[i]), missing[i].revision));
    parts_.cache.Insert(context.tenant(), name, version, bytes, epochs[i]);
    questions[places[i]] = bytes;
  }
  return BatchOf(questions);
}

absl::StatusOr<v1::ListQuestionsResponse> QuestionReads::List(const RequestContext& context, const v1::ListQuestionsRequest& request) {
  ASSIGN_OR_RETURN(const runtime::SqlFilter filter, runtime::CompileFilter(request.filter(), QuestionFields(), 1));
  ASSIGN_OR_RETURN(const QuestionOrder order, ParseQuestionOrder(request.order_by()));
  const std::string asked = request.filter() + "\n" + request.order_by();
  ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, asked, request.page_size(), request.page_token()));
  return Read<v1::ListQuestionsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListQuestionsResponse> {
    v1::ListQuestionsResponse response;
    ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
    ASSIGN_OR_RETURN(auto questions, ListQuestions(tx, filter, order, page));
    if (static_cast<int>(questions.size()) > page.size) {
      questions.resize(page.size);
      response.set_next_page_token(parts_.pages.Seal(context, asked, PageKeyOf(questions.back(), order)));
    }
    for (StoredQuestion& question : questions) *response.add_questions() = Named(std::move(question), 0);
    return response;
  });
}

absl::StatusOr<v1::ListQuestionRevisionsResponse> QuestionReads::Revisions(const RequestContext& context,
                                                                           const v1::ListQuestionRevisionsRequest& request) {
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
