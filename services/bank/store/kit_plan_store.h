#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/kit.pb.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/page_token.h"

namespace assay::bank {

// SQL over kit_plan, kit_plan_form and kit_use.

// With a counter for each of its kits. ALREADY_EXISTS.
absl::Status InsertKitPlan(runtime::Tx& tx, const std::string& id, const v1::KitPlan& plan, runtime::Instant now);
absl::StatusOr<v1::KitPlan> ReadKitPlan(runtime::Tx& tx, const std::string& id);
// By id; `requisition` empty = all. Up to page.size + 1.
absl::StatusOr<std::vector<v1::KitPlan>> ListKitPlans(runtime::Tx& tx, const std::string& requisition, const runtime::Page& page);

// A kit of a plan and how often it was given out.
struct PlanForm {
  int position = 0;
  std::string kit;  // id
  int64_t uses = 0;
};
// In order of position, locked until the end of the transaction: who draws next sees this draw.
absl::StatusOr<std::vector<PlanForm>> LockPlanForms(runtime::Tx& tx, const std::string& plan_id, const v1::KitPlan& plan);

// A question of a kit that keeps it from a candidate.
struct FormObstacle {
  std::string kit;       // id
  std::string question;  // id
  bool leaked = false;   // else the candidate has had it
};
// Questions of the kits that are among `had` or marked as leaked, by kit and question.
absl::StatusOr<std::vector<FormObstacle>> FindObstacles(runtime::Tx& tx, const std::vector<std::string>& kits,
                                                        const std::vector<std::string>& had);

// One more use of a kit that exists already: for the plan's counter and for the exposure of its questions. Returns how often
// the kit was given out by now, over all plans.
absl::StatusOr<int64_t> RecordPlannedUse(runtime::Tx& tx, const std::string& plan_id, const PlanForm& form, const std::string& draw,
                                         const std::string& requisition, runtime::Instant now);

}  // namespace assay::bank
