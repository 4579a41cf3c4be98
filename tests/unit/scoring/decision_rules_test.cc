#include "services/scoring/domain/decision_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/scoring/domain/decision_encoding.h"
#include "services/scoring/domain/decision_inputs.h"
#include "services/scoring/domain/decision_replay.h"
#include "services/scoring/domain/policy_canonical.h"
#include "services/scoring/domain/policy_input_check.h"
#include "tests/unit/scoring/policy_test_data.h"

namespace assay::scoring {
namespace {

namespace reason = runtime::v1;
using runtime::ReasonOf;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const runtime::Instant kNow = runtime::FromMicros(1'700'000'000'000'000);
const std::string kDigest(64, 'a');

v1::Decision Proposed(v1::Outcome outcome = v1::OUTCOME_HOLD, const std::string& rule = "NEXT_ROUND") {
  v1::Decision decision;
  decision.set_name("applications/a1/decisions/d1");
  decision.set_state(v1::DECISION_STATE_PROPOSED);
  decision.set_recommendation(outcome);
  decision.mutable_evaluation()->set_rule(rule);
  decision.mutable_evaluation()->set_input_digest(kDigest);
  decision.set_proposer("paul");
  decision.set_etag("\"1\"");
  return decision;
}

DecisionSituation Unchanged() {
  DecisionSituation situation;
  situation.current_digests = {kDigest};
  situation.authors = {"dana", "eli"};
  situation.target_level = bank::v1::LEVEL_SENIOR;
  return situation;
}

DecisionAction By(const std::string& who, const std::string& why = "read every card") {
  return {.by = who, .input_digest = kDigest, .reason = why, .etag = "", .at = kNow};
}

OverrideChoice To(v1::Outcome outcome) { return {.outcome = outcome}; }

TEST(SignDecision, BindsTheRecommendation) {
  const auto signed_ = Sign(Proposed(v1::OUTCOME_HIRE), Unchanged(), By("sam"));
  ASSERT_TRUE(signed_.ok()) << signed_.status();
  EXPECT_EQ(signed_->state(), v1::DECISION_STATE_SIGNED);
  EXPECT_TRUE(signed_->binding());
  EXPECT_EQ(signed_->final_outcome(), v1::OUTCOME_HIRE);
  EXPECT_EQ(signed_->signature().input_digest(), kDigest);
}

TEST(SignDecision, IsStaleOnceTheInputsChanged) {
  DecisionSituation changed = Unchanged();
  changed.current_digests = {std::string(64, 'b')};
  EXPECT_EQ(ReasonOf(Sign(Proposed(), changed, By("sam")).status()), reason::ERROR_REASON_DECISION_STALE);
  DecisionAction other = By("sam");
  other.input_digest = std::string(64, 'b');
  EXPECT_EQ(ReasonOf(Sign(Proposed(), Unchanged(), other).status()), reason::ERROR_REASON_DECISION_STALE);
  v1::Decision superseded = Proposed();
  superseded.set_state(v1::DECISION_STATE_SUPERSEDED);
  EXPECT_EQ(ReasonOf(Sign(superseded, Unchanged(), By("sam")).status()), reason::ERROR_REASON_DECISION_STALE);
}

TEST(SignDecision, IsNotForTheOnlyCardsAuthor) {
  DecisionSituation alone = Unchanged();
  alone.authors = {"dana"};
  EXPECT_EQ(ReasonOf(Sign(Proposed(), alone, By("dana")).status()), reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
  EXPECT_TRUE(Sign(Proposed(), alone, By("sam")).ok());
  EXPECT_TRUE(Sign(Proposed(), Unchanged(), By("dana")).ok());
}

TEST(SignDecision, IsForADeciderOfTheRequisition) {
  DecisionSituation named = Unchanged();
  named.deciders = {"sam"};
  EXPECT_TRUE(Sign(Proposed(), named, By("sam")).ok());
  EXPECT_EQ(ReasonOf(Sign(Proposed(), named, By("kim")).status()), reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
}

TEST(SignDecision, NeedsAReasonWhereASignalWaivedABar) {
  const v1::Decision waived = Proposed(v1::OUTCOME_HIRE, "SIGNAL_OVERRIDE");
  EXPECT_EQ(ReasonOf(Sign(waived, Unchanged(), By("sam", "")).status()), reason::ERROR_REASON_RATIONALE_REQUIRED);
  EXPECT_TRUE(Sign(waived, Unchanged(), By("sam", "the system is in production")).ok());
}

TEST(SignDecision, HappensOnceAndHoldsToTheEtag) {
  const auto signed_ = Sign(Proposed(), Unchanged(), By("sam"));
  EXPECT_EQ(ReasonOf(Sign(*signed_, Unchanged(), By("sam")).status()), reason::ERROR_REASON_INVALID_STATE);
  DecisionAction unseen = By("sam");
  unseen.etag = "\"9\"";
  EXPECT_EQ(ReasonOf(Sign(Proposed(), Unchanged(), unseen).status()), reason::ERROR_REASON_ETAG_MISMATCH);
}

TEST(OverrideDecision, IsForADeciderOfTheRequisition) {
  DecisionSituation named = Unchanged();
  named.deciders = {"sam"};
  EXPECT_TRUE(OverrideOutcome(Proposed(), named, By("sam"), To(v1::OUTCOME_HIRE)).ok());
  EXPECT_EQ(ReasonOf(OverrideOutcome(Proposed(), named, By("kim"), To(v1::OUTCOME_HIRE)).status()),
            reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
}

TEST(OverrideDecision, IsNotConfirmedByTheOnlyCardsAuthor) {
  DecisionSituation flagged = Unchanged();
  flagged.red_flag = true;
  flagged.authors = {"dana"};
  const auto pending = OverrideOutcome(Proposed(), flagged, By("sam"), To(v1::OUTCOME_HIRE));
  ASSERT_TRUE(pending.ok());
  EXPECT_EQ(ReasonOf(ConfirmOverride(*pending, flagged, By("dana")).status()),
            reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
  EXPECT_TRUE(ConfirmOverride(*pending, flagged, By("kim")).ok());
}

TEST(OverrideDecision, NeedsARationaleOfMoreThanBlanks) {
  EXPECT_EQ(ReasonOf(OverrideOutcome(Proposed(), Unchanged(), By("sam", " \n\t"), To(v1::OUTCOME_HIRE)).status()),
            reason::ERROR_REASON_RATIONALE_REQUIRED);
  const v1::Decision waived = Proposed(v1::OUTCOME_HIRE, "SIGNAL_OVERRIDE");
  EXPECT_EQ(ReasonOf(Sign(waived, Unchanged(), By("sam", "  ")).status()), reason::ERROR_REASON_RATIONALE_REQUIRED);
}

TEST(OverrideDecision, NeedsARationaleAndSomebodyElseThanTheProposer) {
  EXPECT_EQ(ReasonOf(OverrideOutcome(Proposed(), Unchanged(), By("sam", ""), To(v1::OUTCOME_HIRE)).status()),
            reason::ERROR_REASON_RATIONALE_REQUIRED);
  EXPECT_EQ(ReasonOf(OverrideOutcome(Proposed(), Unchanged(), By("paul"), To(v1::OUTCOME_HIRE)).status()),
            reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
  EXPECT_FALSE(OverrideOutcome(Proposed(), Unchanged(), By("sam"), To(v1::OUTCOME_HOLD)).ok());
  const auto overridden = OverrideOutcome(Proposed(), Unchanged(), By("sam"), To(v1::OUTCOME_HIRE));
  ASSERT_TRUE(overridden.ok());
  EXPECT_EQ(overridden->state(), v1::DECISION_STATE_OVERRIDDEN);
  EXPECT_EQ(overridden->final_outcome(), v1::OUTCOME_HIRE);
}

TEST(OverrideDecision, UpwardOverARedFlagTakesTwoPeople) {
  DecisionSituation flagged = Unchanged();
  flagged.red_flag = true;
  const auto pending = OverrideOutcome(Proposed(), flagged, By("sam"), To(v1::OUTCOME_HIRE));
  ASSERT_TRUE(pending.ok());
  EXPECT_EQ(pending->state(), v1::DECISION_STATE_PROPOSED);
  EXPECT_FALSE(pending->binding());
  EXPECT_TRUE(pending->override().second_person_needed());
  EXPECT_EQ(ReasonOf(ConfirmOverride(*pending, flagged, By("sam")).status()), reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
  EXPECT_EQ(ReasonOf(ConfirmOverride(*pending, flagged, By("paul")).status()), reason::ERROR_REASON_SIGNER_NOT_ALLOWED);
  const auto confirmed = ConfirmOverride(*pending, flagged, By("kim"));
  ASSERT_TRUE(confirmed.ok());
  EXPECT_EQ(confirmed->state(), v1::DECISION_STATE_OVERRIDDEN);
  EXPECT_EQ(confirmed->override().second_person(), "kim");
  EXPECT_EQ(confirmed->signature().signer(), "sam");
}

TEST(OverrideDecision, DownwardOverARedFlagTakesOne) {
  DecisionSituation flagged = Unchanged();
  flagged.red_flag = true;
  EXPECT_EQ(OverrideOutcome(Proposed(), flagged, By("sam"), To(v1::OUTCOME_NO_HIRE))->state(), v1::DECISION_STATE_OVERRIDDEN);
  EXPECT_EQ(ReasonOf(ConfirmOverride(Proposed(), flagged, By("kim")).status()), reason::ERROR_REASON_INVALID_STATE);
}

TEST(OverrideDecision, ToAnAdjustedLevelNamesOneThatTheRequisitionAllows) {
  DecisionSituation levels = Unchanged();
  levels.allowed_levels = {bank::v1::LEVEL_FRESHER, bank::v1::LEVEL_SENIOR};
  const auto adjusted =
      OverrideOutcome(Proposed(), levels, By("sam"), To(v1::OUTCOME_HIRE_WITH_LEVEL_ADJUSTMENT));
  ASSERT_TRUE(adjusted.ok());
  EXPECT_EQ(adjusted->override().level_adjustment().to_level(), bank::v1::LEVEL_FRESHER);
  const OverrideChoice not_allowed{.outcome = v1::OUTCOME_HIRE_WITH_LEVEL_ADJUSTMENT, .to_level = bank::v1::LEVEL_EXPERIENCED};
  EXPECT_FALSE(OverrideOutcome(Proposed(), levels, By("sam"), not_allowed).ok());
}

TEST(VoidDecision, EndsWhatStandsOnce) {
  const auto voided = Void(*Sign(Proposed(), Unchanged(), By("sam")), By("kim"));
  ASSERT_TRUE(voided.ok());
  EXPECT_EQ(voided->state(), v1::DECISION_STATE_VOIDED);
  EXPECT_FALSE(voided->binding());
  EXPECT_EQ(ReasonOf(Void(*voided, By("kim")).status()), reason::ERROR_REASON_INVALID_STATE);
}

// ---- what is evaluated

v1::Rating Rating(const std::string& question, const std::string& competency, std::optional<int> score) {
  v1::Rating rating;
  rating.set_question(question);
  rating.set_competency(competency);
  if (score) rating.set_score(*score);
  return rating;
}

EnteredCard Card(const std::string& who, v1::PanelRole role, int score) {
  return {.interview = "i1",
          .interviewer = who,
          .role = role,
          .revisions = {{.revision = 1, .after_exposure = false, .ratings = {Rating("questions/q001@1", "ml-fundamentals", score)}}}};
}

DecisionMaterial Material() {
  DecisionMaterial material;
  material.policy = testing::GuidePolicy();
  RoundMaterial round;
  round.interview = "i1";
  round.panel = {{"dana", v1::PANEL_ROLE_LEAD}, {"eli", v1::PANEL_ROLE_PANELIST}, {"sha", v1::PANEL_ROLE_SHADOW}};
  round.kit.questions["questions/q001"] = {.name = "questions/q001@1", .competency = "ml-fundamentals"};
  round.kit.questions["questions/q002"] = {.name = "questions/q002@1", .competency = "genai-llm"};
  round.kit.overall_competencies = {"communication"};
  round.excused_competencies = {"genai-llm"};
  material.rounds = {round};
  material.cards = {Card("dana", v1::PANEL_ROLE_LEAD, 4), Card("sha", v1::PANEL_ROLE_SHADOW, 1)};
  return material;
}

TEST(DecisionInputs, ShadowCardsNeverEnter) {
  const DecisionInputs inputs = BuildInputs(Material(), std::nullopt);
  ASSERT_THAT(inputs.input.ratings, SizeIs(1));
  EXPECT_EQ(inputs.input.ratings[0].key.interviewer, "dana");
  EXPECT_EQ(inputs.input.ratings[0].key.question, "q001");
  ASSERT_THAT(inputs.cards, SizeIs(1));
  EXPECT_EQ(inputs.cards[0].scorecard(), "interviews/i1/scorecards/dana");
}

TEST(DecisionInputs, WhatTheKitAsksOfThePanelIsExpectedLessWhatIsExcused) {
  const DecisionInputs inputs = BuildInputs(Material(), std::nullopt);
  // q001 and communication, of dana and eli.
  EXPECT_THAT(inputs.input.expected, SizeIs(4));
  for (const RatingKey& key : inputs.input.expected) {
    EXPECT_NE(key.interviewer, "sha");
    EXPECT_NE(key.competency, "genai-llm");
  }
  EXPECT_TRUE(CheckEvaluation(Material().policy, inputs.facts, inputs.input).ok());
}

TEST(DecisionInputs, ARatingAmendedAfterExposureCarriesTheScoreFromBefore) {
  DecisionMaterial material = Material();
  material.cards[0].revisions.push_back(
      {.revision = 2, .after_exposure = true, .ratings = {Rating("questions/q001@1", "ml-fundamentals", 2)}});
  DecisionInputs inputs = BuildInputs(material, std::nullopt);
  EXPECT_EQ(inputs.input.ratings[0].score, 2);
  ASSERT_TRUE(inputs.input.ratings[0].before_exposure.has_value());
  EXPECT_EQ(inputs.input.ratings[0].before_exposure->score, 4);
  EXPECT_EQ(inputs.cards[0].revision(), 2);

  material.policy.mutable_parameters()->set_exposure_revisions(bank::v1::EXPOSURE_REVISIONS_LAST_BEFORE_EXPOSURE);
  inputs = BuildInputs(material, std::nullopt);
  EXPECT_EQ(inputs.cards[0].revision(), 1);
  EXPECT_TRUE(inputs.cards[0].before_exposure());
}

TEST(DecisionInputs, OnlyConfirmedFlagsReachThePolicyAndTheirPeopleAreCounted) {
  DecisionMaterial material = Material();
  bank::v1::FlagDefinition red;
  red.set_id("no-trade-offs");
  red.set_kind(bank::v1::FLAG_KIND_RED);
  material.flag_definitions = {red};
  v1::Flag flag;
  flag.set_flag_id("no-trade-offs");
  flag.set_kind(bank::v1::FLAG_KIND_RED);
  flag.set_state(v1::FLAG_STATE_RAISED);
  material.flags = {{.flag = flag, .raised_by_subject = "dana"}};
  EXPECT_THAT(BuildInputs(material, std::nullopt).input.flags, IsEmpty());
  material.flags[0].flag.set_state(v1::FLAG_STATE_CONFIRMED);
  material.flags[0].flag.add_confirmations()->set_by("eli");
  const DecisionInputs inputs = BuildInputs(material, std::nullopt);
  ASSERT_THAT(inputs.input.flags, SizeIs(1));
  EXPECT_EQ(inputs.input.flags[0].corroboration.people, 2);
  EXPECT_TRUE(inputs.red_flag);
}

TEST(ReplayDecision, GivesTheSameBytesFromTheStoredInputsAlone) {
  const std::vector<EvaluationInput> inputs = {
      testing::AllAt({4, 3}),
      testing::WithFlag(testing::AllAt({4}), "buzzwords", true),
      testing::WithFlag(testing::Areas({5, 5, std::nullopt, 4, 3, 2}), "fabricated"),
      [] {
        EvaluationInput input = testing::AllAt({5, 2, 4});
        input.role = "mlops";
        input.level = bank::v1::LEVEL_SENIOR;
        input.allowed_levels = {bank::v1::LEVEL_EXPERIENCED, bank::v1::LEVEL_SENIOR};
        input.seniority_gap = Corroboration{.people = 2, .evidence = true};
        input.must_haves = {.met = {1}, .unmet = {2}};
        input.ratings[0].before_exposure = ScoreBeforeExposure{3};
        input.ratings[1].before_exposure = ScoreBeforeExposure{std::nullopt};
        input.expected = {input.ratings[0].key, input.ratings[1].key};
        return input;
      }(),
  };
  for (const bank::v1::Policy& policy : {testing::GuidePolicy(), testing::DefensiblePolicy()}) {
    for (const EvaluationInput& input : inputs) {
      const PolicySettings settings = Settle(policy);
      const std::string canonical = CanonicalInputs(settings, testing::Facts(), input);
      const auto read = ReadCanonicalInputs(canonical);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(CanonicalInputs(read->settings, read->facts, read->input), canonical);
      const std::string digest = runtime::Sha256Hex(canonical);
      EXPECT_EQ(CanonicalDecision(Evaluate(read->settings, read->facts, read->input), digest),
                CanonicalDecision(Evaluate(settings, testing::Facts(), input), digest));
    }
  }
}

TEST(ReplayDecision, RefusesWhatIsNotCanonicalInputs) {
  EXPECT_FALSE(ReadCanonicalInputs("").ok());
  EXPECT_FALSE(ReadCanonicalInputs("[]").ok());
  EXPECT_FALSE(ReadCanonicalInputs("{\"policy\":{}}").ok());
}

TEST(ReplayDecision, NamesWhatDiffers) {
  EXPECT_THAT(JsonDifferences(R"({"a":1,"b":[2]})", R"({"a":1,"b":[3],"c":4})"), ::testing::ElementsAre("/b", "/c"));
  EXPECT_THAT(JsonDifferences(R"({"a":1})", R"({"a":1})"), IsEmpty());
}

TEST(DecisionEncoding, ShowsExactFiguresAndWhatFlips) {
  const EvaluationInput input = testing::AllAt({4, 3});
  const PolicySettings settings = Settle(testing::GuidePolicy());
  const Evaluation evaluation = Evaluate(settings, testing::Facts(), input);
  const v1::Evaluation proto =
      ToProto(evaluation, CheckRobustness(settings, testing::Facts(), input, evaluation), input, {.policy = "policies/p@1"});
  EXPECT_EQ(proto.weighted_average(), "7/2");
  EXPECT_DOUBLE_EQ(proto.weighted_average_decimal(), 3.5);
  EXPECT_EQ(proto.competencies_size(), 6);
  EXPECT_EQ(proto.competencies(0).effective_weight(), "1/5");
  EXPECT_EQ(proto.interviewers(), 1);
  EXPECT_GT(proto.robustness().perturbations_size(), 0);
  EXPECT_EQ(proto.trace_size(), static_cast<int>(evaluation.trace.size()));
}

}  // namespace
}  // namespace assay::scoring
