#include <future>
#include <set>
#include <thread>

#include "services/runtime/feed/event_service.h"
#include "services/runtime/feed/relay.h"
#include "tests/integration/runtime/persistence_fixture.h"

namespace assay::runtime {
namespace {

class FeedTest : public PersistenceTest {
 protected:
  std::vector<std::string> Resources(const FeedPage& page) {
    std::vector<std::string> resources;
    for (const v1::Event& event : page.events) resources.push_back(event.resource());
    return resources;
  }

  FeedReader reader_{*pool_, cursors_, kTenant};
};

// A transaction that stays open until it is told to commit.
class OpenTransaction {
 public:
  OpenTransaction(Pool& pool, const std::string& tenant, std::function<absl::Status(Tx&)> at_once,
                  std::function<absl::Status(Tx&)> at_end = [](Tx&) { return absl::OkStatus(); })
      : thread_([this, &pool, tenant, at_once = std::move(at_once), at_end = std::move(at_end)] {
          status_ = pool.Transact(TxMode::kReadWrite, tenant, std::chrono::steady_clock::now() + std::chrono::seconds(20),
                                  [&](Tx& tx) {
                                    absl::Status status = at_once(tx);
                                    begun_.set_value();
                                    released_.get_future().wait();
                                    return status.ok() ? at_end(tx) : status;
                                  });
        }) {
    begun_.get_future().wait();
  }
  absl::Status Commit() {
    released_.set_value();
    thread_.join();
    return status_;
  }

 private:
  std::promise<void> begun_;
  std::promise<void> released_;
  absl::Status status_;
  std::thread thread_;
};

TEST_F(FeedTest, WaitsForATransactionThatTookItsPlaceFirstAndCommitsLate) {
  OpenTransaction late(*pool_, kTenant, [](Tx& tx) {
    return AppendEvents(tx, "dana", SystemClock().Now(), {Event("questions/late")}).status();
  });
  ASSERT_TRUE(Append({Event("questions/early")}).ok());
  // The gap: the later place is committed and visible to plain SQL, the earlier one is not.
  EXPECT_EQ(assay::testing::RunSql(database_.admin_dsn(), "SELECT aggregate_id FROM outbox"),
            std::vector<std::string>{"questions/early"});

  const auto before = reader_.Read({}, 10, Soon());
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_TRUE(before->events.empty()) << "the early one would hide the late one";
  ASSERT_TRUE(late.Commit().ok());
  const auto after = reader_.Read(before->next, 10, Soon());
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(Resources(*after), (std::vector<std::string>{"questions/late", "questions/early"}));
}

TEST_F(FeedTest, DoesNotSkipAnOlderTransactionWithTheHigherSequence) {
  OpenTransaction older(
      *pool_, kTenant,
      [](Tx& tx) { return tx.Run(*[] {
                       static const Query query{"test_take_xid", "SELECT pg_current_xact_id()"};
                       return &query;
                     }(), {}).status(); },
      [](Tx& tx) { return AppendEvents(tx, "dana", SystemClock().Now(), {Event("questions/older")}).status(); });
  ASSERT_TRUE(Append({Event("questions/newer")}).ok());
  ASSERT_TRUE(older.Commit().ok());

  std::vector<std::string> seen;
  FeedPosition at;
  for (bool at_end = false; !at_end;) {
    const auto page = reader_.Read(at, 1, Soon());
    ASSERT_TRUE(page.ok()) << page.status();
    for (const std::string& resource : Resources(*page)) seen.push_back(resource);
    at = page->next;
    at_end = page->at_end;
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"questions/older", "questions/newer"}));
}

TEST_F(FeedTest, GivesEveryEventOnceAndInVersionOrderWhileManyWrite) {
  constexpr int kWriters = 6;
  constexpr int kEach = 25;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([this, w] {
      for (int version = 1; version <= kEach; ++version) {
        EXPECT_TRUE(Append({Event("questions/q" + std::to_string(w), version)}).ok());
      }
    });
  }
  std::map<std::string, int64_t> versions;
  std::set<std::string> ids;
  FeedPosition at;
  const Deadline deadline = Soon();
  while (ids.size() < kWriters * kEach && std::chrono::steady_clock::now() < deadline) {
    const auto page = reader_.Read(at, 7, Soon());
    if (!page.ok()) {
      ADD_FAILURE() << page.status();
      break;
    }
    EXPECT_GE(page->next, at);
    at = page->next;
    for (const v1::Event& event : page->events) {
      EXPECT_TRUE(ids.insert(event.id()).second) << "twice: " << event.resource();
      EXPECT_EQ(event.resource_version(), ++versions[event.resource()]);
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(ids.size(), static_cast<size_t>(kWriters * kEach));
}

TEST_F(FeedTest, CarriesWhatTheMutationTold) {
  OutboxEvent event = Event("interviews/i1/scorecards/dana", 3, v1::EVENT_TYPE_SCORECARD_SUBMITTED);
  event.aggregate_type = "scorecard";
  event.state = "SUBMITTED";
  event.audience = v1::AUDIENCE_DECISION;
  event.related = {{"application", "applications/a1"}, {"interview", "interviews/i1"}};
  event.annotations = {{"ats \"id\"", "{\"x\": 1, 'é'}\\"}};
  const auto position = Append({event});
  ASSERT_TRUE(position.ok()) << position.status();
  const auto page = reader_.Read({}, 10, Soon());
  ASSERT_TRUE(page.ok() && page->events.size() == 1);
  const v1::Event& read = page->events[0];
  EXPECT_EQ(read.type(), v1::EVENT_TYPE_SCORECARD_SUBMITTED);
  EXPECT_EQ(read.type_text(), "scorecard.submitted");
  EXPECT_EQ(read.resource(), event.resource);
  EXPECT_EQ(read.resource_version(), 3);
  EXPECT_EQ(read.actor(), "dana");
  EXPECT_EQ(read.audience(), v1::AUDIENCE_DECISION);
  EXPECT_EQ(read.tenant(), kTenant);
  EXPECT_EQ(read.state(), "SUBMITTED");
  EXPECT_EQ(read.related().at("application"), "applications/a1");
  EXPECT_EQ(read.annotations().at("ats \"id\""), "{\"x\": 1, 'é'}\\");
  EXPECT_EQ(read.id().size(), 36u);
  EXPECT_EQ(*cursors_.Open(read.cursor()), *position);
}

TEST_F(FeedTest, ShowsATenantOnlyItsOwnAndTheServicesAll) {
  ASSERT_TRUE(Append({Event("questions/a")}, "acme").ok());
  ASSERT_TRUE(Append({Event("questions/b")}, "globex").ok());
  EXPECT_EQ(Resources(*reader_.Read({}, 10, Soon())), std::vector<std::string>{"questions/a"});
  EXPECT_EQ(Resources(*FeedReader(*feed_pool_, cursors_, "").Read({}, 10, Soon())),
            (std::vector<std::string>{"questions/a", "questions/b"}));
  EXPECT_TRUE(FeedReader(*pool_, cursors_, "").Read({}, 10, Soon())->events.empty()) << "row-level security holds";
}

TEST_F(FeedTest, MovesItsEndWhileNothingHappens) {
  const auto first = reader_.Read({}, 10, Soon());
  ASSERT_TRUE(first.ok() && first->at_end);
  ASSERT_TRUE(Append({Event("questions/b")}, "globex").ok());
  const auto second = reader_.Read(first->next, 10, Soon());
  ASSERT_TRUE(second.ok());
  EXPECT_GT(second->next, first->next);
}

TEST_F(FeedTest, TellsACursorBeforeTheOldestKeptEventThatItExpired) {
  const Instant long_ago = SystemClock().Now() - std::chrono::hours(24 * 31);
  const auto old = Append({Event("questions/old", 1), Event("questions/old", 2)}, kTenant, long_ago);
  ASSERT_TRUE(Append({Event("questions/new")}).ok());
  EXPECT_EQ(PruneFeed(*pool_, Soon(), 1).value(), 2);
  EXPECT_EQ(PruneFeed(*pool_, Soon(), 1).value(), 0) << "younger events stay";

  const absl::Status expired = reader_.Read({old->xid, old->sequence - 1}, 10, Soon()).status();
  ASSERT_EQ(ReasonOf(expired), v1::ERROR_REASON_CURSOR_EXPIRED);
  const FeedPosition oldest = cursors_.Open(MetadataOf(expired, "oldest_cursor")).value();
  EXPECT_EQ(Resources(*reader_.Read(oldest, 10, Soon())), std::vector<std::string>{"questions/new"});
  EXPECT_EQ(Resources(*reader_.Read({}, 10, Soon())), std::vector<std::string>{"questions/new"}) << "the beginning never expires";
}

TEST_F(FeedTest, KeepsItsEpochUntilTheDataIsInAnotherInstance) {
  EXPECT_EQ(EnsureEpoch(*pool_, Soon()).value(), epoch_);
  ASSERT_TRUE(Append({Event("questions/a"), Event("questions/b")}).ok());
  ASSERT_TRUE(Append({Event("questions/c")}).ok());
  const std::string before = reader_.Read({}, 10, Soon())->events.back().cursor();
  assay::testing::RunSql(database_.admin_dsn(), "UPDATE feed_epoch SET system_identifier = '1'");

  const std::string renewed = EnsureEpoch(*pool_, Soon()).value();
  EXPECT_NE(renewed, epoch_);
  const CursorCodec codec(*sealer_, "bank", renewed);
  const absl::Status changed = codec.Open(before).status();
  ASSERT_EQ(ReasonOf(changed), v1::ERROR_REASON_FEED_EPOCH_CHANGED);
  const auto page = FeedReader(*pool_, codec, kTenant).Read(*codec.Open(MetadataOf(changed, "resync_cursor")), 10, Soon());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(Resources(*page), (std::vector<std::string>{"questions/a", "questions/b", "questions/c"}));
}

TEST_F(FeedTest, TakesAPositionFromTheFutureForARestoredDatabase) {
  EXPECT_EQ(ReasonOf(reader_.Read({1'000'000'000, 1}, 10, Soon()).status()), v1::ERROR_REASON_FEED_EPOCH_CHANGED);
}

TEST_F(FeedTest, GivesTheFeedRoleTheOutboxAndNothingElse) {
  const auto as_feed = [&](const std::string& sql) {
    assay::testing::RunSql(database_.feed_dsn(), sql);
  };
  EXPECT_NO_THROW(as_feed("SELECT count(*) FROM outbox"));
  for (const char* table : {"audit", "audit_head", "audit_personal", "idempotency", "data_key"}) {
    EXPECT_ANY_THROW(as_feed(std::string("SELECT 1 FROM ") + table)) << table;
  }
  EXPECT_ANY_THROW(as_feed("DELETE FROM outbox"));
  EXPECT_ANY_THROW(assay::testing::RunSql(database_.app_dsn(), "UPDATE outbox SET state = 'x'"));
  EXPECT_ANY_THROW(assay::testing::RunSql(database_.app_dsn(), "DELETE FROM outbox"));
}

class EventServiceTest : public FeedTest {
 protected:
  EventServiceTest() {
    Principal reader{.tenant = kTenant, .subject = "ats", .scopes = {"events.read"}};
    server_.authenticator.Add("reader", reader);
    server_.authenticator.Add("stranger", {.tenant = "globex", .subject = "ats", .scopes = {"events.read"}});
    server_.authenticator.Add("projector", {.subject = "reporting", .scopes = {"feed.all"}, .service = true});
    server_.authenticator.Add("pretender", {.tenant = kTenant, .subject = "eve", .scopes = {"feed.all"}});
    relay_.Start();
    AddEventService(server_.service,
                    {.pool = *pool_,
                     .feed_pool = *feed_pool_,
                     .cursors = cursors_,
                     .relay = relay_,
                     .visible = [](const RequestContext&, const v1::Event& event) {
                       return event.audience() == v1::AUDIENCE_TENANT;
                     },
                     .collections = {"kits", "questions"},
                     .snapshot = [this](const RequestContext& context, const std::string& collection,
                                        const std::string& after) -> absl::StatusOr<SnapshotPage> {
                       SnapshotPage page;
                       if (collection == "kits") return page;
                       const int next = after.empty() ? 0 : std::stoi(after) + 1;
                       page.resources.emplace_back().set_resource("questions/q" + std::to_string(next));
                       if (next == 0) {
                         EXPECT_TRUE(Append({Event("questions/meanwhile")}).ok());
                       }
                       if (next < 2) page.next = std::to_string(next);
                       return page;
                     }});
    server_.Start();
  }

  absl::StatusOr<v1::ListEventsResponse> List(const std::string& token, const v1::ListEventsRequest& request = {}) {
    return server_.client->Call<v1::ListEventsResponse>("assay.bank.v1.EventService/ListEvents", request,
                                                        TestServer::As(token));
  }

  StreamReader<v1::StreamEventsResponse> Stream(const std::string& token, const v1::StreamEventsRequest& request) {
    return server_.client->OpenServerStream<v1::StreamEventsResponse>("assay.bank.v1.EventService/StreamEvents", request,
                                                                      TestServer::As(token));
  }

  // Resources of a stream that stops at the end; its last cursor goes to `cursor`.
  std::vector<std::string> StreamAll(const std::string& token, v1::StreamEventsRequest request, std::string* cursor = nullptr) {
    request.set_stop_at_end(true);
    auto stream = Stream(token, request);
    std::vector<std::string> resources;
    v1::StreamEventsResponse response;
    absl::StatusOr<bool> more = false;
    while ((more = stream.Read(response)).ok() && *more) {
      for (const v1::Event& event : response.events()) resources.push_back(event.resource());
      if (cursor != nullptr) *cursor = response.cursor();
      EXPECT_FALSE(response.cursor().empty());
    }
    EXPECT_TRUE(more.ok()) << more.status();
    return resources;
  }

  std::unique_ptr<Pool> relay_pool_ = NewPool(database_.feed_dsn(), "assay_feed", 1);
  FeedRelay relay_{*relay_pool_, metrics_};
  TestServer server_{metrics_, "assay.bank.v1.EventService"};
};

TEST_F(EventServiceTest, ResumesAfterTheCursorOfTheLastEventHandled) {
  std::vector<OutboxEvent> many;
  for (int i = 0; i < 450; ++i) many.push_back(Event("questions/q" + std::to_string(i)));
  ASSERT_TRUE(Append(many).ok());
  std::string cursor;
  const std::vector<std::string> all = StreamAll("reader", {}, &cursor);
  ASSERT_EQ(all.size(), 450u);
  EXPECT_EQ(all.back(), "questions/q449");

  ASSERT_TRUE(Append({Event("questions/next")}).ok());
  v1::StreamEventsRequest resume;
  resume.set_after(cursor);
  EXPECT_EQ(StreamAll("reader", resume), std::vector<std::string>{"questions/next"});
}

TEST_F(EventServiceTest, EndsOnlyWhereWhatWasCommittedBeforeIsInItThoughAnotherIsStillWriting) {
  OpenTransaction open(*pool_, kTenant, [](Tx& tx) {
    return AppendEvents(tx, "dana", SystemClock().Now(), {Event("questions/open")}).status();
  });
  ASSERT_TRUE(Append({Event("questions/mine")}).ok());
  auto all = std::async(std::launch::async, [&] { return StreamAll("reader", {}); });
  // However long this takes, it can only have ended early if it ended without what was committed before.
  EXPECT_EQ(all.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  ASSERT_TRUE(open.Commit().ok());
  EXPECT_EQ(all.get(), (std::vector<std::string>{"questions/open", "questions/mine"}));
}

TEST_F(EventServiceTest, FollowsAndBeatsWhileNothingHappens) {
  auto stream = Stream("reader", {});
  v1::StreamEventsResponse response;
  ASSERT_TRUE(stream.Read(response).value());
  EXPECT_TRUE(response.events().empty()) << "a heartbeat, at once";
  EXPECT_FALSE(response.cursor().empty());
  ASSERT_TRUE(Append({Event("questions/q1")}).ok());
  ASSERT_TRUE(stream.Read(response).value());
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).resource(), "questions/q1");
  stream.Cancel();
}

TEST_F(EventServiceTest, LeavesOutWhatTheCallerMayNotLearnOrDidNotAskForAndStillMoves) {
  OutboxEvent hidden = Event("questions/hidden");
  hidden.audience = v1::AUDIENCE_AUTHOR;
  ASSERT_TRUE(Append({Event("questions/q1"), hidden, Event("questions/q2", 1, v1::EVENT_TYPE_QUESTION_RETIRED)}).ok());
  EXPECT_EQ(StreamAll("reader", {}), (std::vector<std::string>{"questions/q1", "questions/q2"}));
  EXPECT_EQ(StreamAll("projector", {}).size(), 3u);
  v1::ListEventsRequest retired;
  retired.add_types(v1::EVENT_TYPE_QUESTION_RETIRED);
  const auto page = List("reader", retired);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->events_size(), 1);
  EXPECT_TRUE(page->at_end());
  retired.set_after(page->cursor());
  EXPECT_EQ(List("reader", retired)->events_size(), 0);
}

TEST_F(EventServiceTest, GivesEachTokenItsTenants) {
  ASSERT_TRUE(Append({Event("questions/a")}, "acme").ok());
  ASSERT_TRUE(Append({Event("questions/b")}, "globex").ok());
  EXPECT_EQ(StreamAll("stranger", {}), std::vector<std::string>{"questions/b"});
  EXPECT_EQ(StreamAll("projector", {}), (std::vector<std::string>{"questions/a", "questions/b"}));
  EXPECT_EQ(ReasonOf(List("pretender").status()), v1::ERROR_REASON_SCOPE_MISSING) << "feed.all is for services only";
}

TEST_F(EventServiceTest, PagesThroughTheFeed) {
  ASSERT_TRUE(Append({Event("questions/a"), Event("questions/b"), Event("questions/c")}).ok());
  v1::ListEventsRequest request;
  request.set_page_size(2);
  const auto first = List("reader", request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->events_size(), 2);
  EXPECT_FALSE(first->at_end());
  request.set_after(first->cursor());
  const auto second = List("reader", request);
  EXPECT_EQ(second->events_size(), 1);
  EXPECT_TRUE(second->at_end());
  request.set_after("forged");
  EXPECT_EQ(ReasonOf(List("reader", request).status()), v1::ERROR_REASON_CURSOR_INVALID);
}

TEST_F(EventServiceTest, SnapshotsAtOneCursorFromWhichNothingIsMissed) {
  v1::StreamSnapshotRequest request;
  auto stream = server_.client->OpenServerStream<v1::StreamSnapshotResponse>(
      "assay.bank.v1.EventService/StreamSnapshot", request, TestServer::As("reader"));
  std::vector<std::string> resources;
  std::set<std::string> cursors;
  v1::StreamSnapshotResponse response;
  while (stream.Read(response).value_or(false)) {
    for (const auto& resource : response.resources()) resources.push_back(resource.resource());
    cursors.insert(response.cursor());
  }
  EXPECT_EQ(resources, (std::vector<std::string>{"questions/q0", "questions/q1", "questions/q2"}));
  ASSERT_EQ(cursors.size(), 1u);
  v1::StreamEventsRequest follow;
  follow.set_after(*cursors.begin());
  EXPECT_EQ(StreamAll("reader", follow), std::vector<std::string>{"questions/meanwhile"});

  request.add_collections("planets");
  auto refused = server_.client->OpenServerStream<v1::StreamSnapshotResponse>(
      "assay.bank.v1.EventService/StreamSnapshot", request, TestServer::As("reader"));
  EXPECT_EQ(ReasonOf(refused.Read(response).status()), v1::ERROR_REASON_INVALID_FIELDS);
}

TEST_F(FeedTest, WakesSubscribersWhenSomethingBecomesReadable) {
  const auto relay_pool = NewPool(database_.feed_dsn(), "assay_feed", 1);
  FeedRelay relay(*relay_pool, metrics_);
  std::promise<void> woken;
  std::atomic<bool> first{true};
  const uint64_t subscription = relay.Subscribe([&] {
    if (first.exchange(false)) woken.set_value();
  });
  relay.Start();
  auto future = woken.get_future();
  // The relay's first look only finds the tail, so events go on until one is noticed.
  const Deadline deadline = Soon();
  while (future.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready &&
         std::chrono::steady_clock::now() < deadline) {
    ASSERT_TRUE(Append({Event("questions/q1")}).ok());
  }
  EXPECT_FALSE(first.load());
  relay.Unsubscribe(subscription);
  relay.Stop();
}

}  // namespace
}  // namespace assay::runtime
