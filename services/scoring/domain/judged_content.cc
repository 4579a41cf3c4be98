#include "services/scoring/domain/judged_content.h"

#include <utility>

#include "services/scoring/domain/policy_settings.h"

namespace assay::scoring {

KitFacts FactsFromKit(const bank::v1::Kit& kit) {
  KitFacts facts;
  for (const auto& slot : kit.slots()) {
    for (const auto& question : slot.questions()) {
      const std::string base = question.question().substr(0, question.question().find('@'));
      facts.questions[base] = {.name = question.question(), .competency = question.competency()};
    }
  }
  facts.overall_competencies.insert(kit.overall_competencies().begin(), kit.overall_competencies().end());
  return facts;
}

JudgedContent Judge(KitFacts kit, const bank::v1::Policy& policy, const std::vector<bank::v1::FlagDefinition>& flags) {
  JudgedContent content;
  content.area_competencies = kit.overall_competencies;
  for (const auto& [name, question] : kit.questions) {
    if (!question.competency.empty()) content.area_competencies.insert(question.competency);
  }
  for (const auto& competency : policy.competencies()) content.area_competencies.insert(competency.competency());
  for (const auto& flag : flags) {
    content.flags[flag.id()] = {.kind = flag.kind(),
                                .experienced_roles_only = flag.experienced_roles_only(),
                                .always_corroborated = flag.always_corroborated()};
  }
  content.flag_corroboration = Settle(policy).flag_corroboration;
  content.kit = std::move(kit);
  return content;
}

std::string QuestionId(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return std::string(name.substr(0, name.find('@')));
}

}  // namespace assay::scoring
