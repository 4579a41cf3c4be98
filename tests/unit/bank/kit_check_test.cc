#include "services/bank/domain/kit_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "services/bank/domain/pack_yaml.h"

namespace assay::bank {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Questions that together make none of the ten mistakes.
constexpr const char* kSound = R"(
questions:
  - id: fundamentals
    level: experienced
    kind: theory
    competency: ml-fundamentals
    prompt: Why does the gradient vanish in a deep network?
    probes: [{text: "When did you see it?", purpose: lived}]
  - id: production
    level: experienced
    kind: practical
    competency: production-mlops
    prompt: Predictions drift after release. What do you do?
    probes: [{text: "And if labels come late and noisy?", purpose: unexpected}]
  - id: story
    level: fresher
    kind: behavioural
    competency: communication
    prompt: Tell me about a release that went wrong.
    probes: [{text: "What was the baseline?", purpose: lived}]
)";

class KitCheck : public testing::Test {
 protected:
  KitCheck() {
    v1::Pack pack;
    EXPECT_TRUE(ReadYaml(kSound, "kit_check_test", pack).ok());
    for (const auto& question : pack.questions()) questions_.push_back(question);
  }

  v1::QuestionContent& Question(const std::string& id) {
    for (auto& question : questions_) {
      if (question.id() == id) return question;
    }
    return questions_.emplace_back();
  }

  void Drop(const std::string& id) {
    for (auto at = questions_.begin(); at != questions_.end(); ++at) {
      if (at->id() == id) {
        questions_.erase(at);
        return;
      }
    }
  }

  HiringPlan Plan() const {
    HiringPlan plan;
    plan.level = v1::LEVEL_EXPERIENCED;
    PlannedRound& round = plan.rounds.emplace_back();
    round.overall_competencies = {"communication"};
    for (const auto& question : questions_) round.questions.push_back(&question);
    return plan;
  }

  std::vector<int> Numbers() const { return NumbersOf(Plan()); }

  static std::vector<int> NumbersOf(const HiringPlan& plan) {
    std::vector<int> numbers;
    for (const MistakeFinding& finding : CheckPlan(plan)) numbers.push_back(finding.number);
    return numbers;
  }

  std::deque<v1::QuestionContent> questions_;
};

TEST_F(KitCheck, FindsNothingInASoundKit) { EXPECT_THAT(Numbers(), IsEmpty()); }

TEST_F(KitCheck, MissesFundamentals) {  // Mistake 1; with it goes what lay below the API, mistake 5.
  Drop("fundamentals");
  EXPECT_THAT(Numbers(), ElementsAre(1, 5));
}

TEST_F(KitCheck, MissesNoiseOrLatency) {  // Mistake 2
  Question("production").mutable_probes(0)->set_text("And if the partner leaves?");
  EXPECT_THAT(Numbers(), ElementsAre(2));
  Question("story").mutable_probes(0)->set_text("What was the p99 then?");
  EXPECT_THAT(Numbers(), IsEmpty());
}

TEST_F(KitCheck, NamesClaimsThatNobodyProbes) {  // Mistake 3
  Question("story").mutable_probes(0)->set_purpose(v1::PROBE_PURPOSE_DEEPER);
  const auto findings = CheckPlan(Plan());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].reason, "CLAIMS_NOT_PROBED");
  EXPECT_THAT(findings[0].questions, ElementsAre("story"));
}

TEST_F(KitCheck, MissesProduction) {  // Mistake 4
  Question("production").set_competency("coding-tools");
  EXPECT_THAT(Numbers(), ElementsAre(4));
}

TEST_F(KitCheck, MissesWhatLiesBelowTheApi) {  // Mistake 5
  Question("fundamentals").set_prompt("Which provider do you call, and how?");
  EXPECT_THAT(Numbers(), ElementsAre(5));
  v1::KeyConcept& concept_ = *Question("fundamentals").add_key_concepts();
  concept_.set_text("Tokens and how they are counted");
  EXPECT_THAT(Numbers(), IsEmpty());
}

TEST_F(KitCheck, MissesARatingOfCommunication) {  // Mistake 6
  HiringPlan plan = Plan();
  plan.rounds[0].overall_competencies.clear();
  EXPECT_THAT(NumbersOf(plan), IsEmpty());  // The story is rated on it.
  Question("story").set_competency("production-mlops");
  EXPECT_THAT(NumbersOf(plan), ElementsAre(6));
}

TEST_F(KitCheck, FindsQuestionsOffTheLevel) {  // Mistake 7
  HiringPlan plan = Plan();
  plan.level = v1::LEVEL_FRESHER;
  const auto above = CheckPlan(plan);
  ASSERT_EQ(above.size(), 1u);
  EXPECT_EQ(above[0].number, 7);
  EXPECT_THAT(above[0].message, HasSubstr("fundamentals (experienced), production (experienced) do not match"));
  plan.level = v1::LEVEL_SENIOR;
  const auto below = CheckPlan(plan);
  ASSERT_EQ(below.size(), 1u);
  EXPECT_THAT(below[0].questions, ElementsAre("production"));
}

TEST_F(KitCheck, FindsADecisionOnOneRoundOnlyInAWholeProcess) {  // Mistake 8
  HiringPlan plan = Plan();
  plan.whole_process = true;
  EXPECT_THAT(NumbersOf(plan), ElementsAre(8));
  plan.rounds.push_back(plan.rounds[0]);
  EXPECT_THAT(NumbersOf(plan), IsEmpty());
}

TEST_F(KitCheck, MissesAppliedWork) {  // Mistake 9
  Question("production").set_kind(v1::QUESTION_KIND_TECHNICAL);
  Question("story").set_kind(v1::QUESTION_KIND_CLOSING);
  EXPECT_THAT(Numbers(), Contains(9));
}

TEST_F(KitCheck, MissesTheUnexpectedUnlessAScriptHasIt) {  // Mistake 10
  Question("production").mutable_probes(0)->set_purpose(v1::PROBE_PURPOSE_DEEPER);
  EXPECT_THAT(Numbers(), ElementsAre(10));
  HiringPlan plan = Plan();
  plan.rounds[0].scripts = {"In the last minutes change one constraint, such as ten times the traffic."};
  EXPECT_THAT(NumbersOf(plan), IsEmpty());
}

TEST_F(KitCheck, FindsAllThatAnEmptyProcessLacks) {
  HiringPlan plan;
  plan.level = v1::LEVEL_SENIOR;
  plan.whole_process = true;
  plan.rounds.emplace_back();
  EXPECT_THAT(NumbersOf(plan), ElementsAre(1, 2, 3, 4, 5, 6, 8, 9, 10));
}

TEST_F(KitCheck, TakesAnotherMatrixByItsOwnNames) {
  Question("fundamentals").set_competency("basics");
  EXPECT_THAT(Numbers(), Contains(1));
  CheckedCompetencies competencies;
  competencies.fundamentals = "basics";
  EXPECT_THAT(CheckPlan(Plan(), competencies), IsEmpty());
}

TEST(FindingOf, NamesTheCheckOfTheCatalogueElseTheReason) {
  const MistakeFinding mistake{.number = 7, .reason = "LEVEL_MISMATCH", .message = "q1 is too easy", .questions = {"q1"}};
  const v1::KitFinding known = FindingOf(mistake, {{1, "hype-over-fundamentals"}, {7, "wrong-level"}});
  EXPECT_EQ(known.check(), "wrong-level");
  EXPECT_EQ(known.number(), 7);
  EXPECT_EQ(known.message(), "q1 is too easy");
  EXPECT_TRUE(known.warning());
  EXPECT_EQ(FindingOf(mistake, {}).check(), "level-mismatch");
  EXPECT_EQ(FindingOf(mistake, {}).number(), 7);
}

}  // namespace
}  // namespace assay::bank
