#include "services/bank/store/kit_store.h"

#include "assay/bank/v1/pack.pb.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kInsert{"kit_insert", R"sql(
  INSERT INTO kit (tenant, id, content_hash, document, create_time) VALUES (current_setting('app.tenant'), $1, $2, $3, $4)
)sql"};

const Query kInsertQuestions{"kit_question_insert", R"sql(
  INSERT INTO kit_question (tenant, kit, question, revision, create_time, requisition, counted)
  SELECT current_setting('app.tenant'), $1, u.question, u.revision, $4, $5, u.counted
  FROM unnest($2::text[], $3::int[], $6::boolean[]) AS u (question, revision, counted)
)sql"};

const Query kRead{"kit_read", R"sql(
  SELECT document FROM kit WHERE id = $1
)sql"};

const Query kList{"kit_list", R"sql(
  SELECT document FROM kit WHERE $1::text = '' OR id < $1 ORDER BY id DESC LIMIT $2
)sql"};

const Query kListVersions{"kit_list_versions", R"sql(
  SELECT k.document, 1 + coalesce((SELECT sum(f.uses) FROM kit_plan_form f WHERE f.tenant = k.tenant AND f.kit = k.id), 0)::bigint
  FROM kit k WHERE k.id > $1 ORDER BY k.id LIMIT $2
)sql"};

const Query kQuestions{"kit_questions", R"sql(
  SELECT k.id, q.question FROM kit k LEFT JOIN kit_question q ON q.tenant = k.tenant AND q.kit = k.id WHERE k.id = ANY ($1::text[])
)sql"};

const Query kUpsertPack{"pack_upsert", R"sql(
  INSERT INTO pack (tenant, id, header, questions, import_time) VALUES (current_setting('app.tenant'), $1, $2, $3, $4)
  ON CONFLICT (tenant, id) DO UPDATE SET header = EXCLUDED.header, questions = EXCLUDED.questions, import_time = EXCLUDED.import_time
)sql"};

const Query kListPacks{"pack_list", R"sql(
  SELECT id, header, questions, import_time FROM pack WHERE id > $1 ORDER BY id LIMIT $2
)sql"};

const Query kPackHeaders{"pack_headers", R"sql(
  SELECT header FROM pack ORDER BY import_time, id
)sql"};

template <typename Message>
absl::StatusOr<Message> Parsed(const std::string& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) return runtime::Internal("a stored document cannot be parsed");
  return message;
}

}  // namespace

std::vector<runtime::RevisionName> PinnedBy(const v1::Kit& kit) {
  std::vector<runtime::RevisionName> names;
  for (const auto& slot : kit.slots()) {
    for (const auto& question : slot.questions()) {
      const size_t begin = question.question().rfind('/') + 1;
      const auto name = runtime::ParseRevision(std::string_view(question.question()).substr(begin));
      names.push_back(name.ok() ? *name : runtime::RevisionName{});
    }
  }
  return names;
}

absl::Status InsertKit(Tx& tx, const std::string& id, const v1::Kit& kit, const std::vector<bool>& counted, runtime::Instant now) {
  RETURN_IF_ERROR(
      tx.Execute(kInsert, {id, kit.content_hash(), Value::Bytes(runtime::SerializeDeterministic(kit)), now}).status());
  std::vector<std::string> questions;
  std::vector<int32_t> revisions;
  for (const runtime::RevisionName& name : PinnedBy(kit)) {
    questions.push_back(name.id);
    revisions.push_back(name.revision);
  }
  return tx.Execute(kInsertQuestions, {id, Value::Array(questions), Value::Array(revisions), now, kit.requisition(), Value::Array(counted)}).status();
}

absl::StatusOr<v1::Kit> ReadKit(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {id}));
  if (rows.empty()) return runtime::NotFound("kits/" + id);
  return Parsed<v1::Kit>(rows[0].Bytes(0));
}

absl::StatusOr<std::vector<v1::Kit>> ListKits(Tx& tx, const runtime::Page& page) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList, {page.after.empty() ? std::string() : page.after[0], page.size + 1}));
  std::vector<v1::Kit> kits;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(v1::Kit kit, Parsed<v1::Kit>(row.Bytes(0)));
    kits.push_back(std::move(kit));
  }
  return kits;
}

absl::StatusOr<std::vector<KitVersion>> ListKitVersions(Tx& tx, const std::string& after, int limit) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kListVersions, {after, limit}));
  std::vector<KitVersion> kits;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(v1::Kit kit, Parsed<v1::Kit>(row.Bytes(0)));
    kits.push_back({std::move(kit), row.Int64(1)});
  }
  return kits;
}

absl::StatusOr<std::map<std::string, std::vector<std::string>>> QuestionsOfKits(Tx& tx, const std::vector<std::string>& kits) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kQuestions, {Value::Array(kits)}));
  std::map<std::string, std::vector<std::string>> questions;
  for (const Row row : rows) {
    std::vector<std::string>& of_kit = questions[row.String(0)];
    if (!row.IsNull(1)) of_kit.push_back(row.String(1));
  }
  return questions;
}

absl::Status UpsertPack(Tx& tx, const std::string& id, const std::string& header, int questions, runtime::Instant now) {
  return tx.Execute(kUpsertPack, {id, Value::Bytes(header), questions, now}).status();
}

absl::StatusOr<std::vector<v1::InstalledPack>> ListPacks(Tx& tx, const runtime::Page& page) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kListPacks, {page.after.empty() ? std::string() : page.after[0], page.size + 1}));
  std::vector<v1::InstalledPack> packs;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(const v1::Pack header, Parsed<v1::Pack>(row.Bytes(1)));
    v1::InstalledPack pack;
    pack.set_name("packs/" + row.String(0));
    pack.set_display_name(header.display_name());
    pack.set_version(header.version());
    pack.set_questions(row.Int(2));
    *pack.mutable_import_time() = runtime::ToTimestamp(row.Time(3));
    packs.push_back(std::move(pack));
  }
  return packs;
}

absl::StatusOr<std::vector<std::string>> ReadPackHeaders(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPackHeaders, {}));
  std::vector<std::string> headers;
  for (const Row row : rows) headers.push_back(row.Bytes(0));
  return headers;
}

}  // namespace assay::bank
