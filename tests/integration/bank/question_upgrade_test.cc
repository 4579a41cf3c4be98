// What 0003_question_lifecycle.sql and 0009_question_history.sql make of the questions of a bank that is older than they.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "assay/bank/migrations.h"
#include "assay/bank/v1/question.pb.h"
#include "services/bank/domain/content_hash.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/text.h"
#include "services/runtime/db/migrate.h"
#include "tests/support/pg_cluster.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;

class QuestionUpgradeTest : public ::testing::Test {
 protected:
  std::vector<std::string> Sql(const std::string& sql) { return assay::testing::RunSql(database_.admin_dsn(), sql); }

  static v1::QuestionContent Content(const std::string& id) {
    v1::QuestionContent content;
    content.set_id(id);
    content.mutable_source()->set_ref("Q1");
    content.set_level(v1::LEVEL_SENIOR);
    content.set_prompt(std::string(500, 'p'));  // a length of two bytes
    content.mutable_basis()->set_validated(true);
    content.add_key_concepts()->set_id("one");
    content.add_tags("a");
    return content;
  }
  // Rows as the version before wrote them; `upstream` is the hash of what was imported, empty for the tenant's own.
  void Insert(const std::string& tenant, const std::string& id, int published, const std::vector<v1::QuestionContent>& revisions,
              const std::string& upstream = "") {
    v1::Question document;
    if (!upstream.empty()) document.mutable_upstream()->set_content_hash(upstream);
    Sql(fmt::format("INSERT INTO question (tenant, id, uid, version, state, published_revision, latest_revision, level, kind, competency, section, "
                    "roles, tags, pack, document, create_time, update_time) VALUES ('{}', '{}', '{}', 1, 'DRAFT', {}, {}, 'SENIOR', 'THEORY', '', '', "
                    "'{{}}', '{{}}', '{}', '\\x{}', now(), now())",
                    tenant, id, runtime::NewUuid(runtime::FromMicros(1)), published, revisions.size(), upstream.empty() ? "" : "small",
                    runtime::Hex(document.SerializeAsString())));
    for (size_t i = 0; i < revisions.size(); ++i) {
      Sql(fmt::format("INSERT INTO question_revision VALUES ('{}', '{}', {}, '\\x{}', '', '', '{}', 'ada', now())", tenant, id, i + 1,
                      runtime::Hex(revisions[i].SerializeAsString()), ContentHash(revisions[i])));
    }
  }

  std::vector<runtime::Migration> before_{Migrations().begin(), Migrations().begin() + 2};
  assay::testing::TestDatabase database_{before_};
};

TEST_F(QuestionUpgradeTest, WhatTheNewColumnsSayIsReadFromTheContents) {
  v1::QuestionContent german = Content("q1");
  german.set_language_code("de");
  german.set_estimated_minutes(120);
  german.set_currency_note("über");
  v1::QuestionContent linked = Content("q2");
  for (const char* target : {"q1", "q9"}) {
    linked.add_links()->set_question(target);
    linked.mutable_links()->rbegin()->set_relation(v1::QUESTION_RELATION_RELATED);
  }
  linked.add_translations()->set_language_code("fr");
  v1::QuestionContent unlinked = Content("q2");
  unlinked.set_estimated_minutes(7);
  Insert("acme", "q1", 0, {german});
  Insert("acme", "q2", 1, {linked, unlinked});  // the published revision is what it is found by
  Insert("globex", "q1", 1, {Content("q1")});
  Insert("acme", "q3", 1, {german}, ContentHash(german));
  Insert("acme", "q4", 2, {german, unlinked}, ContentHash(german));
  // Of the earlier revisions one was published: a kit holds it. Without the kit itself.
  Sql("SET session_replication_role = replica; INSERT INTO kit_question (tenant, kit, question, revision, create_time) VALUES "
      "('acme', 'k', 'q4', 1, now()), ('acme', 'k', 'q2', 1, now())");
  ASSERT_TRUE(runtime::Migrate(database_.owner_dsn(), Migrations()).ok());
  EXPECT_THAT(Sql("SELECT tenant || ' ' || id || ' ' || language || ' ' || estimated_minutes || ' ' || overridden FROM question ORDER BY tenant, id"),
              ElementsAre("acme q1 de 120 false", "acme q2 en 0 false", "acme q3 de 120 false", "acme q4 en 7 true", "globex q1 en 0 false"));
  EXPECT_THAT(Sql("SELECT tenant || ' ' || question || ' ' || target FROM question_link ORDER BY target"), ElementsAre("acme q2 q1", "acme q2 q9"));
  EXPECT_THAT(Sql("SELECT tenant || ' ' || id || '@' || revision FROM question_publication"), ElementsAre("acme q4@1"));
  // Nothing of the way there is left.
  EXPECT_THAT(Sql("SELECT count(*) FROM pg_policies WHERE policyname = 'backfill'"), ElementsAre("0"));
}

}  // namespace
}  // namespace assay::bank
