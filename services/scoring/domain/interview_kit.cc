#include "services/scoring/domain/interview_kit.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/runtime/base/error.h"

namespace assay::scoring {
namespace {

// "questions/q037" of "questions/q037@3": forms may hold different revisions of one question.
std::string WithoutRevision(const std::string& question) { return question.substr(0, question.find('@')); }

bool Holds(const bank::v1::Kit& kit, const std::string& question) {
  return std::any_of(kit.slots().begin(), kit.slots().end(), [&](const bank::v1::KitSlot& slot) {
    return std::any_of(slot.questions().begin(), slot.questions().end(), [&](const bank::v1::KitQuestion& asked) {
      return WithoutRevision(asked.question()) == question;
    });
  });
}

absl::Status KitOutsidePlan(const v1::Stage& stage, const std::string& planned) {
  return runtime::InvalidField("interview.kit", fmt::format("stage {} gives every candidate {}", stage.id(), planned));
}

}  // namespace

absl::StatusOr<std::string> ChooseKit(const v1::Stage& stage, const std::string& given, const StageHistory& history) {
  const v1::KitPlan& plan = stage.kit_plan();
  if (plan.mode() == v1::KIT_MODE_DRAWN) {
    if (!given.empty()) return given;
    return runtime::InvalidField("interview.kit",
                                 fmt::format("stage {} draws a kit per candidate; assemble one and name it here", stage.id()));
  }
  if (plan.mode() == v1::KIT_MODE_PARALLEL) {
    if (given.empty()) return plan.forms(history.interviews % plan.forms_size());
    const bool is_form = std::count(plan.forms().begin(), plan.forms().end(), given) > 0;
    return is_form ? absl::StatusOr<std::string>(given) : KitOutsidePlan(stage, "one of its forms");
  }
  if (plan.kit().empty()) return given.empty() ? history.first_kit : given;
  return given.empty() || given == plan.kit() ? absl::StatusOr<std::string>(plan.kit()) : KitOutsidePlan(stage, plan.kit());
}

void PinKit(const bank::v1::Kit& kit, const std::vector<bank::v1::Kit>& forms, v1::Interview& interview) {
  interview.set_kit(kit.name());
  interview.clear_kit_questions();
  for (const bank::v1::KitSlot& slot : kit.slots()) {
    for (const bank::v1::KitQuestion& asked : slot.questions()) {
      v1::KitQuestion& question = *interview.add_kit_questions();
      question.set_question(asked.question());
      question.set_competency(asked.competency());
      question.set_slot(slot.id());
      question.set_minutes(asked.minutes());
      question.set_prompt(asked.prompt());
      question.set_role_critical(asked.role_critical());
      const std::string id = WithoutRevision(asked.question());
      question.set_anchor(forms.size() > 1 && std::all_of(forms.begin(), forms.end(), [&](const bank::v1::Kit& form) {
                            return Holds(form, id);
                          }));
    }
  }
  *interview.mutable_overall_competencies() = kit.overall_competencies();
  if (!interview.has_duration() && kit.minutes() > 0) interview.mutable_duration()->set_seconds(kit.minutes() * 60);
}

}  // namespace assay::scoring
