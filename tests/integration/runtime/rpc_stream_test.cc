#include <gmock/gmock.h>

#include <atomic>
#include <deque>
#include <latch>
#include <mutex>
#include <optional>

#include "tests/integration/runtime/rpc_fixture.h"

namespace assay::runtime {
namespace {

using ::testing::HasSubstr;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A feed that the test fills; streams that follow it wait until they are woken.
class Feed {
 public:
  void Push(std::string cursor) {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      cursors_.push_back(std::move(cursor));
      wake = wake_;
    }
    if (wake) wake();
  }
  void End() {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
      wake = wake_;
    }
    if (wake) wake();
  }
  int open() const { return open_; }
  int asked() const { return asked_; }

  class Source final : public StreamSource {
   public:
    explicit Source(Feed& feed) : feed_(feed) { ++feed_.open_; }
    ~Source() override {
      std::lock_guard lock(feed_.mutex_);
      feed_.wake_ = nullptr;
      --feed_.open_;
    }
    absl::StatusOr<Pull> Next(const RequestContext&) override {
      std::lock_guard lock(feed_.mutex_);
      ++feed_.asked_;
      Pull pull;
      if (!feed_.cursors_.empty()) {
        auto message = std::make_shared<v1::StreamEventsResponse>();
        message->set_cursor(feed_.cursors_.front());
        feed_.cursors_.pop_front();
        pull.message = std::move(message);
      } else if (feed_.ended_) {
        pull.end = true;
      } else {
        pull.wait = minutes(5);
      }
      return pull;
    }
    void OnWake(std::function<void()> wake) override {
      std::lock_guard lock(feed_.mutex_);
      feed_.wake_ = std::move(wake);
    }

   private:
    Feed& feed_;
  };

 private:
  std::mutex mutex_;
  std::deque<std::string> cursors_;
  std::function<void()> wake_;
  bool ended_ = false;
  std::atomic<int> open_{0};
  std::atomic<int> asked_{0};
};

void BindFeed(RpcServer& server, Feed& feed) {
  server.events.ServerStream<v1::StreamEventsRequest>(
      "StreamEvents", [&feed](ContextPtr, const v1::StreamEventsRequest&) -> absl::StatusOr<std::unique_ptr<StreamSource>> {
        return std::make_unique<Feed::Source>(feed);
      });
}

StreamReader<v1::StreamEventsResponse> Follow(RpcServer& server, const std::string& after = "", std::optional<CallOptions> options = {}) {
  v1::StreamEventsRequest request;
  request.set_after(after);
  return server.client().OpenServerStream<v1::StreamEventsResponse>(RpcServer::kStream, request, options.value_or(server.Options()));
}

TEST(ServerStream, FollowsASourceAndEndsWithIt) {
  Feed feed;
  RpcServer server;
  BindFeed(server, feed);
  server.Start();
  feed.Push("c1");
  auto stream = Follow(server);
  v1::StreamEventsResponse message;
  ASSERT_TRUE(*stream.Read(message));
  EXPECT_EQ(message.cursor(), "c1");
  ASSERT_TRUE(Eventually([&] { return feed.asked() >= 2; }));
  feed.Push("c2");
  ASSERT_TRUE(*stream.Read(message));
  EXPECT_EQ(message.cursor(), "c2");
  feed.End();
  const auto end = stream.Read(message);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_FALSE(*end);
  EXPECT_TRUE(Eventually([&] { return feed.open() == 0; }));
}

TEST(ServerStream, HoldsNoThreadWhileItWaits) {
  Feed feed;
  RpcServer server(1, 0);
  BindFeed(server, feed);
  BindEcho(server);
  server.Start();
  auto stream = Follow(server);
  ASSERT_TRUE(Eventually([&] { return feed.asked() == 1 && server.executor().in_flight() == 0; }));
  EXPECT_TRUE(server.Get(server.Options()).ok());
  stream.Cancel();
}

TEST(ServerStream, EndsWithUnavailableWhenTheServerDrains) {
  Feed feed;
  RpcServer server;
  BindFeed(server, feed);
  server.Start();
  auto waiting = Follow(server);
  ASSERT_TRUE(Eventually([&] { return feed.asked() == 1; }));
  server.pipeline().DrainStreams();
  v1::StreamEventsResponse message;
  const auto end = waiting.Read(message);
  EXPECT_EQ(end.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(end.status()), v1::ERROR_REASON_UNAVAILABLE);
  auto late = Follow(server);
  EXPECT_EQ(ReasonOf(late.Read(message).status()), v1::ERROR_REASON_UNAVAILABLE);
  EXPECT_TRUE(Eventually([&] { return feed.open() == 0; }));
}

TEST(ServerStream, DrainsWhileEveryThreadIsBusy) {
  Feed feed;
  RpcServer server(1, 0);
  BindFeed(server, feed);
  server.Start();
  auto stream = Follow(server);
  ASSERT_TRUE(Eventually([&] { return feed.asked() == 1 && server.executor().in_flight() == 0; }));
  std::latch gate(1);
  ASSERT_TRUE(server.executor().TryPost([&] { gate.wait(); }));
  server.pipeline().DrainStreams();
  v1::StreamEventsResponse message;
  EXPECT_EQ(ReasonOf(stream.Read(message).status()), v1::ERROR_REASON_UNAVAILABLE);
  gate.count_down();
}

TEST(ServerStream, LetsGoOfItsSourceWhenTheReaderLeaves) {
  Feed feed;
  RpcServer server;
  BindFeed(server, feed);
  server.Start();
  auto stream = Follow(server);
  ASSERT_TRUE(Eventually([&] { return feed.asked() == 1; }));
  stream.Cancel();
  v1::StreamEventsResponse message;
  EXPECT_EQ(stream.Read(message).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return feed.open() == 0; }));
}

TEST(ServerStream, EndsAtItsDeadline) {
  Feed feed;
  RpcServer server;
  BindFeed(server, feed);
  server.Start();
  CallOptions options = server.Options();
  options.deadline = std::chrono::steady_clock::now() + milliseconds(100);
  auto stream = Follow(server, "", options);
  v1::StreamEventsResponse message;
  EXPECT_EQ(stream.Read(message).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(Eventually([&] { return feed.open() == 0; }));
}

TEST(ServerStream, RefusesABadRequestAndACallerWithoutScope) {
  Feed feed;
  RpcServer server;
  BindFeed(server, feed);
  server.Start();
  v1::StreamEventsResponse message;
  EXPECT_EQ(ReasonOf(Follow(server, std::string(513, 'x')).Read(message).status()), v1::ERROR_REASON_INVALID_FIELDS);
  CallOptions options = server.Options();
  options.bearer = server.Token({"questions.read"});
  EXPECT_EQ(ReasonOf(Follow(server, "", options).Read(message).status()), v1::ERROR_REASON_SCOPE_MISSING);
  EXPECT_EQ(feed.asked(), 0);
}

// Messages without end, as large as one may be.
class Flood final : public StreamSource {
 public:
  explicit Flood(std::atomic<int>& made) : made_(made) {}
  absl::StatusOr<Pull> Next(const RequestContext&) override {
    ++made_;
    auto message = std::make_shared<v1::StreamEventsResponse>();
    message->set_cursor(std::string(256 * 1024, 'x'));
    return Pull{.message = std::move(message), .end = false, .wait = milliseconds(0)};
  }

 private:
  std::atomic<int>& made_;
};

TEST(ServerStream, StopsProducingForAReaderThatDoesNotRead) {
  std::atomic<int> made{0};
  RpcServer server(1, 4);
  server.events.ServerStream<v1::StreamEventsRequest>(
      "StreamEvents", [&](ContextPtr, const v1::StreamEventsRequest&) -> absl::StatusOr<std::unique_ptr<StreamSource>> {
        return std::make_unique<Flood>(made);
      });
  BindEcho(server);
  server.Start();
  auto stream = Follow(server);
  v1::StreamEventsResponse message;
  ASSERT_TRUE(*stream.Read(message));
  // Other calls go on, and while they do the stream comes to rest.
  ASSERT_TRUE(Eventually([&] {
    const int before = made;
    for (int i = 0; i < 20; ++i) {
      if (!server.Get(server.Options()).ok()) return false;
    }
    return made == before;
  }));
  EXPECT_LT(made, 400);
  ASSERT_TRUE(*stream.Read(message));
  stream.Cancel();
}

TEST(ServerStream, SurvivesManyReadersThatComeAndGo) {
  Feed feed;
  RpcServer server(2, 64);
  BindFeed(server, feed);
  server.Start();
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        auto stream = Follow(server);
        feed.Push("c");
        v1::StreamEventsResponse message;
        stream.Cancel();
        while (stream.Read(message).value_or(false)) {
        }
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_TRUE(Eventually([&] { return feed.open() == 0; }));
}

using Import = StreamWriter<bank::v1::ImportPackRequest, bank::v1::ImportReport>;

Import StartImport(RpcServer& server, std::optional<CallOptions> options = {}) {
  return server.client().OpenClientStream<bank::v1::ImportPackRequest, bank::v1::ImportReport>(RpcServer::kImport,
                                                                                              options.value_or(server.Options()));
}

bank::v1::ImportPackRequest Chunk(size_t size) {
  bank::v1::ImportPackRequest request;
  request.set_chunk(std::string(size, 'x'));
  return request;
}

// Counts the bytes of an import; what ended the reading is left in `end`.
void BindImport(RpcServer& server, absl::Status* end = nullptr, std::atomic<int>* messages = nullptr,
                milliseconds most_silence = kMostSilence) {
  server.packs.ClientStream<bank::v1::ImportPackRequest, bank::v1::ImportReport>(
      "ImportPack", [=](const RequestContext&, MessageReader& reader) -> absl::StatusOr<bank::v1::ImportReport> {
        bank::v1::ImportReport report;
        bank::v1::ImportPackRequest request;
        while (true) {
          const absl::StatusOr<bool> more = reader.Read(request);
          if (end != nullptr) *end = more.status();
          if (!more.ok()) return more.status();
          if (!*more) return report;
          if (messages != nullptr) ++*messages;
          report.set_questions(report.questions() + static_cast<int>(request.chunk().size()));
        }
      },
      most_silence);
}

TEST(ClientStream, ReadsMessageByMessageAndAnswersOnce) {
  RpcServer server;
  BindImport(server);
  server.Start();
  Import import = StartImport(server);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(import.Write(Chunk(512 * 1024)));
  const auto report = import.Finish();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->questions(), 10 * 512 * 1024);
}

TEST(ClientStream, RefusesABadMessageInTheMiddle) {
  RpcServer server;
  BindImport(server);
  server.Start();
  Import import = StartImport(server);
  import.Write(Chunk(10));
  bank::v1::ImportPackRequest bad;
  bad.mutable_header()->set_pack("Not An Id");
  import.Write(bad);
  const auto report = import.Finish();
  EXPECT_EQ(ReasonOf(report.status()), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(ViolationsOf(report.status()).size(), 2u);  // the format is missing as well
}

TEST(ClientStream, RefusesAMessageThatIsTooLarge) {
  RpcServer server;
  BindImport(server);
  server.Start();
  Import import = StartImport(server);
  import.Write(Chunk((1 << 20) + 1));
  EXPECT_EQ(ReasonOf(import.Finish().status()), v1::ERROR_REASON_MESSAGE_TOO_LARGE);
}

TEST(ClientStream, NeverTakesACancelForTheEnd) {
  for (int round = 0; round < 20; ++round) {
    absl::Status end;
    std::atomic<int> messages{0};
    RpcServer server;
    BindImport(server, &end, &messages);
    server.Start();
    Import import = StartImport(server);
    import.Write(Chunk(10));
    ASSERT_TRUE(Eventually([&] { return messages == 1; }));
    import.Cancel();
    EXPECT_FALSE(import.Finish().ok());
    ASSERT_TRUE(Eventually([&] { return server.executor().in_flight() == 0; }));
    EXPECT_EQ(ReasonOf(end), v1::ERROR_REASON_CANCELLED);
  }
}

TEST(ClientStream, LetsASilentCallerGoAtItsDeadline) {
  RpcServer server(1, 0);
  BindImport(server);
  BindEcho(server);
  server.Start();
  CallOptions options = server.Options();
  options.deadline = std::chrono::steady_clock::now() + milliseconds(200);
  Import import = StartImport(server, options);
  ASSERT_TRUE(Eventually([&] { return server.executor().in_flight() == 1; }));
  ASSERT_TRUE(Eventually([&] { return server.executor().in_flight() == 0; }));
  EXPECT_TRUE(server.Get(server.Options()).ok());
  EXPECT_EQ(import.Finish().status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(ClientStream, LetsACallerGoThatSaysNothingMore) {
  std::atomic<int> messages{0};
  RpcServer server(1, 0);
  BindImport(server, nullptr, &messages, seconds(2));
  BindEcho(server);
  server.Start();
  Import import = StartImport(server);
  import.Write(Chunk(10));
  ASSERT_TRUE(Eventually([&] { return messages == 1 && server.executor().in_flight() == 0; }));
  EXPECT_TRUE(server.Get(server.Options()).ok());
  const absl::Status told = import.Finish().status();
  EXPECT_EQ(ReasonOf(told), v1::ERROR_REASON_DEADLINE_EXCEEDED);
  EXPECT_THAT(std::string(told.message()), HasSubstr("no message came"));
}

TEST(BidiStream, IsRefusedAsAnyCallIsAndThenAsNotBuilt) {
  RpcServer server;
  server.Start();
  const auto why = [&](const std::string& token) {
    CallOptions options = server.Options();
    options.bearer = token;
    scoring::v1::SubmitScorecardsResponse message;
    auto stream = server.client().OpenServerStream<scoring::v1::SubmitScorecardsResponse>(
        "assay.scoring.v1.ScorecardService/SubmitScorecards", scoring::v1::SubmitScorecardsRequest(), options);
    return ReasonOf(stream.Read(message).status());
  };
  EXPECT_EQ(why("x"), v1::ERROR_REASON_UNAUTHENTICATED);
  EXPECT_EQ(why(server.Token({"scorecards.write"})), v1::ERROR_REASON_SCOPE_MISSING);
  EXPECT_EQ(why(server.Token({"scorecards.write_any"})), v1::ERROR_REASON_NOT_AVAILABLE_YET);
}

}  // namespace
}  // namespace assay::runtime
