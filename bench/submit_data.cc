#include "bench/submit_data.h"

#include <fmt/format.h>

#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/bank/v1/kit.pb.h"
#include "bench/rig.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

constexpr int kQuestions = 8;
constexpr const char* kCompetencies[] = {"ml-fundamentals", "coding-tools", "system-design",
                                         "production-mlops", "genai-llm",   "communication"};
constexpr char kKitHash[] = "6b697420666f72207468652062656e63686d61726b206f66207375626d69747321";
constexpr char kPolicy[] = "policies/bench@1";

std::string QuestionOf(int index) { return fmt::format("questions/q{:03}", index + 1); }
const char* CompetencyOf(int index) { return kCompetencies[index % std::size(kCompetencies)]; }

bank::v1::Kit KitOfBench() {
  bank::v1::Kit kit;
  kit.set_name("kits/bench");
  kit.set_content_hash(kKitHash);
  bank::v1::KitSlot& slot = *kit.add_slots();
  slot.set_id("technical-core");
  for (int i = 0; i < kQuestions; ++i) {
    bank::v1::KitQuestion& question = *slot.add_questions();
    question.set_question(QuestionOf(i) + "@3");
    question.set_competency(CompetencyOf(i));
  }
  return kit;
}

bank::v1::CatalogPolicy PolicyOfBench() {
  bank::v1::CatalogPolicy policy;
  policy.set_name(kPolicy);
  return policy;
}

}  // namespace

std::string InterviewerId(int index) { return fmt::format("interviewer-{}", index); }
std::string InterviewerSubject(int index) { return fmt::format("interviewer-{}@example.com", index); }

std::string Slot::card() const { return fmt::format("interviews/{}/scorecards/{}", interview(), InterviewerId(interviewer())); }

scoring::v1::ScorecardContent CardContent() {
  scoring::v1::ScorecardContent content;
  for (int i = 0; i < kQuestions; ++i) {
    scoring::v1::Rating& rating = *content.add_ratings();
    rating.set_question(QuestionOf(i) + "@3");
    rating.set_competency(CompetencyOf(i));
    rating.set_score(3 + i % 3);
    rating.set_note("Named the trade-off unasked, put figures on latency and cost, and had run such a thing; the evaluation set came late.");
  }
  content.set_overall_notes("Solid on production and on trade-offs, a little thin on evaluation; would gladly work with them.");
  content.set_recommendation(scoring::v1::RECOMMENDATION_HIRE);
  return content;
}

absl::Status SeedTenants(Sql& sql) {
  std::string tenants;
  for (int i = 0; i < kTenants; ++i) tenants += fmt::format("{}({})", i == 0 ? "" : ",", SqlQuoted(TenantOf(i)));
  std::string people;
  for (int i = 0; i < kInterviewersPerTenant; ++i) {
    people += fmt::format("{}({},{})", i == 0 ? "" : ",", SqlQuoted(InterviewerId(i)), SqlQuoted(InterviewerSubject(i)));
  }
  return sql
      .Run(fmt::format(
          R"sql(
CREATE TEMP TABLE t AS SELECT * FROM (VALUES {0}) AS v (tenant);
INSERT INTO kit_copy (tenant, content_hash, name, document) SELECT tenant, '{2}', 'kits/bench', {3} FROM t;
INSERT INTO catalog_copy (tenant, name, content_hash, document, copy_time) SELECT tenant, '{4}', 'bench', {5}, now() FROM t;
INSERT INTO interviewer (tenant, id, uid, version, state, issuer, subject, document, create_time, update_time)
  SELECT tenant, p.id, gen_random_uuid(), 1, 'ACTIVE', '', p.subject, '', now(), now() FROM t, (VALUES {1}) AS p (id, subject);
INSERT INTO requisition (tenant, id, uid, version, state, role, policy, document, create_time, update_time)
  SELECT tenant, 'requisition', gen_random_uuid(), 1, 'OPEN', 'genai-llm', '{4}', '', now(), now() FROM t;
INSERT INTO candidate (tenant, id, uid, version, state, document, create_time, update_time)
  SELECT tenant, 'candidate-' || c, gen_random_uuid(), 1, 'ACTIVE', '', now(), now() FROM t, generate_series(0, {6} - 1) c;
INSERT INTO application (tenant, id, uid, version, state, candidate, requisition, document, create_time, update_time)
  SELECT tenant, 'application-' || c, gen_random_uuid(), 1, 'ACTIVE', 'candidate-' || c, 'requisition', '', now(), now()
  FROM t, generate_series(0, {6} - 1) c;
DROP TABLE t;
)sql",
          tenants, people, kKitHash, SqlBytes(KitOfBench().SerializeAsString()), kPolicy,
          SqlBytes(PolicyOfBench().SerializeAsString()), kCandidatesPerTenant))
      .status();
}

absl::Status SeedInterviews(Sql& sql, int64_t from, int64_t to) {
  // Its foreign keys hold by construction; checking half a million rows one by one would take longer than the measurement.
  return sql
      .Run(fmt::format(
          R"sql(
SET session_replication_role = replica;
CREATE TEMP TABLE n AS
  SELECT k, 'bench-' || lpad(((k * 40503 >> 7) & {2})::text, 2, '0') AS tenant, 'interviewer-' || ((k >> 3) & {3}) AS interviewer,
         (k >> 5) & {4} AS c
  FROM generate_series({0}::bigint, {1}::bigint - 1) k;
INSERT INTO interview (tenant, id, uid, version, state, application, candidate, requisition, stage, kit_hash, start_time,
                       due_time, document, create_time, update_time)
  SELECT tenant, k::text, gen_random_uuid(), 1, 'SCHEDULED', 'application-' || c, 'candidate-' || c, 'requisition', 'technical',
         '{5}', now(), now() + interval '1 day', '', now(), now() FROM n;
INSERT INTO interview_panel (tenant, interview, interviewer, role) SELECT tenant, k::text, interviewer, 'PANELIST' FROM n;
DROP TABLE n;
RESET session_replication_role;
)sql",
          from, to, kTenants - 1, kInterviewersPerTenant - 1, kCandidatesPerTenant - 1, kKitHash))
      .status();
}

}  // namespace assay::bench
