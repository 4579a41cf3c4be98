#include "services/scoring/domain/policy_input.h"

namespace assay::scoring {

CatalogueFacts FactsFromPack(const bank::v1::Pack& pack) {
  CatalogueFacts facts;
  for (const auto& competency : pack.competencies()) facts.competencies.insert(competency.id());
  for (const auto& flag : pack.flags()) {
    facts.flags[flag.id()] = {.kind = flag.kind(),
                              .experienced_roles_only = flag.experienced_roles_only(),
                              .always_corroborated = flag.always_corroborated()};
  }
  for (const auto& role : pack.roles()) {
    RoleFacts& known = facts.roles[role.id()];
    known.critical_questions.insert(role.critical_questions().begin(),
                                    role.critical_questions().end());
    known.needs_experience = role.needs_experience();
    known.must_haves = role.must_haves_size();
  }
  for (const auto& question : pack.questions()) {
    facts.questions.insert(question.id());
    for (const auto& relevance : question.roles()) {
      const auto role = facts.roles.find(relevance.role());
      if (relevance.critical() && role != facts.roles.end())
        role->second.critical_questions.insert(question.id());
    }
  }
  return facts;
}

std::string LevelName(bank::v1::Level level) {
  constexpr std::string_view kPrefix = "LEVEL_";
  if (level == bank::v1::LEVEL_UNSPECIFIED) return "";
  const std::string& name = bank::v1::Level_Name(level);
  return name.size() > kPrefix.size() ? name.substr(kPrefix.size()) : name;
}

}  // namespace assay::scoring
