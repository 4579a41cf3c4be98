#include "services/scoring/store/submission_store.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "assay/scoring/v1/decision.pb.h"
#include "services/runtime/base/canonical_json.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/card_content.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/flag_store.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kSituations{"submission_situations", R"sql(
  SELECT i.id IS NOT NULL, i.state, i.due_time, i.kit_hash, i.application, i.candidate, i.requisition, q.policy,
         r.subject, r.issuer, p.role, p.rated_after_exposure,
         s.state, s.revision, s.version, s.rated_after_exposure, s.uid, s.create_time, s.document,
         EXISTS (SELECT 1 FROM application a
                 JOIN card_exposure e ON e.tenant = a.tenant AND e.application = a.id AND e.subject = r.subject
                 WHERE a.tenant = $1 AND a.candidate = i.candidate),
         t.key_id, t.ciphertext,
         k.request_hash, k.result_name, k.result_revision, k.xid, k.sequence, i.version
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
         AS n (interview, interviewer, subject, method, request_id, place)
  LEFT JOIN interview i ON i.tenant = $1 AND i.id = n.interview
  LEFT JOIN requisition q ON q.tenant = $1 AND q.id = i.requisition
  LEFT JOIN interviewer r ON r.tenant = $1 AND r.id = n.interviewer
  LEFT JOIN interview_panel p ON p.tenant = $1 AND p.interview = n.interview AND p.interviewer = n.interviewer
  LEFT JOIN scorecard s ON s.tenant = $1 AND s.interview = n.interview AND s.interviewer = n.interviewer
  LEFT JOIN scorecard_personal t ON t.tenant = $1 AND t.interview = s.interview AND t.interviewer = s.interviewer
                                AND t.revision = 0 AND s.revision = 0
  LEFT JOIN idempotency k ON k.tenant = $1 AND k.subject = n.subject AND k.method = n.method AND k.request_id = n.request_id
                         AND n.request_id <> ''
  ORDER BY n.place
)sql"};

// One round trip for a whole batch. Everything that is inserted carries what was decided from the situation that was read;
// a card that changed since is not among the `cards` returned, and the caller rolls back.
const Query kWrite{"submission_write", R"sql(
  WITH cards AS (
    INSERT INTO scorecard (tenant, interview, interviewer, uid, version, state, revision, application, candidate, requisition,
                           panel_role, submitted_by, rated_after_exposure, late, submit_time, create_time, update_time,
                           document)
    SELECT $1, c.interview, c.interviewer, c.uid, c.version, 'SUBMITTED', 1, c.application, c.candidate, c.requisition,
           c.role, c.submitted_by, c.exposed, c.late, c.at, c.created, c.at, c.document
    FROM unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::boolean[], $12::boolean[], $13::timestamptz[], $14::timestamptz[], $15::bytea[],
                $54::bigint[])
      AS c (interview, interviewer, uid, version, application, candidate, requisition, role, submitted_by, exposed, late, at,
            created, document, interview_version)
    -- Closing, canceling or changing the panel waits for the card, or the card finds the interview changed.
    JOIN LATERAL (
      SELECT 1 FROM interview i WHERE i.tenant = $1 AND i.id = c.interview AND i.version = c.interview_version FOR SHARE
    ) AS unchanged ON true
    ORDER BY c.interview, c.interviewer
    ON CONFLICT (tenant, interview, interviewer) DO UPDATE
      SET version = EXCLUDED.version, state = EXCLUDED.state, revision = EXCLUDED.revision, panel_role = EXCLUDED.panel_role,
          submitted_by = EXCLUDED.submitted_by, rated_after_exposure = EXCLUDED.rated_after_exposure, late = EXCLUDED.late,
          submit_time = EXCLUDED.submit_time, update_time = EXCLUDED.update_time, document = EXCLUDED.document
      WHERE scorecard.revision = 0 AND scorecard.version = EXCLUDED.version - 1
    RETURNING 1
  ), revisions AS (
    INSERT INTO scorecard_revision (tenant, interview, interviewer, revision, submitted_by, after_exposure, recommendation,
                                    external_system, external_value, revise_time)
    SELECT $1, c.interview, c.interviewer, 1, c.submitted_by, c.exposed, c.recommendation, c.system, c.value, c.at
    FROM unnest($2::text[], $3::text[], $10::text[], $11::boolean[], $16::text[], $17::text[], $18::text[],
                $13::timestamptz[])
      AS c (interview, interviewer, submitted_by, exposed, recommendation, system, value, at)
  ), ratings AS (
    INSERT INTO rating (tenant, interview, interviewer, revision, ordinal, question, competency, score, not_assessed_reason,
                        concepts)
    SELECT $1, r.* FROM unnest($19::text[], $20::text[], $21::integer[], $22::smallint[], $23::text[], $24::text[],
                               $25::smallint[], $26::text[], $27::text[]) AS r
  ), drafts AS (
    DELETE FROM scorecard_personal p USING unnest($28::text[], $29::text[]) AS d (interview, interviewer)
    WHERE p.tenant = $1 AND p.interview = d.interview AND p.interviewer = d.interviewer AND p.revision = 0
  ), personal AS (
    INSERT INTO scorecard_personal (tenant, interview, interviewer, revision, key_id, ciphertext)
    SELECT $1, p.interview, p.interviewer, 1, p.key_id, p.ciphertext
    FROM unnest($30::text[], $31::text[], $32::text[], $33::bytea[]) AS p (interview, interviewer, key_id, ciphertext)
  ), superseded AS (
    UPDATE decision d
    SET state = 'SUPERSEDED', version = d.version + 1, update_time = $34, document = d.document || $35::bytea
    FROM unnest($36::text[], $37::text[]) AS a (application, actor)
    WHERE d.tenant = $1 AND d.application = a.application AND d.state IN ('PROPOSED', 'SIGNED', 'OVERRIDDEN')
    RETURNING d.application, d.id, d.version, a.actor
  ), events AS (
    INSERT INTO outbox (tenant, event_id, aggregate_type, aggregate_id, aggregate_version, type, actor, audience, state,
                        payload, occurred_at)
    SELECT $1, e.* FROM (
      SELECT v.* FROM unnest($38::uuid[], $39::text[], $40::text[], $41::bigint[], $42::text[], $43::text[], $44::smallint[],
                             $45::text[], $46::jsonb[], $47::timestamptz[]) AS v
      UNION ALL
      SELECT gen_random_uuid(), 'decision', 'applications/' || s.application || '/decisions/' || s.id, s.version,
             'decision.superseded', s.actor, 2::smallint, 'SUPERSEDED',
             jsonb_build_object('related', jsonb_build_object('application', 'applications/' || s.application)), $34
      FROM superseded s
    ) AS e
    RETURNING xid, sequence
  ), place AS (
    SELECT max(sequence) AS sequence, max(xid::text) AS xid FROM events
  ), requests AS (
    INSERT INTO idempotency (tenant, subject, method, request_id, request_hash, result_name, result_revision, sequence)
    SELECT $1, k.subject, k.method, k.request_id, k.hash, k.name, k.revision, place.sequence
    FROM unnest($48::text[], $49::text[], $50::text[], $51::bytea[], $52::text[], $53::bigint[])
           AS k (subject, method, request_id, hash, name, revision), place
    ORDER BY k.subject, k.method, k.request_id
  )
  SELECT place.xid, place.sequence, (SELECT count(*) FROM cards) FROM place
)sql"};

std::string Payload(const runtime::OutboxEvent& event) {
  const auto object = [](const std::map<std::string, std::string>& texts) {
    runtime::Json::Object json;
    for (const auto& [key, text] : texts) json.emplace(key, text);
    return json;
  };
  runtime::Json::Object payload;
  if (!event.annotations.empty()) payload.emplace("annotations", object(event.annotations));
  if (!event.related.empty()) payload.emplace("related", object(event.related));
  return runtime::Json(std::move(payload)).Canonical();
}

// The parameters of kWrite, column by column.
struct Columns {
  std::vector<std::string> interviews, interviewers, uids, applications, candidates, requisitions, roles, submitters,
      submitted_at, created_at, documents, recommendations, systems, values;
  std::vector<int64_t> versions, interview_versions;
  std::vector<bool> exposed, late;
  RatingColumns ratings;
  std::vector<std::string> draft_interviews, draft_interviewers;
  std::vector<std::string> text_interviews, text_interviewers, text_keys, texts;
  std::map<std::string, std::string> decided;  // application → actor
  std::vector<std::string> event_ids, event_types, event_names, event_kinds, event_actors, event_states, payloads, event_times;
  std::vector<int64_t> event_versions;
  std::vector<int32_t> audiences;
  std::vector<std::string> request_subjects, request_methods, request_ids, hashes, result_names;
  std::vector<int64_t> result_revisions;

  void Add(const Submission& submission, runtime::Instant now);
  std::vector<Value> Values(const std::string& tenant, runtime::Instant now) const;
};

void Columns::Add(const Submission& submission, runtime::Instant now) {
  const CardRow& row = submission.row;
  interviews.push_back(row.key.interview);
  interviewers.push_back(row.key.interviewer);
  uids.push_back(row.uid);
  versions.push_back(row.version);
  interview_versions.push_back(submission.interview_version);
  applications.push_back(row.application);
  candidates.push_back(row.candidate);
  requisitions.push_back(row.requisition);
  roles.push_back(v1::PanelRole_Name(row.role).substr(sizeof("PANEL_ROLE_") - 1));
  submitters.push_back(row.submitted_by);
  exposed.push_back(row.rated_after_exposure);
  late.push_back(row.late);
  submitted_at.push_back(runtime::ToText(*row.submit_time));
  created_at.push_back(runtime::ToText(row.create_time));
  documents.push_back(row.document);
  recommendations.push_back(EnumText(submission.content, "recommendation"));
  systems.push_back(submission.content.external_recommendation().system());
  values.push_back(submission.content.external_recommendation().value());
  ratings.Add(row.key.interview, row.key.interviewer, 1, submission.content);
  if (submission.had_draft) {
    draft_interviews.push_back(row.key.interview);
    draft_interviewers.push_back(row.key.interviewer);
  }
  if (!submission.personal.ciphertext.empty()) {
    text_interviews.push_back(row.key.interview);
    text_interviewers.push_back(row.key.interviewer);
    text_keys.push_back(submission.personal.key_id);
    texts.push_back(submission.personal.ciphertext);
  }
  if (EntersDecision(row.role)) decided.emplace(row.application, submission.actor);
  for (const runtime::OutboxEvent& event : submission.events) {
    event_ids.push_back(runtime::NewUuid(now));
    event_types.push_back(event.aggregate_type);
    event_names.push_back(event.resource);
    event_versions.push_back(event.version);
    event_kinds.push_back(runtime::EventTypeText(event.type));
    event_actors.push_back(submission.actor);
    audiences.push_back(event.audience);
    event_states.push_back(event.state);
    payloads.push_back(Payload(event));
    event_times.push_back(runtime::ToText(*row.submit_time));
  }
  if (submission.request.request_id.empty()) return;
  request_subjects.push_back(submission.request.subject);
  request_methods.push_back(submission.request.method);
  request_ids.push_back(submission.request.request_id);
  hashes.push_back(submission.request.hash);
  result_names.push_back(CardName(row.key));
  result_revisions.push_back(row.version);
}

std::vector<Value> Columns::Values(const std::string& tenant, runtime::Instant now) const {
  v1::Decision patch;  // appended to the stored document, which merges it
  patch.set_end_reason("scorecard-submitted");
  std::vector<std::string> decided_applications, decided_actors;
  for (const auto& [application, actor] : decided) {
    decided_applications.push_back(application);
    decided_actors.push_back(actor);
  }
  std::vector<Value> parameters = {tenant,
                                   Value::Array(interviews),
                                   Value::Array(interviewers),
                                   Value::Array(uids),
                                   Value::Array(versions),
                                   Value::Array(applications),
                                   Value::Array(candidates),
                                   Value::Array(requisitions),
                                   Value::Array(roles),
                                   Value::Array(submitters),
                                   Value::Array(exposed),
                                   Value::Array(late),
                                   Value::Array(submitted_at),
                                   Value::Array(created_at),
                                   Value::ByteArray(documents),
                                   Value::Array(recommendations),
                                   Value::Array(systems),
                                   Value::Array(values)};
  for (Value& value : ratings.Values()) parameters.push_back(std::move(value));
  const std::vector<Value> rest = {Value::Array(draft_interviews),
                                   Value::Array(draft_interviewers),
                                   Value::Array(text_interviews),
                                   Value::Array(text_interviewers),
                                   Value::Array(text_keys),
                                   Value::ByteArray(texts),
                                   now,
                                   Value::Bytes(patch.SerializeAsString()),
                                   Value::Array(decided_applications),
                                   Value::Array(decided_actors),
                                   Value::Array(event_ids),
                                   Value::Array(event_types),
                                   Value::Array(event_names),
                                   Value::Array(event_versions),
                                   Value::Array(event_kinds),
                                   Value::Array(event_actors),
                                   Value::Array(audiences),
                                   Value::Array(event_states),
                                   Value::Array(payloads),
                                   Value::Array(event_times),
                                   Value::Array(request_subjects),
                                   Value::Array(request_methods),
                                   Value::Array(request_ids),
                                   Value::ByteArray(hashes),
                                   Value::Array(result_names),
                                   Value::Array(result_revisions),
                                   Value::Array(interview_versions)};
  parameters.insert(parameters.end(), rest.begin(), rest.end());
  return parameters;
}

template <typename Enum>
Enum ParseEnum(const google::protobuf::EnumDescriptor* descriptor, std::string_view prefix, std::string_view text) {
  const auto* value = descriptor->FindValueByName(std::string(prefix).append(text));
  return static_cast<Enum>(value == nullptr ? 0 : value->number());
}

SituationRow SituationOf(const Row& row, const runtime::RequestKey& request) {
  SituationRow situation;
  situation.interview_exists = row.Bool(0);
  if (situation.interview_exists) {
    situation.interview_state = row.String(1);
    situation.due_time = row.Time(2);
    situation.kit_hash = row.String(3);
    situation.application = row.String(4);
    situation.candidate = row.String(5);
    situation.requisition = row.String(6);
    situation.policy = row.IsNull(7) ? "" : row.String(7);
  }
  if (!row.IsNull(8)) {
    situation.author_subject = row.String(8);
    situation.author_issuer = row.String(9);
  }
  if (!row.IsNull(10)) {
    situation.seat = Seat{.role = ParseEnum<v1::PanelRole>(v1::PanelRole_descriptor(), "PANEL_ROLE_", row.Text(10)),
                          .joined_after_exposure = row.Bool(11)};
  }
  if (!row.IsNull(12)) {
    situation.stored = StoredCard{
        .state = ParseEnum<v1::ScorecardState>(v1::ScorecardState_descriptor(), "SCORECARD_STATE_", row.Text(12)),
        .revision = row.Int(13),
        .version = row.Int64(14),
        .rated_after_exposure = row.Bool(15)};
    situation.uid = row.String(16);
    situation.create_time = row.Time(17);
    situation.document = row.Bytes(18);
  }
  situation.exposed = row.Bool(19);
  if (!row.IsNull(20)) situation.draft = runtime::SealedText{row.String(20), row.Bytes(21)};
  if (!row.IsNull(22)) {
    situation.claim = runtime::Claim{
        row.Bytes(22) == request.hash ? runtime::ClaimState::kReplay : runtime::ClaimState::kReused,
        {row.String(23), row.Int64(24)},
        {row.Uint64(25), row.Uint64(26)}};
  }
  if (situation.interview_exists) situation.interview_version = row.Int64(27);
  return situation;
}

}  // namespace

absl::StatusOr<std::vector<SituationRow>> ReadSituations(Tx& tx, const std::vector<SituationQuestion>& questions) {
  std::vector<std::string> interviews, interviewers, subjects, methods, request_ids;
  for (const SituationQuestion& question : questions) {
    interviews.push_back(question.key.interview);
    interviewers.push_back(question.key.interviewer);
    subjects.push_back(question.request.subject);
    methods.push_back(question.request.method);
    request_ids.push_back(question.request.request_id);
  }
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Run(kSituations, {tx.tenant(), Value::Array(interviews), Value::Array(interviewers),
                                        Value::Array(subjects), Value::Array(methods), Value::Array(request_ids)}));
  if (rows.size() != static_cast<int>(questions.size())) return runtime::Internal("a situation is missing or doubled");
  std::vector<SituationRow> situations;
  for (int i = 0; i < rows.size(); ++i) situations.push_back(SituationOf(rows[i], questions[i].request));
  return situations;
}

absl::StatusOr<StoredSubmissions> WriteSubmissions(Tx& tx, runtime::Instant now, const std::vector<Submission>& submissions) {
  Columns columns;
  std::vector<FlagRow> flags;
  std::vector<runtime::SealedText> flag_texts;
  for (const Submission& submission : submissions) {
    columns.Add(submission, now);
    for (size_t i = 0; i < submission.flags.size(); ++i) {
      flags.push_back(RowOfNewFlag(submission.flags[i], submission.row.application, *submission.row.submit_time));
      flag_texts.push_back(submission.flag_texts[i]);
    }
  }
  // Cards that raise flags are few: a statement of their own keeps the common one short.
  if (!flags.empty()) RETURN_IF_ERROR(InsertFlags(tx, flags, flag_texts));
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kWrite, columns.Values(tx.tenant(), now)));
  if (rows.empty() || rows[0].Int64(2) != static_cast<int64_t>(submissions.size())) {
    return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT, "a concurrent change won; the same call may be repeated");
  }
  return StoredSubmissions{{rows[0].Uint64(0), rows[0].Uint64(1)}};
}

}  // namespace assay::scoring
