#include "services/bank/store/question_store.h"

#include <fmt/format.h>

#include "services/bank/domain/content_hash.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

#define QUESTION_COLUMNS                                                                                              \
  "q.id, q.version, q.state, q.published_revision, q.latest_revision, q.pack, q.retire_reason, q.document, "          \
  "q.create_time, q.update_time, q.publish_time, r.revision, r.content, r.wording_hash, r.structure_hash, r.content_hash"

const Query kRead{"question_read", "SELECT " QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
   AND r.revision = CASE WHEN $2::int > 0 THEN $2::int WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END
  WHERE q.id = $1
)sql"};

const Query kReadMany{"question_read_many", "SELECT " QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
   AND r.revision = CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END
  WHERE q.id = ANY ($1::text[])
)sql"};

// Locked in order of id, so that two imports never wait for each other crosswise.
const Query kLock{"question_lock", "SELECT " QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id AND r.revision = q.latest_revision
  WHERE q.id = ANY ($1::text[])
  ORDER BY q.id
  FOR UPDATE OF q
)sql"};

const Query kList{"question_list", "SELECT " QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
   AND r.revision = CASE WHEN q.published_revision > 0 THEN q.published_revision ELSE q.latest_revision END
  WHERE q.id > $1
    AND ($2::text IS NULL OR q.state = $2) AND ($3::text IS NULL OR q.level = $3) AND ($4::text IS NULL OR q.kind = $4)
    AND ($5::text IS NULL OR q.competency = $5) AND ($6::text IS NULL OR q.section = $6)
    AND ($7::text IS NULL OR $7 = ANY (q.roles)) AND ($8::text IS NULL OR $8 = ANY (q.tags))
  ORDER BY q.id
  LIMIT $9
)sql"};

const Query kListRevisions{"question_list_revisions", "SELECT " QUESTION_COLUMNS R"sql(
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id
  WHERE q.id = $1 AND r.revision < $2
  ORDER BY r.revision DESC
  LIMIT $3
)sql"};

const Query kPublishedContents{"question_published_contents", R"sql(
  SELECT q.published_revision, r.content,
         (SELECT count(*) FROM kit_question k WHERE k.tenant = q.tenant AND k.question = q.id AND k.create_time > now() - interval '90 days')
  FROM question q JOIN question_revision r ON r.tenant = q.tenant AND r.id = q.id AND r.revision = q.published_revision
  WHERE q.state = 'PUBLISHED'
)sql"};

const Query kRows{"question_rows", R"sql(
  SELECT id, version, state FROM question WHERE id > $1 ORDER BY id LIMIT $2
)sql"};

// roles and tags come as texts joined by spaces: a two-dimensional array cannot be ragged.
const Query kUpsert{"question_upsert", R"sql(
  INSERT INTO question (tenant, id, uid, version, state, published_revision, latest_revision, level, kind, competency, section,
                        roles, tags, pack, document, create_time, update_time, publish_time)
  SELECT current_setting('app.tenant'), u.id, u.uid::uuid, u.version, u.state, u.published, u.latest, u.level, u.kind, u.competency,
         u.section, string_to_array(u.roles, ' '), string_to_array(u.tags, E'\x1f'), u.pack, u.document, $16, $16,
         CASE WHEN u.state = 'PUBLISHED' THEN $16::timestamptz END
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[],
              $11::text[], $12::text[], $13::text[], $14::bytea[], $15::text[])
    AS u (id, uid, version, state, published, latest, level, kind, competency, section, roles, tags, pack, document, retire_reason)
  ON CONFLICT (tenant, id) DO UPDATE SET
    version = EXCLUDED.version, state = EXCLUDED.state, published_revision = EXCLUDED.published_revision,
    latest_revision = EXCLUDED.latest_revision, pack = EXCLUDED.pack, document = EXCLUDED.document,
    -- A draft beside a published revision does not change what the question is found by.
    (level, kind, competency, section, roles, tags) = (
      SELECT p.level, p.kind, p.competency, p.section, p.roles, p.tags FROM (VALUES
        (EXCLUDED.published_revision IN (0, EXCLUDED.latest_revision), EXCLUDED.level, EXCLUDED.kind, EXCLUDED.competency,
         EXCLUDED.section, EXCLUDED.roles, EXCLUDED.tags),
        (EXCLUDED.published_revision NOT IN (0, EXCLUDED.latest_revision), question.level, question.kind, question.competency,
         question.section, question.roles, question.tags)) AS p (chosen, level, kind, competency, section, roles, tags)
      WHERE p.chosen),
    update_time = EXCLUDED.update_time, publish_time = coalesce(EXCLUDED.publish_time, question.publish_time)
)sql"};

const Query kInsertRevisions{"question_insert_revisions", R"sql(
  INSERT INTO question_revision (tenant, id, revision, content, wording_hash, structure_hash, content_hash, author, create_time)
  SELECT current_setting('app.tenant'), u.id, u.revision, u.content, u.wording, u.structure, u.hash, $7, $8
  FROM unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[]) AS u (id, revision, content, wording, structure, hash)
)sql"};

const Query kUpdateRow{"question_update_row", R"sql(
  UPDATE question SET version = $2, state = $3, published_revision = $4, latest_revision = $5, retire_reason = $6, document = $7,
    update_time = $8, publish_time = CASE WHEN $3 = 'PUBLISHED' THEN coalesce(publish_time, $8::timestamptz) ELSE publish_time END
  WHERE id = $1
)sql"};

// The published revision is what the question is found by.
const Query kUpdateFacets{"question_update_facets", R"sql(
  UPDATE question SET level = $2, kind = $3, competency = $4, section = $5, roles = string_to_array($6, ' '),
    tags = string_to_array($7, E'\x1f')
  WHERE id = $1
)sql"};

const Query kDeleteExternalIds{"question_external_ids_delete", R"sql(
  DELETE FROM question_external_id WHERE id = $1
)sql"};

const Query kInsertExternalIds{"question_external_ids_insert", R"sql(
  INSERT INTO question_external_id (tenant, system, external_id, id)
  SELECT current_setting('app.tenant'), u.system, u.external_id, $3
  FROM unnest($1::text[], $2::text[]) AS u (system, external_id)
)sql"};

std::string StateText(v1::QuestionState state) {
  return v1::QuestionState_Name(state).substr(sizeof("QUESTION_STATE_") - 1);
}

v1::QuestionState StateFrom(std::string_view text) {
  v1::QuestionState state = v1::QUESTION_STATE_UNSPECIFIED;
  v1::QuestionState_Parse("QUESTION_STATE_" + std::string(text), &state);
  return state;
}

absl::StatusOr<StoredQuestion> FromRow(const Row& row) {
  StoredQuestion stored;
  stored.id = row.String(0);
  stored.version = row.Int64(1);
  stored.state = StateFrom(row.Text(2));
  stored.published_revision = row.Int(3);
  stored.latest_revision = row.Int(4);
  stored.pack = row.String(5);
  stored.content_hash = row.String(15);
  v1::Question& question = stored.question;
  if (!question.ParseFromString(row.Bytes(7)) || !question.mutable_content()->ParseFromString(row.Bytes(12))) {
    return runtime::Internal(fmt::format("stored question {} cannot be parsed", stored.id));
  }
  question.set_name("questions/" + stored.id);
  question.set_state(stored.state);
  question.set_retire_reason(row.String(6));
  *question.mutable_create_time() = runtime::ToTimestamp(row.Time(8));
  *question.mutable_update_time() = runtime::ToTimestamp(row.Time(9));
  if (const auto published = row.OptionalTime(10)) *question.mutable_publish_time() = runtime::ToTimestamp(*published);
  question.set_revision(row.Int(11));
  // A revision that was never published is a draft, whatever the question is by now.
  if (question.revision() > stored.published_revision && stored.state == v1::QUESTION_STATE_PUBLISHED) {
    question.set_state(v1::QUESTION_STATE_DRAFT);
  }
  question.set_wording_hash(row.String(13));
  question.set_structure_hash(row.String(14));
  question.set_etag(fmt::format("\"{}\"", stored.version));
  return stored;
}

absl::StatusOr<std::vector<StoredQuestion>> FromRows(const Rows& rows) {
  std::vector<StoredQuestion> questions;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(StoredQuestion question, FromRow(row));
    questions.push_back(std::move(question));
  }
  return questions;
}

std::string Document(const v1::Question& question) {
  v1::Question document;
  *document.mutable_external_ids() = question.external_ids();
  *document.mutable_annotations() = question.annotations();
  if (question.has_upstream()) *document.mutable_upstream() = question.upstream();
  return runtime::SerializeDeterministic(document);
}

// What a question is found by, as columns.
struct Facets {
  std::string level, kind, competency, section;
  std::string roles;  // joined by spaces
  std::string tags;   // joined by U+001F
};

Facets FacetsOf(const v1::QuestionContent& content) {
  Facets facets{v1::Level_Name(content.level()).substr(sizeof("LEVEL_") - 1),
                v1::QuestionKind_Name(content.kind()).substr(sizeof("QUESTION_KIND_") - 1), content.competency(), content.section(),
                "", ""};
  for (const auto& role : content.roles()) facets.roles += (facets.roles.empty() ? "" : " ") + role.role();
  for (const auto& tag : content.tags()) facets.tags += (facets.tags.empty() ? "" : "\x1f") + tag;
  return facets;
}

}  // namespace

absl::StatusOr<StoredQuestion> ReadQuestion(Tx& tx, const std::string& id, int revision) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {id, revision}));
  if (rows.empty()) return runtime::NotFound(revision > 0 ? fmt::format("questions/{}@{}", id, revision) : "questions/" + id);
  return FromRow(rows[0]);
}

absl::StatusOr<std::vector<StoredQuestion>> ReadQuestions(Tx& tx, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadMany, {Value::Array(ids)}));
  return FromRows(rows);
}

absl::StatusOr<std::map<std::string, StoredQuestion>> LockQuestions(Tx& tx, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLock, {Value::Array(ids)}));
  std::map<std::string, StoredQuestion> questions;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(StoredQuestion question, FromRow(row));
    questions.emplace(question.id, std::move(question));
  }
  return questions;
}

absl::StatusOr<StoredQuestion> LockQuestion(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(auto found, LockQuestions(tx, {id}));
  if (found.empty()) return runtime::NotFound("questions/" + id);
  return std::move(found.begin()->second);
}

absl::StatusOr<std::vector<StoredQuestion>> ListQuestions(Tx& tx, const QuestionFilter& filter, const runtime::Page& page) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList, {page.after.empty() ? std::string() : page.after[0], filter.state, filter.level,
                                                   filter.kind, filter.competency, filter.section, filter.role, filter.tag,
                                                   page.size + 1}));
  return FromRows(rows);
}

absl::StatusOr<std::vector<StoredQuestion>> ListRevisions(Tx& tx, const std::string& id, const runtime::Page& page) {
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Run(kListRevisions, {id, page.after.empty() ? std::string("2147483647") : page.after[0], page.size + 1}));
  return FromRows(rows);
}

absl::StatusOr<std::vector<QuestionFacts>> ReadKitFacts(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPublishedContents, {}));
  std::vector<QuestionFacts> facts;
  for (const Row row : rows) {
    v1::QuestionContent content;
    if (!content.ParseFromString(row.Bytes(1))) return runtime::Internal("stored question content cannot be parsed");
    facts.push_back(FactsOf(content, row.Int(0)));
    facts.back().exposure = static_cast<int>(row.Int64(2));
  }
  return facts;
}

absl::Status WriteQuestions(Tx& tx, const std::vector<StoredQuestion>& questions, const std::string& author, runtime::Instant now) {
  if (questions.empty()) return absl::OkStatus();
  std::vector<std::string> ids, uids, states, levels, kinds, competencies, sections, roles, tags, packs, documents, retired;
  std::vector<std::string> contents, wordings, structures, hashes;
  std::vector<int64_t> versions;
  std::vector<int32_t> published, latest;
  for (const StoredQuestion& stored : questions) {
    const v1::QuestionContent& content = stored.question.content();
    ids.push_back(stored.id);
    uids.push_back(runtime::NewUuid(now));
    versions.push_back(stored.version);
    states.push_back(StateText(stored.state));
    published.push_back(stored.published_revision);
    latest.push_back(stored.latest_revision);
    Facets facets = FacetsOf(content);
    levels.push_back(std::move(facets.level));
    kinds.push_back(std::move(facets.kind));
    competencies.push_back(std::move(facets.competency));
    sections.push_back(std::move(facets.section));
    roles.push_back(std::move(facets.roles));
    tags.push_back(std::move(facets.tags));
    packs.push_back(stored.pack);
    documents.push_back(Document(stored.question));
    retired.push_back("");
    contents.push_back(runtime::SerializeDeterministic(content));
    wordings.push_back(WordingHash(content));
    structures.push_back(StructureHash(content));
    hashes.push_back(ContentHash(content));
  }
  RETURN_IF_ERROR(tx.Execute(kUpsert, {Value::Array(ids), Value::Array(uids), Value::Array(versions), Value::Array(states),
                                       Value::Array(published), Value::Array(latest), Value::Array(levels), Value::Array(kinds),
                                       Value::Array(competencies), Value::Array(sections), Value::Array(roles), Value::Array(tags),
                                       Value::Array(packs), Value::ByteArray(documents), Value::Array(retired), now})
                      .status());
  return tx.Execute(kInsertRevisions, {Value::Array(ids), Value::Array(latest), Value::ByteArray(contents), Value::Array(wordings),
                                       Value::Array(structures), Value::Array(hashes), author, now})
      .status();
}

absl::Status UpdateQuestionRow(Tx& tx, const StoredQuestion& question, runtime::Instant now) {
  RETURN_IF_ERROR(tx.Execute(kUpdateRow, {question.id, question.version, StateText(question.state), question.published_revision,
                                          question.latest_revision, question.question.retire_reason(),
                                          Value::Bytes(Document(question.question)), now})
                      .status());
  if (question.published_revision != question.latest_revision) return absl::OkStatus();
  const Facets facets = FacetsOf(question.question.content());
  return tx.Execute(kUpdateFacets, {question.id, facets.level, facets.kind, facets.competency, facets.section, facets.roles, facets.tags})
      .status();
}

absl::Status ReplaceExternalIds(Tx& tx, const v1::Question& question, const std::string& id) {
  RETURN_IF_ERROR(tx.Execute(kDeleteExternalIds, {id}).status());
  if (question.external_ids().empty()) return absl::OkStatus();
  std::vector<std::string> systems, ids;
  for (const auto& external : question.external_ids()) {
    systems.push_back(external.system());
    ids.push_back(external.id());
  }
  absl::Status status = tx.Execute(kInsertExternalIds, {Value::Array(systems), Value::Array(ids), id}).status();
  if (runtime::ViolatedConstraint(status) == "question_external_id_once") {
    return runtime::AlreadyExists("a question with one of these external_ids");
  }
  return status;
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
