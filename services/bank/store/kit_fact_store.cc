#include "services/bank/store/kit_fact_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>

#include "assay/bank/v1/catalog.pb.h"
#include "services/bank/store/kit_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

#define ASSAY_KIT_FACT_COLUMNS                                                                                               \
  "SELECT q.id, q.published_revision, l.id IS NOT NULL, f.level, f.kind, f.story, f.minutes, f.competency, f.section, "      \
  "f.roles, f.variants, r.content FROM "
#define ASSAY_KIT_FACT_JOINS                                                                                                 \
  " LEFT JOIN kit_fact f ON f.tenant = q.tenant AND f.id = q.id AND f.revision = q.published_revision"                       \
  " LEFT JOIN question_revision r ON f.id IS NULL AND r.tenant = q.tenant AND r.id = q.id AND r.revision = q.published_revision" \
  " LEFT JOIN question_leak l ON l.tenant = q.tenant AND l.id = q.id ORDER BY q.id"

const Query kFactsAfter{"kit_facts_after", ASSAY_KIT_FACT_COLUMNS R"sql(
  (SELECT tenant, id, published_revision FROM question WHERE id > $1 AND state = 'PUBLISHED' ORDER BY id LIMIT $2) q
)sql" ASSAY_KIT_FACT_JOINS};

const Query kFactsOf{"kit_facts_of", ASSAY_KIT_FACT_COLUMNS R"sql(
  (SELECT tenant, id, published_revision FROM question WHERE id = ANY ($1::text[]) AND state = 'PUBLISHED') q
)sql" ASSAY_KIT_FACT_JOINS};

const Query kInsertFacts{"kit_facts_insert", R"sql(
  INSERT INTO kit_fact (tenant, id, revision, level, kind, story, minutes, competency, section, roles, variants)
  SELECT current_setting('app.tenant'), u.id, u.revision, u.level, u.kind, u.story, u.minutes, u.competency, u.section, u.roles, u.variants
  FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[])
    AS u (id, revision, level, kind, story, minutes, competency, section, roles, variants)
  ORDER BY u.id
  ON CONFLICT DO NOTHING
)sql"};

// By subqueries of one question each, so that it is a look into an index whatever the statistics say: a plan is made once, often
// while the tables are empty.
const Query kUsesOf{"kit_uses_of", R"sql(
  SELECT u.id,
    (SELECT count(*) FROM kit_question k WHERE k.question = u.id AND k.counted AND k.create_time > $2) +
    (SELECT count(*) FROM kit_use k WHERE k.question = u.id AND k.create_time > $2)
  FROM unnest($1::text[]) AS u (id)
)sql"};

const Query kQuestionsOfKits{"kit_questions_of", R"sql(
  SELECT DISTINCT q.question FROM unnest($1::text[]) AS u (kit),
    LATERAL (SELECT k.question FROM kit_question k WHERE k.kit = u.kit OFFSET 0) q
)sql"};

const Query kEntries{"kit_entries", R"sql(
  SELECT DISTINCT ON (collection, id) collection, id, revision, content FROM catalog_entry
  WHERE collection IN ('competencies', 'formats', 'hiringChecks', 'policies', 'roleGuides')
  ORDER BY collection, id, revision DESC
)sql"};

const Query kCap{"kit_cap", R"sql(
  SELECT max_uses, days FROM exposure_policy
)sql"};

std::vector<std::string> Split(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

template <typename Items, typename Text>
std::string Joined(const Items& items, const Text& text) {
  std::string joined;
  for (const auto& item : items) joined += (joined.empty() ? "" : " ") + text(item);
  return joined;
}

absl::StatusOr<KitFacts> FromRows(const Rows& rows) {
  KitFacts read;
  for (const Row row : rows) {
    QuestionFacts facts;
    const std::string id = row.String(0);
    if (row.IsNull(3)) {
      v1::QuestionContent content;
      if (row.IsNull(11) || !content.ParseFromString(row.Bytes(11))) {
        return runtime::Internal(fmt::format("stored question {} cannot be parsed", id));
      }
      facts = FactsOf(content, row.Int(1));
      read.computed.push_back(read.facts.size());
    } else {
      facts.level = static_cast<v1::Level>(row.Int(3));
      facts.kind = static_cast<v1::QuestionKind>(row.Int(4));
      facts.story = static_cast<v1::StoryKind>(row.Int(5));
      facts.minutes = row.Int(6);
      facts.competency = row.String(7);
      facts.section = row.String(8);
      for (std::string& role : Split(row.String(9))) {
        const bool critical = role.back() == '!';
        if (critical) role.pop_back();
        facts.roles.push_back({std::move(role), critical});
      }
      facts.variants = Split(row.String(10));
    }
    facts.id = id;
    facts.revision = row.Int(1);
    facts.leaked = row.Bool(2);
    read.facts.push_back(std::move(facts));
  }
  return read;
}

absl::Status AddUses(Tx& tx, runtime::Instant since, std::vector<QuestionFacts>& facts) {
  std::vector<std::string> ids;
  for (const QuestionFacts& one : facts) ids.push_back(one.id);
  ASSIGN_OR_RETURN(const KitUses uses, ReadUsesOf(tx, ids, since));
  const std::unordered_map<std::string, int> by_id(uses.begin(), uses.end());
  for (QuestionFacts& one : facts) {
    const auto used = by_id.find(one.id);
    one.exposure = used == by_id.end() ? 0 : used->second;
  }
  return absl::OkStatus();
}

template <typename Message>
absl::StatusOr<Message> Parsed(const Row& row) {
  Message message;
  if (!message.ParseFromString(row.Bytes(3))) {
    return runtime::Internal(fmt::format("stored {}/{} cannot be parsed", row.String(0), row.String(1)));
  }
  return message;
}

}  // namespace

absl::StatusOr<KitFacts> ReadKitFactsAfter(Tx& tx, const std::string& after, int limit, runtime::Instant since) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kFactsAfter, {after, limit}));
  ASSIGN_OR_RETURN(KitFacts read, FromRows(rows));
  RETURN_IF_ERROR(AddUses(tx, since, read.facts));
  return read;
}

absl::StatusOr<KitFacts> ReadKitFactsOf(Tx& tx, const std::vector<std::string>& ids, runtime::Instant since) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kFactsOf, {Value::Array(ids)}));
  ASSIGN_OR_RETURN(KitFacts read, FromRows(rows));
  RETURN_IF_ERROR(AddUses(tx, since, read.facts));
  return read;
}

absl::Status InsertKitFacts(Tx& tx, const KitFacts& facts) {
  if (facts.computed.empty()) return absl::OkStatus();
  std::vector<std::string> ids, competencies, sections, roles, variants;
  std::vector<int32_t> revisions, levels, kinds, stories, minutes;
  for (const size_t at : facts.computed) {
    const QuestionFacts& one = facts.facts[at];
    ids.push_back(one.id);
    revisions.push_back(one.revision);
    levels.push_back(one.level);
    kinds.push_back(one.kind);
    stories.push_back(one.story);
    minutes.push_back(std::clamp(one.minutes, 0, 30'000));
    competencies.push_back(one.competency);
    sections.push_back(one.section);
    roles.push_back(Joined(one.roles, [](const QuestionFacts::Role& role) { return role.role + (role.critical ? "!" : ""); }));
    variants.push_back(Joined(one.variants, [](const std::string& id) { return id; }));
  }
  return tx.Execute(kInsertFacts, {Value::Array(ids), Value::Array(revisions), Value::Array(levels), Value::Array(kinds), Value::Array(stories),
                                   Value::Array(minutes), Value::Array(competencies), Value::Array(sections), Value::Array(roles),
                                   Value::Array(variants)})
      .status();
}

absl::StatusOr<KitUses> ReadUsesOf(Tx& tx, const std::vector<std::string>& ids, runtime::Instant since) {
  if (ids.empty()) return KitUses{};
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kUsesOf, {Value::Array(ids), since}));
  KitUses uses;
  for (const Row row : rows) uses.emplace_back(row.String(0), static_cast<int>(std::min<int64_t>(row.Int64(1), 1'000'000'000)));
  return uses;
}

absl::StatusOr<std::vector<std::string>> ReadQuestionsOfKits(Tx& tx, const std::vector<std::string>& kits) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kQuestionsOfKits, {Value::Array(kits)}));
  std::vector<std::string> questions;
  for (const Row row : rows) questions.push_back(row.String(0));
  return questions;
}

absl::StatusOr<KitCatalogue::Entries> ReadKitEntries(Tx& tx) {
  KitCatalogue::Entries entries;
  std::string default_policy;
  ASSIGN_OR_RETURN(const auto headers, ReadPackHeaders(tx));
  for (const std::string& header : headers) {
    v1::Pack pack;
    if (!pack.ParseFromString(header)) return runtime::Internal("a stored pack header cannot be parsed");
    // The first pack that names a default gives it.
    if (entries.default_format.empty()) entries.default_format = pack.default_format();
    if (default_policy.empty()) default_policy = pack.default_policy();
  }
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kEntries, {}));
  std::map<std::string, std::string> policies;
  for (const Row row : rows) {
    const std::string collection = row.String(0);
    if (collection == "competencies") {
      ASSIGN_OR_RETURN(const auto competency, Parsed<v1::Competency>(row));
      entries.weights[competency.id()] = competency.weight_basis_points();
    } else if (collection == "formats") {
      ASSIGN_OR_RETURN(auto format, Parsed<v1::Format>(row));
      entries.formats.push_back(std::move(format));
    } else if (collection == "roleGuides") {
      ASSIGN_OR_RETURN(auto role, Parsed<v1::RoleGuide>(row));
      entries.roles.push_back(std::move(role));
    } else if (collection == "hiringChecks") {
      ASSIGN_OR_RETURN(const auto check, Parsed<v1::HiringCheck>(row));
      // Of several with a number the first by id gives the name.
      entries.checks.emplace(check.number(), check.id());
    } else {
      policies[row.String(1)] = fmt::format("policies/{}@{}", row.String(1), row.Int(2));
    }
  }
  for (const v1::RoleGuide& role : entries.roles) {
    const auto policy = policies.find(role.policy().empty() ? default_policy : role.policy());
    if (policy != policies.end()) entries.policies[role.id()] = policy->second;
  }
  return entries;
}

absl::StatusOr<KitCatalogue::Cap> ReadKitCap(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kCap, {}));
  KitCatalogue::Cap cap;
  if (!rows.empty()) cap = {rows[0].Int(0), rows[0].Int(1)};
  return cap;
}

}  // namespace assay::bank
