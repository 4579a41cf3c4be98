#include "services/bank/store/question_store.h"

#include <fmt/format.h>

#include "services/bank/domain/question_lifecycle.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::FilterType;
using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kRead{"question_read", "SELECT " ASSAY_QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
   AND r.revision = CASE WHEN $2::int > 0 THEN $2::int WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END
  WHERE q.id = $1
)sql"};

const Query kReadMany{"question_read_many", "SELECT " ASSAY_QUESTION_COLUMNS ASSAY_QUESTION_CURRENT
                                            "WHERE q.id = ANY ($1::text[])"};

// The arrays come from subqueries, so that nothing depends on how long they are: else a plan would be made for every call, which takes
// longer than the reading.
const Query kReadAt{"question_read_at", "SELECT " ASSAY_QUESTION_COLUMNS R"sql(, k.place
  FROM unnest((SELECT $1::text[]), (SELECT $2::int[])) WITH ORDINALITY AS k (id, revision, place)
  JOIN question q ON q.id = k.id
  JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
   AND r.revision = CASE WHEN k.revision > 0 THEN k.revision WHEN q.published_revision > 0 THEN q.published_revision
                         ELSE q.latest_revision END
)sql"};

const Query kLock{"question_lock", ASSAY_QUESTIONS_LOCKED("", "FOR NO KEY UPDATE")};

const Query kReadLatest{"question_read_latest", "SELECT " ASSAY_QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id AND r.revision = q.latest_revision
  WHERE q.id = ANY ($1::text[])
)sql"};

const Query kListRevisions{"question_list_revisions", "SELECT " ASSAY_QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
  WHERE q.id = $1 AND r.revision < $2
  ORDER BY r.revision DESC
  LIMIT $3
)sql"};

const Query kRows{"question_rows", R"sql(
  SELECT id, version, state FROM question WHERE id > $1 ORDER BY id LIMIT $2
)sql"};

v1::QuestionState StateFrom(std::string_view text) {
  static const auto states = [] {
    std::map<std::string, v1::QuestionState, std::less<>> by_text;
    for (int number = v1::QuestionState_MIN; number <= v1::QuestionState_MAX; ++number) {
      if (v1::QuestionState_IsValid(number)) by_text.emplace(StateText(v1::QuestionState(number)), v1::QuestionState(number));
    }
    return by_text;
  }();
  const auto found = states.find(text);
  return found == states.end() ? v1::QUESTION_STATE_UNSPECIFIED : found->second;
}

absl::Status Unreadable(const std::string& id) { return runtime::Internal(fmt::format("stored question {} cannot be parsed", id)); }

bool Parse(std::string_view bytes, google::protobuf::MessageLite& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

absl::StatusOr<std::vector<StoredQuestion>> FromRows(const Rows& rows) {
  std::vector<StoredQuestion> questions;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(StoredQuestion question, QuestionFrom(row));
    questions.push_back(std::move(question));
  }
  return questions;
}

constexpr char kNever[] = "-infinity";

// As in the indexes of 0003_question_lifecycle.sql.
const char* SqlOf(QuestionOrder::Key key) {
  switch (key) {
    case QuestionOrder::Key::kId: break;
    case QuestionOrder::Key::kUpdateTime: return "q.update_time";
    case QuestionOrder::Key::kCreateTime: return "q.create_time";
    case QuestionOrder::Key::kPublishTime: return "(CASE WHEN q.publish_time IS NULL THEN '-infinity'::timestamptz ELSE q.publish_time END)";
  }
  return "q.id";
}

}  // namespace

std::string StateText(v1::QuestionState state) {
  return v1::QuestionState_Name(state).substr(sizeof("QUESTION_STATE_") - 1);
}

absl::StatusOr<StoredQuestion> QuestionFrom(const Row& row) {
  ListedQuestion listed;
  RETURN_IF_ERROR(ReadListed(row, listed));
  if (!Parse(listed.content, *listed.stored.question.mutable_content())) return Unreadable(listed.stored.id);
  return std::move(listed.stored);
}

absl::Status CheckReadable(const ListedQuestion& listed) {
  v1::QuestionContent content;
  return Parse(listed.content, content) ? absl::OkStatus() : Unreadable(listed.stored.id);
}

absl::Status ReadListed(const Row& row, ListedQuestion& listed) {
  enum Column {
    kId, kVersion, kState, kPublished, kLatest, kPack, kRetireReason, kDocument, kCreateTime, kUpdateTime, kPublishTime,
    kOverridden, kScheduledTime, kScheduledBy, kScheduledThrough, kRevision, kContent, kWordingHash, kStructureHash, kContentHash, kAuthor,
    kChangeNote, kRevisionTime, kLeak, kColumns
  };
  static_assert(kColumns == kQuestionColumns);
  listed.content = row.BinaryBytes(kContent);
  StoredQuestion& stored = listed.stored;
  stored.id = row.Text(kId);
  stored.version = row.Int64(kVersion);
  stored.state = StateFrom(row.Text(kState));
  stored.published_revision = row.Int(kPublished);
  stored.latest_revision = row.Int(kLatest);
  stored.pack = row.Text(kPack);
  stored.content_hash = row.Text(kContentHash);
  stored.scheduled_time = row.OptionalTime(kScheduledTime);
  stored.scheduled_by = row.Text(kScheduledBy);
  stored.scheduled_through = row.Text(kScheduledThrough);
  v1::Question& question = stored.question;
  if (!Parse(row.BinaryBytes(kDocument), question)) return Unreadable(stored.id);
  question.mutable_name()->assign("questions/").append(stored.id);
  question.set_state(stored.state);
  question.mutable_retire_reason()->assign(row.Text(kRetireReason));
  *question.mutable_create_time() = runtime::ToTimestamp(row.Time(kCreateTime));
  *question.mutable_update_time() = runtime::ToTimestamp(row.Time(kUpdateTime));
  const auto published = row.OptionalTime(kPublishTime);
  if (published) *question.mutable_publish_time() = runtime::ToTimestamp(*published);
  if (stored.scheduled_time) *question.mutable_scheduled_publish_time() = runtime::ToTimestamp(*stored.scheduled_time);
  if (question.has_upstream()) question.mutable_upstream()->set_overridden(row.Bool(kOverridden));
  question.set_revision(row.Int(kRevision));
  question.set_latest_revision(stored.latest_revision);
  if (!published && stored.state == v1::QUESTION_STATE_PUBLISHED) question.set_state(v1::QUESTION_STATE_DRAFT);
  question.mutable_wording_hash()->assign(row.Text(kWordingHash));
  question.mutable_structure_hash()->assign(row.Text(kStructureHash));
  question.mutable_author()->assign(row.Text(kAuthor));
  question.mutable_change_note()->assign(row.Text(kChangeNote));
  *question.mutable_revision_time() = runtime::ToTimestamp(row.Time(kRevisionTime));
  question.set_etag(EtagOf(stored.version, question.revision(), stored.latest_revision));
  if (!row.IsNull(kLeak)) {
    // Time, subject, reason; only the last may hold the separator.
    const std::string leak = row.String(kLeak);
    const size_t subject = leak.find('\x1f') + 1;
    const size_t reason = leak.find('\x1f', subject) + 1;
    *question.mutable_leak()->mutable_flag_time() = runtime::ToTimestamp(runtime::FromMicros(std::stoll(leak)));
    question.mutable_leak()->set_flagged_by(leak.substr(subject, reason - 1 - subject));
    question.mutable_leak()->set_reason(leak.substr(reason));
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredQuestion> ReadQuestion(Tx& tx, const std::string& id, int revision) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {id, revision}));
  if (rows.empty()) return runtime::NotFound(revision > 0 ? fmt::format("questions/{}@{}", id, revision) : "questions/" + id);
  return QuestionFrom(rows[0]);
}

absl::StatusOr<std::vector<StoredQuestion>> ReadQuestions(Tx& tx, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadMany, {Value::Array(ids)}));
  return FromRows(rows);
}

absl::StatusOr<Rows> ReadRowsAt(Tx& tx, const std::vector<runtime::RevisionName>& names) {
  std::vector<std::string> ids;
  std::vector<int32_t> revisions;
  for (const runtime::RevisionName& name : names) {
    ids.push_back(name.id);
    revisions.push_back(name.revision);
  }
  return tx.Run(kReadAt, {Value::Array(ids), Value::Array(revisions)});
}

size_t PlaceOf(const Row& row) { return static_cast<size_t>(row.Int64(kQuestionColumns) - 1); }

absl::StatusOr<std::vector<std::optional<StoredQuestion>>> ReadQuestionsAt(Tx& tx, const std::vector<runtime::RevisionName>& names) {
  ASSIGN_OR_RETURN(const Rows rows, ReadRowsAt(tx, names));
  std::vector<std::optional<StoredQuestion>> found(names.size());
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(found[PlaceOf(row)], QuestionFrom(row));
  }
  return found;
}

absl::StatusOr<std::map<std::string, StoredQuestion>> LockQuestions(Tx& tx, const std::vector<std::string>& ids) {
  RETURN_IF_ERROR(LockQuestionRows(tx, ids));
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadLatest, {Value::Array(ids)}));
  std::map<std::string, StoredQuestion> questions;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(StoredQuestion question, QuestionFrom(row));
    questions.emplace(question.id, std::move(question));
  }
  return questions;
}

absl::Status LockQuestionRows(Tx& tx, const std::vector<std::string>& ids) { return tx.Run(kLock, {Value::Array(ids)}).status(); }

absl::StatusOr<StoredQuestion> LockQuestion(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(auto found, LockQuestions(tx, {id}));
  if (found.empty()) return runtime::NotFound("questions/" + id);
  return std::move(found.begin()->second);
}

const runtime::FilterFields& QuestionFields() {
  static const runtime::FilterFields fields{
      {"id", {"q.id"}},
      {"state", runtime::EnumField("q.state", v1::QuestionState_descriptor())},
      {"level", runtime::EnumField("q.level", v1::Level_descriptor())},
      {"kind", runtime::EnumField("q.kind", v1::QuestionKind_descriptor())},
      {"competency", {"q.competency"}},
      {"section", {"q.section"}},
      {"pack", {"q.pack", FilterType::kName}},
      {"role", {"q.roles", FilterType::kTextArray}},
      {"tag", {"q.tags", FilterType::kTextArray}},
      {"language", {"q.language"}},
      {"overridden", {"q.overridden", FilterType::kBool}},
      {"leaked", {"(EXISTS (SELECT 1 FROM question_leak l WHERE l.tenant = q.tenant AND l.id = q.id))", FilterType::kBool}},
      {"revision",
       {"(CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END)", FilterType::kInteger}},
      {"estimated_minutes", {"q.estimated_minutes", FilterType::kInteger}},
      {"create_time", {"q.create_time", FilterType::kTime}},
      {"update_time", {"q.update_time", FilterType::kTime}},
      {"publish_time", {"q.publish_time", FilterType::kTime}},
      {"external_id",
       {"EXISTS (SELECT 1 FROM question_external_id x WHERE x.tenant = q.tenant AND x.id = q.id AND x.system = split_part({0}, ':', 1) "
        "AND x.external_id = substr({0}, strpos({0}, ':') + 1))",
        FilterType::kKey}}};
  return fields;
}

runtime::DynamicQuery QuestionPageQuery(const runtime::SqlFilter& filter, QuestionOrder order, bool first_page) {
  const size_t limit = filter.parameters.size() + 1;
  const bool by_id = order.key == QuestionOrder::Key::kId;
  const std::string key = SqlOf(order.key);
  const char* direction = order.descending ? "DESC" : "ASC";
  const char* beyond = order.descending ? "<" : ">";
  const char* time = by_id ? "NULL::timestamptz" : order.key == QuestionOrder::Key::kPublishTime ? "q.publish_time" : key.c_str();
  std::string sql = "SELECT q.id, q.version, " + std::string(time) + " FROM question q WHERE " + filter.where;
  // The first page has a text of its own, rather than a condition that may be null: that would be no range of an index.
  if (!first_page && by_id) sql += fmt::format(" AND q.id {} ${}::text", beyond, limit + 1);
  if (!first_page && !by_id) sql += fmt::format(" AND ({}, q.id) {} (${}::timestamptz, ${}::text)", key, beyond, limit + 1, limit + 2);
  sql += " ORDER BY ";
  if (!by_id) sql += fmt::format("{} {}, ", key, direction);
  sql += fmt::format("q.id {} LIMIT ${}::int", direction, limit);
  return runtime::DynamicQuery("question_page", std::move(sql));
}

absl::StatusOr<std::vector<PagedQuestion>> PageQuestions(Tx& tx, const runtime::SqlFilter& filter, QuestionOrder order,
                                                         const runtime::Page& page) {
  std::vector<Value> parameters = filter.parameters;
  parameters.emplace_back(page.size + 1);
  for (const std::string& part : page.after) parameters.emplace_back(part);
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(QuestionPageQuery(filter, order, page.after.empty()), parameters));
  std::vector<PagedQuestion> questions;
  questions.reserve(static_cast<size_t>(rows.size()));
  for (const Row row : rows) questions.push_back({row.String(0), row.Int64(1), row.OptionalTime(2)});
  return questions;
}

absl::StatusOr<std::vector<std::string>> QuestionsLeftOut(Tx& tx, const runtime::SqlFilter& filter, const std::vector<std::string>& ids) {
  std::vector<Value> parameters = filter.parameters;
  parameters.push_back(Value::Array(ids));
  std::string sql = "SELECT u.id FROM unnest($" + std::to_string(parameters.size()) + "::text[]) AS u (id) ";
  sql += "LEFT JOIN question q ON q.id = u.id WHERE (" + filter.where + ") IS NOT TRUE";
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(runtime::DynamicQuery("questions_left_out", std::move(sql)), parameters));
  std::vector<std::string> left_out;
  for (const Row row : rows) left_out.push_back(row.String(0));
  return left_out;
}

std::vector<std::string> PageKeyOf(const PagedQuestion& question, QuestionOrder order) {
  if (order.key == QuestionOrder::Key::kId) return {question.id};
  return {question.time ? runtime::ToText(*question.time) : kNever, question.id};
}

absl::StatusOr<std::vector<StoredQuestion>> ListRevisions(Tx& tx, const std::string& id, const runtime::Page& page) {
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Run(kListRevisions, {id, page.after.empty() ? std::string("2147483647") : page.after[0], page.size + 1}));
  return FromRows(rows);
}

absl::StatusOr<std::vector<StoredQuestion>> ListAllQuestionRows(Tx& tx, const std::string& after, int limit) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRows, {after, limit}));
  std::vector<StoredQuestion> questions;
  for (const Row row : rows) {
    StoredQuestion question;
    question.id = row.String(0);
    question.version = row.Int64(1);
    question.state = StateFrom(row.Text(2));
    questions.push_back(std::move(question));
  }
  return questions;
}

}  // namespace assay::bank
