#include "tests/integration/scoring/process_fixture.h"

#include <gmock/gmock.h>

#include <set>

namespace assay::scoring {
namespace {

using runtime::ReasonOf;
using runtime::v1::ErrorReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace errors = runtime::v1;

template <typename T>
ErrorReason Why(const absl::StatusOr<T>& answer) {
  return ReasonOf(answer.status());
}

v1::CreateCandidateRequest CandidateRequest(const std::string& request_id = "") {
  v1::CreateCandidateRequest request;
  request.mutable_candidate()->set_display_name("Ada Lovelace");
  request.mutable_candidate()->set_email("ada@example.com");
  request.set_request_id(request_id);
  return request;
}

runtime::v1::ExternalId ExternalId(const std::string& id) {
  runtime::v1::ExternalId external;
  external.set_system("greenhouse");
  external.set_id(id);
  return external;
}

TEST_F(ProcessTest, ACandidateIsReadBackAsCreated) {
  const auto created = Call<v1::Candidate>("CandidateService/CreateCandidate", CandidateRequest());
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_FALSE(trailers_.find("assay-cursor")->second.empty());
  v1::GetCandidateRequest get;
  get.set_name(created->name());
  const auto read = Call<v1::Candidate>("CandidateService/GetCandidate", get);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), created->SerializeAsString());
  EXPECT_EQ(read->etag(), "\"1\"");
  EXPECT_EQ(read->email(), "ada@example.com");
  EXPECT_THAT(read->uid(), SizeIs(36));
}

TEST_F(ProcessTest, PersonalFieldsAreStoredEncryptedOnly) {
  ASSERT_TRUE(Call<v1::Candidate>("CandidateService/CreateCandidate", CandidateRequest()).ok());
  EXPECT_THAT(Sql("SELECT count(*) FROM candidate WHERE position('Lovelace'::bytea IN document) > 0"), ElementsAre("0"));
  EXPECT_THAT(Sql("SELECT count(*) FROM candidate_personal WHERE position('Lovelace'::bytea IN ciphertext) > 0"), ElementsAre("0"));
  EXPECT_THAT(Sql("SELECT count(*) FROM candidate_personal"), ElementsAre("1"));
  EXPECT_THAT(Sql("SELECT payload::text FROM outbox").at(0), Not(HasSubstr("Lovelace")));
}

TEST_F(ProcessTest, ARepeatedRequestIdAnswersTheSameAndCreatesOnce) {
  const auto first = Call<v1::Candidate>("CandidateService/CreateCandidate", CandidateRequest("retry-1"));
  const std::string cursor = trailers_.find("assay-cursor")->second;
  const auto second = Call<v1::Candidate>("CandidateService/CreateCandidate", CandidateRequest("retry-1"));
  ASSERT_TRUE(first.ok() && second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_FALSE(trailers_.find("assay-cursor")->second.empty());
  EXPECT_THAT(Sql("SELECT count(*) FROM candidate"), ElementsAre("1"));
  EXPECT_THAT(Sql("SELECT count(*) FROM outbox"), ElementsAre("1"));
  v1::CreateCandidateRequest other = CandidateRequest("retry-1");
  other.mutable_candidate()->set_display_name("Somebody else");
  EXPECT_EQ(Why(Call<v1::Candidate>("CandidateService/CreateCandidate", other)), errors::ERROR_REASON_REQUEST_ID_REUSED);
}

TEST_F(ProcessTest, ValidateOnlyLeavesNothingBehind) {
  v1::CreateCandidateRequest request = CandidateRequest("dry");
  request.set_validate_only(true);
  EXPECT_TRUE(Call<v1::Candidate>("CandidateService/CreateCandidate", request).ok());
  EXPECT_THAT(Sql("SELECT count(*) FROM candidate"), ElementsAre("0"));
  EXPECT_THAT(Sql("SELECT count(*) FROM outbox"), ElementsAre("0"));
}

TEST_F(ProcessTest, AnIdIsTakenOnce) {
  NewCandidate("c1");
  v1::CreateCandidateRequest request = CandidateRequest();
  request.set_candidate_id("c1");
  EXPECT_EQ(Why(Call<v1::Candidate>("CandidateService/CreateCandidate", request)), errors::ERROR_REASON_ALREADY_EXISTS);
}

TEST_F(ProcessTest, AnExternalIdBelongsToOneResource) {
  v1::CreateCandidateRequest request = CandidateRequest();
  *request.mutable_candidate()->add_external_ids() = ExternalId("42");
  ASSERT_TRUE(Call<v1::Candidate>("CandidateService/CreateCandidate", request).ok());
  EXPECT_EQ(Why(Call<v1::Candidate>("CandidateService/CreateCandidate", request)), errors::ERROR_REASON_ALREADY_EXISTS);
  EXPECT_TRUE(Call<v1::Candidate>("CandidateService/CreateCandidate", request, kOther).ok()) << "another tenant may have it too";
}

TEST_F(ProcessTest, FindOrCreateFindsWhatItCreated) {
  v1::FindOrCreateCandidateRequest request;
  request.mutable_candidate()->set_display_name("Ada");
  *request.mutable_candidate()->add_external_ids() = ExternalId("42");
  const auto first = Call<v1::FindOrCreateCandidateResponse>("CandidateService/FindOrCreateCandidate", request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->created());
  request.mutable_candidate()->set_display_name("Ada L.");
  const auto second = Call<v1::FindOrCreateCandidateResponse>("CandidateService/FindOrCreateCandidate", request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->created());
  EXPECT_EQ(second->candidate().SerializeAsString(), first->candidate().SerializeAsString());
}

TEST_F(ProcessTest, FindOrCreateRepeatsItsAnswerWordForWord) {
  v1::FindOrCreateCandidateRequest request;
  request.set_request_id("once");
  request.mutable_candidate()->set_display_name("Ada");
  *request.mutable_candidate()->add_external_ids() = ExternalId("42");
  const auto first = Call<v1::FindOrCreateCandidateResponse>("CandidateService/FindOrCreateCandidate", request);
  const auto again = Call<v1::FindOrCreateCandidateResponse>("CandidateService/FindOrCreateCandidate", request);
  ASSERT_TRUE(first.ok() && again.ok()) << again.status();
  EXPECT_TRUE(again->created());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
}

TEST_F(ProcessTest, FindOrCreateRefusesIdsOfTwoPeople) {
  for (const std::string id : {"1", "2"}) {
    v1::CreateCandidateRequest request = CandidateRequest();
    *request.mutable_candidate()->add_external_ids() = ExternalId(id);
    ASSERT_TRUE(Call<v1::Candidate>("CandidateService/CreateCandidate", request).ok());
  }
  v1::FindOrCreateCandidateRequest request;
  request.mutable_candidate()->set_display_name("Ada");
  *request.mutable_candidate()->add_external_ids() = ExternalId("1");
  *request.mutable_candidate()->add_external_ids() = ExternalId("2");
  EXPECT_EQ(Why(Call<v1::FindOrCreateCandidateResponse>("CandidateService/FindOrCreateCandidate", request)),
            errors::ERROR_REASON_CONFLICT);
}

TEST_F(ProcessTest, BatchGetByExternalIdTellsWhatIsMissing) {
  v1::CreateCandidateRequest create = CandidateRequest();
  *create.mutable_candidate()->add_external_ids() = ExternalId("42");
  ASSERT_TRUE(Call<v1::Candidate>("CandidateService/CreateCandidate", create).ok());
  v1::BatchGetCandidatesByExternalIdRequest request;
  *request.add_external_ids() = ExternalId("41");
  *request.add_external_ids() = ExternalId("42");
  const auto found =
      Call<v1::BatchGetCandidatesByExternalIdResponse>("CandidateService/BatchGetCandidatesByExternalId", request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->candidates_size(), 1);
  ASSERT_EQ(found->missing_size(), 1);
  EXPECT_EQ(found->missing(0).id(), "41");
}

TEST_F(ProcessTest, BatchGetIsAllOrNothingInTheOrderAsked) {
  NewCandidate("c1");
  NewCandidate("c2");
  v1::BatchGetCandidatesRequest request;
  request.add_names("candidates/c2");
  request.add_names("candidates/c1");
  const auto found = Call<v1::BatchGetCandidatesResponse>("CandidateService/BatchGetCandidates", request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->candidates(0).name(), "candidates/c2");
  EXPECT_EQ(found->candidates(1).display_name(), "Person c1");
  request.add_names("candidates/nobody");
  const auto missing = Call<v1::BatchGetCandidatesResponse>("CandidateService/BatchGetCandidates", request);
  EXPECT_EQ(Why(missing), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("candidates/nobody"));
}

TEST_F(ProcessTest, AListShowsEachOnceWhileOthersAreCreated) {
  for (int i = 0; i < 5; ++i) NewCandidate("c" + std::to_string(i));
  v1::ListCandidatesRequest request;
  request.set_page_size(2);
  std::multiset<std::string> seen;
  int pages = 0;
  do {
    const auto page = Call<v1::ListCandidatesResponse>("CandidateService/ListCandidates", request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_FALSE(page->as_of_cursor().empty());
    for (const v1::Candidate& candidate : page->candidates()) seen.insert(candidate.name());
    request.set_page_token(page->next_page_token());
    NewCandidate("late" + std::to_string(pages++));
  } while (!request.page_token().empty());
  EXPECT_THAT(seen, ElementsAre("candidates/c0", "candidates/c1", "candidates/c2", "candidates/c3", "candidates/c4"));
}

TEST_F(ProcessTest, ListThenTailMissesNothing) {
  NewCandidate("c1");
  const auto page = Call<v1::ListCandidatesResponse>("CandidateService/ListCandidates", v1::ListCandidatesRequest());
  NewCandidate("c2");
  runtime::v1::ListEventsRequest tail;
  tail.set_after(page->as_of_cursor());
  const auto events = Call<runtime::v1::ListEventsResponse>("EventService/ListEvents", tail);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->events_size(), 1);
  EXPECT_EQ(events->events(0).resource(), "candidates/c2");
  EXPECT_EQ(events->events(0).type_text(), "candidate.created");
  EXPECT_EQ(events->events(0).state(), "ACTIVE");
}

TEST_F(ProcessTest, APageTokenIsBoundToItsFilter) {
  for (int i = 0; i < 3; ++i) NewCandidate("c" + std::to_string(i));
  v1::ListCandidatesRequest request;
  request.set_page_size(1);
  request.set_page_token(
      Call<v1::ListCandidatesResponse>("CandidateService/ListCandidates", request)->next_page_token());
  request.set_filter("state = ACTIVE");
  EXPECT_EQ(Why(Call<v1::ListCandidatesResponse>("CandidateService/ListCandidates", request)),
            errors::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_F(ProcessTest, AFilterThatIsNotUnderstoodIsRefused) {
  for (const std::string filter : {"colour = red", "state = PURPLE", "state ACTIVE", "legal_hold = maybe"}) {
    v1::ListCandidatesRequest request;
    request.set_filter(filter);
    EXPECT_EQ(Why(Call<v1::ListCandidatesResponse>("CandidateService/ListCandidates", request)),
              errors::ERROR_REASON_FILTER_INVALID)
        << filter;
  }
}

TEST_F(ProcessTest, AFilterSelectsByColumnAndByField) {
  SetUpLoop();
  NewCandidate("c2");
  NewApplication("a2", "c2", "r1");
  const auto count = [&](const std::string& filter) {
    v1::ListApplicationsRequest request;
    request.set_filter(filter);
    return Call<v1::ListApplicationsResponse>("ApplicationService/ListApplications", request)->applications_size();
  };
  EXPECT_EQ(count("requisition = \"requisitions/r1\""), 2);
  EXPECT_EQ(count("candidate = \"candidates/c2\" AND state = ACTIVE"), 1);
  EXPECT_EQ(count("stage = screen"), 2);
  EXPECT_EQ(count("stage = technical"), 0);
  EXPECT_EQ(count("external_ids.system = greenhouse"), 0);
}

TEST_F(ProcessTest, AnotherTenantsResourcesDoNotExist) {
  NewCandidate("c1");
  v1::GetCandidateRequest get;
  get.set_name("candidates/c1");
  EXPECT_EQ(Why(Call<v1::Candidate>("CandidateService/GetCandidate", get, kOther)), errors::ERROR_REASON_NOT_FOUND);
  v1::UpdateCandidateRequest update;
  update.mutable_candidate()->set_name("candidates/c1");
  update.mutable_candidate()->set_display_name("Stolen");
  EXPECT_EQ(Why(Call<v1::Candidate>("CandidateService/UpdateCandidate", update, kOther)), errors::ERROR_REASON_NOT_FOUND);
  EXPECT_EQ(Call<v1::ListCandidatesResponse>("CandidateService/ListCandidates", v1::ListCandidatesRequest(), kOther)->candidates_size(), 0);
  EXPECT_EQ(NewCandidate("c1", kOther).name(), "candidates/c1") << "ids are the tenant's own";
}

TEST_F(ProcessTest, AnUpdateFromAnExpiredEtagIsRefused) {
  NewCandidate("c1");
  v1::UpdateCandidateRequest update;
  update.mutable_candidate()->set_name("candidates/c1");
  update.mutable_candidate()->set_etag("\"1\"");
  update.mutable_candidate()->set_email("new@example.com");
  update.mutable_update_mask()->add_paths("email");
  const auto changed = Call<v1::Candidate>("CandidateService/UpdateCandidate", update);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->etag(), "\"2\"");
  EXPECT_EQ(changed->display_name(), "Person c1");
  EXPECT_EQ(changed->email(), "new@example.com");
  update.mutable_candidate()->set_email("other@example.com");
  EXPECT_EQ(Why(Call<v1::Candidate>("CandidateService/UpdateCandidate", update)), errors::ERROR_REASON_ETAG_MISMATCH);
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

TEST_F(ProcessTest, ASnapshotNamesEverythingThereIs) {
  SetUpLoop();
  NewInterview("i1", {"dana"});
  runtime::CallOptions options;
  options.bearer = kAda;
  auto stream = client_->OpenServerStream<runtime::v1::StreamSnapshotResponse>("assay.scoring.v1.EventService/StreamSnapshot",
                                                                               runtime::v1::StreamSnapshotRequest(), options);
  std::set<std::string> names;
  runtime::v1::StreamSnapshotResponse message;
  while (*stream.Read(message)) {
    for (const auto& resource : message.resources()) names.insert(resource.resource());
  }
  EXPECT_THAT(names, ElementsAre("applications/a1", "candidates/c1", "interviewers/dana", "interviewers/eli", "interviews/i1",
                                 "requisitions/r1"));
}

TEST_F(ProcessTest, EveryQueryOfTheServiceIsPreparedByTheMigratedSchema) {
  EXPECT_THAT(assay::testing::UnpreparableQueries(database_.app_dsn()), IsEmpty());
}

}  // namespace
}  // namespace assay::scoring
