#include "services/scoring/domain/interview_kit.h"

#include <algorithm>

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

}  // namespace

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
