#include "cli/policy_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/policy_input_yaml.h"
#include "services/bank/domain/pack_yaml.h"
#include "tests/unit/scoring/policy_test_data.h"

namespace assay::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A pack in a directory of its own, and the command run on it.
class PolicyCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "policy-" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(directory_);
    bank::v1::Pack pack;
    pack.set_id("ai-engineer");
    pack.set_default_policy("guide");
    const scoring::CatalogueFacts facts = scoring::testing::Facts();
    for (const std::string& id : facts.competencies) pack.add_competencies()->set_id(id);
    for (const std::string& id : facts.questions) pack.add_questions()->set_id(id);
    for (const auto& [id, flag] : facts.flags) {
      auto* entry = pack.add_flags();
      entry->set_id(id);
      entry->set_kind(flag.kind);
    }
    *pack.add_policies() = scoring::testing::GuidePolicy();
    pack.mutable_policies(0)->set_id("guide");
    *pack.add_policies() = scoring::testing::DefensiblePolicy();
    Write("pack.yaml", bank::ToYaml(pack));
  }

  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name) << text;
    return directory_ + "/" + name;
  }

  ExitCode Run(const std::string& input, const std::string& policy = "pack:ai-engineer") {
    out_.str("");
    err_.str("");
    const PolicyEvaluateOptions options{
        .policy = policy, .input = Write("input.txt", input), .pack = directory_ + "/pack.yaml"};
    return RunPolicyEvaluate(options, out_, err_);
  }

  std::string directory_;
  std::ostringstream out_;
  std::ostringstream err_;
};

constexpr char kGood[] = R"(
ratings:
  - {interviewer: a, question: q001, competency: ml-fundamentals, score: 4}
  - {interviewer: a, question: q002, competency: coding-tools, score: 4}
  - {interviewer: a, question: q003, competency: system-design, score: 4}
  - {interviewer: a, question: q004, competency: system-design, score: 3}
  - {interviewer: a, question: q005, competency: production-mlops, score: 4}
  - {interviewer: a, question: q006, competency: genai-llm, score: 4}
  - {interviewer: a, question: q007, competency: genai-llm}
  - {interviewer: b, competency: communication, score: 4}
flags:
  auto_no_hire: []
  red: []
  strong_hire_signals: [niche-depth]
  hold_signals: [unexplained-gaps]
  seniority_gap: false
)";

TEST_F(PolicyCommand, PrintsTheEvaluation) {
  ASSERT_EQ(Run(kGood), ExitCode::kOk) << err_.str();
  for (const char* part :
       {R"("outcome": "HIRE")", R"("rule": "HIRE")", R"("weighted_average": "39/10")",
        R"("weighted_average_decimal": 3.9)", R"("question_average": "23/6")",
        R"("question_average_decimal": 3.833333)", R"("mean": "7/2")", R"("weight": "1/5")",
        R"("binding": false)", R"("policy": "guide")", R"("digest": ")", R"("first_flip": )"}) {
    EXPECT_THAT(out_.str(), HasSubstr(part));
  }
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(PolicyCommand, GivesTheSameBytesEachTime) {
  ASSERT_EQ(Run(kGood), ExitCode::kOk);
  const std::string first = out_.str();
  ASSERT_EQ(Run(kGood), ExitCode::kOk);
  EXPECT_EQ(out_.str(), first);
}

TEST_F(PolicyCommand, AnswersNullWithAReasonWhereNothingIsRated) {
  ASSERT_EQ(Run("ratings: []\n"), ExitCode::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr(R"("weighted_average": null)"));
  EXPECT_THAT(out_.str(), HasSubstr(R"("weighted_average_decimal": null)"));
  EXPECT_THAT(out_.str(), HasSubstr(R"("reason": "INSUFFICIENT_EVIDENCE")"));
}

TEST_F(PolicyCommand, TakesParametersFromTheInput) {
  ASSERT_EQ(Run(std::string(kGood) + "parameters: {min_interviewers: 3}\n"), ExitCode::kOk)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("interviewers 2 < 3"));
  ASSERT_EQ(
      Run(std::string(kGood) + "parameters: {min_assessed_weight: 1.0, area_ratings: AREA_ONLY}\n"),
      ExitCode::kOk)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("assessed weight 1/10 (0.1) < 1"));
  ASSERT_EQ(Run(std::string(kGood) + "parameters: {required_competencies: [], "
                                     "min_ratings_per_competency: 1, min_interviewers: 1}\n",
                "pack:ai-engineer-defensible"),
            ExitCode::kOk);
  EXPECT_THAT(out_.str(), HasSubstr(R"("outcome": "HIRE")"));
}

TEST_F(PolicyCommand, ReadsAPolicyFile) {
  bank::v1::Policy policy = scoring::testing::GuidePolicy();
  policy.set_id("strict");
  policy.set_hire_bar_milli(4500);
  EXPECT_EQ(Run(kGood, Write("policy.yaml", bank::ToYaml(policy))), ExitCode::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr(R"("rule": "SIGNAL_OVERRIDE")"));
  EXPECT_THAT(out_.str(), HasSubstr("hire bar 9/2 (4.5)"));
}

TEST_F(PolicyCommand, RefusesWithEveryProblemAndItsLine) {
  EXPECT_EQ(Run(R"(ratings:
  - {interviewer: a, question: q001, competency: genai-llm, score: 3.5}
  - {interviewer: a, question: q099, competency: genai-llm, score: 4}
  - {interviewer: a, question: q001, competency: genai, score: 7, mood: good}
  - {interviewer: a, question: q002, competency: genai-llm, score: 4}
  - {interviewer: a, question: q002, competency: genai-llm, score: 5}
flags: {red: [{id: buzz}], auto_no_hire: [buzzwords]}
colour: red
)"),
            ExitCode::kUsage);
  EXPECT_THAT(out_.str(), IsEmpty());
  for (const char* part :
       {":2:68: ratings[0].score: 3.5 is not a whole number from 1 to 5",
        ":3: ratings[1].question: unknown question 'q099'",
        ":4: ratings[2].competency: unknown competency 'genai'",
        ":4: ratings[2].score: 7 is outside 1..5", "unknown key 'mood' in ratings[2]",
        ":6: ratings[4]: the same rating twice", "unknown flag 'buzz'",
        "'buzzwords' is of kind FLAG_KIND_RED", ":8:1: unknown key 'colour' in the input"}) {
    EXPECT_THAT(err_.str(), HasSubstr(part));
  }
}

TEST_F(PolicyCommand, RefusesAKeyGivenTwice) {
  EXPECT_EQ(Run(R"(ratings:
  - {interviewer: a, question: q001, competency: genai-llm, score: 1, score: 5}
flags: {red: [], red: [buzzwords]}
ratings: []
)"),
            ExitCode::kUsage);
  for (const char* part : {":2:71: key 'score' is given twice in ratings[0]",
                           ":3:18: key 'red' is given twice in flags",
                           ":4:1: key 'ratings' is given twice in the input"}) {
    EXPECT_THAT(err_.str(), HasSubstr(part));
  }
}

TEST_F(PolicyCommand, TakesAnEmptyValueAsNotGiven) {
  EXPECT_EQ(Run(R"(ratings:
  - {interviewer: a, question: , competency: genai-llm, score: , interview: ~}
flags: {red: , seniority_gap: }
role:
level: ~
parameters:
)"),
            ExitCode::kOk)
      << err_.str();
  EXPECT_EQ(Run("flags:\n"), ExitCode::kOk) << err_.str();
  EXPECT_EQ(Run("ratings:\n  - {interviewer: , competency: genai-llm, score: 4}\n"),
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("ratings[0].interviewer: is missing"));
}

TEST_F(PolicyCommand, RefusesWhatIsNotThere) {
  EXPECT_EQ(Run(kGood, "pack:nothing"), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("no policy 'nothing'"));
  EXPECT_EQ(Run(kGood, directory_ + "/none.yaml"), ExitCode::kUsage);
  EXPECT_EQ(Run("just text\n"), ExitCode::kUsage);
  EXPECT_EQ(Run(""), ExitCode::kUsage);
}

}  // namespace
}  // namespace assay::cli
