#include "services/bank/store/kit_plan_store.h"

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

const Query kInsert{"kit_plan_insert", R"sql(
  INSERT INTO kit_plan (tenant, id, version, document, create_time, requisition) VALUES (current_setting('app.tenant'), $1, 1, $2, $3, $4)
)sql"};

// Also for the plans of a version that kept no counters.
const Query kInsertForms{"kit_plan_form_insert", R"sql(
  INSERT INTO kit_plan_form (tenant, plan, position, kit, uses)
  SELECT current_setting('app.tenant'), $1, u.position, u.kit, 0 FROM unnest($2::int[], $3::text[]) AS u (position, kit)
  ON CONFLICT (tenant, plan, position) DO NOTHING
)sql"};

const Query kRead{"kit_plan_read", R"sql(
  SELECT document FROM kit_plan WHERE id = $1
)sql"};

const Query kList{"kit_plan_list", R"sql(
  SELECT document FROM kit_plan WHERE id > $1 ORDER BY id LIMIT $2
)sql"};

const Query kListOf{"kit_plan_list_of_requisition", R"sql(
  SELECT document FROM kit_plan WHERE requisition = $3 AND requisition <> '' AND id > $1 ORDER BY id LIMIT $2
)sql"};

const Query kLockForms{"kit_plan_form_lock", R"sql(
  SELECT position, kit, uses FROM kit_plan_form WHERE plan = $1 ORDER BY position FOR UPDATE
)sql"};

const Query kObstacles{"kit_plan_obstacles", R"sql(
  SELECT k.kit, k.question, l.id IS NOT NULL
  FROM kit_question k LEFT JOIN question_leak l ON l.tenant = k.tenant AND l.id = k.question
  WHERE k.kit = ANY ($1::text[]) AND (l.id IS NOT NULL OR k.question = ANY ($2::text[]))
  ORDER BY k.kit, k.question
)sql"};

const Query kCountUse{"kit_plan_form_use", R"sql(
  UPDATE kit_plan_form SET uses = uses + 1 WHERE plan = $1 AND position = $2
)sql"};

const Query kInsertUse{"kit_use_insert", R"sql(
  INSERT INTO kit_use (tenant, question, create_time, draw, kit, plan, requisition)
  SELECT tenant, question, $2, $3::uuid, kit, $4, $5 FROM kit_question WHERE kit = $1
)sql"};

// A kit may be in several plans, whose draws then count in turn.
const Query kLockKit{"kit_use_lock", R"sql(
  SELECT pg_advisory_xact_lock(hashtextextended('kit ' || current_setting('app.tenant') || ' ' || $1::text, 0))
)sql"};

const Query kUsesOfKit{"kit_plan_form_uses_of_kit", R"sql(
  SELECT coalesce(sum(uses), 0)::bigint FROM kit_plan_form WHERE kit = $1
)sql"};

absl::StatusOr<v1::KitPlan> FromRow(const Row& row) {
  v1::KitPlan plan;
  if (!plan.ParseFromString(row.Bytes(0))) return runtime::Internal("a stored kit plan cannot be parsed");
  return plan;
}

absl::Status InsertForms(Tx& tx, const std::string& id, const v1::KitPlan& plan) {
  std::vector<int32_t> positions;
  std::vector<std::string> kits;
  for (const std::string& name : plan.kits()) {
    positions.push_back(static_cast<int32_t>(positions.size()));
    kits.push_back(name.substr(sizeof("kits/") - 1));
  }
  if (kits.empty()) return absl::OkStatus();
  return tx.Execute(kInsertForms, {id, Value::Array(positions), Value::Array(kits)}).status();
}

}  // namespace

absl::Status InsertKitPlan(Tx& tx, const std::string& id, const v1::KitPlan& plan, runtime::Instant now) {
  const absl::Status status =
      tx.Execute(kInsert, {id, Value::Bytes(runtime::SerializeDeterministic(plan)), now, plan.requisition()}).status();
  if (!runtime::ViolatedConstraint(status).empty()) return runtime::AlreadyExists("kitPlans/" + id);
  RETURN_IF_ERROR(status);
  return InsertForms(tx, id, plan);
}

absl::StatusOr<v1::KitPlan> ReadKitPlan(Tx& tx, const std::string& id) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {id}));
  if (rows.empty()) return runtime::NotFound("kitPlans/" + id);
  return FromRow(rows[0]);
}

absl::StatusOr<std::vector<v1::KitPlan>> ListKitPlans(Tx& tx, const std::string& requisition, const runtime::Page& page) {
  const std::string after = page.after.empty() ? std::string() : page.after[0];
  ASSIGN_OR_RETURN(const Rows rows, requisition.empty() ? tx.Run(kList, {after, page.size + 1})
                                                        : tx.Run(kListOf, {after, page.size + 1, requisition}));
  std::vector<v1::KitPlan> plans;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(v1::KitPlan plan, FromRow(row));
    plans.push_back(std::move(plan));
  }
  return plans;
}

absl::StatusOr<std::vector<PlanForm>> LockPlanForms(Tx& tx, const std::string& plan_id, const v1::KitPlan& plan) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run(kLockForms, {plan_id}));
  if (rows.size() < plan.kits_size()) {
    RETURN_IF_ERROR(InsertForms(tx, plan_id, plan));
    ASSIGN_OR_RETURN(rows, tx.Run(kLockForms, {plan_id}));
  }
  std::vector<PlanForm> forms;
  for (const Row row : rows) forms.push_back({row.Int(0), row.String(1), row.Int64(2)});
  return forms;
}

absl::StatusOr<std::vector<FormObstacle>> FindObstacles(Tx& tx, const std::vector<std::string>& kits, const std::vector<std::string>& had) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kObstacles, {Value::Array(kits), Value::Array(had)}));
  std::vector<FormObstacle> obstacles;
  for (const Row row : rows) obstacles.push_back({row.String(0), row.String(1), row.Bool(2)});
  return obstacles;
}

absl::StatusOr<int64_t> RecordPlannedUse(Tx& tx, const std::string& plan_id, const PlanForm& form, const std::string& draw,
                                         const std::string& requisition, runtime::Instant now) {
  RETURN_IF_ERROR(tx.Execute(kCountUse, {plan_id, form.position}).status());
  RETURN_IF_ERROR(tx.Execute(kInsertUse, {form.kit, now, draw, plan_id, requisition}).status());
  RETURN_IF_ERROR(tx.Run(kLockKit, {form.kit}).status());
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kUsesOfKit, {form.kit}));
  return rows[0].Int64(0);
}

}  // namespace assay::bank
