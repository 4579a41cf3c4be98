#include "services/bank/api/question_reads.h"

#include <fmt/format.h>

#include <sstream>

#include "services/bank/api/question_bytes.h"
#include "services/bank/domain/question_diff.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::Rows;
using runtime::Serialized;
using runtime::Tx;

Serialized BatchOf(const std::vector<grpc::Slice>& questions) { return WithQuestions(questions, v1::BatchGetQuestionsResponse()); }

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
  const grpc::Slice bytes = runtime::SliceOf(question);
  parts_.cache.Insert(context.tenant(), request.name(), version, bytes, epoch);
  return Serialized{grpc::ByteBuffer(&bytes, 1)};
}

std::optional<absl::StatusOr<Serialized>> QuestionReads::BatchGetFromMemory(const RequestContext& context,
                                                                            const v1::BatchGetQuestionsRequest& request) {
  std::vector<grpc::Slice> questions;
  questions.reserve(request.names_size());
  for (const std::string& name : request.names()) {
    auto bytes = parts_.cache.Find(context.tenant(), name);
    if (!bytes) return std::nullopt;
    questions.push_back(*std::move(bytes));
  }
  return BatchOf(questions);
}

absl::StatusOr<Serialized> QuestionReads::BatchGet(const RequestContext& context, const v1::BatchGetQuestionsRequest& request) {
  std::vector<grpc::Slice> questions(request.names_size());
  std::vector<runtime::RevisionName> missing;
  std::vector<int> places;
  std::vector<uint64_t> epochs;
  for (int i = 0; i < request.names_size(); ++i) {
    const std::string& name = request.names(i);
    // Before the look, so that a change in between is noticed.
    const uint64_t epoch = parts_.cache.Epoch(context.tenant(), name);
    if (auto bytes = parts_.cache.Find(context.tenant(), name)) {
      questions[i] = *std::move(bytes);
      continue;
    }
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
    const grpc::Slice bytes = runtime::SliceOf(Named(*std::move(found[i]), missing[i].revision));
    parts_.cache.Insert(context.tenant(), name, version, bytes, epochs[i]);
    questions[places[i]] = bytes;
  }
  return BatchOf(questions);
}

absl::StatusOr<Serialized> QuestionReads::List(const RequestContext& context, const v1::ListQuestionsRequest& request) {
  ASSIGN_OR_RETURN(const runtime::SqlFilter filter, runtime::CompileFilter(request.filter(), QuestionFields(), 1));
  ASSIGN_OR_RETURN(const QuestionOrder order, ParseQuestionOrder(request.order_by()));
  const std::string asked = request.filter() + "\n" + request.order_by();
  ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, asked, request.page_size(), request.page_token()));
  v1::ListQuestionsResponse rest;
  ASSIGN_OR_RETURN(const Rows rows, Read<Rows>(context, [&](Tx& tx) -> absl::StatusOr<Rows> {
    ASSIGN_OR_RETURN(*rest.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
    return ListQuestions(tx, filter, order, page);
  }));
  // One question after the other, in the memory of the first.
  ListedQuestion listed;
  QuestionListBytes questions;
  for (int i = 0; i < rows.size() && i < page.size; ++i) {
    RETURN_IF_ERROR(ReadListed(rows[i], listed));
    questions.Add(listed);
    if (i == 0) questions.Reserve(static_cast<size_t>(rows.size()) * (listed.stored.question.ByteSizeLong() + listed.content.size()));
  }
  if (rows.size() > page.size) rest.set_next_page_token(parts_.pages.Seal(context, asked, PageKeyOf(listed.stored, order)));
  return questions.Finish(rest);
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
