#include "services/scoring/store/interview_store.h"

#include <algorithm>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/document_sql.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const DocumentQueries kQueries{
    ASSAY_DOCUMENT_READ("interview"),
    ASSAY_DOCUMENT_LOCK("interview"),
    ASSAY_DOCUMENT_BATCH("interview"),
    {"interview_insert", R"sql(
      INSERT INTO interview (tenant, id, uid, version, state, document, create_time, update_time,
                             application, candidate, requisition, stage, start_time, due_time, kit_hash)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '')
    )sql"},
    {"interview_update", R"sql(
      UPDATE interview SET version = $3, state = $4, document = $5, update_time = $6,
                           application = $7, candidate = $8, requisition = $9, stage = $10, start_time = $11, due_time = $12
      WHERE tenant = $1 AND id = $2 AND version = $3 - 1
    )sql"},
    {"interview_list", ASSAY_DOCUMENT_COLUMNS R"sql(interview
      WHERE tenant = $1 AND ($2::timestamptz IS NULL OR (start_time, id) < ($2::timestamptz, $3::text))
        AND {filter}
      ORDER BY start_time DESC, id DESC LIMIT $4
    )sql"},
};

const Query kSetKit{"interview_set_kit", R"sql(
  UPDATE interview SET kit_hash = (SELECT k.content_hash FROM kit_copy k WHERE k.tenant = $1 AND k.name = $3)
  WHERE tenant = $1 AND id = $2
)sql"};

const Query kReadKit{"interview_read_kit", "SELECT kit_hash FROM interview WHERE tenant = $1 AND id = $2"};

const Query kClearPanel{"interview_panel_clear", "DELETE FROM interview_panel WHERE tenant = $1 AND interview = $2"};

const Query kInsertPanel{"interview_panel_insert", R"sql(
  INSERT INTO interview_panel (tenant, interview, interviewer, role, rated_after_exposure)
  SELECT $1, $2, member.* FROM unnest($3::text[], $4::text[], $5::boolean[]) AS member
)sql"};

const Query kOfApplication{"interview_of_application", R"sql(
  SELECT id FROM interview WHERE tenant = $1 AND application = $2 ORDER BY id
)sql"};

const Query kSubmittedCards{"interview_submitted_cards", R"sql(
  SELECT interviewer FROM scorecard WHERE tenant = $1 AND interview = $2 AND state <> 'DRAFT' ORDER BY interviewer
)sql"};

const Query kExposed{"interview_exposed_interviewers", R"sql(
  SELECT r.id FROM interviewer r
  WHERE r.tenant = $1 AND r.id = ANY($3::text[]) AND EXISTS (
    SELECT 1 FROM application a JOIN card_exposure e ON e.tenant = a.tenant AND e.application = a.id
    WHERE a.tenant = $1 AND a.candidate = $2 AND e.subject = r.subject)
)sql"};

const Query kFirstKit{"interview_first_kit_of_stage", R"sql(
  SELECT k.name FROM interview i JOIN kit_copy k ON k.tenant = i.tenant AND k.content_hash = i.kit_hash
  WHERE i.tenant = $1 AND i.requisition = $2 AND i.stage = $3
  ORDER BY i.create_time, i.id, k.name LIMIT 1
)sql"};

const Query kStagesInUse{"interview_stages_in_use", R"sql(
  SELECT DISTINCT stage FROM interview WHERE tenant = $1 AND requisition = $2 ORDER BY stage
)sql"};

const Query kCountOfStage{"interview_count_of_stage", R"sql(
  SELECT count(*) FROM interview WHERE tenant = $1 AND requisition = $2 AND stage = $3
)sql"};

std::vector<Value> Columns(const google::protobuf::Message& message) {
  const auto& interview = static_cast<const v1::Interview&>(message);
  return {IdOf(interview.application()),
          IdOf(interview.candidate()),
          IdOf(interview.requisition()),
          interview.stage(),
          runtime::FromTimestamp(interview.start_time()),
          runtime::FromTimestamp(interview.due_time())};
}

std::vector<std::string> Texts(const Rows& rows) {
  std::vector<std::string> texts;
  for (const Row row : rows) texts.push_back(row.String(0));
  return texts;
}

const runtime::FilterFields& Fields() {
  static const runtime::FilterFields fields{
      {"state", runtime::EnumField("interview.state", v1::InterviewState_descriptor())},
      {"application", {"interview.application", runtime::FilterType::kName}},
      {"candidate", {"interview.candidate", runtime::FilterType::kName}},
      {"requisition", {"interview.requisition", runtime::FilterType::kName}},
      {"stage", {"interview.stage", runtime::FilterType::kText}},
      {"start_time", {"interview.start_time", runtime::FilterType::kTime}},
      {"due_time", {"interview.due_time", runtime::FilterType::kTime}},
      {"panel.interviewer",
       {"ARRAY(SELECT p.interviewer FROM interview_panel p WHERE p.tenant = $1 AND p.interview = interview.id)",
        runtime::FilterType::kNameArray}},
      ASSAY_DOCUMENT_FIELDS("interview")};
  return fields;
}

}  // namespace

const Documents<v1::Interview>& Interviews() {
  static const Documents<v1::Interview> documents({"interview", "interviews", &kQueries, Columns, "start_time", Fields});
  return documents;
}

absl::Status SetKit(Tx& tx, std::string_view interview_id, std::string_view kit_name) {
  return tx.Execute(kSetKit, {tx.tenant(), interview_id, kit_name}).status();
}

absl::Status WritePanel(Tx& tx, const Stored<v1::Interview>& row) {
  std::vector<std::string> interviewers, roles;
  std::vector<bool> exposed;
  for (const v1::PanelMember& member : row.message.panel()) {
    interviewers.push_back(IdOf(member.interviewer()));
    roles.push_back(EnumText(member, "role"));
    exposed.push_back(member.rated_after_exposure());
  }
  RETURN_IF_ERROR(tx.Execute(kClearPanel, {tx.tenant(), row.id}).status());
  return tx
      .Execute(kInsertPanel, {tx.tenant(), row.id, Value::Array(interviewers), Value::Array(roles), Value::Array(exposed)})
      .status();
}

absl::StatusOr<std::string> ReadKitHash(Tx& tx, std::string_view interview_id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kReadKit, {tx.tenant(), interview_id}));
  if (rows.empty()) return runtime::NotFound(Interviews().table().NameOf(interview_id));
  return rows[0].String(0);
}

absl::StatusOr<std::vector<Stored<v1::Interview>>> InterviewsOfApplication(Tx& tx, std::string_view application_id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kOfApplication, {tx.tenant(), application_id}));
  ASSIGN_OR_RETURN(std::vector<Stored<v1::Interview>> found, Interviews().ReadMany(tx, Texts(rows)));
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return found;
}

absl::StatusOr<std::vector<std::string>> SubmittedCards(Tx& tx, std::string_view interview_id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kSubmittedCards, {tx.tenant(), interview_id}));
  return Texts(rows);
}

absl::StatusOr<std::vector<std::string>> ExposedInterviewers(Tx& tx, std::string_view candidate_id,
                                                             const std::vector<std::string>& interviewer_ids) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kExposed, {tx.tenant(), candidate_id, Value::Array(interviewer_ids)}));
  return Texts(rows);
}

absl::StatusOr<std::string> FirstKitOfStage(Tx& tx, std::string_view requisition_id, std::string_view stage) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kFirstKit, {tx.tenant(), requisition_id, stage}));
  return rows.empty() ? std::string() : rows[0].String(0);
}

absl::StatusOr<std::vector<std::string>> StagesWithInterviews(Tx& tx, std::string_view requisition_id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kStagesInUse, {tx.tenant(), requisition_id}));
  return Texts(rows);
}

absl::StatusOr<int> CountOfStage(Tx& tx, std::string_view requisition_id, std::string_view stage) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kCountOfStage, {tx.tenant(), requisition_id, stage}));
  return rows[0].Int(0);
}

}  // namespace assay::scoring
