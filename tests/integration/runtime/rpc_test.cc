#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>

#include <atomic>
#include <latch>
#include <stdexcept>

#include "tests/integration/runtime/rpc_fixture.h"
#include "tests/support/token_forge.h"

namespace assay::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using grpc::health::v1::HealthCheckResponse;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using GetHandler = std::function<absl::StatusOr<bank::v1::Question>(const RequestContext&, const bank::v1::GetQuestionRequest&)>;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

void BindGet(RpcServer& server, GetHandler handler) {
  server.questions.Unary<bank::v1::GetQuestionRequest, bank::v1::Question>("GetQuestion", std::move(handler));
}

TEST(Unary, AnswersOverARealChannel) {
  RpcServer server;
  BindEcho(server);
  server.Start();
  const auto question = server.Get(server.Options(), "questions/q037@3");
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->name(), "questions/q037@3");
}

TEST(Unary, TellsTheHandlerWhoCallsAndHandsItsTrailersBack) {
  RequestContext seen;
  RpcServer server;
  BindGet(server, [&](const RequestContext& context, const bank::v1::GetQuestionRequest&) -> absl::StatusOr<bank::v1::Question> {
    seen = context;
    context.AddTrailer("assay-cursor", "c1");
    return bank::v1::Question();
  });
  server.Start();
  std::multimap<std::string, std::string> trailers;
  CallOptions options = server.Options();
  options.trailers = &trailers;
  options.metadata = {{"x-request-id", "call-7"}};
  options.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(server.Get(options).ok());
  EXPECT_EQ(seen.tenant(), "acme");
  EXPECT_EQ(seen.principal.subject, "dana");
  EXPECT_EQ(seen.principal.issuer, kLocalIssuer);
  EXPECT_EQ(seen.method, RpcServer::kGet);
  EXPECT_EQ(seen.traceparent, options.traceparent);
  EXPECT_EQ(seen.bearer, options.bearer);
  EXPECT_EQ(trailers.find("assay-cursor")->second, "c1");
  EXPECT_EQ(trailers.find("x-request-id")->second, "call-7");
}

TEST(Unary, AnswersMalformedBytesWithAReason) {
  RpcServer server;
  BindEcho(server);
  server.Start();
  for (const std::string& bytes : {std::string("\x0a\xff"), std::string("\x0f\x01"), std::string("\x0a\x02\xff\xfe")}) {
    const absl::Status status = server.CallRaw(RpcServer::kGet, bytes, server.Options());
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_MALFORMED_REQUEST);
  }
}

TEST(Unary, ReportsEveryViolationAtOnce) {
  RpcServer server;
  server.questions.Unary<bank::v1::RetireQuestionRequest, bank::v1::Question>(
      "RetireQuestion", [](const RequestContext&, const bank::v1::RetireQuestionRequest&) { return bank::v1::Question(); });
  server.Start();
  bank::v1::RetireQuestionRequest request;
  request.set_name(std::string("questions/q\0", 12));
  request.set_request_id(std::string(65, 'x'));
  const auto answer = server.client().Call<bank::v1::Question>(RpcServer::kRetire, request, server.Options());
  std::vector<std::string> fields;
  for (const Violation& violation : ViolationsOf(answer.status())) fields.push_back(violation.field);
  EXPECT_EQ(ReasonOf(answer.status()), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_THAT(fields, UnorderedElementsAre("name", "reason", "request_id"));
}

TEST(Unary, KeepsTheDetailsOfAHundredViolationsWithinATrailer) {
  RpcServer server;
  server.questions.Unary<bank::v1::BatchGetQuestionsRequest, bank::v1::BatchGetQuestionsResponse>(
      "BatchGetQuestions",
      [](const RequestContext&, const bank::v1::BatchGetQuestionsRequest&) { return bank::v1::BatchGetQuestionsResponse(); });
  server.Start();
  bank::v1::BatchGetQuestionsRequest request;
  for (int i = 0; i < 100; ++i) request.add_names("no name at all");
  const auto answer = server.client().Call<bank::v1::BatchGetQuestionsResponse>(RpcServer::kBatchGet, request, server.Options());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << answer.status();
  const auto violations = ViolationsOf(answer.status());
  ASSERT_GT(violations.size(), 10u);
  EXPECT_THAT(violations.back().description, HasSubstr("more"));
}

TEST(Authentication, RefusesWhatIsNotAGoodTokenWithTheSameWords) {
  std::atomic<int> handled{0};
  RpcServer server;
  BindGet(server, [&](const RequestContext&, const bank::v1::GetQuestionRequest&) -> absl::StatusOr<bank::v1::Question> {
    ++handled;
    return bank::v1::Question();
  });
  server.Start();
  const std::string header = R"({"alg":"HS256","kid":"x"})";
  const std::string claims = R"({"iss":"assay-local","sub":"dana","tenant":"acme","scope":"questions.read","exp":4000000000})";
  const auto jwks = FetchKeys(server.key().source());
  const Instant past = SystemClock().Now() - std::chrono::hours(2);
  const std::vector<std::string> tokens = {
      "",
      "nonsense",
      *server.key().MintToken({.tenant = "acme", .subject = "dana", .scopes = {"questions.read"}}, past),
      testing::TokenForge("x").Sign(R"({"alg":"ES256","kid":"x"})", claims),
      testing::TokenForge::WithSignature(R"({"alg":"none","kid":"x"})", claims, "x"),
      testing::TokenForge::Hmac(header, claims, *jwks),
      std::string(9000, 'a'),
  };
  for (const std::string& token : tokens) {
    CallOptions options = server.Options();
    options.bearer = token;
    const auto answer = server.Get(options);
    EXPECT_EQ(ReasonOf(answer.status()), v1::ERROR_REASON_UNAUTHENTICATED) << token;
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(Message(answer.status()), "a valid bearer token is required");
  }
  CallOptions twice = server.Options();
  twice.metadata = {{"authorization", "Bearer " + twice.bearer}};
  EXPECT_EQ(ReasonOf(server.Get(twice).status()), v1::ERROR_REASON_UNAUTHENTICATED);
  EXPECT_EQ(handled, 0);
}

TEST(Authentication, RefusesACallerWithoutTheScopeBeforeLookingAtTheRequest) {
  RpcServer server;
  BindEcho(server);
  server.Start();
  CallOptions options = server.Options();
  options.bearer = server.Token({"kits.read"});
  const auto answer = server.Get(options, "not a name");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(answer.status()), v1::ERROR_REASON_SCOPE_MISSING);
}

TEST(Authentication, NeedsATenantFromAServiceExceptOnTheFeed) {
  std::string tenant = "unset";
  RpcServer server;
  BindGet(server, [&](const RequestContext& context, const bank::v1::GetQuestionRequest&) -> absl::StatusOr<bank::v1::Question> {
    tenant = context.tenant();
    return bank::v1::Question();
  });
  server.events.Unary<v1::ListEventsRequest, v1::ListEventsResponse>(
      "ListEvents", [](const RequestContext& context, const v1::ListEventsRequest&) -> absl::StatusOr<v1::ListEventsResponse> {
        if (!context.tenant().empty()) return Internal("a tenant came out of nothing");
        return v1::ListEventsResponse();
      });
  server.Start();
  CallOptions options = server.Options();
  options.bearer = server.Token({"projection.read", "feed.all"}, "*");
  EXPECT_EQ(server.Get(options).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(server.client().Call<v1::ListEventsResponse>("assay.bank.v1.EventService/ListEvents", v1::ListEventsRequest(), options).ok());
  options.tenant = "globex";
  EXPECT_TRUE(server.Get(options).ok());
  EXPECT_EQ(tenant, "globex");
  // A person's token stays with its own tenant.
  options.bearer = server.Token({"questions.read"});
  EXPECT_TRUE(server.Get(options).ok());
  EXPECT_EQ(tenant, "acme");
}

TEST(Authentication, LetsOnlyDelegatesSpeakForAPerson) {
  std::string subject;
  RpcServer server;
  BindGet(server, [&](const RequestContext& context, const bank::v1::GetQuestionRequest&) -> absl::StatusOr<bank::v1::Question> {
    subject = context.principal.effective_subject();
    return bank::v1::Question();
  });
  server.Start();
  CallOptions options = server.Options();
  options.on_behalf_of = "erin";
  EXPECT_EQ(ReasonOf(server.Get(options).status()), v1::ERROR_REASON_SCOPE_MISSING);
  options.bearer = server.Token({"questions.read", "delegate"});
  ASSERT_TRUE(server.Get(options).ok());
  EXPECT_EQ(subject, "erin");
}

TEST(Unary, AnswersWhatIsNotBuiltWithTheContractsReason) {
  RpcServer server;
  server.Start();
  const auto answer = server.client().Call<scoring::v1::ListDueScorecardsResponse>(
      RpcServer::kListDue, scoring::v1::ListDueScorecardsRequest(), server.Options());
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ReasonOf(answer.status()), v1::ERROR_REASON_NOT_AVAILABLE_YET);
  EXPECT_THAT(Message(answer.status()), HasSubstr("the list of owed cards is not built"));
}

TEST(Unary, RefusesWhatIsTooLargeWithDetailsAndWhatIsFarTooLargeWithout) {
  RpcServer server;
  BindEcho(server);
  server.Start();
  bank::v1::GetQuestionRequest request;
  request.set_name(std::string((1 << 20) + 10, 'x'));
  const absl::Status large = server.CallRaw(RpcServer::kGet, request.SerializeAsString(), server.Options());
  EXPECT_EQ(large.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(large), v1::ERROR_REASON_MESSAGE_TOO_LARGE);
  // Beyond what our own channels would send.
  const Client unlimited(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
  request.set_name(std::string(3 << 20, 'x'));
  const auto refused = unlimited.Call<bank::v1::Question>(RpcServer::kGet, request, server.Options());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted) << refused.status();
}

TEST(Unary, RefusesCompressedRequests) {
  RpcServer server;
  BindEcho(server);
  server.Start();
  bank::v1::GetQuestionRequest request;
  request.set_name("questions/" + std::string(10'000, 'a'));
  const absl::Status status = server.CallRaw(RpcServer::kGet, request.SerializeAsString(), server.Options(), GRPC_COMPRESS_GZIP);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
}

TEST(Overload, ShedsAtOnceWithADelayWhileHealthStillAnswers) {
  std::latch gate(1);
  RpcServer server(1, 1);
  BindGet(server, [&](const RequestContext&, const bank::v1::GetQuestionRequest&) -> absl::StatusOr<bank::v1::Question> {
    gate.wait();
    return bank::v1::Question();
  });
  server.Start();
  std::vector<std::thread> callers;
  std::atomic<int> answered{0};
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&] { answered += server.Get(server.Options()).ok() ? 1 : 0; });
  }
  ASSERT_TRUE(Eventually([&] { return server.executor().in_flight() == 2; }));
  const auto shed = server.Get(server.Options());
  EXPECT_EQ(shed.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(shed.status()), v1::ERROR_REASON_OVERLOADED);
  google::rpc::RetryInfo retry;
  const auto payload = shed.status().GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  ASSERT_TRUE(payload.has_value());
  ASSERT_TRUE(retry.ParseFromString(std::string(*payload)));
  EXPECT_GT(retry.retry_delay().nanos(), 0);
  EXPECT_EQ(server.Health("liveness"), HealthCheckResponse::SERVING);
  EXPECT_EQ(server.Health("assay.bank.v1"), HealthCheckResponse::SERVING);
  gate.count_down();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 2);
}

TEST(Overload, NeverWorksOnACallWhoseDeadlinePassed) {
  std::latch gate(1);
  std::atomic<int> handled{0};
  RpcServer server(1, 4);
  BindGet(server, [&](const RequestContext&, const bank::v1::GetQuestionRequest&) -> absl::StatusOr<bank::v1::Question> {
    ++handled;
    gate.wait();
    return bank::v1::Question();
  });
  server.Start();
  std::thread first([&] { EXPECT_TRUE(server.Get(server.Options()).ok()); });
  ASSERT_TRUE(Eventually([&] { return handled == 1; }));
  CallOptions options = server.Options();
  options.deadline = steady_clock::now() + milliseconds(100);
  EXPECT_EQ(server.Get(options).status().code(), absl::StatusCode::kDeadlineExceeded);
  // The server counts from when the call arrived, so its deadline lies a little behind the caller's.
  ASSERT_TRUE(Eventually([&] { return steady_clock::now() > options.deadline + milliseconds(500); }));
  gate.count_down();
  first.join();
  ASSERT_TRUE(Eventually([&] { return server.executor().in_flight() == 0; }));
  EXPECT_EQ(handled, 1);
}

TEST(Unary, HidesWhatAHandlerThrewAndGivesAnIdToQuote) {
  RpcServer server;
  BindGet(server, [](const RequestContext&, const bank::v1::GetQuestionRequest& request) -> absl::StatusOr<bank::v1::Question> {
    if (request.name() == "questions/throws") throw std::runtime_error("SELECT secret FROM t");
    return absl::NotFoundError("row 7 of table t");
  });
  server.Start();
  for (const char* name : {"questions/throws", "questions/bare"}) {
    std::multimap<std::string, std::string> trailers;
    CallOptions options = server.Options();
    options.trailers = &trailers;
    const auto answer = server.Get(options, name);
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInternal);
    EXPECT_EQ(ReasonOf(answer.status()), v1::ERROR_REASON_INTERNAL);
    EXPECT_THAT(Message(answer.status()), StartsWith("internal error; quote request id"));
    ASSERT_EQ(trailers.count("x-request-id"), 1u);
    EXPECT_THAT(Message(answer.status()), HasSubstr(trailers.find("x-request-id")->second));
  }
}

TEST(UnaryAsync, AnswersFromAnotherThreadAndFinishesWhenTheAnswerIsForgotten) {
  std::vector<std::thread> threads;
  RpcServer server;
  server.questions.UnaryAsync<bank::v1::GetQuestionRequest, bank::v1::Question>(
      "GetQuestion", [&](ContextPtr, std::shared_ptr<const bank::v1::GetQuestionRequest> request,
                         std::function<void(absl::StatusOr<bank::v1::Question>)> reply) {
        if (request->name() == "questions/forgotten") return;
        threads.emplace_back([request, reply = std::move(reply)] {
          bank::v1::Question question;
          question.set_name(request->name());
          reply(question);
        });
      });
  server.Start();
  const auto question = server.Get(server.Options());
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->name(), "questions/q001");
  EXPECT_EQ(server.Get(server.Options(), "questions/forgotten").status().code(), absl::StatusCode::kInternal);
  for (std::thread& thread : threads) thread.join();
}

TEST(UnaryCached, AsksMemoryFirst) {
  std::atomic<int> slow{0};
  RpcServer server;
  server.questions.UnaryCached<bank::v1::GetQuestionRequest, bank::v1::Question>(
      "GetQuestion",
      [](const RequestContext&, const bank::v1::GetQuestionRequest& request) -> std::optional<absl::StatusOr<Serialized>> {
        if (request.name() == "questions/broken") throw std::runtime_error("on purpose");
        if (request.name() != "questions/cached") return std::nullopt;
        bank::v1::Question question;
        question.set_name("questions/cached");
        return Serialized::Of(question);
      },
      [&](const RequestContext&, const bank::v1::GetQuestionRequest& request) -> absl::StatusOr<bank::v1::Question> {
        ++slow;
        bank::v1::Question question;
        question.set_name(request.name());
        return question;
      });
  server.Start();
  EXPECT_EQ(server.Get(server.Options(), "questions/cached")->name(), "questions/cached");
  EXPECT_EQ(slow, 0);
  EXPECT_EQ(server.Get(server.Options(), "questions/other")->name(), "questions/other");
  EXPECT_EQ(slow, 1);
  EXPECT_EQ(server.Get(server.Options(), "questions/broken").status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace assay::runtime
