#include "tests/integration/scoring/process_fixture.h"

#include <gmock/gmock.h>

#include <future>
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

TEST_F(ProcessTest, FindOrCreateCreatesOnceHoweverManyAsk) {
  v1::FindOrCreateCandidateRequest request;
  request.mutable_candidate()->set_display_name("Ada");
  *request.mutable_candidate()->add_external_ids() = ExternalId("42");
  runtime::CallOptions options;
  options.bearer = kAda;
  std::vector<std::future<absl::StatusOr<v1::FindOrCreateCandidateResponse>>> answers;
  for (int i = 0; i < 8; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      return client_->Call<v1::FindOrCreateCandidateResponse>("assay.scoring.v1.CandidateService/FindOrCreateCandidate", request,
                                                              options);
    }));
  }
  std::set<std::string> names;
  int created = 0;
  for (auto& answer : answers) {
    const auto found = answer.get();
    ASSERT_TRUE(found.ok()) << found.status();
    names.insert(found->candidate().name());
    created += found->created();
  }
  EXPECT_THAT(names, SizeIs(1));
  EXPECT_EQ(created, 1);
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

TEST_F(ProcessTest, AListTakesTheWholeGrammarOfFilters) {
  SetUpLoop();
  NewCandidate("c2");
  NewApplication("a2", "c2", "r1");
  const auto applications = [&](const std::string& filter) {
    v1::ListApplicationsRequest request;
    request.set_filter(filter);
    const auto found = Call<v1::ListApplicationsResponse>("ApplicationService/ListApplications", request);
    EXPECT_TRUE(found.ok()) << filter << ": " << found.status();
    return found.ok() ? found->applications_size() : -1;
  };
  EXPECT_EQ(applications("candidate = c1 OR candidate = candidates/c2"), 2);
  EXPECT_EQ(applications("state = ACTIVE AND (candidate = c1 OR candidate = c9)"), 1);
  EXPECT_EQ(applications("NOT candidate = c1"), 1);
  EXPECT_EQ(applications("-candidate:c1 -candidate:c2"), 0);
  EXPECT_EQ(applications("state != ACTIVE"), 0);
  EXPECT_EQ(applications("create_time > 2020-01-01T00:00:00Z update_time < 2100-01-01T00:00:00Z"), 2);
  EXPECT_EQ(applications("NOT external_ids.system:*"), 2);
  // What stands in no column is compared in a term of its own.
  EXPECT_EQ(applications("stage != screen"), 0);
  EXPECT_EQ(applications("NOT stage = technical AND (candidate = c1 OR candidate = c2)"), 2);
  v1::ListApplicationsRequest request;
  request.set_filter("stage = screen OR candidate = c1");
  EXPECT_EQ(Why(Call<v1::ListApplicationsResponse>("ApplicationService/ListApplications", request)), errors::ERROR_REASON_FILTER_INVALID);

  NewInterview("i1", {"dana"});
  const auto interviews = [&](const std::string& filter) {
    v1::ListInterviewsRequest wanted;
    wanted.set_filter(filter);
    const auto found = Call<v1::ListInterviewsResponse>("InterviewService/ListInterviews", wanted);
    EXPECT_TRUE(found.ok()) << filter << ": " << found.status();
    return found.ok() ? found->interviews_size() : -1;
  };
  EXPECT_EQ(interviews("panel.interviewer = interviewers/dana"), 1);
  EXPECT_EQ(interviews("panel.interviewer:eli OR panel.interviewer:dana"), 1);
  EXPECT_EQ(interviews("NOT panel.interviewer:dana"), 0);
  EXPECT_EQ(interviews("stage = tech* AND due_time:*"), 1);
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
