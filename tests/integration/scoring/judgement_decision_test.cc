#include "tests/integration/scoring/judgement_fixture.h"

#include <gmock/gmock.h>

namespace assay::scoring {
namespace {

using runtime::ReasonOf;
using runtime::v1::ErrorReason;
using ::testing::ElementsAre;
using ::testing::SizeIs;

namespace errors = runtime::v1;

template <typename T>
ErrorReason Why(const absl::StatusOr<T>& answer) {
  return ReasonOf(answer.status());
}

// ---- decisions

TEST_F(JudgementTest, ADecisionIsSignedOnWhatWasEvaluatedAndFallsWithIt) {
  const v1::Scorecard card = SubmitAs("i1", "dana");
  const auto proposed = Evaluate("acme:rika");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_EQ(proposed->recommendation(), v1::OUTCOME_STRONG_HIRE);
  EXPECT_EQ(proposed->evaluation().weighted_average(), "4");
  EXPECT_FALSE(proposed->binding());
  ASSERT_THAT(proposed->inputs(), SizeIs(1));
  EXPECT_EQ(Why(Sign(*proposed, "acme:rika")), errors::ERROR_REASON_SIGNER_NOT_ALLOWED);  // no decider

  ASSERT_TRUE(Amend(card, Rated(2, 2, 2), "acme:dana").ok());
  EXPECT_EQ(Why(Sign(*proposed, "acme:sam")), errors::ERROR_REASON_DECISION_STALE);
  EXPECT_EQ(GetDecision(proposed->name(), "acme:rika")->end_reason(), "scorecard-amended");

  const auto again = Evaluate("acme:rika");
  EXPECT_EQ(again->recommendation(), v1::OUTCOME_NO_HIRE);
  const auto signed_ = Sign(*again, "acme:sam");
  ASSERT_TRUE(signed_.ok()) << signed_.status();
  EXPECT_TRUE(signed_->binding());

  SubmitAs("i1", "eli");  // through the coalescer
  const auto superseded = GetDecision(again->name(), "acme:rika");
  EXPECT_EQ(superseded->state(), v1::DECISION_STATE_SUPERSEDED);
  EXPECT_EQ(superseded->end_reason(), "scorecard-submitted");
  EXPECT_FALSE(superseded->binding());
  EXPECT_EQ(superseded->signature().signer(), "sam");
  EXPECT_THAT(Sql("SELECT type || ' ' || aggregate_version FROM outbox WHERE aggregate_id = '" + again->name() +
                  "' ORDER BY sequence"),
              ElementsAre("decision.proposed 1", "decision.signed 2", "decision.superseded 3"));
}

TEST_F(JudgementTest, AShadowCardNeverEntersADecisionNorTouchesOne) {
  SubmitAs("i1", "dana");
  const auto proposed = Evaluate("acme:rika");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  v1::SubmitScorecardRequest shadow = Submission("i1", "fay");
  *shadow.mutable_content() = Rated(1, 1, 1);
  ASSERT_TRUE(Submit(shadow, "acme:fay").ok());
  EXPECT_TRUE(Sign(*proposed, "acme:sam").ok());
  EXPECT_EQ(Evaluate("acme:rika")->evaluation().input_digest(), proposed->evaluation().input_digest());
}

TEST_F(JudgementTest, AReplayGivesTheSameBytesAndSaysWhenTheGroundHasChanged) {
  const v1::Scorecard card = SubmitAs("i1", "dana");
  const auto proposed = Evaluate("acme:rika");
  v1::ReplayDecisionRequest request;
  request.set_name(proposed->name());
  auto replay = Must<v1::ReplayDecisionResponse>("DecisionService/ReplayDecision", request, "acme:rika");
  EXPECT_TRUE(replay.matches());
  EXPECT_EQ(replay.canonical_json(), proposed->canonical_json());
  EXPECT_EQ(replay.evaluation().DebugString(), proposed->evaluation().DebugString());
  EXPECT_FALSE(replay.inputs_changed());
  ASSERT_TRUE(Amend(card, Rated(1, 1, 1), "acme:dana").ok());
  replay = Must<v1::ReplayDecisionResponse>("DecisionService/ReplayDecision", request, "acme:rika");
  EXPECT_TRUE(replay.matches());
  EXPECT_TRUE(replay.inputs_changed());
}

TEST_F(JudgementTest, ASimulationStoresNothing) {
  SubmitAs("i1", "dana");
  v1::SimulateDecisionRequest request;
  request.set_parent("applications/a1");
  v1::HypotheticalFlag& flag = *request.add_flags();
  flag.set_flag_id("no-trade-offs");
  flag.set_confirmed(true);
  flag.set_critical(true);
  const auto simulated = Must<v1::SimulateDecisionResponse>("DecisionService/SimulateDecision", request, "acme:rika");
  EXPECT_EQ(simulated.baseline().outcome(), v1::OUTCOME_STRONG_HIRE);
  EXPECT_EQ(simulated.simulated().outcome(), v1::OUTCOME_NO_HIRE);
  EXPECT_TRUE(simulated.outcome_changes());
  flag.set_flag_id("unheard-of");
  EXPECT_EQ(Why(Call<v1::SimulateDecisionResponse>("DecisionService/SimulateDecision", request, "acme:rika")),
            errors::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(Count("decision"), 0);
}

TEST_F(JudgementTest, OverridingUpwardOverARedFlagTakesTwoPeople) {
  v1::SubmitScorecardRequest request = Submission("i1", "dana");
  v1::RaisedFlag& raised = *request.mutable_content()->add_flags_raised();
  raised.set_flag_id("no-trade-offs");
  raised.set_evidence("never weighed anything");
  raised.set_critical(true);
  ASSERT_TRUE(Submit(request, "acme:dana").ok());
  v1::ListFlagsRequest list;
  list.set_parent("applications/a1");
  const auto flags = Must<v1::ListFlagsResponse>("ScorecardService/ListFlags", list, "acme:rika").flags();
  ASSERT_THAT(flags, SizeIs(1));
  EXPECT_EQ(flags[0].evidence(), "never weighed anything");
  v1::ConfirmFlagRequest confirm;
  confirm.set_name(flags[0].name());
  confirm.set_reason("I read the notes");
  EXPECT_EQ(Must<v1::Flag>("ScorecardService/ConfirmFlag", confirm, "acme:rika").state(), v1::FLAG_STATE_CONFIRMED);

  const auto proposed = Evaluate("acme:rika");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_EQ(proposed->recommendation(), v1::OUTCOME_NO_HIRE);
  v1::OverrideDecisionRequest override_;
  override_.set_name(proposed->name());
  override_.set_input_digest(proposed->evaluation().input_digest());
  override_.set_outcome(v1::OUTCOME_HIRE);
  const auto act = [&](const std::string& who) {
    return Call<v1::Decision>("DecisionService/OverrideDecision", override_, who);
  };
  EXPECT_EQ(Why(act("acme:sam")), errors::ERROR_REASON_RATIONALE_REQUIRED);
  override_.set_rationale("the flag was about another project");
  EXPECT_EQ(Why(act("acme:rika")), errors::ERROR_REASON_SIGNER_NOT_ALLOWED);  // proposed it
  const auto pending = act("acme:sam");
  ASSERT_TRUE(pending.ok()) << pending.status();
  EXPECT_EQ(pending->state(), v1::DECISION_STATE_PROPOSED);
  v1::ConfirmOverrideRequest second;
  second.set_name(proposed->name());
  second.set_input_digest(proposed->evaluation().input_digest());
  second.set_reason("agreed");
  EXPECT_EQ(Why(Call<v1::Decision>("DecisionService/ConfirmOverride", second, "acme:sam")),
            errors::ERROR_REASON_SIGNER_NOT_ALLOWED);
  const auto overridden = Call<v1::Decision>("DecisionService/ConfirmOverride", second, "acme:kim");
  ASSERT_TRUE(overridden.ok()) << overridden.status();
  EXPECT_EQ(overridden->state(), v1::DECISION_STATE_OVERRIDDEN);
  EXPECT_EQ(overridden->final_outcome(), v1::OUTCOME_HIRE);
  EXPECT_EQ(overridden->override().rationale(), "the flag was about another project");
  EXPECT_EQ(Count("decision WHERE position('another project'::bytea IN document) > 0"), 0);
  EXPECT_EQ(GetDecision(proposed->name(), "acme:rika")->DebugString(), overridden->DebugString());

  // Dismissing the flag takes the ground away from what was signed.
  v1::DismissFlagRequest dismiss;
  dismiss.set_name(flags[0].name());
  dismiss.set_reason("a mix-up");
  Must<v1::Flag>("ScorecardService/DismissFlag", dismiss, "acme:kim");
  EXPECT_EQ(GetDecision(proposed->name(), "acme:rika")->end_reason(), "flag-dismissed");
}

TEST_F(JudgementTest, AFlagThatAlwaysNeedsASecondPersonIsNotConfirmedByItsRaiser) {
  v1::RaiseFlagRequest raise;
  raise.set_parent("applications/a1");
  raise.mutable_flag()->set_flag_id("fabricated-credentials");
  raise.mutable_flag()->set_evidence("the employer does not know the name");
  const v1::Flag flag = Must<v1::Flag>("ScorecardService/RaiseFlag", raise, "acme:rika");
  EXPECT_EQ(flag.people_needed(), 2);
  v1::ConfirmFlagRequest confirm;
  confirm.set_name(flag.name());
  confirm.set_reason("sure");
  EXPECT_EQ(Why(Call<v1::Flag>("ScorecardService/ConfirmFlag", confirm, "acme:rika")), errors::ERROR_REASON_SIGNER_NOT_ALLOWED);
  EXPECT_EQ(Must<v1::Flag>("ScorecardService/ConfirmFlag", confirm, "acme:sam").state(), v1::FLAG_STATE_CONFIRMED);
  raise.mutable_flag()->set_flag_id("unheard-of");
  EXPECT_EQ(Why(Call<v1::Flag>("ScorecardService/RaiseFlag", raise, "acme:rika")), errors::ERROR_REASON_INVALID_FIELDS);
}

}  // namespace
}  // namespace assay::scoring
