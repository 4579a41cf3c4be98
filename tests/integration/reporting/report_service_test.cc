#include <future>

#include "assay/reporting/v1/report_service.pb.h"
#include "services/reporting/api/report_api.h"
#include "tests/integration/reporting/reporting_fixture.h"

namespace assay::reporting {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr char kGet[] = "assay.reporting.v1.ReportService/GetCandidateReport";
constexpr char kRender[] = "assay.reporting.v1.ReportService/RenderCandidateReport";

// Scoring's side of an exposure, of which a test says whether it works.
class FakeExposures final : public Exposures {
 public:
  absl::Status Record(const runtime::RequestContext& context, const std::set<std::string>& interviews) override {
    if (away) return runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE, "scoring is away");
    for (const std::string& interview : interviews) seen.insert(context.principal.effective_subject() + " " + interview);
    return absl::OkStatus();
  }
  bool away = false;
  std::set<std::string> seen;
};

// The report service over real gRPC, fed by a projector in the same process.
class ReportServiceTest : public ReportingTest {
 protected:
  ReportServiceTest() {
    BindReports(service_, reporting_);
    positions_.Start();
    server_ = *runtime::Server::Start({.health_name = "assay.reporting.v1"}, {&service_});
    client_ = *runtime::Client::Open(
        {.target = fmt::format("127.0.0.1:{}", server_->port()), .ca_file = "", .certificate_file = "", .key_file = ""});
  }
  ~ReportServiceTest() override {
    server_->Shutdown(std::chrono::steady_clock::now() + std::chrono::seconds(5));
    positions_.Stop();
  }

  runtime::CallOptions As(const std::string& subject, milliseconds time = milliseconds(10'000)) {
    runtime::CallOptions options;
    options.bearer = *scoring.key().MintToken({.tenant = FakeScoring::kTenant, .subject = subject, .scopes = {"reports.read"}},
                                              scoring.clock().Now());
    options.deadline = std::chrono::steady_clock::now() + time;
    return options;
  }
  absl::StatusOr<v1::CandidateReport> Get(const runtime::CallOptions& options, const std::string& min_cursor = "") {
    v1::GetCandidateReportRequest request;
    request.set_application("applications/a1");
    request.set_min_cursor(min_cursor);
    return client_->Call<v1::CandidateReport>(kGet, request, options);
  }

  Positions positions_{*pool, scoring.sealer()};
  FakeExposures exposures_;
  ReportingParts reporting_{*pool, vault, scoring.executor(), positions_, nullptr, exposures_, scoring.clock()};
  runtime::Service service_{"assay.reporting.v1.ReportService", scoring.pipeline()};
  std::unique_ptr<runtime::Server> server_;
  std::unique_ptr<runtime::Client> client_;
};

TEST_F(ReportServiceTest, AnswersWhatTheViewerMaySee) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  const auto report = Get(As("sam"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->candidate_display_name(), "Ada Okafor");
  EXPECT_EQ(report->cards(0).notes(), "Asks before she answers.");
  EXPECT_EQ(runtime::ReasonOf(Get(As("stranger")).status()), runtime::v1::ERROR_REASON_NOT_FOUND);
}

TEST_F(ReportServiceTest, RecordsThatPeersCardsWereSeenOrDoesNotShowThem) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  exposures_.away = true;
  EXPECT_EQ(runtime::ReasonOf(Get(As("sam")).status()), runtime::v1::ERROR_REASON_UNAVAILABLE);
  exposures_.away = false;
  const auto report = Get(As("sam"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(exposures_.seen, ::testing::ElementsAre("sam " + report->cards(0).interview()));
}

TEST_F(ReportServiceTest, HasScoringListTheCardsForThePersonOncePerInterview) {
  const auto exposures = MakeExposures(scoring.client(), scoring.tokens());
  runtime::RequestContext context;
  context.principal.tenant = FakeScoring::kTenant;
  context.principal.subject = "sam";
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  scoring.FailListing(runtime::Error(runtime::v1::ERROR_REASON_INTERNAL, "out of order"));
  EXPECT_EQ(runtime::ReasonOf(exposures->Record(context, {"interviews/i1"})), runtime::v1::ERROR_REASON_UNAVAILABLE);
  scoring.FailListing(absl::OkStatus());
  // What failed is not remembered as done; what is done is not asked again.
  EXPECT_TRUE(exposures->Record(context, {"interviews/i1"}).ok());
  EXPECT_TRUE(exposures->Record(context, {"interviews/i1", "interviews/i2"}).ok());
  EXPECT_THAT(scoring.listed(), ::testing::ElementsAre("acme sam interviews/i1", "acme sam interviews/i2"));
}

TEST_F(ReportServiceTest, WaitsForTheWriteThatItMustReflect) {
  PlayProcess();
  auto projector = Follow([this](const FeedProgress& progress) { positions_.Moved(progress); });
  ASSERT_TRUE(Eventually([&] { return Progress().events_applied == 6; }));
  const std::string cursor = scoring.FutureCursor(1);
  auto waiting = std::async(std::launch::async, [&] { return Get(As("sam"), cursor); });
  EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout);
  // Waiting holds no thread of the executor.
  EXPECT_EQ(scoring.executor().in_flight() <= 1, true);
  scoring.Put(Candidate("Ada Lovelace"), 2, runtime::v1::EVENT_TYPE_CANDIDATE_UPDATED);
  const auto report = waiting.get();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->candidate_display_name(), "Ada Lovelace");
}

TEST_F(ReportServiceTest, LearnsFromTheDatabaseHowFarAnotherProcessIs) {
  PlayProcess();
  auto projector = Follow();  // tells nobody
  EXPECT_TRUE(Get(As("sam"), scoring.events().back().cursor()).ok());
}

TEST_F(ReportServiceTest, SaysAtTheDeadlineThatTheCursorWasNotReached) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  const auto report = Get(As("sam", milliseconds(400)), scoring.FutureCursor(5));
  EXPECT_EQ(runtime::ReasonOf(report.status()), runtime::v1::ERROR_REASON_MIN_CURSOR_NOT_REACHED) << report.status();
}

TEST_F(ReportServiceTest, RefusesACursorThatIsNone) {
  EXPECT_EQ(runtime::ReasonOf(Get(As("sam"), "made-up").status()), runtime::v1::ERROR_REASON_CURSOR_INVALID);
}

TEST_F(ReportServiceTest, TakesItsOwnAsOfCursorAsMinCursor) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  const auto first = Get(As("sam"));
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(Get(As("sam"), first->as_of_cursor()).ok());
}

TEST_F(ReportServiceTest, RendersTheSameReportToEachFormat) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  v1::RenderCandidateReportRequest request;
  request.set_application("applications/a1");
  const auto render = [&](v1::ReportFormat format) {
    request.set_format(format);
    return client_->Call<v1::RenderedReport>(kRender, request, As("sam"));
  };
  EXPECT_THAT(render(v1::REPORT_FORMAT_HTML)->content(), HasSubstr("Ada Okafor"));
  EXPECT_EQ(render(v1::REPORT_FORMAT_HTML)->media_type(), "text/html; charset=utf-8");
  EXPECT_THAT(render(v1::REPORT_FORMAT_JSON)->content(), HasSubstr("\"candidateDisplayName\": \"Ada Okafor\""));
  EXPECT_THAT(render(v1::REPORT_FORMAT_SVG)->content(), HasSubstr("<svg"));
  EXPECT_EQ(runtime::ReasonOf(render(v1::REPORT_FORMAT_CSV).status()), runtime::v1::ERROR_REASON_NOT_AVAILABLE_YET);
  request.set_time_zone("Mars/Olympus");
  EXPECT_EQ(runtime::ReasonOf(render(v1::REPORT_FORMAT_HTML).status()), runtime::v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(ReportServiceTest, TellsHowFarTheProjectionIs) {
  PlayProcess();
  ASSERT_TRUE(ApplyAll().ok());
  const auto status = client_->Call<v1::ProjectionStatus>("assay.reporting.v1.ReportService/GetProjectionStatus",
                                                          v1::GetProjectionStatusRequest(), As("sam"));
  ASSERT_TRUE(status.ok()) << status.status();
  ASSERT_EQ(status->feeds_size(), 2);
  EXPECT_EQ(status->feeds(1).feed(), "scoring");
  EXPECT_EQ(status->feeds(1).events_applied(), 6);
  EXPECT_LT(status->feeds(1).lag_seconds(), 10);
}

}  // namespace
}  // namespace assay::reporting
