#include "services/scoring/domain/requisition_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "google/protobuf/util/message_differencer.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using runtime::Error;
using runtime::InvalidState;
using runtime::Violations;

v1::KitMode ModeOf(const v1::KitPlan& plan) {
  return plan.mode() == v1::KIT_MODE_UNSPECIFIED ? v1::KIT_MODE_FIXED : plan.mode();
}

void CheckPlan(const v1::KitPlan& plan, const std::string& field, Violations& violations) {
  const v1::KitMode mode = ModeOf(plan);
  if (mode != v1::KIT_MODE_FIXED && !plan.kit().empty()) violations.Add(field + ".kit", "only a FIXED plan names one kit");
  if (mode != v1::KIT_MODE_PARALLEL && !plan.forms().empty()) violations.Add(field + ".forms", "only a PARALLEL plan has forms");
  if (mode == v1::KIT_MODE_PARALLEL && plan.forms_size() < 2) violations.Add(field + ".forms", "a PARALLEL plan needs at least two");
}

std::string StateText(const v1::Requisition& requisition) {
  return requisition.state() == v1::REQUISITION_STATE_CLOSED ? "CLOSED" : "OPEN";
}

absl::Status StageInUse(const v1::Requisition& requisition, const std::string& stage, std::string_view what) {
  return InvalidState(requisition.name(), StateText(requisition),
                      fmt::format("stage {} of {} has interviews; {}", stage, requisition.name(), what));
}

}  // namespace

absl::Status CheckRequisition(const v1::Requisition& requisition, const ZoneExists& zone_exists) {
  Violations violations;
  std::set<std::string> ids;
  for (int i = 0; i < requisition.stages_size(); ++i) {
    const std::string field = fmt::format("requisition.stages[{}]", i);
    if (!ids.insert(requisition.stages(i).id()).second) violations.Add(field + ".id", "is the id of another stage");
    CheckPlan(requisition.stages(i).kit_plan(), field + ".kit_plan", violations);
  }
  std::set<int> levels;
  for (int i = 0; i < requisition.allowed_levels_size(); ++i) {
    const std::string field = fmt::format("requisition.allowed_levels[{}]", i);
    if (requisition.allowed_levels(i) == bank::v1::LEVEL_UNSPECIFIED) violations.Add(field, "must name a level");
    if (!levels.insert(requisition.allowed_levels(i)).second) violations.Add(field, "is given twice");
  }
  if (!requisition.time_zone().empty() && !zone_exists(requisition.time_zone())) {
    violations.Add("requisition.time_zone", "must be an IANA zone like Europe/Berlin");
  }
  return violations.ToStatus();
}

absl::Status CheckStageChange(const v1::Requisition& before, const v1::Requisition& after, const std::vector<std::string>& used) {
  for (const std::string& id : used) {
    const v1::Stage* was = FindStage(before, id);
    const v1::Stage* is = FindStage(after, id);
    if (was == nullptr) continue;
    if (is == nullptr) return StageInUse(before, id, "it cannot be removed");
    if (was->format() != is->format()) return StageInUse(before, id, "its format cannot change");
    const v1::KitPlan& plan = was->kit_plan();
    const bool pinned = !plan.kit().empty() || !plan.forms().empty();
    if (pinned && !google::protobuf::util::MessageDifferencer::Equals(plan, is->kit_plan())) {
      return StageInUse(before, id, "its pinned kit cannot change");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPolicyChange(const v1::Requisition& before, const v1::Requisition& after, bool has_submitted_card) {
  if (before.policy() == after.policy() || !has_submitted_card) return absl::OkStatus();
  return Error(runtime::v1::ERROR_REASON_POLICY_FROZEN,
               fmt::format("{} has submitted cards; use RepolicyRequisition", before.name()), {{"resource", before.name()}});
}

absl::Status CloseRequisition(v1::Requisition& requisition, google::protobuf::Timestamp now) {
  RETURN_IF_ERROR(CheckOpen(requisition, "cannot be closed again"));
  requisition.set_state(v1::REQUISITION_STATE_CLOSED);
  *requisition.mutable_close_time() = std::move(now);
  return absl::OkStatus();
}

absl::Status ReopenRequisition(v1::Requisition& requisition) {
  if (requisition.state() != v1::REQUISITION_STATE_CLOSED) {
    return InvalidState(requisition.name(), StateText(requisition), fmt::format("{} is open", requisition.name()));
  }
  requisition.set_state(v1::REQUISITION_STATE_OPEN);
  requisition.clear_close_time();
  return absl::OkStatus();
}

absl::Status CheckOpen(const v1::Requisition& requisition, const std::string& what) {
  if (requisition.state() == v1::REQUISITION_STATE_OPEN) return absl::OkStatus();
  return InvalidState(requisition.name(), StateText(requisition), fmt::format("{} is closed and {}", requisition.name(), what));
}

const v1::Stage* FindStage(const v1::Requisition& requisition, std::string_view id) {
  const auto found = std::find_if(requisition.stages().begin(), requisition.stages().end(),
                                  [&](const v1::Stage& stage) { return stage.id() == id; });
  return found == requisition.stages().end() ? nullptr : &*found;
}

std::vector<std::string> KitsOfStages(const v1::Requisition& requisition) {
  std::set<std::string> kits;
  for (const v1::Stage& stage : requisition.stages()) {
    if (!stage.kit_plan().kit().empty()) kits.insert(stage.kit_plan().kit());
    kits.insert(stage.kit_plan().forms().begin(), stage.kit_plan().forms().end());
  }
  return {kits.begin(), kits.end()};
}

}  // namespace assay::scoring
