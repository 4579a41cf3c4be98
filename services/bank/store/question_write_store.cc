#include "services/bank/store/question_write_store.h"

#include <set>

#include "services/bank/domain/content_hash.h"
#include "services/bank/store/search_index_store.h"
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

// roles and tags come as texts joined by spaces: a two-dimensional array cannot be ragged.
const Query kUpsert{"question_upsert", R"sql(
  INSERT INTO question (tenant, id, uid, version, state, published_revision, latest_revision, level, kind, competency, section,
                        roles, tags, language, estimated_minutes, pack, document, overridden, create_time, update_time, publish_time)
  SELECT current_setting('app.tenant'), u.id, u.uid::uuid, u.version, u.state, u.published, u.latest, u.level, u.kind, u.competency,
         u.section, string_to_array(u.roles, ' '), string_to_array(u.tags, E'\x1f'), u.language, u.minutes, u.pack, u.document,
         u.overridden, $18, $18, CASE WHEN u.published > 0 THEN $18::timestamptz END
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[],
              $11::text[], $12::text[], $13::text[], $14::int[], $15::text[], $16::bytea[], $17::boolean[])
    AS u (id, uid, version, state, published, latest, level, kind, competency, section, roles, tags, language, minutes, pack, document,
          overridden)
  ON CONFLICT (tenant, id) DO UPDATE SET
    version = EXCLUDED.version, state = EXCLUDED.state, published_revision = EXCLUDED.published_revision,
    latest_revision = EXCLUDED.latest_revision, pack = EXCLUDED.pack, document = EXCLUDED.document, overridden = EXCLUDED.overridden,
    -- A draft beside a published revision does not change what the question is found by.
    (level, kind, competency, section, roles, tags, language, estimated_minutes) = (
      SELECT p.level, p.kind, p.competency, p.section, p.roles, p.tags, p.language, p.minutes FROM (VALUES
        (EXCLUDED.published_revision IN (0, EXCLUDED.latest_revision), EXCLUDED.level, EXCLUDED.kind, EXCLUDED.competency,
         EXCLUDED.section, EXCLUDED.roles, EXCLUDED.tags, EXCLUDED.language, EXCLUDED.estimated_minutes),
        (EXCLUDED.published_revision NOT IN (0, EXCLUDED.latest_revision), question.level, question.kind, question.competency,
         question.section, question.roles, question.tags, question.language, question.estimated_minutes))
        AS p (chosen, level, kind, competency, section, roles, tags, language, minutes)
      WHERE p.chosen),
    scheduled_publish_time = CASE WHEN $19 AND EXCLUDED.published_revision < EXCLUDED.latest_revision
                                  THEN question.scheduled_publish_time END,
    scheduled_by = CASE WHEN $19 AND EXCLUDED.published_revision < EXCLUDED.latest_revision THEN question.scheduled_by ELSE '' END,
    scheduled_through = CASE WHEN $19 AND EXCLUDED.published_revision < EXCLUDED.latest_revision THEN question.scheduled_through ELSE '' END,
    update_time = EXCLUDED.update_time,
    publish_time = CASE WHEN EXCLUDED.published_revision > question.published_revision THEN EXCLUDED.update_time
                        ELSE question.publish_time END
)sql"};

// The contents come in one piece, cut up by position and length: as an array they would take longer to read than to write.
const Query kInsertRevisions{"question_insert_revisions", R"sql(
  INSERT INTO question_revision (tenant, id, revision, content, wording_hash, structure_hash, content_hash, change_note, author,
                                 create_time)
  SELECT current_setting('app.tenant'), u.id, u.revision, substring($3::bytea FROM u.start FOR u.length), u.wording, u.structure, u.hash,
         u.note, $10, $11
  FROM unnest($1::text[], $2::int[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS u (id, revision, start, length, wording, structure, hash, note)
)sql"};

// A question that is being deleted is waited for; then the link leads nowhere, as it would have a moment later.
const Query kHoldTargets{"question_hold_targets", ASSAY_QUESTIONS_LOCKED("", "FOR KEY SHARE")};

const Query kInsertLinks{"question_insert_links", R"sql(
  INSERT INTO question_link (tenant, target, question)
  SELECT current_setting('app.tenant'), u.target, u.question FROM unnest($1::text[], $2::text[]) AS u (target, question)
  ON CONFLICT DO NOTHING
)sql"};

const Query kUpdateRow{"question_update_row", R"sql(
  UPDATE question SET version = $2, state = $3, published_revision = $4, latest_revision = $5, retire_reason = $6, document = $7,
    overridden = $8, scheduled_publish_time = $9, scheduled_by = $10, scheduled_through = $12, update_time = $11,
    publish_time = CASE WHEN $4 > published_revision THEN $11::timestamptz ELSE publish_time END
  WHERE id = $1
)sql"};

// The published revision is what the question is found by.
const Query kUpdateFacets{"question_update_facets", R"sql(
  UPDATE question SET level = $2, kind = $3, competency = $4, section = $5, roles = string_to_array($6, ' '),
    tags = string_to_array($7, E'\x1f'), language = $8, estimated_minutes = $9
  WHERE id = $1
)sql"};

// What a question is found by becomes what the latest revision says. roles and tags come as texts joined.
const Query kPublishLatest{"question_publish_latest", R"sql(
  UPDATE question q SET version = u.version, state = 'PUBLISHED', published_revision = q.latest_revision, level = u.level, kind = u.kind,
    competency = u.competency, section = u.section, roles = string_to_array(u.roles, ' '), tags = string_to_array(u.tags, E'\x1f'),
    language = u.language, estimated_minutes = u.minutes, scheduled_publish_time = NULL, scheduled_by = '', scheduled_through = '',
    update_time = $11, publish_time = $11
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[])
    AS u (id, version, level, kind, competency, section, roles, tags, language, minutes)
  WHERE q.id = u.id
)sql"};

const Query kDeleteExternalIds{"question_external_ids_delete", R"sql(
  DELETE FROM question_external_id WHERE id = $1
)sql"};

const Query kOwner{"question_external_ids_owner", R"sql(
  SELECT e.id FROM question_external_id e
  JOIN unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (system, external_id, place) ON e.system = u.system AND e.external_id = u.external_id
  ORDER BY u.place LIMIT 1
)sql"};

const Query kInsertExternalIds{"question_external_ids_insert", R"sql(
  INSERT INTO question_external_id (tenant, system, external_id, id)
  SELECT current_setting('app.tenant'), u.system, u.external_id, $3
  FROM unnest($1::text[], $2::text[]) AS u (system, external_id)
)sql"};

const Query kLastVersions{"question_last_versions", "SELECT id, version FROM question_tombstone WHERE id = ANY ($1::text[])"};

const Query kLockForDeletion{"question_lock_for_deletion", "SELECT id FROM question WHERE id = $1 FOR UPDATE"};

const Query kReferences{"question_references", R"sql(
  (SELECT 'questions/' || question FROM question_link WHERE target = $1 AND question <> $1 ORDER BY question LIMIT 5)
  UNION ALL
  (SELECT 'kits/' || kit FROM kit_question WHERE question = $1 ORDER BY kit LIMIT 5)
)sql"};

const Query kKitPlans{"kit_plan_documents", "SELECT id, document FROM kit_plan ORDER BY id"};

const Query kDelete{"question_delete", "DELETE FROM question WHERE id = $1"};

const Query kTenantsDue{"question_tenants_with_due_plans", "SELECT tenants_with_due_plans($1)"};

const Query kLockDue{"question_lock_due_plans", R"sql(
  SELECT id FROM question WHERE scheduled_publish_time <= $1
  ORDER BY scheduled_publish_time, id LIMIT $2
  FOR NO KEY UPDATE SKIP LOCKED
)sql"};

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
  std::string language;
  int32_t minutes = 0;
};

Facets FacetsOf(const v1::QuestionContent& content) {
  Facets facets;
  facets.level = v1::Level_Name(content.level()).substr(sizeof("LEVEL_") - 1);
  facets.kind = v1::QuestionKind_Name(content.kind()).substr(sizeof("QUESTION_KIND_") - 1);
  facets.competency = content.competency();
  facets.section = content.section();
  for (const auto& role : content.roles()) facets.roles += (facets.roles.empty() ? "" : " ") + role.role();
  for (const auto& tag : content.tags()) facets.tags += (facets.tags.empty() ? "" : "\x1f") + tag;
  facets.language = content.language_code().empty() ? "en" : content.language_code();
  facets.minutes = content.estimated_minutes();
  return facets;
}

// Of several questions, an array per column.
struct FacetColumns {
  std::vector<std::string> levels, kinds, competencies, sections, roles, tags, languages;
  std::vector<int32_t> minutes;

  void Add(const v1::QuestionContent& content) {
    Facets facets = FacetsOf(content);
    levels.push_back(std::move(facets.level));
    kinds.push_back(std::move(facets.kind));
    competencies.push_back(std::move(facets.competency));
    sections.push_back(std::move(facets.section));
    roles.push_back(std::move(facets.roles));
    tags.push_back(std::move(facets.tags));
    languages.push_back(std::move(facets.language));
    minutes.push_back(facets.minutes);
  }
};

// One array per column of kUpsert, in its order.
struct Columns {
  std::vector<std::string> ids, uids, states, packs, documents;
  std::vector<int64_t> versions;
  std::vector<int32_t> published, latest;
  std::vector<bool> overridden;
  FacetColumns facets;

  void Add(const StoredQuestion& stored, runtime::Instant now) {
    ids.push_back(stored.id);
    uids.push_back(runtime::NewUuid(now));
    versions.push_back(stored.version);
    states.push_back(StateText(stored.state));
    published.push_back(stored.published_revision);
    latest.push_back(stored.latest_revision);
    facets.Add(stored.question.content());
    packs.push_back(stored.pack);
    documents.push_back(Document(stored.question));
    overridden.push_back(stored.question.upstream().overridden());
  }
  std::vector<Value> Values(runtime::Instant now, bool keep_plans) const {
    return {Value::Array(ids),       Value::Array(uids),        Value::Array(versions),     Value::Array(states),
            Value::Array(published), Value::Array(latest),      Value::Array(facets.levels),       Value::Array(facets.kinds),
            Value::Array(facets.competencies), Value::Array(facets.sections), Value::Array(facets.roles),        Value::Array(facets.tags),
            Value::Array(facets.languages), Value::Array(facets.minutes),     Value::Array(packs),        Value::ByteArray(documents),
            Value::Array(overridden), now,                      keep_plans};
  }
};

absl::Status InsertRevisions(Tx& tx, const std::vector<StoredQuestion>& questions, const std::string& author, runtime::Instant now) {
  std::vector<std::string> ids, wordings, structures, hashes, notes;
  std::string contents;
  std::vector<int32_t> revisions, starts, lengths;
  for (const StoredQuestion& stored : questions) {
    const v1::QuestionContent& content = stored.question.content();
    ids.push_back(stored.id);
    revisions.push_back(stored.latest_revision);
    const std::string bytes = runtime::SerializeDeterministic(content);
    starts.push_back(static_cast<int32_t>(contents.size()) + 1);
    lengths.push_back(static_cast<int32_t>(bytes.size()));
    contents += bytes;
    ContentDigests digests = stored.digests.has_value() ? *stored.digests : DigestsOf(content);
    wordings.push_back(std::move(digests.wording));
    structures.push_back(std::move(digests.structure));
    hashes.push_back(std::move(digests.content));
    notes.push_back(stored.change_note);
  }
  const absl::Status status =
      tx.Execute(kInsertRevisions, {Value::Array(ids), Value::Array(revisions), Value::Bytes(contents), Value::Array(starts),
                                    Value::Array(lengths), Value::Array(wordings), Value::Array(structures), Value::Array(hashes),
                                    Value::Array(notes), author, now})
          .status();
  // Two created the same question at once: neither saw the other's row.
  if (runtime::ViolatedConstraint(status) == "question_revision_pkey") {
    return runtime::AlreadyExists(ids.size() == 1 ? "questions/" + ids[0] : "one of these questions");
  }
  return status;
}

absl::Status InsertLinks(Tx& tx, const std::vector<StoredQuestion>& questions) {
  std::set<std::pair<std::string, std::string>> links;
  for (const StoredQuestion& stored : questions) {
    for (const auto& link : stored.question.content().links()) links.emplace(link.question(), stored.id);
  }
  if (links.empty()) return absl::OkStatus();
  std::vector<std::string> targets, ids;
  for (const auto& [target, id] : links) {
    targets.push_back(target);
    ids.push_back(id);
  }
  RETURN_IF_ERROR(tx.Run(kHoldTargets, {Value::Array(targets)}).status());
  return tx.Execute(kInsertLinks, {Value::Array(targets), Value::Array(ids)}).status();
}

std::vector<std::string> Texts(const Rows& rows) {
  std::vector<std::string> texts;
  for (const Row row : rows) texts.push_back(row.String(0));
  return texts;
}

}  // namespace

absl::Status WriteQuestions(Tx& tx, const std::vector<StoredQuestion>& questions, const std::string& author, runtime::Instant now,
                            Plans plans) {
  if (questions.empty()) return absl::OkStatus();
  Columns columns;
  for (const StoredQuestion& stored : questions) columns.Add(stored, now);
  RETURN_IF_ERROR(tx.Execute(kUpsert, columns.Values(now, plans == Plans::kKept)).status());
  RETURN_IF_ERROR(InsertRevisions(tx, questions, author, now));
  RETURN_IF_ERROR(InsertLinks(tx, questions));
  return IndexQuestions(tx, questions);
}

absl::Status UpdateQuestionRow(Tx& tx, const StoredQuestion& stored, runtime::Instant now) {
  RETURN_IF_ERROR(tx.Execute(kUpdateRow, {stored.id, stored.version, StateText(stored.state), stored.published_revision,
                                          stored.latest_revision, stored.question.retire_reason(),
                                          Value::Bytes(Document(stored.question)), stored.question.upstream().overridden(),
                                          stored.scheduled_time, stored.scheduled_by, now, stored.scheduled_through})
                      .status());
  RETURN_IF_ERROR(IndexQuestions(tx, {stored}));
  if (stored.published_revision != stored.latest_revision) return absl::OkStatus();
  const Facets facets = FacetsOf(stored.question.content());
  return tx
      .Execute(kUpdateFacets, {stored.id, facets.level, facets.kind, facets.competency, facets.section, facets.roles, facets.tags,
                               facets.language, facets.minutes})
      .status();
}

absl::Status PublishLatestRevisions(Tx& tx, const std::vector<StoredQuestion>& questions, runtime::Instant now) {
  if (questions.empty()) return absl::OkStatus();
  std::vector<std::string> ids;
  std::vector<int64_t> versions;
  FacetColumns facets;
  for (const StoredQuestion& stored : questions) {
    ids.push_back(stored.id);
    versions.push_back(stored.version);
    facets.Add(stored.question.content());
  }
  RETURN_IF_ERROR(tx.Execute(kPublishLatest, {Value::Array(ids), Value::Array(versions), Value::Array(facets.levels), Value::Array(facets.kinds),
                                              Value::Array(facets.competencies), Value::Array(facets.sections), Value::Array(facets.roles),
                                              Value::Array(facets.tags), Value::Array(facets.languages), Value::Array(facets.minutes), now})
                      .status());
  return IndexQuestions(tx, questions);
}

absl::Status ReplaceExternalIds(Tx& tx, const v1::Question& question, const std::string& id) {
  RETURN_IF_ERROR(tx.Execute(kDeleteExternalIds, {id}).status());
  if (question.external_ids().empty()) return absl::OkStatus();
  std::vector<std::string> systems, ids;
  for (const auto& external : question.external_ids()) {
    systems.push_back(external.system());
    ids.push_back(external.id());
  }
  ASSIGN_OR_RETURN(const Rows owners, tx.Run(kOwner, {Value::Array(systems), Value::Array(ids)}));
  if (!owners.empty()) return runtime::AlreadyExists("questions/" + owners[0].String(0));
  absl::Status status = tx.Execute(kInsertExternalIds, {Value::Array(systems), Value::Array(ids), id}).status();
  // Somebody else was quicker since the look above.
  if (runtime::ViolatedConstraint(status) == "question_external_id_once") {
    return runtime::AlreadyExists("a question with one of these external_ids");
  }
  return status;
}

absl::StatusOr<std::map<std::string, int64_t>> LastVersions(Tx& tx, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLastVersions, {Value::Array(ids)}));
  std::map<std::string, int64_t> versions;
  for (const Row row : rows) versions.emplace(row.String(0), row.Int64(1));
  return versions;
}

absl::StatusOr<StoredQuestion> LockQuestionForDeletion(Tx& tx, const std::string& id) {
  RETURN_IF_ERROR(tx.Run(kLockForDeletion, {id}).status());
  return LockQuestion(tx, id);
}

absl::StatusOr<std::vector<std::string>> ReferencesTo(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReferences, {id}));
  return Texts(rows);
}

absl::StatusOr<std::vector<StoredKitPlan>> ReadKitPlans(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kKitPlans, {}));
  std::vector<StoredKitPlan> plans;
  for (const Row row : rows) plans.push_back({row.String(0), row.Bytes(1)});
  return plans;
}

absl::Status DeleteQuestionRow(Tx& tx, const std::string& id) {
  RETURN_IF_ERROR(tx.Execute(kDeleteExternalIds, {id}).status());
  ASSIGN_OR_RETURN(const int deleted, tx.Execute(kDelete, {id}));
  // Row-level security lets go of drafts alone.
  return deleted == 1 ? absl::OkStatus() : runtime::Internal("a question that may be deleted was not");
}

absl::StatusOr<std::vector<std::string>> TenantsWithDuePlans(Tx& tx, runtime::Instant until) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kTenantsDue, {until}));
  return Texts(rows);
}

absl::StatusOr<std::vector<StoredQuestion>> LockDuePlans(Tx& tx, runtime::Instant until, int limit) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLockDue, {until, limit}));
  std::vector<StoredQuestion> due;
  if (rows.empty()) return due;
  ASSIGN_OR_RETURN(auto locked, LockQuestions(tx, Texts(rows)));
  for (auto& [id, question] : locked) due.push_back(std::move(question));
  return due;
}

}  // namespace assay::bank
