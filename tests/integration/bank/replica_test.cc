#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <map>
#include <random>
#include <thread>

#include "tests/integration/bank/bank_replica.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;

constexpr int kQuestions = 4;
constexpr int kPublishesEach = 60;
constexpr std::chrono::milliseconds kLook{2};

std::string NameOf(int question) { return fmt::format("questions/shared-{}", question); }

// Every part says which revision it belongs to, so that parts of two revisions in one answer show.
v1::QuestionContent ContentOf(int question, int revision) {
  const std::string mark = fmt::format("[{}]", revision);
  v1::QuestionContent content;
  content.set_id(fmt::format("shared-{}", question));
  content.set_level(v1::LEVEL_EXPERIENCED);
  content.set_kind(v1::QUESTION_KIND_THEORY);
  content.set_section("section " + mark);
  content.set_prompt("What does the learning rate do? " + mark);
  content.set_cue("Listens for step size. " + mark);
  content.set_estimated_minutes(1 + revision % 100);
  for (const int score : {1, 3, 5}) {
    v1::Exemplar& exemplar = *content.add_exemplars();
    exemplar.set_score(score);
    exemplar.set_text("It scales the step. " + mark);
  }
  v1::KeyConcept& concept_ = *content.add_key_concepts();
  concept_.set_id("step");
  concept_.set_text("step size " + mark);
  return content;
}

// Why `question` is not one revision throughout; empty when it is.
std::string Mixture(const v1::Question& question) {
  const int revision = question.revision();
  const std::string id = question.content().id();
  const v1::QuestionContent expected = ContentOf(std::stoi(id.substr(id.rfind('-') + 1)), revision);
  if (question.content().SerializeAsString() == expected.SerializeAsString()) return "";
  return fmt::format("{} says revision {} and holds {}", question.name(), revision, question.content().ShortDebugString());
}

// What one client learns from one replica by one method: revisions of a name never go back.
class Watcher {
 public:
  explicit Watcher(std::string who) : who_(std::move(who)) {}

  void See(const v1::Question& question) {
    if (const std::string mixture = Mixture(question); !mixture.empty()) ADD_FAILURE() << who_ << ": " << mixture;
    int& seen = seen_[question.content().id()];
    if (question.revision() < seen) ADD_FAILURE() << who_ << ": " << question.name() << " went back from " << seen << " to " << question.revision();
    seen = std::max(seen, question.revision());
  }
  // A revision that is named is the same bytes for ever, whoever is asked.
  void SeePinned(const v1::Question& question) {
    if (const std::string mixture = Mixture(question); !mixture.empty()) ADD_FAILURE() << who_ << ": " << mixture;
  }
  int seen(const std::string& id) { return seen_[id]; }

 private:
  const std::string who_;
  std::map<std::string, int> seen_;
};

// The answer that the cache has, as text.
std::string Found(QuestionCache& cache, const std::string& name) {
  const auto bytes = cache.Find("acme", name);
  return bytes.has_value() ? std::string(reinterpret_cast<const char*>(bytes->begin()), bytes->size()) : "nothing";
}

TEST(QuestionCache, KeepsTheNewerOfTwoReadingsInWhicheverOrderTheyCome) {
  for (const bool older_first : {true, false}) {
    QuestionCache cache;
    const QuestionCache::Moment before = cache.Now();
    for (const bool older : {older_first, !older_first}) {
      cache.Insert("acme", "questions/q1", older ? 1 : 2, grpc::Slice(older ? "older" : "newer"), before);
    }
    EXPECT_EQ(Found(cache, "questions/q1"), "newer");
  }
}

TEST(QuestionCache, TakesNoReadingThatIsOlderThanOneItDroppedItself) {
  QuestionCache cache;
  const QuestionCache::Moment before = cache.Now();
  // A change of which it hears while the newer one is being read.
  cache.Forget("acme", "questions/q1");
  const QuestionCache::Moment after = cache.Now();
  cache.Insert("acme", "questions/q1", 2, grpc::Slice("newer"), before);
  EXPECT_EQ(Found(cache, "questions/q1"), "nothing");
  cache.Insert("acme", "questions/q1", 1, grpc::Slice("older"), after);
  EXPECT_EQ(Found(cache, "questions/q1"), "nothing") << "somebody was given the newer one already";
  cache.Insert("acme", "questions/q1", 2, grpc::Slice("newer"), after);
  EXPECT_EQ(Found(cache, "questions/q1"), "newer");
}

TEST(QuestionCache, StartsAgainWithAQuestionThatWasDeletedAndMadeAnew) {
  QuestionCache cache;
  cache.Insert("acme", "questions/q1", 7, grpc::Slice("deleted"), cache.Now());
  cache.Forget("acme", "questions/q1");
  cache.Insert("acme", "questions/q1", 1, grpc::Slice("made anew"), cache.Now());
  EXPECT_EQ(Found(cache, "questions/q1"), "made anew");
}

TEST(QuestionCache, StaysWithinItsBoundAndKeepsWhatIsUsed) {
  constexpr size_t kBytes = 1 << 20, kEach = 4000;
  constexpr int kMany = 3000;
  QuestionCache cache(kBytes);
  // The second time, what was taken out before must count no more.
  for (int round = 0; round < 2; ++round) {
    cache.Insert("acme", "questions/used", 1, grpc::Slice("used"), cache.Now());
    for (int i = 0; i < kMany; ++i) {
      const std::string name = fmt::format("questions/q{}", i);
      cache.Insert("acme", name, 1, grpc::Slice(std::string(kEach, 'x')), cache.Now());
      // Other revisions of it, and another version: what goes makes room.
      for (int revision = 1; revision <= 9; ++revision) {
        cache.Insert("acme", fmt::format("{}@{}", name, revision), 1, grpc::Slice(std::string(kEach, 'x')), cache.Now());
      }
      cache.Insert("acme", name, 2, grpc::Slice(std::string(kEach, 'x')), cache.Now());
      ASSERT_EQ(Found(cache, "questions/used"), "used") << i;
    }
    size_t kept = 0;
    for (int i = 0; i < kMany; ++i) kept += cache.Find("acme", fmt::format("questions/q{}", i)).has_value();
    EXPECT_LT(kept, kBytes / kEach);
    EXPECT_GT(kept, kBytes / kEach / 4);
    for (int i = 0; i < kMany; ++i) cache.Forget("acme", fmt::format("questions/q{}", i));
  }
  cache.Clear();
  EXPECT_EQ(Found(cache, "questions/used"), "nothing");
  // One that is larger than its share is still kept, alone.
  cache.Insert("acme", "questions/long", 1, grpc::Slice(std::string(kBytes, 'x')), cache.Now());
  EXPECT_EQ(Found(cache, "questions/long").size(), kBytes);
}

TEST(QuestionCache, ForgettingOneKeepsNoOtherOut) {
  QuestionCache cache;
  const QuestionCache::Moment before = cache.Now();
  cache.Forget("acme", "questions/q0");
  int kept = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string name = fmt::format("questions/q{}", i);
    cache.Insert("acme", name, 1, grpc::Slice("x"), before);
    kept += cache.Find("acme", name).has_value();
  }
  EXPECT_EQ(Found(cache, "questions/q0"), "nothing");
  EXPECT_GT(kept, 50) << "of sixteen shards one was disturbed";
}

TEST(QuestionCache, KeepsTheCurrentRevisionHoweverManyOthersAreAskedFor) {
  QuestionCache cache;
  cache.Insert("acme", "questions/q1", 3, grpc::Slice("current"), cache.Now());
  for (int i = 1; i <= 20; ++i) {
    const std::string name = fmt::format("questions/q1@{}", i);
    cache.Insert("acme", name, 3, grpc::Slice(name), cache.Now());
    EXPECT_EQ(Found(cache, name), name);
  }
  EXPECT_EQ(Found(cache, "questions/q1"), "current");
  EXPECT_EQ(Found(cache, "questions/q1@1"), "nothing");
  // What a name begins with is not the name, wherever the tenant ends.
  EXPECT_EQ(Found(cache, "questions/q"), "nothing");
  EXPECT_FALSE(cache.Find("acmequestions", "/q1").has_value());
}

TEST(QuestionCache, AnswersForOneVersionWithNoOther) {
  QuestionCache cache;
  cache.Insert("acme", "questions/q1", 3, grpc::Slice("third"), cache.Now());
  cache.Insert("acme", "questions/q1@1", 3, grpc::Slice("its first revision"), cache.Now());
  EXPECT_TRUE(cache.Find("acme", "questions/q1", 3).has_value());
  EXPECT_FALSE(cache.Find("acme", "questions/q1", 2).has_value());
  EXPECT_FALSE(cache.Find("acme", "questions/q1", 4).has_value());
  EXPECT_FALSE(cache.Find("globex", "questions/q1", 3).has_value());
  cache.Insert("acme", "questions/q2@1", 5, grpc::Slice("an older revision"), cache.Now());
  EXPECT_FALSE(cache.Find("acme", "questions/q2", 5).has_value());
}

class ReplicaTest : public ::testing::Test {
 protected:
  static absl::StatusOr<v1::Question> Get(const BankReplica& replica, const std::string& name) {
    v1::GetQuestionRequest request;
    request.set_name(name);
    return replica.Call<v1::Question>("QuestionService/GetQuestion", request);
  }

  // The revision that was written last, with its etag.
  static absl::StatusOr<v1::Question> Newest(const BankReplica& replica, const std::string& name) {
    v1::ListQuestionRevisionsRequest request;
    request.set_name(name);
    request.set_page_size(1);
    auto list = replica.Call<v1::ListQuestionRevisionsResponse>("QuestionService/ListQuestionRevisions", request);
    if (!list.ok()) return list.status();
    return list->revisions(0);
  }

  void Create() {
    for (int i = 0; i < kQuestions; ++i) {
      v1::CreateQuestionRequest request;
      *request.mutable_question()->mutable_content() = ContentOf(i, 1);
      request.set_publish(true);
      const auto created = replicas_[i % 2]->Call<v1::Question>("QuestionService/CreateQuestion", request);
      ASSERT_TRUE(created.ok()) << created.status();
    }
  }

  // Writes the next revision and publishes it; false when another writer came first with either.
  static bool EditAndPublish(const BankReplica& replica, int question) {
    const auto newest = Newest(replica, NameOf(question));
    if (!newest.ok()) {
      ADD_FAILURE() << newest.status();
      return true;
    }
    v1::UpdateQuestionRequest update;
    update.mutable_question()->set_name(NameOf(question));
    update.mutable_question()->set_etag(newest->etag());
    *update.mutable_question()->mutable_content() = ContentOf(question, newest->revision() + 1);
    const auto edited = replica.Call<v1::Question>("QuestionService/UpdateQuestion", update);
    if (!edited.ok()) {
      EXPECT_EQ(ReasonOf(edited.status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH) << edited.status();
      return false;
    }
    EXPECT_EQ(Mixture(*edited), "");
    v1::PublishQuestionRequest publish;
    publish.set_name(NameOf(question));
    publish.set_etag(edited->etag());
    const auto published = replica.Call<v1::Question>("QuestionService/PublishQuestion", publish);
    if (!published.ok()) {
      EXPECT_EQ(ReasonOf(published.status()), runtime::v1::ERROR_REASON_ETAG_MISMATCH) << published.status();
      return false;
    }
    // Whoever published reads it back where it did.
    const auto read = Get(replica, NameOf(question));
    EXPECT_TRUE(read.ok() && read->revision() >= edited->revision()) << read.status();
    return true;
  }

  void Write(int replica) {
    std::minstd_rand random(replica + 1);
    for (int published = 0; published < kPublishesEach;) {
      if (EditAndPublish(*replicas_[replica], static_cast<int>(random() % kQuestions))) ++published;
    }
  }

  void ReadOneByOne(int replica, int seed) {
    Watcher watcher(fmt::format("GetQuestion at replica {}", replica));
    std::minstd_rand random(seed);
    while (!written_) {
      const std::string name = NameOf(static_cast<int>(random() % kQuestions));
      const auto question = Get(*replicas_[replica], name);
      if (!question.ok()) {
        ADD_FAILURE() << question.status();
        return;
      }
      watcher.See(*question);
      const int revision = 1 + static_cast<int>(random() % question->revision());
      const auto pinned = Get(*replicas_[replica], fmt::format("{}@{}", name, revision));
      if (!pinned.ok() || pinned->revision() != revision) {
        ADD_FAILURE() << name << "@" << revision << ": " << pinned.status();
        return;
      }
      watcher.SeePinned(*pinned);
    }
  }

  void ReadTogether(int replica) {
    Watcher watcher(fmt::format("BatchGetQuestions at replica {}", replica));
    v1::BatchGetQuestionsRequest request;
    for (int i = 0; i < kQuestions; ++i) request.add_names(NameOf(i));
    for (int i = 0; i < kQuestions; ++i) request.add_names(NameOf(i) + "@1");
    while (!written_) {
      const auto answer = replicas_[replica]->Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request);
      if (!answer.ok() || answer->questions_size() != request.names_size()) {
        ADD_FAILURE() << answer.status();
        return;
      }
      for (int i = 0; i < kQuestions; ++i) watcher.See(answer->questions(i));
      for (int i = kQuestions; i < 2 * kQuestions; ++i) {
        EXPECT_EQ(answer->questions(i).revision(), 1);
        watcher.SeePinned(answer->questions(i));
      }
    }
  }

  void ReadList(int replica) {
    Watcher watcher(fmt::format("ListQuestions at replica {}", replica));
    while (!written_) {
      const auto answer = replicas_[replica]->Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", v1::ListQuestionsRequest());
      if (!answer.ok() || answer->questions_size() != kQuestions) {
        ADD_FAILURE() << answer.status();
        return;
      }
      for (const v1::Question& question : answer->questions()) watcher.See(question);
    }
  }

  // Waits until the replica's memory has what was published last.
  static void ExpectConverged(const BankReplica& replica, const std::string& name, int revision) {
    const auto deadline = BankReplica::Soon();
    absl::StatusOr<v1::Question> question = Get(replica, name);
    while ((!question.ok() || question->revision() != revision) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kLook);
      question = Get(replica, name);
    }
    ASSERT_TRUE(question.ok()) << question.status();
    EXPECT_EQ(question->revision(), revision) << name;
    EXPECT_EQ(Mixture(*question), "");
  }

  assay::testing::TestDatabase database_{Migrations()};
  std::unique_ptr<runtime::Sealer> sealer_ = *runtime::Sealer::Create(std::string(32, 's'));
  std::unique_ptr<BankReplica> replicas_[2] = {std::make_unique<BankReplica>(database_, *sealer_, "replica-0"),
                                               std::make_unique<BankReplica>(database_, *sealer_, "replica-1")};
  std::atomic<bool> written_{false};
};

TEST_F(ReplicaTest, UnderConcurrentEditsAndPublishesNeverServeAMixedRevisionAndConverge) {
  Create();
  std::vector<std::thread> readers;
  for (int replica : {0, 1}) {
    for (int seed : {1, 2}) readers.emplace_back([this, replica, seed] { ReadOneByOne(replica, seed); });
    readers.emplace_back([this, replica] { ReadTogether(replica); });
    readers.emplace_back([this, replica] { ReadList(replica); });
  }
  std::vector<std::thread> writers;
  for (int replica : {0, 1}) writers.emplace_back([this, replica] { Write(replica); });
  for (std::thread& writer : writers) writer.join();
  written_ = true;
  for (std::thread& reader : readers) reader.join();

  int published = 0;
  for (int i = 0; i < kQuestions; ++i) {
    // An edit whose publication another writer forestalled is still a draft.
    const int newest = std::stoi(assay::testing::RunSql(
        database_.admin_dsn(), fmt::format("SELECT published_revision FROM question WHERE id = 'shared-{}'", i))[0]);
    published += newest;
    for (const auto& replica : replicas_) ExpectConverged(*replica, NameOf(i), newest);
  }
  EXPECT_GE(published, 2 * kPublishesEach);
}

TEST_F(ReplicaTest, AnswersFromMemoryOnlyUntilAnotherReplicaChangedTheQuestion) {
  Create();
  ASSERT_EQ(Get(*replicas_[1], NameOf(0))->revision(), 1);
  ASSERT_TRUE(EditAndPublish(*replicas_[0], 0));
  ExpectConverged(*replicas_[1], NameOf(0), 2);
  v1::RetireQuestionRequest retire;
  retire.set_name(NameOf(0));
  retire.set_reason("asked too often");
  ASSERT_TRUE(replicas_[1]->Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  const auto deadline = BankReplica::Soon();
  v1::QuestionState state = v1::QUESTION_STATE_PUBLISHED;
  while (state != v1::QUESTION_STATE_RETIRED && std::chrono::steady_clock::now() < deadline) {
    state = Get(*replicas_[0], NameOf(0))->state();
    std::this_thread::sleep_for(kLook);
  }
  EXPECT_EQ(state, v1::QUESTION_STATE_RETIRED);
}

TEST_F(ReplicaTest, ListsWhatAnotherReplicaPublishedAtOnceWhateverItHasInMemory) {
  Create();
  const auto listed = [&](const BankReplica& replica) {
    const auto answer = replica.Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", v1::ListQuestionsRequest());
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->questions(0) : v1::Question();
  };
  for (int revision = 1; revision <= 20; ++revision) {
    const v1::Question question = listed(*replicas_[1]);
    EXPECT_EQ(question.revision(), revision);
    EXPECT_EQ(Mixture(question), "");
    ASSERT_TRUE(EditAndPublish(*replicas_[0], 0));
  }
}

TEST_F(ReplicaTest, LearnsOfAPublicationAlsoWhileAnOlderTransactionIsOpen) {
  Create();
  ASSERT_EQ(Get(*replicas_[1], NameOf(0))->revision(), 1);
  // Holds back the feed's horizon as an import would.
  std::promise<void> begun, released;
  std::thread older([&] {
    runtime::Metrics metrics;
    const auto pool = runtime::Pool::Create({.dsn = database_.app_dsn()}, metrics);
    static const runtime::Query kTakeXid{"test_replica_take_xid", "SELECT pg_current_xact_id()"};
    EXPECT_TRUE(pool->Transact(runtime::TxMode::kReadWrite, "acme", BankReplica::Soon(), [&](runtime::Tx& tx) {
      const absl::Status status = tx.Run(kTakeXid, {}).status();
      begun.set_value();
      released.get_future().wait();
      return status;
    }).ok());
  });
  begun.get_future().wait();
  EXPECT_TRUE(EditAndPublish(*replicas_[0], 0));
  ExpectConverged(*replicas_[1], NameOf(0), 2);
  released.set_value();
  older.join();
}

TEST_F(ReplicaTest, LearnsOfAPublicationAfterItsConnectionForNotificationsWasCut) {
  Create();
  for (int i = 1; i <= 3; ++i) {
    ASSERT_EQ(Get(*replicas_[1], NameOf(0))->revision(), i);
    assay::testing::RunSql(database_.admin_dsn(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'replica-1'");
    ASSERT_TRUE(EditAndPublish(*replicas_[0], 0));
    ExpectConverged(*replicas_[1], NameOf(0), i + 1);
  }
}

}  // namespace
}  // namespace assay::bank
