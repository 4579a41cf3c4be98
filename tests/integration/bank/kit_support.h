#pragma once

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "tests/integration/bank/bank_fixture.h"

// A pack with a round of two slots that plenty of questions fill, for tests of kits.
namespace assay::bank {

// Words of its own for each question: packs with near duplicates are refused.
inline std::string PromptOf(const std::string& id) {
  std::string prompt = "Which";
  std::uint64_t state = std::hash<std::string>()(id);
  for (int word = 0; word < 6; ++word) {
    prompt += " ";
    state = state * 6364136223846793005u + 1442695040888963407u;
    for (int i = 0; i < 6; ++i) prompt += static_cast<char>('a' + (state >> (20 + 5 * i)) % 26);
  }
  return prompt + "?";
}

// `core`: two of theory or technical, `deep`: one of design, `stories`: a failure and an improvement; 45 minutes. One role that
// every question names.
inline v1::Pack KitPack(int theory = 12, int design = 4, int stories = 8) {
  v1::Pack pack = SmallPack();
  pack.set_id("kits");
  pack.clear_questions();
  pack.clear_formats();
  pack.set_default_format("round");
  v1::Format& format = *pack.add_formats();
  format.set_id("round");
  format.set_display_name("A round");
  format.set_minutes(45);
  const auto slot = [&](const char* id, int minutes, v1::QuestionKind kind, int questions) -> v1::FormatSlot& {
    v1::FormatSlot& made = *format.add_slots();
    made.set_id(id);
    made.set_minutes(minutes);
    made.add_kinds(kind);
    made.set_min_questions(questions);
    made.set_max_questions(questions);
    return made;
  };
  slot("core", 18, v1::QUESTION_KIND_THEORY, 2);
  slot("deep", 15, v1::QUESTION_KIND_DESIGN, 1);
  v1::FormatSlot& told = slot("stories", 12, v1::QUESTION_KIND_BEHAVIOURAL, 2);
  told.add_stories(v1::STORY_KIND_FAILURE);
  told.add_stories(v1::STORY_KIND_IMPROVEMENT);
  const auto add = [&](const std::string& id, v1::QuestionKind kind, int minutes) -> v1::QuestionContent& {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id(id);
    question.set_level(v1::LEVEL_FRESHER);
    question.set_kind(kind);
    question.set_prompt(PromptOf(id));
    question.set_competency("ml-fundamentals");
    question.set_section("Section " + id.substr(0, 1));
    question.set_estimated_minutes(minutes);
    question.add_roles()->set_role("core-ml");
    return question;
  };
  for (int i = 0; i < theory; ++i) add(fmt::format("t{:02}", i), v1::QUESTION_KIND_THEORY, 6);
  for (int i = 0; i < design; ++i) add(fmt::format("d{:02}", i), v1::QUESTION_KIND_DESIGN, 12);
  for (int i = 0; i < stories; ++i) {
    add(fmt::format("s{:02}", i), v1::QUESTION_KIND_BEHAVIOURAL, 6)
        .set_story(i % 2 == 0 ? v1::STORY_KIND_FAILURE : v1::STORY_KIND_IMPROVEMENT);
  }
  return pack;
}

inline v1::AssembleKitRequest Asked(std::uint64_t seed = 1) {
  v1::AssembleKitRequest request;
  request.set_role("core-ml");
  request.set_level(v1::LEVEL_FRESHER);
  request.set_format("round");
  request.set_seed(seed);
  return request;
}

// Revision names, in order of slots.
inline std::vector<std::string> NamesOf(const v1::Kit& kit) {
  std::vector<std::string> names;
  for (const auto& slot : kit.slots()) {
    for (const auto& question : slot.questions()) names.push_back(question.question());
  }
  return names;
}

// Fields that a refusal names.
inline std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : runtime::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

inline std::vector<std::string> IdsOf(const v1::Kit& kit) {
  std::vector<std::string> ids;
  for (const std::string& name : NamesOf(kit)) ids.push_back(name.substr(10, name.find('@') - 10));
  return ids;
}

class KitTest : public BankTest {
 protected:
  ::testing::AssertionResult Imported(const v1::Pack& pack) {
    const auto report = Import(pack);
    if (report.ok()) return ::testing::AssertionSuccess();
    auto failure = ::testing::AssertionFailure() << report.status();
    for (const auto& violation : runtime::ViolationsOf(report.status())) failure << "\n" << violation.field << ": " << violation.description;
    return failure;
  }
  absl::StatusOr<v1::Kit> Assemble(const v1::AssembleKitRequest& request) { return Call<v1::Kit>("KitService/AssembleKit", request); }
  absl::StatusOr<v1::Question> Publish(const std::string& id) {
    v1::PublishQuestionRequest request;
    request.set_name("questions/" + id);
    return Call<v1::Question>("QuestionService/PublishQuestion", request);
  }
  // A new revision with another prompt, published.
  void Edit(const std::string& id, const std::string& prompt) {
    const auto question = Get("questions/" + id);
    ASSERT_TRUE(question.ok()) << question.status();
    v1::UpdateQuestionRequest update;
    update.mutable_question()->set_name("questions/" + id);
    *update.mutable_question()->mutable_content() = question->content();
    update.mutable_question()->mutable_content()->set_prompt(prompt);
    ASSERT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", update).ok());
    ASSERT_TRUE(Publish(id).ok());
  }
  void Retire(const std::string& id) {
    v1::RetireQuestionRequest request;
    request.set_name("questions/" + id);
    request.set_reason("outdated");
    ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", request).ok());
  }
  absl::StatusOr<v1::Question> Flag(const std::string& id, const std::string& reason = "seen in a forum") {
    v1::FlagQuestionLeakRequest request;
    request.set_name("questions/" + id);
    request.set_reason(reason);
    return Call<v1::Question>("QuestionService/FlagQuestionLeak", request);
  }
  absl::StatusOr<v1::ExposurePolicy> Cap(int uses, int days = 90) {
    v1::UpdateExposurePolicyRequest request;
    request.mutable_exposure_policy()->set_max_uses(uses);
    request.mutable_exposure_policy()->set_days(days);
    return Call<v1::ExposurePolicy>("QuestionService/UpdateExposurePolicy", request);
  }
  absl::StatusOr<v1::Kit> Swap(const v1::Kit& kit, const std::string& question, std::uint64_t seed = 1) {
    v1::SwapKitQuestionRequest request;
    request.set_name(kit.name());
    request.set_question("questions/" + question);
    request.set_seed(seed);
    return Call<v1::Kit>("KitService/SwapKitQuestion", request);
  }
  absl::StatusOr<v1::KitPlan> Plan(const v1::KitPlan& plan, const std::string& id = "") {
    v1::CreateKitPlanRequest request;
    *request.mutable_kit_plan() = plan;
    request.set_kit_plan_id(id);
    return Call<v1::KitPlan>("KitService/CreateKitPlan", request);
  }
  absl::StatusOr<v1::Kit> Draw(const std::string& plan, const std::vector<std::string>& had = {}, std::uint64_t seed = 0) {
    v1::DrawPlannedKitRequest request;
    request.set_name(plan);
    request.set_seed(seed);
    for (const std::string& id : had) request.add_excluded_questions(id);
    return Call<v1::Kit>("KitService/DrawPlannedKit", request);
  }
  static v1::KitPlan Drawn(v1::KitPlanMode mode) {
    v1::KitPlan plan;
    plan.set_mode(mode);
    plan.set_role("core-ml");
    plan.set_level(v1::LEVEL_FRESHER);
    plan.set_format("round");
    plan.set_seed(3);
    return plan;
  }
  std::vector<std::string> Sql(const std::string& sql) { return assay::testing::RunSql(database_.admin_dsn(), sql); }
};

}  // namespace assay::bank
