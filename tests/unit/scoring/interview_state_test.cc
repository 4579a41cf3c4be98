#include "services/scoring/domain/interview_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/runtime/base/error.h"
#include "services/scoring/domain/interview_kit.h"
#include "services/scoring/domain/requisition_rules.h"
#include "services/scoring/domain/resource_change.h"

namespace assay::scoring {
namespace {

using runtime::FromMicros;
using runtime::ReasonOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const runtime::Instant kNow = FromMicros(1'800'000'000'000'000);

v1::PanelMember Member(const std::string& id, v1::PanelRole role = v1::PANEL_ROLE_PANELIST) {
  v1::PanelMember member;
  member.set_interviewer("interviewers/" + id);
  member.set_role(role);
  return member;
}

v1::Interview Interview(v1::InterviewState state) {
  v1::Interview interview;
  interview.set_name("interviews/i1");
  interview.set_state(state);
  *interview.add_panel() = Member("dana", v1::PANEL_ROLE_LEAD);
  *interview.add_panel() = Member("eli");
  *interview.mutable_start_time() = runtime::ToTimestamp(kNow);
  interview.mutable_duration()->set_seconds(3600);
  *interview.mutable_due_time() = DefaultDueTime(interview.start_time(), interview.duration());
  return interview;
}

google::protobuf::RepeatedPtrField<v1::PanelMember> Panel(std::initializer_list<v1::PanelMember> members) {
  return {members.begin(), members.end()};
}

TEST(InterviewState, GoesFromScheduledToClosed) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  EXPECT_TRUE(StartInterview(interview, kNow).ok());
  EXPECT_TRUE(CompleteInterview(interview, kNow).ok());
  EXPECT_TRUE(CloseInterview(interview, kNow).ok());
  EXPECT_EQ(interview.state(), v1::INTERVIEW_STATE_CLOSED);
  EXPECT_EQ(interview.close_time().seconds(), 1'800'000'000);
}

TEST(InterviewState, MayBeCompletedWithoutHavingBeenStarted) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  EXPECT_TRUE(CompleteInterview(interview, kNow).ok());
}

TEST(InterviewState, NoTransitionSkipsOrRepeatsAStep) {
  for (const auto state : {v1::INTERVIEW_STATE_IN_PROGRESS, v1::INTERVIEW_STATE_COMPLETED, v1::INTERVIEW_STATE_CLOSED,
                           v1::INTERVIEW_STATE_CANCELED}) {
    v1::Interview interview = Interview(state);
    EXPECT_EQ(ReasonOf(StartInterview(interview, kNow)), runtime::v1::ERROR_REASON_INVALID_STATE) << state;
    EXPECT_EQ(interview.state(), state);
  }
  v1::Interview scheduled = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  EXPECT_EQ(ReasonOf(CloseInterview(scheduled, kNow)), runtime::v1::ERROR_REASON_INVALID_STATE);
}

TEST(InterviewState, ACompletedOrClosedOneCannotBeCanceled) {
  for (const auto state : {v1::INTERVIEW_STATE_COMPLETED, v1::INTERVIEW_STATE_CLOSED, v1::INTERVIEW_STATE_CANCELED}) {
    v1::Interview interview = Interview(state);
    EXPECT_EQ(ReasonOf(CancelInterview(interview, "no-show", {})), runtime::v1::ERROR_REASON_INVALID_STATE);
  }
}

TEST(InterviewState, OneWithASubmittedCardCannotBeCanceled) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_IN_PROGRESS);
  EXPECT_EQ(ReasonOf(CancelInterview(interview, "no-show", {"dana"})), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_TRUE(CancelInterview(interview, "no-show", {}).ok());
  EXPECT_EQ(interview.cancel_reason(), "no-show");
}

TEST(InterviewState, CardsAreDueADayAfterThePlannedEnd) {
  EXPECT_EQ(Interview(v1::INTERVIEW_STATE_SCHEDULED).due_time().seconds(), 1'800'000'000 + 3600 + 24 * 3600);
}

TEST(InterviewState, ReschedulingMovesTheDueTimeAlong) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  const int64_t due = interview.due_time().seconds();
  NewTime time;
  time.start.set_seconds(interview.start_time().seconds() + 7200);
  ASSERT_TRUE(RescheduleInterview(interview, time).ok());
  EXPECT_EQ(interview.due_time().seconds(), due + 7200);
}

TEST(InterviewState, OnlyAScheduledOneIsRescheduled) {
  NewTime time;
  v1::Interview started = Interview(v1::INTERVIEW_STATE_IN_PROGRESS);
  EXPECT_EQ(ReasonOf(RescheduleInterview(started, time)), runtime::v1::ERROR_REASON_INVALID_STATE);
  v1::Interview canceled = Interview(v1::INTERVIEW_STATE_CANCELED);
  EXPECT_EQ(ReasonOf(RescheduleInterview(canceled, time)), runtime::v1::ERROR_REASON_INTERVIEW_CANCELED);
}

TEST(InterviewPanel, WhoHasReadCardsOfTheCandidateJoinsMarked) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  ASSERT_TRUE(ChangePanel(interview, Panel({Member("dana"), Member("finn")}), {.submitted = {}, .exposed = {"dana", "finn"}}).ok());
  EXPECT_FALSE(interview.panel(0).rated_after_exposure()) << "dana was on the panel before";
  EXPECT_TRUE(interview.panel(1).rated_after_exposure());
}

TEST(InterviewPanel, WhoSubmittedStaysAndKeepsTheRole) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_COMPLETED);
  const PanelFacts facts{.submitted = {"dana"}, .exposed = {}};
  EXPECT_EQ(ReasonOf(ChangePanel(interview, Panel({Member("eli")}), facts)), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(ReasonOf(ChangePanel(interview, Panel({Member("dana", v1::PANEL_ROLE_SHADOW)}), facts)),
            runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_TRUE(ChangePanel(interview, Panel({Member("dana", v1::PANEL_ROLE_LEAD)}), facts).ok());
}

TEST(InterviewPanel, NobodySitsOnItTwice) {
  v1::Interview interview = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  EXPECT_EQ(ReasonOf(ChangePanel(interview, Panel({Member("eli"), Member("eli")}), {})),
            runtime::v1::ERROR_REASON_INVALID_FIELDS);
}

TEST(InterviewPanel, StaysAsItIsOnceTheInterviewIsClosed) {
  v1::Interview closed = Interview(v1::INTERVIEW_STATE_CLOSED);
  EXPECT_EQ(ReasonOf(ChangePanel(closed, Panel({Member("eli")}), {})), runtime::v1::ERROR_REASON_INTERVIEW_CLOSED);
}

TEST(InterviewKit, CannotChangeOnceACardIsSubmittedOrTheInterviewStarted) {
  EXPECT_TRUE(CheckKitChange(Interview(v1::INTERVIEW_STATE_SCHEDULED), {}).ok());
  EXPECT_EQ(ReasonOf(CheckKitChange(Interview(v1::INTERVIEW_STATE_SCHEDULED), {"dana"})),
            runtime::v1::ERROR_REASON_REVISION_PINNED);
  EXPECT_EQ(ReasonOf(CheckKitChange(Interview(v1::INTERVIEW_STATE_IN_PROGRESS), {})), runtime::v1::ERROR_REASON_INVALID_STATE);
}

TEST(InterviewKit, FollowsTheStagesPlan) {
  v1::Stage stage;
  EXPECT_EQ(*ChooseKit(stage, "", {.first_kit = "kits/first", .interviews = 1}), "kits/first");
  EXPECT_EQ(*ChooseKit(stage, "kits/given", {.first_kit = "kits/first", .interviews = 1}), "kits/given");
  stage.mutable_kit_plan()->set_kit("kits/fixed");
  EXPECT_EQ(*ChooseKit(stage, "", {}), "kits/fixed");
  EXPECT_EQ(ReasonOf(ChooseKit(stage, "kits/given", {}).status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
  stage.mutable_kit_plan()->set_mode(v1::KIT_MODE_DRAWN);
  EXPECT_EQ(ReasonOf(ChooseKit(stage, "", {}).status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
}

TEST(InterviewKit, GivesParallelFormsInTurn) {
  v1::Stage stage;
  stage.mutable_kit_plan()->set_mode(v1::KIT_MODE_PARALLEL);
  stage.mutable_kit_plan()->add_forms("kits/a");
  stage.mutable_kit_plan()->add_forms("kits/b");
  EXPECT_EQ(*ChooseKit(stage, "", {.first_kit = "", .interviews = 0}), "kits/a");
  EXPECT_EQ(*ChooseKit(stage, "", {.first_kit = "kits/a", .interviews = 1}), "kits/b");
  EXPECT_EQ(*ChooseKit(stage, "", {.first_kit = "kits/a", .interviews = 2}), "kits/a");
}

TEST(RequisitionRules, EveryViolationIsNamedAtOnce) {
  v1::Requisition requisition;
  requisition.add_stages()->set_id("screen");
  requisition.add_stages()->set_id("screen");
  requisition.add_allowed_levels(bank::v1::LEVEL_UNSPECIFIED);
  requisition.set_time_zone("Mars/Olympus");
  const absl::Status status = CheckRequisition(requisition, [](std::string_view) { return false; });
  EXPECT_EQ(runtime::ViolationsOf(status).size(), 3u) << status;
}

TEST(RequisitionRules, AStageWithInterviewsKeepsItsPinnedKit) {
  v1::Requisition before;
  before.add_stages()->set_id("screen");
  before.mutable_stages(0)->mutable_kit_plan()->set_kit("kits/a");
  v1::Requisition after = before;
  after.mutable_stages(0)->mutable_kit_plan()->set_kit("kits/b");
  EXPECT_TRUE(CheckStageChange(before, after, {}).ok());
  EXPECT_EQ(ReasonOf(CheckStageChange(before, after, {"screen"})), runtime::v1::ERROR_REASON_INVALID_STATE);
  EXPECT_EQ(ReasonOf(CheckStageChange(before, {}, {"screen"})), runtime::v1::ERROR_REASON_INVALID_STATE);
}

TEST(RequisitionRules, ThePolicyFreezesWithTheFirstSubmittedCard) {
  v1::Requisition before, after;
  before.set_policy("policies/x@1");
  after.set_policy("policies/x@2");
  EXPECT_TRUE(CheckPolicyChange(before, after, false).ok());
  EXPECT_EQ(ReasonOf(CheckPolicyChange(before, after, true)), runtime::v1::ERROR_REASON_POLICY_FROZEN);
  EXPECT_TRUE(CheckPolicyChange(before, before, true).ok());
}

TEST(ApplyUpdate, WithoutAMaskChangesWhatIsPopulated) {
  v1::Interview target = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  v1::Interview wanted;
  wanted.set_state(v1::INTERVIEW_STATE_CLOSED);
  (*wanted.mutable_annotations())["team"] = "search";
  const auto changed = ApplyUpdate(wanted, {}, {}, "interview.", target);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_THAT(*changed, ElementsAre("annotations"));
  EXPECT_EQ(target.state(), v1::INTERVIEW_STATE_SCHEDULED) << "output-only fields are passed over";
}

TEST(ApplyUpdate, AFixedFieldMayBeRepeatedButNotChanged) {
  const FixedFields fixed = {{"panel", "use ChangeInterviewPanel"}};
  v1::Interview target = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  target.mutable_panel(1)->set_rated_after_exposure(true);
  v1::Interview wanted = Interview(v1::INTERVIEW_STATE_SCHEDULED);
  const auto same = ApplyUpdate(wanted, {}, fixed, "interview.", target);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_THAT(*same, IsEmpty());
  *wanted.add_panel() = Member("finn");
  const absl::Status status = ApplyUpdate(wanted, {}, fixed, "interview.", target).status();
  EXPECT_THAT(runtime::ViolationsOf(status), ElementsAre(runtime::Violation{"interview.panel", "use ChangeInterviewPanel"}));
}

TEST(ApplyUpdate, OneKeyOfAMapIsSetOrRemoved) {
  v1::Interview target, wanted;
  (*target.mutable_annotations())["team"] = "search";
  (*target.mutable_annotations())["site"] = "berlin";
  (*wanted.mutable_annotations())["team"] = "ads";
  google::protobuf::FieldMask mask;
  mask.add_paths("annotations.team");
  mask.add_paths("annotations.site");
  ASSERT_TRUE(ApplyUpdate(wanted, mask, {}, "interview.", target).ok());
  EXPECT_EQ(target.annotations().size(), 1u);
  EXPECT_EQ(target.annotations().at("team"), "ads");
}

}  // namespace
}  // namespace assay::scoring
