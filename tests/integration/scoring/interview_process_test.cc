#include "tests/integration/scoring/process_fixture.h"

#include <gmock/gmock.h>

namespace assay::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace errors = runtime::v1;

template <typename T>
errors::ErrorReason Why(const absl::StatusOr<T>& answer) {
  return runtime::ReasonOf(answer.status());
}

TEST_F(ProcessTest, ARequisitionPinsItsPolicyAndKeepsWhatItJudgesBy) {
  const v1::Requisition requisition = NewRequisition("r1");
  EXPECT_EQ(requisition.policy(), "policies/ai-engineer@2");
  EXPECT_EQ(requisition.peer_visibility(), bank::v1::PEER_VISIBILITY_AFTER_OWN);
  EXPECT_THAT(Sql("SELECT name FROM catalog_copy ORDER BY name"),
              ElementsAre("flagDefinitions/no-trade-offs@1", "policies/ai-engineer@2", "roleGuides/mlops@1"));
  EXPECT_THAT(Sql("SELECT name FROM kit_copy"), ElementsAre("kits/k1"));
}

TEST_F(ProcessTest, AnUnknownRoleIsRefusedWithTheKnownOnes) {
  v1::CreateRequisitionRequest request = RequisitionRequest("r1");
  request.mutable_requisition()->set_role("astronaut");
  const auto answer = Call<v1::Requisition>("RequisitionService/CreateRequisition", request);
  EXPECT_EQ(Why(answer), errors::ERROR_REASON_UNKNOWN_ROLE);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("mlops"));
}

TEST_F(ProcessTest, WithoutTheBankARequisitionIsOpenedFromCopies) {
  bank_.away = true;
  EXPECT_TRUE(absl::IsUnavailable(
      Call<v1::Requisition>("RequisitionService/CreateRequisition", RequisitionRequest("r1")).status()));
  bank_.away = false;
  NewRequisition("r1");
  bank_.away = true;
  EXPECT_EQ(NewRequisition("r2").policy(), "policies/ai-engineer@2");
}

TEST_F(ProcessTest, ThePolicyChangesUntilACardIsSubmitted) {
  SetUpLoop();
  NewInterview("i1", {"dana"});
  v1::UpdateRequisitionRequest update;
  update.mutable_requisition()->set_name("requisitions/r1");
  update.mutable_requisition()->set_policy("policies/ai-engineer@1");
  update.mutable_update_mask()->add_paths("policy");
  ASSERT_EQ(Call<v1::Requisition>("RequisitionService/UpdateRequisition", update)->policy(), "policies/ai-engineer@1");
  SubmitCard("i1", "dana");
  update.mutable_requisition()->set_policy("policies/ai-engineer@2");
  EXPECT_EQ(Why(Call<v1::Requisition>("RequisitionService/UpdateRequisition", update)), errors::ERROR_REASON_POLICY_FROZEN);
}

TEST_F(ProcessTest, AnApplicationNeedsItsParentsAndIsMadeOnce) {
  SetUpLoop();
  v1::CreateApplicationRequest request;
  request.mutable_application()->set_candidate("candidates/nobody");
  request.mutable_application()->set_requisition("requisitions/r1");
  EXPECT_EQ(Why(Call<v1::Application>("ApplicationService/CreateApplication", request)), errors::ERROR_REASON_PARENT_NOT_FOUND);
  request.mutable_application()->set_candidate("candidates/c1");
  EXPECT_EQ(Why(Call<v1::Application>("ApplicationService/CreateApplication", request)), errors::ERROR_REASON_ALREADY_EXISTS);
}

TEST_F(ProcessTest, AClosedRequisitionTakesNoApplicationsUntilItIsReopened) {
  SetUpLoop();
  NewCandidate("c2");
  v1::CloseRequisitionRequest close;
  close.set_name("requisitions/r1");
  close.set_reason("filled");
  ASSERT_TRUE(Call<v1::Requisition>("RequisitionService/CloseRequisition", close).ok());
  v1::CreateApplicationRequest request;
  request.mutable_application()->set_candidate("candidates/c2");
  request.mutable_application()->set_requisition("requisitions/r1");
  EXPECT_EQ(Why(Call<v1::Application>("ApplicationService/CreateApplication", request)), errors::ERROR_REASON_INVALID_STATE);
  v1::ReopenRequisitionRequest reopen;
  reopen.set_name("requisitions/r1");
  reopen.set_reason("the hire fell through");
  ASSERT_TRUE(Call<v1::Requisition>("RequisitionService/ReopenRequisition", reopen).ok());
  EXPECT_TRUE(Call<v1::Application>("ApplicationService/CreateApplication", request).ok());
}

TEST_F(ProcessTest, AnApplicationIsWithdrawnAndReopened) {
  SetUpLoop();
  v1::WithdrawApplicationRequest withdraw;
  withdraw.set_name("applications/a1");
  withdraw.set_withdraw_reason("compensation");
  const auto withdrawn = Call<v1::Application>("ApplicationService/WithdrawApplication", withdraw);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->state(), v1::APPLICATION_STATE_WITHDRAWN);
  EXPECT_EQ(Why(Call<v1::Application>("ApplicationService/WithdrawApplication", withdraw)), errors::ERROR_REASON_INVALID_STATE);
  v1::ReopenApplicationRequest reopen;
  reopen.set_name("applications/a1");
  reopen.set_etag(withdrawn->etag());
  const auto reopened = Call<v1::Application>("ApplicationService/ReopenApplication", reopen);
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_THAT(reopened->withdraw_reason(), IsEmpty());
  EXPECT_EQ(reopened->etag(), "\"3\"");
}

TEST_F(ProcessTest, AnInterviewPinsTheKitOfItsStage) {
  SetUpLoop();
  bank_.away = true;  // the kit came over with the requisition
  const v1::Interview interview = NewInterview("i1", {"dana", "eli"});
  EXPECT_EQ(interview.kit(), "kits/k1");
  ASSERT_EQ(interview.kit_questions_size(), 1);
  EXPECT_EQ(interview.kit_questions(0).question(), "questions/q037@3");
  EXPECT_EQ(interview.duration().seconds(), 3600);
  EXPECT_EQ(interview.due_time().seconds(), 1'800'000'000 + 3600 + 24 * 3600);
  EXPECT_EQ(interview.candidate(), "candidates/c1");
  EXPECT_EQ(interview.requisition(), "requisitions/r1");
  EXPECT_EQ(interview.panel(0).role(), v1::PANEL_ROLE_PANELIST);
  EXPECT_THAT(Sql("SELECT kit_hash FROM interview"), ElementsAre("hash-k1"));
  EXPECT_THAT(Sql("SELECT interviewer FROM interview_panel ORDER BY 1"), ElementsAre("dana", "eli"));
}

TEST_F(ProcessTest, AnInterviewNeedsPeopleAndAKitThatExist) {
  SetUpLoop();
  const auto create = [&](const v1::CreateInterviewRequest& request) {
    return Why(Call<v1::Interview>("InterviewService/CreateInterview", request));
  };
  EXPECT_EQ(create(InterviewRequest("i1", "a1", "technical", {"nobody"})), errors::ERROR_REASON_PARENT_NOT_FOUND);
  EXPECT_EQ(create(InterviewRequest("i1", "a9", "technical", {"dana"})), errors::ERROR_REASON_PARENT_NOT_FOUND);
  EXPECT_EQ(create(InterviewRequest("i1", "a1", "lunch", {"dana"})), errors::ERROR_REASON_INVALID_FIELDS);
  v1::CreateInterviewRequest request = InterviewRequest("i1", "a1", "screen", {"dana"});
  request.mutable_interview()->set_kit("kits/k9");
  EXPECT_EQ(create(request), errors::ERROR_REASON_PARENT_NOT_FOUND);
  request.mutable_interview()->set_kit("kits/k2");
  request.mutable_interview()->set_time_zone("Mars/Olympus");
  EXPECT_EQ(create(request), errors::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(ProcessTest, WhoHasReadTheCandidatesCardsJoinsThePanelMarked) {
  SetUpLoop();
  NewInterview("i1", {"dana"});
  Sql("INSERT INTO card_exposure VALUES ('acme', 'a1', 'i1', 'eli@acme', now())");
  const v1::Interview second = NewInterview("i2", {"dana", "eli"});
  EXPECT_FALSE(second.panel(0).rated_after_exposure());
  EXPECT_TRUE(second.panel(1).rated_after_exposure());
  v1::ChangeInterviewPanelRequest panel;
  panel.set_name("interviews/i1");
  panel.add_panel()->set_interviewer("interviewers/dana");
  panel.add_panel()->set_interviewer("interviewers/eli");
  const auto changed = Call<v1::Interview>("InterviewService/ChangeInterviewPanel", panel);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_TRUE(changed->panel(1).rated_after_exposure());
  EXPECT_THAT(Sql("SELECT rated_after_exposure FROM interview_panel WHERE interview = 'i1' ORDER BY interviewer"),
              ElementsAre("f", "t"));
}

TEST_F(ProcessTest, AnInterviewRunsItsCourseAndTellsTheFeed) {
  SetUpLoop();
  NewInterview("i1", {"dana", "eli"});
  v1::StartInterviewRequest start;
  start.set_name("interviews/i1");
  ASSERT_TRUE(Call<v1::Interview>("InterviewService/StartInterview", start).ok());
  v1::CompleteInterviewRequest complete;
  complete.set_name("interviews/i1");
  ASSERT_TRUE(Call<v1::Interview>("InterviewService/CompleteInterview", complete).ok());
  v1::CancelInterviewRequest cancel;
  cancel.set_name("interviews/i1");
  cancel.set_cancel_reason("no-show");
  EXPECT_EQ(Why(Call<v1::Interview>("InterviewService/CancelInterview", cancel)), errors::ERROR_REASON_INVALID_STATE);
  v1::CloseInterviewRequest close;
  close.set_name("interviews/i1");
  const auto closed = Call<v1::Interview>("InterviewService/CloseInterview", close);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), v1::INTERVIEW_STATE_CLOSED);
  EXPECT_THAT(Sql("SELECT type || ' ' || state || ' ' || aggregate_version FROM outbox WHERE aggregate_id LIKE '%i1' OR type LIKE "
                  "'interview.%' OR type LIKE 'scorecard.%' ORDER BY sequence"),
              ElementsAre("interview.created SCHEDULED 1", "interview.state_changed IN_PROGRESS 2", "scorecard.due DUE 0",
                          "scorecard.due DUE 0", "interview.state_changed COMPLETED 3", "interview.state_changed CLOSED 4"));
}

TEST_F(ProcessTest, ReschedulingIsRefusedFromAnOldEtag) {
  SetUpLoop();
  NewInterview("i1", {"dana"});
  v1::RescheduleInterviewRequest reschedule;
  reschedule.set_name("interviews/i1");
  reschedule.set_etag("\"1\"");
  reschedule.mutable_start_time()->set_seconds(1'800'090'000);
  const auto moved = Call<v1::Interview>("InterviewService/RescheduleInterview", reschedule);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->due_time().seconds(), 1'800'090'000 + 3600 + 24 * 3600);
  EXPECT_EQ(Why(Call<v1::Interview>("InterviewService/RescheduleInterview", reschedule)), errors::ERROR_REASON_ETAG_MISMATCH);
}

TEST_F(ProcessTest, TwoKitsThatAskTheSameBothServe) {
  SetUpLoop();
  ASSERT_EQ(NewInterview("i1", {"dana"}).kit(), "kits/k1");
  v1::CreateRequisitionRequest twin = RequisitionRequest("r2");
  twin.mutable_requisition()->mutable_stages(1)->mutable_kit_plan()->set_kit("kits/twin-of-k1");
  ASSERT_TRUE(Call<v1::Requisition>("RequisitionService/CreateRequisition", twin).ok());
  NewApplication("a2", "c1", "r2");
  const auto interview =
      Call<v1::Interview>("InterviewService/CreateInterview", InterviewRequest("i2", "a2", "technical", {"dana"}));
  ASSERT_TRUE(interview.ok()) << interview.status();
  EXPECT_EQ(interview->kit(), "kits/twin-of-k1");
}

TEST_F(ProcessTest, TheKitIsPinnedOnceACardIsIn) {
  SetUpLoop();
  v1::CreateInterviewRequest create = InterviewRequest("i1", "a1", "screen", {"dana"});
  create.mutable_interview()->set_kit("kits/k1");
  ASSERT_TRUE(Call<v1::Interview>("InterviewService/CreateInterview", create).ok());
  v1::UpdateInterviewRequest update;
  update.mutable_interview()->set_name("interviews/i1");
  update.mutable_interview()->set_kit("kits/k2");
  update.mutable_update_mask()->add_paths("kit");
  const auto changed = Call<v1::Interview>("InterviewService/UpdateInterview", update);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->kit(), "kits/k2");
  EXPECT_THAT(Sql("SELECT kit_hash FROM interview"), ElementsAre("hash-k2"));
  SubmitCard("i1", "dana");
  update.mutable_interview()->set_kit("kits/k1");
  EXPECT_EQ(Why(Call<v1::Interview>("InterviewService/UpdateInterview", update)), errors::ERROR_REASON_REVISION_PINNED);
  v1::CancelInterviewRequest cancel;
  cancel.set_name("interviews/i1");
  cancel.set_cancel_reason("no-show");
  EXPECT_EQ(Why(Call<v1::Interview>("InterviewService/CancelInterview", cancel)), errors::ERROR_REASON_INVALID_STATE);
}

TEST_F(ProcessTest, AnInactiveInterviewerJoinsNoPanel) {
  SetUpLoop();
  v1::UpdateInterviewerRequest update;
  update.mutable_interviewer()->set_name("interviewers/eli");
  update.mutable_interviewer()->set_active(false);
  update.mutable_update_mask()->add_paths("active");
  const auto inactive = Call<v1::Interviewer>("InterviewService/UpdateInterviewer", update);
  ASSERT_TRUE(inactive.ok()) << inactive.status();
  EXPECT_EQ(inactive->state(), v1::INTERVIEWER_STATE_INACTIVE);
  EXPECT_EQ(inactive->display_name(), "Interviewer eli");
  EXPECT_EQ(Why(Call<v1::Interview>("InterviewService/CreateInterview", InterviewRequest("i1", "a1", "technical", {"eli"}))),
            errors::ERROR_REASON_INVALID_STATE);
}

TEST_F(ProcessTest, ASubjectIsOneInterviewer) {
  NewInterviewer("dana");
  v1::CreateInterviewerRequest request;
  request.mutable_interviewer()->set_subject("dana@acme");
  EXPECT_EQ(Why(Call<v1::Interviewer>("InterviewService/CreateInterviewer", request)), errors::ERROR_REASON_ALREADY_EXISTS);
}

}  // namespace
}  // namespace assay::scoring
