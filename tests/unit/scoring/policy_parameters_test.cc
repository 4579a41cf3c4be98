#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/scoring/domain/policy_evaluate.h"
#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

using ::testing::HasSubstr;
using namespace assay::scoring::testing;  // NOLINT(google-build-using-namespace): the words of
                                          // these tests

// The guide's policy with some parameters changed.
template <typename Change>
Evaluation DecideWith(const EvaluationInput& input, Change change) {
  bank::v1::PolicyParameters parameters;
  change(parameters);
  return Evaluate(WithParameters(GuidePolicy(), parameters), Facts(), input);
}

std::string Mean(const Evaluation& evaluation, std::string_view competency) {
  const auto& mean = Of(evaluation, competency).mean;
  return mean ? runtime::ToString(*mean) : "none";
}

TEST(MinAssessedWeight, IsComparedExactly) {
  const EvaluationInput input = Areas({4, 4, 4, 4, 4, std::nullopt});  // .90
  EXPECT_EQ(DecideWith(input, [](auto& p) { p.set_min_assessed_weight_basis_points(9000); }).rule,
            "STRONG_HIRE");
  EXPECT_EQ(DecideWith(input, [](auto& p) { p.set_min_assessed_weight_basis_points(9001); }).rule,
            "INSUFFICIENT_EVIDENCE");
}

TEST(MinAssessedWeight, OfZeroStillNeedsARating) {
  EXPECT_EQ(DecideWith({}, [](auto& p) { p.set_min_assessed_weight_basis_points(0); }).rule,
            "INSUFFICIENT_EVIDENCE");
}

TEST(RequiredCompetencies, HoldWhenOneIsNotAssessed) {
  const EvaluationInput input = Areas({4, 4, 4, 4, 4, std::nullopt});
  const Evaluation evaluation =
      DecideWith(input, [](auto& p) { p.add_required_competencies("communication"); });
  EXPECT_EQ(evaluation.rule, "INSUFFICIENT_EVIDENCE");
  EXPECT_THAT(evaluation.trace.back().Why(), HasSubstr("required communication is not assessed"));
  EXPECT_EQ(DecideWith(input, [](auto& p) { p.add_required_competencies("genai-llm"); }).rule,
            "STRONG_HIRE");
}

// Everything at `scores`, by a and by b, who of each competency's questions start at `first`.
EvaluationInput TwoWhoRate(const std::vector<int>& scores, int first_of_b) {
  EvaluationInput input = AllAt(scores);
  for (Rating rating : AllAt(scores).ratings) {
    const int question = rating.key.question.back() - '0' + first_of_b - 1;
    rating.key.interviewer = "b";
    rating.key.question = "q00" + std::to_string(question);
    input.ratings.push_back(rating);
  }
  return input;
}

const auto kRequireGenAi = [](auto& p) { p.add_required_competencies("genai-llm"); };

TEST(RequiredCompetencies, CountARowWithoutScoreAsMissingEvidence) {
  EvaluationInput input = AllAt({4, 4});
  input.ratings.push_back(Rate("a", "q003", "genai-llm", std::nullopt));
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE");
  const Evaluation evaluation = DecideWith(input, kRequireGenAi);
  EXPECT_EQ(evaluation.rule, "INSUFFICIENT_EVIDENCE");
  EXPECT_EQ(Mean(evaluation, "genai-llm"), "4");
  EXPECT_THAT(evaluation.trace.back().Why(),
              HasSubstr("left out of required genai-llm: q003 by a (at the lowest score for all that "
                        "was left out HIRE_WITH_LEVEL_ADJUSTMENT by LEVEL_ADJUSTMENT, without it "
                        "STRONG_HIRE by STRONG_HIRE)"));
}

TEST(RequiredCompetencies, DecideWhereTheLowestScoreForWhatIsMissingChangesNothing) {
  EvaluationInput input = AllAt({5, 5});
  input.ratings.push_back(Rate("a", "q003", "genai-llm", std::nullopt));  // 11/3 with a 1
  const Evaluation evaluation = DecideWith(input, kRequireGenAi);
  EXPECT_EQ(evaluation.rule, "STRONG_HIRE");
  EXPECT_EQ(Mean(evaluation, "genai-llm"), "5") << "the 1 is a question, not a score";
  EXPECT_THAT(evaluation.trace.back().Why(),
              HasSubstr("left out, though the lowest score for it changes nothing: genai-llm: q003"));
}

TEST(RequiredCompetencies, MissWhatTheKitAsksAndNobodyRated) {
  EvaluationInput input = AllAt({5});
  input.expected = {
      {.interview = "", .interviewer = "b", .question = "q001", .competency = "genai-llm"}};
  EXPECT_EQ(DecideWith(input, kRequireGenAi).rule, "INSUFFICIENT_EVIDENCE");
}

TEST(RequiredCompetencies, WithoutAKitMissWhatAPeerOfTheInterviewRated) {
  EvaluationInput input = AllAt({4});
  input.ratings.push_back(Rate("b", "q001", "genai-llm", 4));
  input.ratings.push_back(Rate("b", "q002", "genai-llm", 4));
  EXPECT_EQ(DecideWith(input, kRequireGenAi).rule, "INSUFFICIENT_EVIDENCE");  // a has no q002
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE") << "the guide's own policy misses nothing";
  for (Rating& rating : input.ratings)
    rating.key.interview = rating.key.interviewer == "a" ? "r1" : "r2";
  EXPECT_EQ(DecideWith(input, kRequireGenAi).rule, "STRONG_HIRE");  // another interview, another kit
}

TEST(RequiredCompetencies, LetAPanelDivideTheQuestions) {
  EvaluationInput input = TwoWhoRate({4, 4}, 3);  // a: q001 and q002, b: q003 and q004
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "STRONG_HIRE");
  // Told the kit, it is the same: four questions, each rated by one of the two.
  for (const Rating& rating : input.ratings) {
    for (const char* interviewer : {"a", "b"}) {
      input.expected.push_back(rating.key);
      input.expected.back().interviewer = interviewer;
    }
  }
  const Evaluation evaluation = Evaluate(DefensiblePolicy(), Facts(), input);
  EXPECT_EQ(evaluation.rule, "STRONG_HIRE") << evaluation.trace.back().Why();
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), TwoWhoRate({4, 4}, 2)).rule, "STRONG_HIRE")
      << "one question in common";
}

TEST(RequiredCompetencies, LetAPanelDivideTheCompetencies) {
  EvaluationInput input = AllAt({4, 4});
  for (Rating& rating : input.ratings) {
    const std::string& id = rating.key.competency;
    if (id == Competencies()[0] || id == Competencies()[2] || id == Competencies()[4])
      rating.key.interviewer = "b";
  }
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "STRONG_HIRE");
  // A third question of one of them is one more than the colleague has.
  input.ratings.push_back(Rate("b", "q003", Competencies()[0], 4));
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "INSUFFICIENT_EVIDENCE");
}

TEST(RequiredCompetencies, LetAPanelDivideFormsThatListEveryQuestion) {
  EvaluationInput input = TwoWhoRate({4, 4}, 3);
  for (const std::string& competency : Competencies()) {
    for (const char* question : {"q003", "q004"})
      input.ratings.push_back(Rate("a", question, competency, std::nullopt));
    for (const char* question : {"q001", "q002"})
      input.ratings.push_back(Rate("b", question, competency, std::nullopt));
  }
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "STRONG_HIRE");
}

TEST(RequiredCompetencies, MissWhatOneOfADividedPanelTakesBack) {
  EvaluationInput input = TwoWhoRate({4, 4}, 3);
  input.ratings.pop_back();  // b's second of communication
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "INSUFFICIENT_EVIDENCE");
  input.ratings.pop_back();  // and the first
  EXPECT_EQ(Evaluate(DefensiblePolicy(), Facts(), input).rule, "INSUFFICIENT_EVIDENCE");
}

TEST(MinInterviewers, CountsPeopleWhoRated) {
  EvaluationInput input = AllAt({4});
  const auto two = [](auto& p) { p.set_min_interviewers(2); };
  EXPECT_EQ(DecideWith(input, two).rule, "INSUFFICIENT_EVIDENCE");
  input.ratings.push_back(Rate("b", "q001", "genai-llm", std::nullopt));
  EXPECT_EQ(DecideWith(input, two).rule, "INSUFFICIENT_EVIDENCE");
  input.ratings.back().score = 4;
  EXPECT_EQ(DecideWith(input, two).rule, "STRONG_HIRE");
}

TEST(MinRatingsPerCompetency, MakesFewerNotAssessed) {
  EvaluationInput input = AllAt({4, 4});
  std::erase_if(input.ratings, [](const Rating& r) {
    return r.key.competency == "communication" && r.key.question == "q001";
  });
  const Evaluation evaluation =
      DecideWith(input, [](auto& p) { p.set_min_ratings_per_competency(2); });
  EXPECT_EQ(evaluation.rule, "STRONG_HIRE");
  EXPECT_EQ(Mean(evaluation, "communication"), "none");
  EXPECT_EQ(Of(evaluation, "communication").reason, "TOO_FEW_RATINGS");
  EXPECT_EQ(DecideWith(AllAt({4}), [](auto& p) { p.set_min_ratings_per_competency(2); }).rule,
            "INSUFFICIENT_EVIDENCE");
}

TEST(FlagCorroboration, NeedsAsManyPeople) {
  EvaluationInput input = WithFlag(AllAt({4}), "buzzwords");
  input.flags[0].corroboration.people = 1;
  EXPECT_EQ(Decide(input).rule, "NEXT_ROUND");
  const auto two = [](auto& p) { p.set_flag_corroboration(2); };
  EXPECT_EQ(DecideWith(input, two).rule, "STRONG_HIRE");
  EXPECT_THAT(DecideWith(input, two).trace.back().Why(),
              HasSubstr("flags not counted: buzzwords (1 of 2 people)"));
  input.flags[0].corroboration.people = 2;
  EXPECT_EQ(DecideWith(input, two).rule, "NEXT_ROUND");
}

TEST(FlagCorroboration, AppliesToASeniorityGap) {
  EvaluationInput input = AllAt({4});
  input.seniority_gap = Corroboration{.people = 1};
  EXPECT_EQ(Decide(input).rule, "LEVEL_ADJUSTMENT");
  EXPECT_EQ(DecideWith(input, [](auto& p) { p.set_flag_corroboration(2); }).rule, "STRONG_HIRE");
}

TEST(FlagCorroboration, OfFabricationAlwaysTakesEvidenceAndASecondPerson) {
  EvaluationInput input = WithFlag(AllAt({4}), "fabricated");
  EXPECT_EQ(Decide(input).rule, "AUTO_NO_HIRE");
  input.flags[0].corroboration = {.people = 1, .evidence = true};
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE");
  input.flags[0].corroboration = {.people = 2, .evidence = false};
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE");
  input.flags[0].corroboration = {.people = 2, .evidence = true};
  EXPECT_EQ(Decide(input).rule, "AUTO_NO_HIRE");
}

TEST(AreaRatings, CountWhereTheirAuthorRatedNoQuestion) {
  EvaluationInput input = AllAt({4});
  input.ratings.push_back(Rate("a", "", "genai-llm", 1));
  input.ratings.push_back(Rate("b", "", "genai-llm", 2));
  EXPECT_EQ(Mean(Decide(input), "genai-llm"), "3");
  const Evaluation areas =
      DecideWith(input, [](auto& p) { p.set_area_ratings(bank::v1::AREA_RATINGS_AREA_ONLY); });
  EXPECT_EQ(Mean(areas, "genai-llm"), "3/2");
  EXPECT_EQ(Mean(areas, "communication"), "none");
  const Evaluation mean =
      DecideWith(input, [](auto& p) { p.set_area_ratings(bank::v1::AREA_RATINGS_MEAN); });
  EXPECT_EQ(Mean(mean, "genai-llm"), "9/4");  // a: (4 + 1) / 2, b: 2
}

EvaluationInput TwoRounds() {
  EvaluationInput input;
  input.ratings = {
      Rate("a", "q001", "genai-llm", 2, "screen"), Rate("b", "q001", "genai-llm", 3, "screen"),
      Rate("a", "q002", "genai-llm", 5, "design"), Rate("a", "q003", "genai-llm", 5, "design"),
      Rate("b", "q001", "communication", 4, "screen")};
  input.interviews = {"screen", "design"};
  return input;
}

TEST(Rounds, PoolCountsAnInterviewerMetTwiceOnce) {
  EXPECT_EQ(Mean(Decide(TwoRounds()), "genai-llm"), "13/4");  // a: (2 + 5) / 2, b: 3
}

TEST(Rounds, CanBeAveraged) {
  const Evaluation evaluation =
      DecideWith(TwoRounds(), [](auto& p) { p.set_rounds(bank::v1::ROUNDS_RULE_MEAN_OF_ROUNDS); });
  EXPECT_EQ(Mean(evaluation, "genai-llm"), "15/4");  // (5/2 + 5) / 2
}

TEST(Rounds, LatestIsTheLastThatRatedTheCompetency) {
  const auto latest = [](auto& p) { p.set_rounds(bank::v1::ROUNDS_RULE_LATEST); };
  EvaluationInput input = TwoRounds();
  EXPECT_EQ(Mean(DecideWith(input, latest), "genai-llm"), "5");
  EXPECT_EQ(Mean(DecideWith(input, latest), "communication"), "4");
  input.interviews = {"design", "screen"};
  EXPECT_EQ(Mean(DecideWith(input, latest), "genai-llm"), "5/2");
}

TEST(Aggregation, MedianTakesTheExactMidpoint) {
  const auto median = [](auto& p) { p.set_aggregation(bank::v1::AGGREGATION_MEDIAN); };
  EXPECT_EQ(Mean(DecideWith(AllAt({1, 5, 5}), median), "genai-llm"), "5");
  EXPECT_EQ(Mean(DecideWith(AllAt({1, 3, 4, 5}), median), "genai-llm"), "7/2");
  EvaluationInput input;
  for (const auto& [who, score] : {std::pair{"a", 1}, {"b", 4}, {"c", 5}, {"d", 5}}) {
    input.ratings.push_back(Rate(who, "q001", "genai-llm", score));
  }
  EXPECT_EQ(Mean(DecideWith(input, median), "genai-llm"), "9/2");
}

TEST(MustHaves, AreReportedOrHeldOn) {
  EvaluationInput input = AllAt({5});
  input.role = "mlops";
  input.must_haves = {.met = {1}, .unmet = {2}};
  EXPECT_EQ(Decide(input).rule, "STRONG_HIRE");
  EXPECT_THAT(Decide(input).trace.back().Why(),
              HasSubstr("must-haves met 1 of 2, not confirmed 2"));
  const auto hold = [](auto& p) { p.set_must_haves(bank::v1::MUST_HAVES_RULE_HOLD); };
  EXPECT_EQ(DecideWith(input, hold).rule, "NEXT_ROUND");
  EXPECT_EQ(DecideWith(input, hold).reason, "MUST_HAVES_NOT_CONFIRMED");
  EXPECT_EQ(DecideWith(WithFlag(input, "niche-depth"), hold).rule, "NEXT_ROUND");
  input.must_haves = {.met = {1}, .unmet = {}};
  EXPECT_EQ(DecideWith(input, hold).rule, "NEXT_ROUND") << "saying nothing must not beat saying no";
  input.must_haves = {.met = {1, 2}, .unmet = {}};
  EXPECT_EQ(DecideWith(input, hold).rule, "STRONG_HIRE");
}

TEST(ExposureRevisions, CanTakeTheScoreBeforePeersWereSeen) {
  EvaluationInput input = AllAt({4});
  for (Rating& rating : input.ratings) {
    if (rating.key.competency == "genai-llm")
      rating.before_exposure = ScoreBeforeExposure{.score = 2};
    if (rating.key.competency == "communication") rating.before_exposure = ScoreBeforeExposure{};
  }
  EXPECT_EQ(Mean(Decide(input), "genai-llm"), "4");
  const Evaluation evaluation = DecideWith(input, [](auto& p) {
    p.set_exposure_revisions(bank::v1::EXPOSURE_REVISIONS_LAST_BEFORE_EXPOSURE);
  });
  EXPECT_EQ(Mean(evaluation, "genai-llm"), "2");
  EXPECT_EQ(Mean(evaluation, "communication"), "none");
}

TEST(WithParametersOfAnInput, ReplacesAListAsAWhole) {
  bank::v1::PolicyParameters changes;
  changes.add_required_competencies("communication");
  const bank::v1::Policy policy = WithParameters(DefensiblePolicy(), changes);
  EXPECT_EQ(policy.parameters().required_competencies_size(), 1);
  EXPECT_EQ(policy.parameters().min_interviewers(), 2);
}

}  // namespace
}  // namespace assay::scoring
