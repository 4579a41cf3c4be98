#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "services/bank/domain/kit.h"
#include "services/bank/domain/pack_yaml.h"

// A pack with the guide's round, and kits drawn from it.
namespace assay::bank {

// The guide's round: 5, 20, 15, 12, 8 minutes.
inline constexpr const char* kCatalogue = R"(
default_format: round-60
competencies:
  - {id: ml, weight_basis_points: 2000}
  - {id: design, weight_basis_points: 2000}
  - {id: production, weight_basis_points: 2000}
  - {id: genai, weight_basis_points: 1500}
  - {id: tools, weight_basis_points: 1500}
roles:
  - {id: mlops, focus_questions: [e-technical-0, e-technical-1], critical_questions: [e-technical-2]}
  - {id: core-ml}
formats:
  - id: round-60
    minutes: 60
    overall_competencies: [communication]
    slots:
      - {id: introduction, minutes: 5, script: Hello}
      - {id: technical, minutes: 20, kinds: [theory, technical, practical, design], min_questions: 3, max_questions: 4, role_specific: true}
      - {id: deep, minutes: 15, kinds: [design], level_kinds: [{level: fresher, kinds: [scenario]}], min_questions: 1, max_questions: 1, preferred_questions: [e-design-1]}
      - {id: stories, minutes: 12, kinds: [behavioural], min_questions: 2, max_questions: 2, stories: [failure, improvement]}
      - {id: close, minutes: 8}
  - id: screen-30
    minutes: 30
    slots:
      - {id: fundamentals, minutes: 15, kinds: [theory], min_questions: 2, max_questions: 2}
)";

inline v1::Pack Catalogue() {
  v1::Pack pack;
  const absl::Status status = ReadYaml(kCatalogue, "kit_test", pack);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return pack;
}

inline v1::QuestionContent& AddQuestion(v1::Pack& pack, const std::string& id, v1::Level level, v1::QuestionKind kind,
                                 const std::string& competency, int minutes) {
  v1::QuestionContent& question = *pack.add_questions();
  question.set_id(id);
  question.set_level(level);
  question.set_kind(kind);
  question.set_competency(competency);
  question.set_section(competency + " section " + std::to_string(pack.questions_size() % 3));
  question.set_estimated_minutes(minutes);
  question.add_roles()->set_role("mlops");
  return question;
}

// Six questions of each kind at each of two levels, six stories, spread over the competencies.
inline v1::Pack RichPack() {
  v1::Pack pack = Catalogue();
  const char* competencies[] = {"ml", "design", "production", "genai", "tools"};
  int n = 0;
  for (const auto& [level, letter] : std::map<v1::Level, std::string>{{v1::LEVEL_FRESHER, "f"},
                                                                      {v1::LEVEL_EXPERIENCED, "e"}}) {
    for (const auto& [kind, name] :
         std::map<v1::QuestionKind, std::string>{{v1::QUESTION_KIND_THEORY, "theory"},
                                                 {v1::QUESTION_KIND_TECHNICAL, "technical"},
                                                 {v1::QUESTION_KIND_PRACTICAL, "practical"},
                                                 {v1::QUESTION_KIND_SCENARIO, "scenario"},
                                                 {v1::QUESTION_KIND_DESIGN, "design"}}) {
      for (int i = 0; i < 6; ++i) {
        const int minutes = kind == v1::QUESTION_KIND_DESIGN || kind == v1::QUESTION_KIND_SCENARIO ? 12 : 5 + i % 2;
        AddQuestion(pack, letter + "-" + name + "-" + std::to_string(i), level, kind, competencies[n++ % 5], minutes);
      }
    }
  }
  for (int i = 0; i < 12; ++i) {
    AddQuestion(pack, "story-" + std::to_string(i), v1::LEVEL_FRESHER, v1::QUESTION_KIND_BEHAVIOURAL, "production", 6)
        .set_story(i % 2 == 0 ? v1::STORY_KIND_FAILURE : v1::STORY_KIND_IMPROVEMENT);
  }
  return pack;
}

inline KitRequest ForMlops(std::uint64_t seed = 1) {
  KitRequest request;
  request.role = "mlops";
  request.level = v1::LEVEL_EXPERIENCED;
  request.seed = seed;
  return request;
}

inline std::vector<std::string> Ids(const Kit& kit) {
  std::vector<std::string> ids;
  for (const KitSlot& slot : kit.slots) {
    for (const KitPick& pick : slot.picks) ids.push_back(pick.question);
  }
  return ids;
}

inline const v1::QuestionContent& Question(const v1::Pack& pack, const std::string& id) {
  return *std::find_if(pack.questions().begin(), pack.questions().end(),
                       [&](const v1::QuestionContent& question) { return question.id() == id; });
}

inline std::string Message(const absl::StatusOr<Kit>& kit) { return std::string(kit.status().message()); }

}  // namespace assay::bank
