#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "services/runtime/feed/announcing_pool.h"
#include "services/runtime/feed/feed_signal.h"
#include "services/runtime/feed/relay.h"
#include "tests/integration/runtime/persistence_fixture.h"

namespace assay::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const Query kTakeXid{"test_signal_take_xid", "SELECT pg_current_xact_id()"};

// What any process hears on the channel.
class Listener {
 public:
  struct Heard {
    std::string payload;
    int pid = 0;
  };

  explicit Listener(const std::string& dsn) : connection_(PQconnectdb(dsn.c_str()), PQfinish) {
    PQclear(PQexec(connection_.get(), "LISTEN assay_feed"));
  }

  Heard Next() {
    const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      const std::unique_ptr<PGnotify, void (*)(void*)> notification(PQnotifies(connection_.get()), PQfreemem);
      if (notification != nullptr) return {notification->extra, notification->be_pid};
      pollfd state{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
      ::poll(&state, 1, 1000);
      PQconsumeInput(connection_.get());
    }
    ADD_FAILURE() << "nothing was heard";
    return {};
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

// Reads the feed whenever it is woken, and never otherwise.
class Reader {
 public:
  Reader(Pool& feed_pool, const CursorCodec& cursors, bool unsettled) : reader_(feed_pool, cursors, ""), unsettled_(unsettled) {}

  std::function<void()> wake() {
    return [this] { Read(); };
  }
  bool Sees(const std::string& resource, milliseconds longest = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest, [&] { return seen_.count(resource) > 0; });
  }

 private:
  void Read() {
    const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto page = reader_.Read(position_, 1000, deadline);
    const auto unsettled = reader_.ReadUnsettled(1000, deadline);
    if (!page.ok() || !unsettled.ok()) {
      ADD_FAILURE() << page.status() << unsettled.status();
      return;
    }
    std::lock_guard lock(mutex_);
    position_ = page->next;
    for (const v1::Event& event : page->events) seen_.insert(event.resource());
    for (const v1::Event& event : *unsettled) {
      if (unsettled_) seen_.insert(event.resource());
    }
    changed_.notify_all();
  }

  const FeedReader reader_;
  const bool unsettled_;
  FeedPosition position_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> seen_;
};

// One replica: the signal, the pool that it writes through and the relay that wakes its readers.
class FeedSignalTest : public PersistenceTest {
 protected:
  // So that whatever a relay sees in time it did not find by looking.
  static constexpr FeedRelay::Options kNeverLooks{.busy = hours(10), .idle = hours(10), .gap = milliseconds(1)};

  FeedSignal::Options Named(const std::string& name) {
    FeedSignal::Options options;
    options.dsn = database_.feed_dsn();
    options.application_name = name;
    options.gap = milliseconds(0);
    options.first_retry = milliseconds(10);
    return options;
  }

  struct Replica {
    Replica(FeedSignalTest& test, FeedSignal::Options signal_options, FeedRelay::Options relay_options)
        : name(signal_options.application_name),
          signal(std::move(signal_options), test.metrics_),
          pool(*test.pool_, signal),
          relay_pool(test.NewPool(test.database_.feed_dsn(), "assay_feed", 1)),
          relay(*relay_pool, test.metrics_, relay_options, &signal),
          readable(*test.feed_pool_, test.cursors_, false),
          committed(*test.feed_pool_, test.cursors_, true) {
      relay.Subscribe(readable.wake());
      relay.Subscribe(committed.wake(), FeedRelay::Wake::kCommitted);
      relay.Start();
      signal.Start();
    }
    ~Replica() {
      signal.Stop();
      relay.Stop();
    }

    const std::string name;
    FeedSignal signal;
    AnnouncingPool pool;
    std::unique_ptr<Pool> relay_pool;
    FeedRelay relay;
    Reader readable;
    Reader committed;
  };

  static absl::StatusOr<FeedPosition> AppendTo(Pool& pool, const std::string& resource) {
    return Transact<FeedPosition>(pool, TxMode::kReadWrite, kTenant, Soon(), [&](Tx& tx) {
      return AppendEvents(tx, "dana", SystemClock().Now(), {Event(resource)});
    });
  }

  // The backend that a signal listens on; waits until there is one, other than `not_this`.
  int BackendOf(const std::string& name, int not_this = 0) {
    const Deadline deadline = Soon();
    while (std::chrono::steady_clock::now() < deadline) {
      const auto pids = assay::testing::RunSql(
          database_.admin_dsn(),
          fmt::format("SELECT pid FROM pg_stat_activity WHERE application_name = '{}' AND state = 'idle' AND query LIKE '%LISTEN%' AND pid <> {}",
                      name, not_this));
      if (!pids.empty()) return std::stoi(pids[0]);
      std::this_thread::sleep_for(milliseconds(1));
    }
    ADD_FAILURE() << name << " does not listen";
    return 0;
  }
  void Terminate(int pid) { assay::testing::RunSql(database_.admin_dsn(), fmt::format("SELECT pg_terminate_backend({})", pid)); }

  // Writes until the replica sees it; its first look only finds the tail.
  void WriteUntilSeen(Pool& pool, Replica& replica) {
    const Deadline deadline = Soon();
    bool seen = false;
    while (!seen && std::chrono::steady_clock::now() < deadline) {
      ASSERT_TRUE(AppendTo(pool, "questions/first").ok());
      seen = replica.readable.Sees("questions/first", milliseconds(20));
    }
    EXPECT_TRUE(seen);
  }
};

TEST_F(FeedSignalTest, WakesTheRelayOfAnotherReplica) {
  Replica writer(*this, Named("writer"), kNeverLooks);
  Replica reader(*this, Named("reader"), kNeverLooks);
  BackendOf("reader");
  WriteUntilSeen(writer.pool, reader);
}

TEST_F(FeedSignalTest, WakesItsOwnRelayWithoutTheDatabase) {
  FeedSignal::Options nowhere = Named("nowhere");
  nowhere.dsn = "host=/nonexistent";
  Replica replica(*this, nowhere, kNeverLooks);
  WriteUntilSeen(replica.pool, replica);
}

TEST_F(FeedSignalTest, NotifiesAfterTheCommitFromAConnectionOfItsOwn) {
  Replica replica(*this, Named("replica"), kNeverLooks);
  const int signal_backend = BackendOf("replica");
  Listener listener(database_.admin_dsn());
  std::promise<uint64_t> appended;
  std::promise<void> released;
  std::thread open([&] {
    EXPECT_TRUE(replica.pool
                    .Transact(TxMode::kReadWrite, kTenant, Soon(),
                              [&](Tx& tx) {
                                const auto position = AppendEvents(tx, "dana", SystemClock().Now(), {Event("questions/open")});
                                appended.set_value(position.ok() ? position->xid : 0);
                                released.get_future().wait();
                                return position.status();
                              })
                    .ok());
  });
  const uint64_t committed = appended.get_future().get();
  // Had any of these been announced, a higher transaction would be heard, before the open one or instead of it.
  EXPECT_FALSE(replica.pool
                   .Transact(TxMode::kReadWrite, kTenant, Soon(),
                             [&](Tx& tx) -> absl::Status {
                               EXPECT_TRUE(AppendEvents(tx, "dana", SystemClock().Now(), {Event("questions/undone")}).ok());
                               return absl::CancelledError("undone");
                             })
                   .ok());
  EXPECT_TRUE(replica.pool
                  .Transact(TxMode::kReadWrite, kTenant, Soon(), [&](Tx& tx) { return tx.Run(kTakeXid, {}).status(); })
                  .ok());
  released.set_value();
  open.join();
  const Listener::Heard heard = listener.Next();
  EXPECT_EQ(heard.payload, std::to_string(committed));
  EXPECT_EQ(heard.pid, signal_backend);
}

TEST_F(FeedSignalTest, JoinsABurstIntoOneNotificationAndSendsItBeforeItStops) {
  constexpr int kBurst = 50;
  FeedSignal::Options patient = Named("patient");
  patient.gap = hours(10);
  Listener listener(database_.admin_dsn());
  uint64_t highest = 0;
  {
    Replica replica(*this, patient, kNeverLooks);
    BackendOf("patient");
    const auto first = AppendTo(replica.pool, "questions/first");
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_EQ(listener.Next().payload, std::to_string(first->xid));
    for (int i = 0; i < kBurst; ++i) {
      const auto position = AppendTo(replica.pool, "questions/q" + std::to_string(i));
      ASSERT_TRUE(position.ok()) << position.status();
      highest = std::max(highest, position->xid);
    }
  }
  assay::testing::RunSql(database_.admin_dsn(), "NOTIFY assay_feed, 'that was all'");
  EXPECT_EQ(listener.Next().payload, std::to_string(highest));
  EXPECT_EQ(listener.Next().payload, "that was all");
}

TEST_F(FeedSignalTest, FindsByLookingWhatNoNotificationTold) {
  FeedSignal::Options gone = Named("gone");
  gone.first_retry = gone.longest_retry = hours(10);
  Replica writer(*this, Named("writer"), kNeverLooks);
  Replica reader(*this, gone, {.busy = milliseconds(20), .gap = milliseconds(1)});
  WriteUntilSeen(writer.pool, reader);
  Terminate(BackendOf("gone"));
  ASSERT_TRUE(AppendTo(writer.pool, "questions/unheard").ok());
  EXPECT_TRUE(reader.readable.Sees("questions/unheard"));
}

TEST_F(FeedSignalTest, HearsAgainOnceItsConnectionIsBack) {
  Replica writer(*this, Named("writer"), kNeverLooks);
  Replica reader(*this, Named("reader"), kNeverLooks);
  const int before = BackendOf("reader");
  WriteUntilSeen(writer.pool, reader);
  Terminate(before);
  BackendOf("reader", before);
  // The new connection itself makes the relay look once, so more than one write has to be noticed.
  for (int i = 0; i < 3; ++i) {
    const std::string resource = fmt::format("questions/q{}", i);
    ASSERT_TRUE(AppendTo(writer.pool, resource).ok());
    EXPECT_TRUE(reader.readable.Sees(resource)) << i;
  }
}

TEST_F(FeedSignalTest, LooksWhenItsConnectionIsBackBecauseItMayHaveMissedSomething) {
  Replica writer(*this, Named("writer"), kNeverLooks);
  Replica reader(*this, Named("reader"), kNeverLooks);
  WriteUntilSeen(writer.pool, reader);
  const int backend = BackendOf("reader");
  ASSERT_TRUE(AppendTo(*pool_, "questions/unannounced").ok());
  Terminate(backend);
  EXPECT_TRUE(reader.readable.Sees("questions/unannounced"));
}

TEST_F(FeedSignalTest, LooksAgainUntilWhatItHeardOfCanBeRead) {
  Replica writer(*this, Named("writer"), kNeverLooks);
  Replica reader(*this, Named("reader"), kNeverLooks);
  WriteUntilSeen(writer.pool, reader);
  std::promise<void> begun, released;
  std::thread older([&] {
    EXPECT_TRUE(pool_->Transact(TxMode::kReadWrite, kTenant, Soon(),
                                [&](Tx& tx) {
                                  const absl::Status status = tx.Run(kTakeXid, {}).status();
                                  begun.set_value();
                                  released.get_future().wait();
                                  return status;
                                })
                    .ok());
  });
  begun.get_future().wait();
  ASSERT_TRUE(AppendTo(writer.pool, "questions/held-back").ok());
  EXPECT_TRUE(reader.committed.Sees("questions/held-back"));
  const FeedReader all(*feed_pool_, cursors_, "");
  const auto unsettled = all.ReadUnsettled(10, Soon());
  ASSERT_TRUE(unsettled.ok()) << unsettled.status();
  ASSERT_EQ(unsettled->size(), 1u);
  EXPECT_EQ(unsettled->front().resource(), "questions/held-back");
  EXPECT_TRUE(FeedReader(*pool_, cursors_, "globex").ReadUnsettled(10, Soon())->empty()) << "another tenant's";
  EXPECT_FALSE(reader.readable.Sees("questions/held-back", milliseconds(0))) << "the older transaction may still come before it";
  released.set_value();
  older.join();
  EXPECT_TRUE(reader.readable.Sees("questions/held-back"));
  EXPECT_TRUE(all.ReadUnsettled(10, Soon())->empty());
}

TEST_F(FeedSignalTest, TakesAnyPayloadForAReasonToLook) {
  Replica reader(*this, Named("reader"), kNeverLooks);
  BackendOf("reader");
  WriteUntilSeen(reader.pool, reader);
  for (const std::string payload : {"", "x", "-1", "12x", "99999999999999999999999", "18446744073709551615"}) {
    const std::string resource = "questions/after-" + payload;
    ASSERT_TRUE(AppendTo(*pool_, resource).ok());
    assay::testing::RunSql(database_.admin_dsn(), fmt::format("SELECT pg_notify('assay_feed', '{}')", payload));
    EXPECT_TRUE(reader.readable.Sees(resource)) << payload;
  }
}

}  // namespace
}  // namespace assay::runtime
