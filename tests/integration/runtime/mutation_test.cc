#include <atomic>
#include <set>
#include <thread>

#include "assay/bank/v1/question_service.pb.h"
#include "services/runtime/idempotency.h"
#include "tests/integration/runtime/persistence_fixture.h"

namespace assay::runtime {
namespace {

namespace bank = assay::bank::v1;

// Answers COMMIT_IN_DOUBT once, after the transaction was committed or lost.
class DoubtfulPool final : public Pool {
 public:
  enum class Fate { kCommitted, kLost };
  DoubtfulPool(Pool& pool, Fate fate) : pool_(pool), fate_(fate) {}
  absl::Status Transact(TxMode mode, const std::string& tenant, Deadline deadline,
                        const std::function<absl::Status(Tx&)>& work) override {
    if (doubted_) return pool_.Transact(mode, tenant, deadline, work);
    doubted_ = true;
    const absl::Status status = pool_.Transact(mode, tenant, deadline, [&](Tx& tx) {
      const absl::Status worked = work(tx);
      return fate_ == Fate::kCommitted || !worked.ok() ? worked : absl::CancelledError("lost on the way");
    });
    if (fate_ == Fate::kCommitted && !status.ok()) return status;
    return Error(v1::ERROR_REASON_COMMIT_IN_DOUBT, "the connection was lost while committing");
  }
  absl::Status Ping() override { return pool_.Ping(); }
  void Close() override {}

 private:
  Pool& pool_;
  const Fate fate_;
  bool doubted_ = false;
};

class MutationTest : public PersistenceTest {
 protected:
  static bank::CreateQuestionRequest Request(const std::string& request_id, bool publish = false) {
    bank::CreateQuestionRequest request;
    request.set_request_id(request_id);
    request.set_publish(publish);
    return request;
  }

  absl::StatusOr<bank::Question> Create(Mutator& mutator, const RequestContext& context,
                                        const bank::CreateQuestionRequest& request) {
    return mutator.Run<bank::Question>(
        context, request,
        [&](WriteTx& write, bank::Question& question) -> absl::StatusOr<ResultName> {
          const int number = ++worked_;
          if (request.publish() && refuse_) return InvalidField("question", "is wrong");
          question.set_name("questions/q" + std::to_string(number));
          write.Emit(Event(question.name()));
          return ResultName{question.name(), 1};
        },
        [](Tx&, const ResultName& result) -> absl::StatusOr<bank::Question> {
          bank::Question question;
          question.set_name(result.name);
          return question;
        });
  }

  static std::string CursorOf(const RequestContext& context) {
    for (const auto& [key, value] : context.trailers()) {
      if (key == "assay-cursor") return value;
    }
    return "";
  }

  FeedPosition PositionOf(const RequestContext& context) { return cursors_.Open(CursorOf(context)).value(); }

  Mutator mutator_{*pool_, cursors_};
  std::atomic<int> worked_{0};
  std::atomic<bool> refuse_{false};
};

TEST_F(MutationTest, CommitsEffectEventAuditAndCursorTogether) {
  const RequestContext context = Context();
  const auto question = Create(mutator_, context, Request("r1"));
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->name(), "questions/q1");
  EXPECT_EQ(Count("outbox"), 1);
  EXPECT_EQ(Count("audit WHERE actor = 'dana' AND resource = 'questions/q1' AND category = 'write' AND request_id = 'r1'"), 1);
  const auto page = FeedReader(*pool_, cursors_, kTenant).Read({}, 10, Soon());
  ASSERT_EQ(page->events.size(), 1u);
  EXPECT_EQ(*cursors_.Open(page->events[0].cursor()), PositionOf(context)) << "the answer's cursor is that of its event";
}

TEST_F(MutationTest, TakesEffectOnceForTwentyTwinsAndAnswersThemAlike) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::multiset<std::string> names;
  std::set<FeedPosition> positions;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&] {
      const RequestContext context = Context();
      const auto question = Create(mutator_, context, Request("r1"));
      std::lock_guard lock(mutex);
      ASSERT_TRUE(question.ok()) << question.status();
      names.insert(question->name());
      positions.insert(PositionOf(context));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(names.count(*names.begin()), 20u);
  EXPECT_EQ(positions.size(), 1u);
  EXPECT_EQ(worked_, 1);
  EXPECT_EQ(Count("outbox"), 1);
  EXPECT_EQ(Count("idempotency"), 1);
  EXPECT_EQ(Count("audit"), 1);
}

TEST_F(MutationTest, RefusesAnotherBodyUnderTheSameId) {
  ASSERT_TRUE(Create(mutator_, Context(), Request("r1")).ok());
  const auto other = Create(mutator_, Context(), Request("r1", /*publish=*/true));
  EXPECT_EQ(ReasonOf(other.status()), v1::ERROR_REASON_REQUEST_ID_REUSED);
  EXPECT_EQ(MetadataOf(other.status(), "request_id"), "r1");
  EXPECT_EQ(worked_, 1);
}

TEST_F(MutationTest, KeepsIdsOfCallersMethodsAndTenantsApart) {
  RequestContext other_method = Context();
  other_method.method = "assay.bank.v1.QuestionService/UpdateQuestion";
  RequestContext delegated = Context();
  delegated.principal.on_behalf_of = "erik";
  for (const RequestContext& context : {Context(), Context("erik"), Context("dana", "globex"), other_method, delegated}) {
    ASSERT_TRUE(Create(mutator_, context, Request("r1")).ok());
  }
  EXPECT_EQ(worked_, 5);
}

TEST_F(MutationTest, DoesNotStoreARefusal) {
  refuse_ = true;
  EXPECT_EQ(ReasonOf(Create(mutator_, Context(), Request("r1", true)).status()), v1::ERROR_REASON_INVALID_FIELDS);
  EXPECT_EQ(Count("idempotency") + Count("outbox") + Count("audit"), 0);
  refuse_ = false;
  EXPECT_TRUE(Create(mutator_, Context(), Request("r1")).ok()) << "the corrected request may keep its id";
}

TEST_F(MutationTest, OnlyLooksWhenAskedToValidate) {
  bank::CreateQuestionRequest request = Request("r1");
  request.set_validate_only(true);
  const RequestContext context = Context();
  const auto question = Create(mutator_, context, request);
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->name(), "questions/q1") << "the answer as it would be";
  EXPECT_EQ(Count("idempotency") + Count("outbox") + Count("audit"), 0);
  EXPECT_EQ(CursorOf(context), "");
}

TEST_F(MutationTest, TakesEffectEveryTimeWithoutAnId) {
  ASSERT_TRUE(Create(mutator_, Context(), Request("")).ok());
  ASSERT_TRUE(Create(mutator_, Context(), Request("")).ok());
  EXPECT_EQ(Count("outbox"), 2);
  EXPECT_EQ(Count("idempotency"), 0);
}

TEST_F(MutationTest, LearnsOfADoubtfulCommitThatItHappened) {
  DoubtfulPool pool(*pool_, DoubtfulPool::Fate::kCommitted);
  Mutator mutator(pool, cursors_);
  const RequestContext context = Context();
  const auto question = Create(mutator, context, Request("r1"));
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->name(), "questions/q1");
  EXPECT_NE(CursorOf(context), "");
  EXPECT_EQ(Count("outbox"), 1);
}

TEST_F(MutationTest, RepeatsADoubtfulCommitThatWasLost) {
  DoubtfulPool pool(*pool_, DoubtfulPool::Fate::kLost);
  Mutator mutator(pool, cursors_);
  const auto question = Create(mutator, Context(), Request("r1"));
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(Count("outbox"), 1);
}

TEST_F(MutationTest, SaysSoWhenNobodyCanKnow) {
  DoubtfulPool pool(*pool_, DoubtfulPool::Fate::kCommitted);
  Mutator mutator(pool, cursors_);
  EXPECT_EQ(ReasonOf(Create(mutator, Context(), Request("")).status()), v1::ERROR_REASON_COMMIT_IN_DOUBT);
}

TEST_F(MutationTest, ClaimsManyRequestsInOneTransaction) {
  const auto key = [](const std::string& id, const std::string& hash) { return RequestKey{"test#dana", "m", id, hash}; };
  std::vector<Claim> claims;
  const auto claim = [&](const std::vector<RequestKey>& keys) {
    return pool_->Transact(TxMode::kReadWrite, kTenant, Soon(), [&](Tx& tx) -> absl::Status {
      auto claimed = ClaimRequests(tx, keys);
      if (!claimed.ok()) return claimed.status();
      claims = *claimed;
      std::vector<RequestResult> results;
      for (size_t i = 0; i < keys.size(); ++i) {
        if (claims[i].state == ClaimState::kFresh) results.push_back({keys[i], {"questions/" + keys[i].request_id, 7}, i});
      }
      return StoreResults(tx, results);
    });
  };
  ASSERT_TRUE(claim({key("b", "1"), key("a", "1")}).ok());
  ASSERT_TRUE(claim({key("a", "1"), key("c", "1"), key("b", "2")}).ok());
  EXPECT_EQ(claims[0].state, ClaimState::kReplay);
  EXPECT_EQ(claims[0].result.name, "questions/a");
  EXPECT_EQ(claims[0].result.revision, 7);
  EXPECT_EQ(claims[0].position.sequence, 1u);
  EXPECT_EQ(claims[1].state, ClaimState::kFresh);
  EXPECT_EQ(claims[2].state, ClaimState::kReused);
}

}  // namespace
}  // namespace assay::runtime
