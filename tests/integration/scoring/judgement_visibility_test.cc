#include "tests/integration/scoring/judgement_fixture.h"

#include <gmock/gmock.h>

namespace assay::scoring {
namespace {

using runtime::ReasonOf;
using runtime::v1::ErrorReason;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace errors = runtime::v1;

template <typename T>
ErrorReason Why(const absl::StatusOr<T>& answer) {
  return ReasonOf(answer.status());
}

// ---- blindness

TEST_F(JudgementTest, BeforeTheirOwnCardAPanelistLearnsNothingOfAPeers) {
  v1::GetInterviewRequest get_interview;
  get_interview.set_name("interviews/i1");
  const auto interview = [&] { return Must<v1::Interview>("InterviewService/GetInterview", get_interview, "acme:eli").DebugString(); };
  const std::string interview_before = interview();
  v1::SubmitScorecardRequest request = Submission("i1", "dana");
  request.add_external_ids()->set_system("greenhouse");
  request.mutable_external_ids(0)->set_id("sc-1");
  v1::RaisedFlag& raised = *request.mutable_content()->add_flags_raised();
  raised.set_flag_id("no-trade-offs");
  raised.set_evidence("never weighed anything");
  const auto card = Submit(request, "acme:dana");
  ASSERT_TRUE(card.ok()) << card.status();
  const auto decision = Evaluate("acme:rika");
  ASSERT_TRUE(decision.ok()) << decision.status();

  for (const char* blind : {"acme:eli", "acme:fay", "acme:gil"}) {
    EXPECT_EQ(Why(Get(card->name(), blind)), errors::ERROR_REASON_NOT_FOUND) << blind;
    // A list of one row at a time must not tell by its token that there is something to page to.
    for (const char* parent : {"interviews/i1", "interviews/-"}) {
      const auto page = List(parent, blind, 1);
      EXPECT_THAT(page.scorecards(), IsEmpty()) << blind;
      EXPECT_THAT(page.next_page_token(), IsEmpty()) << blind;
    }
    v1::BatchGetScorecardsRequest batch;
    batch.add_names(card->name());
    EXPECT_EQ(Why(Call<v1::BatchGetScorecardsResponse>("ScorecardService/BatchGetScorecards", batch, blind)),
              errors::ERROR_REASON_NOT_FOUND);
    v1::BatchGetScorecardsByExternalIdRequest by_id;
    *by_id.add_external_ids() = request.external_ids(0);
    const auto found =
        Must<v1::BatchGetScorecardsByExternalIdResponse>("ScorecardService/BatchGetScorecardsByExternalId", by_id, blind);
    EXPECT_THAT(found.scorecards(), IsEmpty());
    EXPECT_THAT(found.missing(), SizeIs(1));
    v1::ListScorecardRevisionsRequest revisions;
    revisions.set_name(card->name());
    EXPECT_EQ(Why(Call<v1::ListScorecardRevisionsResponse>("ScorecardService/ListScorecardRevisions", revisions, blind)),
              errors::ERROR_REASON_NOT_FOUND);
    v1::ListFlagsRequest flags;
    flags.set_parent("applications/a1");
    EXPECT_THAT(Must<v1::ListFlagsResponse>("ScorecardService/ListFlags", flags, blind).flags(), IsEmpty());
    EXPECT_EQ(Why(GetDecision(decision->name(), blind)), errors::ERROR_REASON_NOT_FOUND);
    EXPECT_EQ(Why(Evaluate(blind)), errors::ERROR_REASON_NOT_FOUND);
    v1::ListDecisionsRequest decisions;
    decisions.set_parent("applications/-");
    EXPECT_THAT(Must<v1::ListDecisionsResponse>("DecisionService/ListDecisions", decisions, blind).decisions(), IsEmpty());
    v1::SimulateDecisionRequest simulate;
    simulate.set_parent("applications/a1");
    EXPECT_EQ(Why(Call<v1::SimulateDecisionResponse>("DecisionService/SimulateDecision", simulate, blind)),
              errors::ERROR_REASON_NOT_FOUND);
  }
  EXPECT_EQ(interview(), interview_before);
  EXPECT_EQ(Count("card_exposure WHERE subject IN ('eli', 'fay', 'gil')"), 0);

  SubmitAs("i1", "eli");
  EXPECT_TRUE(Get(card->name(), "acme:eli").ok());
  EXPECT_THAT(List("interviews/i1", "acme:eli").scorecards(), SizeIs(2));
  // Of another round still nothing, nor a decision that shows every round.
  SubmitAs("i2", "gil");
  EXPECT_EQ(Why(Get(CardOf("i2", "gil"), "acme:eli")), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_EQ(Why(GetDecision(decision->name(), "acme:eli")), errors::ERROR_REASON_NOT_FOUND);
}

TEST_F(JudgementTest, AHiringManagerOffThePanelSeesStatusUntilEveryCardIsIn) {
  SubmitAs("i1", "dana");
  const auto status = Get(CardOf("i1", "dana"), "acme:hana");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->state(), v1::SCORECARD_STATE_SUBMITTED);
  EXPECT_FALSE(status->has_content());
  EXPECT_THAT(status->etag(), IsEmpty());
  SubmitAs("i1", "eli");
  SubmitAs("i1", "fay");
  SubmitAs("i2", "gil");
  EXPECT_EQ(Get(CardOf("i1", "dana"), "acme:hana")->content().ratings_size(), 3);
}

TEST_F(JudgementTest, PrivilegedAndBreakGlassReadsAreAuditedBeforeTheAnswer) {
  NewInterviewer("rika");
  NewInterview("i3", "a1", {"rika"}, {});
  SubmitAs("i1", "dana");
  EXPECT_TRUE(Get(CardOf("i1", "dana"), kAdmin).ok());
  EXPECT_EQ(Count("audit WHERE category = 'privileged' AND actor = 'root'"), 1);
  EXPECT_EQ(Why(Get(CardOf("i1", "dana"), "acme:rika")), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_EQ(Why(Get(CardOf("i1", "dana"), "acme:eli", "curious")), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_EQ(Count("audit WHERE category = 'break-glass'"), 0);
  EXPECT_TRUE(Get(CardOf("i1", "dana"), "acme:rika", "the candidate complained").ok());
  EXPECT_EQ(Count("audit WHERE category = 'break-glass' AND actor = 'rika' AND length(reason_hash) = 32"), 1);
  // And the card of whoever broke the glass says so.
  EXPECT_TRUE(SubmitAs("i3", "rika").rated_after_exposure());
}

// ---- amendments

TEST_F(JudgementTest, AnAmendmentAfterSeeingAPeerIsMarkedAndEarlierRevisionsStay) {
  const v1::Scorecard dana = SubmitAs("i1", "dana");
  const v1::Scorecard eli = SubmitAs("i1", "eli");
  EXPECT_FALSE(eli.rated_after_exposure());
  const auto unseen = Amend(eli, Rated(3, 4, 4), "acme:eli");
  ASSERT_TRUE(unseen.ok()) << unseen.status();
  EXPECT_FALSE(unseen->amended_after_exposure());
  ASSERT_TRUE(Get(dana.name(), "acme:eli").ok());
  EXPECT_EQ(Why(Amend(eli, Rated(2, 2, 2), "acme:eli")), errors::ERROR_REASON_ETAG_MISMATCH);
  const auto seen = Amend(*unseen, Rated(5, 5, 5), "acme:eli");
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_TRUE(seen->amended_after_exposure());
  EXPECT_EQ(seen->state(), v1::SCORECARD_STATE_AMENDED);
  EXPECT_EQ(seen->revision(), 3);
  v1::ListScorecardRevisionsRequest request;
  request.set_name(eli.name());
  const auto revisions =
      Must<v1::ListScorecardRevisionsResponse>("ScorecardService/ListScorecardRevisions", request, "acme:eli").revisions();
  ASSERT_THAT(revisions, SizeIs(3));
  EXPECT_EQ(revisions[0].content().ratings(0).score(), 4);
  EXPECT_EQ(revisions[1].content().ratings(0).score(), 3);
  EXPECT_FALSE(revisions[1].amended_after_exposure());
  EXPECT_TRUE(revisions[2].amended_after_exposure());
  EXPECT_EQ(Get(eli.name(), "acme:eli")->DebugString(), seen->DebugString());
}

}  // namespace
}  // namespace assay::scoring
