#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <map>

#include "services/runtime/base/status_macros.h"
#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class QuestionListTest : public BankTest {
 protected:
  v1::Question Create(const std::string& id, const std::function<void(v1::CreateQuestionRequest&)>& change = [](auto&) {}) {
    v1::CreateQuestionRequest request;
    v1::QuestionContent& content = *request.mutable_question()->mutable_content();
    content.set_id(id);
    content.set_level(v1::LEVEL_FRESHER);
    content.set_kind(v1::QUESTION_KIND_THEORY);
    content.set_prompt("What is " + id + "?");
    change(request);
    const auto created = Call<v1::Question>("QuestionService/CreateQuestion", request);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Question());
  }
  absl::StatusOr<v1::ListQuestionsResponse> List(const std::string& filter, const std::string& order = "", int size = 0, const std::string& token = "") {
    v1::ListQuestionsRequest request;
    request.set_filter(filter);
    request.set_order_by(order);
    request.set_page_size(size);
    request.set_page_token(token);
    return Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", request);
  }
  // Ids of everything found, reading page by page.
  std::vector<std::string> Ids(const std::string& filter, const std::string& order = "", int size = 2) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const auto page = List(filter, order, size, token);
      EXPECT_TRUE(page.ok()) << filter << ": " << page.status();
      if (!page.ok()) return {"refused"};
      EXPECT_LE(page->questions_size(), size);
      for (const auto& question : page->questions()) ids.push_back(question.content().id());
      token = page->next_page_token();
    } while (!token.empty());
    return ids;
  }
  void Sql(const std::string& sql) { assay::testing::RunSql(database_.admin_dsn(), sql); }
};

TEST_F(QuestionListTest, EveryDocumentedFieldCanBeFilteredBy) {
  Create("q1", [](auto& request) {
    v1::QuestionContent& content = *request.mutable_question()->mutable_content();
    content.set_level(v1::LEVEL_SENIOR);
    content.set_kind(v1::QUESTION_KIND_DESIGN);
    content.set_competency("system-design");
    content.set_section("Scaling 100% of it");
    content.add_roles()->set_role("mlops");
    content.add_tags("retrieval");
    content.add_tags("a b");
    content.set_language_code("de");
    content.set_estimated_minutes(25);
    request.set_publish(true);
  });
  Create("q2", [](auto& request) { request.mutable_question()->mutable_content()->set_estimated_minutes(5); });
  ASSERT_TRUE(Import([] {
                v1::Pack pack = SmallPack();
                pack.mutable_questions()->DeleteSubrange(1, 3);
                return pack;
              }()).ok());
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"", {"q001", "q1", "q2"}},
      {"id = q1", {"q1"}},
      {"id = q* -id = q0*", {"q1", "q2"}},
      {"id > q1", {"q2"}},
      {"state = draft", {"q2"}},
      {"state = QUESTION_STATE_PUBLISHED", {"q001", "q1"}},
      {"level = senior OR level = experienced", {"q1"}},
      {"kind != theory", {"q1"}},
      {"competency = system-design OR competency = \"\"", {"q1", "q2"}},
      {"competency:*", {"q001", "q1"}},
      {"competency:DESIGN", {"q1"}},
      {"section = \"Scaling*\"", {"q1"}},
      {"section = \"*100%*\"", {"q1"}},
      {"section = \"*_ of it\"", {}},
      {"pack = small", {"q001"}},
      {"pack = packs/small", {"q001"}},
      {"NOT pack:*", {"q1", "q2"}},
      {"role:mlops OR role:core-ml", {"q001", "q1"}},
      {"role = core-*", {"q001"}},
      {"tag:retrieval AND tag:\"a b\"", {"q1"}},
      {"tag:a", {}},
      {"tag:retr*", {"q1"}},
      {"tag:etr* OR tag:*trie", {}},
      {"tag:*val OR tag:\"* b\"", {"q1"}},
      {"tag:*iev*", {"q1"}},
      {"tag != \"*a b\"", {"q001", "q2"}},
      {"tag:\"* b\"", {"q1"}},
      {"tag:\"%\" OR tag:\"*_*\"", {}},
      {"NOT tag:retrieval", {"q001", "q2"}},
      {"tag:*", {"q1"}},
      {"language = de", {"q1"}},
      {"language = en", {"q001", "q2"}},
      {"overridden", {}},
      {"NOT overridden", {"q001", "q1", "q2"}},
      {"revision >= 2", {}},
      {"revision = 1", {"q001", "q1", "q2"}},
      {"estimated_minutes > 5", {"q001", "q1"}},
      {"estimated_minutes:5", {"q2"}},
      {"create_time > 2020-01-01T00:00:00Z AND update_time < 2100-01-01T00:00:00Z", {"q001", "q1", "q2"}},
      {"publish_time > 2020-01-01T00:00:00Z", {"q001", "q1"}},
      // Never published is after no time and differs from every one.
      {"NOT publish_time > 2020-01-01T00:00:00Z", {"q2"}},
      {"publish_time != 2020-01-01T00:00:00Z", {"q001", "q1", "q2"}},
      {"NOT publish_time:*", {"q2"}},
      {"level = fresher AND (role:mlops OR estimated_minutes < 6) AND NOT tag:retrieval", {"q2"}},
      {"-(level = fresher OR level = senior)", {}},
      {"id = \"x' OR '1'='1\"", {}},
      {"tag:\"'; DROP TABLE question; --\"", {}},
  };
  for (const auto& [filter, ids] : cases) EXPECT_EQ(Ids(filter), ids) << filter;
  EXPECT_EQ(Count("question"), 3);
}

TEST_F(QuestionListTest, ABadFilterOrOrderIsRefusedWithWhatIsKnown) {
  const auto unknown = List("colour = red");
  EXPECT_EQ(ReasonOf(unknown.status()), runtime::v1::ERROR_REASON_FILTER_INVALID);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("competency"));
  for (const std::string filter : {"level = purple", "retrieval", "estimated_minutes = many", "(id = a", "id = a OR", "publish_time = never", "q.tenant = globex"}) {
    EXPECT_EQ(ReasonOf(List(filter).status()), runtime::v1::ERROR_REASON_FILTER_INVALID) << filter;
  }
  EXPECT_EQ(List(std::string(2001, 'x')).status().code(), absl::StatusCode::kInvalidArgument);
  for (const std::string order : {"prompt", "id asc", "id desc desc", "update_time; DROP TABLE question", "Id", "id,update_time", "1"}) {
    const auto refused = List("", order);
    EXPECT_EQ(ReasonOf(refused.status()), runtime::v1::ERROR_REASON_FILTER_INVALID) << order;
    EXPECT_EQ(runtime::ViolationsOf(refused.status()).at(0).field, "order_by");
  }
}

TEST_F(QuestionListTest, EveryOrderIsPagedWithoutGapOrOverlapTiesById) {
  for (const char* id : {"q3", "q1", "q5", "q2", "q4"}) Create(id);
  // Two ties each; q4 and q5 were never published.
  Sql("UPDATE question SET create_time = '2026-01-01 00:00:00.000001+00', update_time = '2026-02-01', publish_time = '2026-03-01' WHERE id IN ('q1', 'q3');"
      "UPDATE question SET create_time = '2026-01-01 00:00:00.000002+00', update_time = '2026-02-02', publish_time = '2026-02-15' WHERE id = 'q2';"
      "UPDATE question SET create_time = '2025-12-31', update_time = '2026-02-01', publish_time = NULL WHERE id IN ('q4', 'q5')");
  for (const int size : {1, 2, 4, 200}) {
    EXPECT_THAT(Ids("", "", size), ElementsAre("q1", "q2", "q3", "q4", "q5")) << size;
    EXPECT_THAT(Ids("", "id", size), ElementsAre("q1", "q2", "q3", "q4", "q5"));
    EXPECT_THAT(Ids("", " id  desc ", size), ElementsAre("q5", "q4", "q3", "q2", "q1"));
    EXPECT_THAT(Ids("", "create_time", size), ElementsAre("q4", "q5", "q1", "q3", "q2"));
    EXPECT_THAT(Ids("", "create_time desc", size), ElementsAre("q2", "q3", "q1", "q5", "q4"));
    EXPECT_THAT(Ids("", "update_time", size), ElementsAre("q1", "q3", "q4", "q5", "q2"));
    EXPECT_THAT(Ids("", "update_time desc", size), ElementsAre("q2", "q5", "q4", "q3", "q1"));
    EXPECT_THAT(Ids("", "publish_time", size), ElementsAre("q4", "q5", "q2", "q1", "q3"));
    EXPECT_THAT(Ids("", "publish_time desc", size), ElementsAre("q3", "q1", "q2", "q5", "q4"));
    EXPECT_THAT(Ids("id != q3", "publish_time desc", size), ElementsAre("q1", "q2", "q5", "q4"));
  }
}

// Who reads page by page while others write misses nothing that was there all the time, and sees nothing twice but what was moved.
TEST_F(QuestionListTest, PagesThatAreTurnedWhileRowsChangeLoseNothing) {
  const auto named = [](const char* kind, int i) { return fmt::format("q{:02}-{}", i, kind); };
  for (const std::string order : {"", "create_time desc", "update_time", "update_time desc"}) {
    Sql("TRUNCATE question CASCADE");
    for (int i = 0; i < 20; ++i) {
      for (const char* kind : {"stays", "goes", "moves"}) Create(named(kind, i));
    }
    std::map<std::string, int> seen;
    std::string token;
    int page = 0;
    do {
      const auto found = List("", order, 7, token);
      ASSERT_TRUE(found.ok()) << order << found.status();
      for (const auto& question : found->questions()) ++seen[question.content().id()];
      token = found->next_page_token();
      // At both ends and in the middle.
      for (const int i : {page % 20, 19 - page % 20, (page + 10) % 20}) {
        v1::DeleteQuestionRequest gone;
        gone.set_name("questions/" + named("goes", i));
        (void)Call<v1::Question>("QuestionService/DeleteQuestion", gone);
        v1::UpdateQuestionRequest edit;
        edit.mutable_question()->set_name("questions/" + named("moves", i));
        edit.mutable_question()->mutable_content()->set_prompt(fmt::format("And on page {}?", page));
        edit.mutable_update_mask()->add_paths("content.prompt");
        ASSERT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", edit).ok());
        Create(named(fmt::format("new-{}", page).c_str(), i));
      }
      // In order of what is edited all the time there is always something behind the page.
    } while (!token.empty() && ++page < 40);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(seen[named("stays", i)], 1) << order << " " << i;
    if (order.rfind("update_time", 0) == 0) continue;
    for (const auto& [id, times] : seen) EXPECT_LE(times, 1) << order << " " << id;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(seen[named("moves", i)], 1) << order << " " << i;
  }
}

TEST_F(QuestionListTest, APageTokenBelongsToItsFilterItsOrderAndItsTenantAndCannotBeMade) {
  for (const char* id : {"q1", "q2", "q3"}) Create(id);
  const std::string token = List("level = fresher", "update_time desc", 1)->next_page_token();
  ASSERT_FALSE(token.empty());
  EXPECT_TRUE(List("level = fresher", "update_time desc", 1, token).ok());
  const auto refused = [&](const std::string& filter, const std::string& order, const std::string& token, const std::string& caller = kAda) {
    v1::ListQuestionsRequest request;
    request.set_filter(filter);
    request.set_order_by(order);
    request.set_page_token(token);
    return ReasonOf(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", request, caller).status()) ==
           runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID;
  };
  EXPECT_TRUE(refused("level = senior", "update_time desc", token));
  EXPECT_TRUE(refused("level = fresher", "update_time", token));
  EXPECT_TRUE(refused("level = fresher", "id", token));
  EXPECT_TRUE(refused("level = fresher", "update_time desc", token, kOther));
  std::string tampered = token;
  tampered[tampered.size() / 2] = tampered[tampered.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& bad : {tampered, token.substr(1), token + "A", std::string("q1"), std::string("../../etc"), std::string(500, 'A')}) {
    EXPECT_TRUE(refused("level = fresher", "update_time desc", bad)) << bad;
  }
  v1::ListQuestionRevisionsRequest other;
  other.set_name("questions/q1");
  other.set_page_token(token);
  EXPECT_EQ(ReasonOf(Call<v1::ListQuestionRevisionsResponse>("QuestionService/ListQuestionRevisions", other).status()),
            runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_F(QuestionListTest, PageSizesAreBounded) {
  for (int i = 0; i < 3; ++i) Create("q" + std::to_string(i));
  EXPECT_EQ(List("", "", 2147483647)->questions_size(), 3);
  EXPECT_EQ(List("", "", -1).status().code(), absl::StatusCode::kInvalidArgument);
}

// One line per step of the plan, as the service runs it: with row-level security.
std::string Plan(runtime::Pool& pool, const std::string& filter, QuestionOrder order, bool first_page) {
  static const runtime::Query kNoScan{"test_no_scan", "SET LOCAL enable_seqscan = off"};
  static const runtime::Query kNoBitmap{"test_no_bitmap", "SET LOCAL enable_bitmapscan = off"};
  std::string plan;
  const absl::Status status = pool.Transact(
      runtime::TxMode::kReadOnly, "acme", std::chrono::steady_clock::now() + std::chrono::seconds(20), [&](runtime::Tx& tx) -> absl::Status {
        RETURN_IF_ERROR(tx.Execute(kNoScan, {}).status());
        RETURN_IF_ERROR(tx.Execute(kNoBitmap, {}).status());
        ASSIGN_OR_RETURN(const runtime::SqlFilter compiled, runtime::CompileFilter(filter, QuestionFields(), 1));
        std::vector<runtime::Value> parameters = compiled.parameters;
        parameters.emplace_back(51);
        if (!first_page && order.key != QuestionOrder::Key::kId) parameters.emplace_back("2026-01-01T00:00:00Z");
        if (!first_page) parameters.emplace_back("q5");
        const runtime::DynamicQuery list = QuestionPageQuery(compiled, order, first_page);
        ASSIGN_OR_RETURN(const runtime::Rows rows, tx.Run(runtime::DynamicQuery("test_explain", "EXPLAIN (COSTS off) " + list.sql()), parameters));
        for (const runtime::Row row : rows) plan += row.String(0) + "\n";
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return plan;
}

TEST_F(QuestionListTest, EveryPageOfEveryOrderIsReadOffAnIndexWithoutSorting) {
  for (const char* id : {"q1", "q2"}) Create(id);
  const std::vector<std::pair<QuestionOrder::Key, std::string>> orders{{QuestionOrder::Key::kId, "question_pkey"},
                                                                       {QuestionOrder::Key::kUpdateTime, "question_by_update_time"},
                                                                       {QuestionOrder::Key::kCreateTime, "question_by_create_time"},
                                                                       {QuestionOrder::Key::kPublishTime, "question_by_publish_time"}};
  for (const auto& [key, index] : orders) {
    for (const bool descending : {false, true}) {
      for (const bool first_page : {true, false}) {
        const std::string plan = Plan(*pool_, "level = fresher AND NOT tag:x", {key, descending}, first_page);
        EXPECT_THAT(plan, HasSubstr(index)) << plan;
        EXPECT_THAT(plan, ::testing::Not(HasSubstr("Sort"))) << plan;
        // Where the page before ended is where the index is entered, not a condition on each row from the start.
        if (first_page) continue;
        const std::string condition = plan.substr(plan.find("Index Cond"), plan.find('\n', plan.find("Index Cond")) - plan.find("Index Cond"));
        EXPECT_THAT(condition, HasSubstr(descending ? "<" : ">")) << plan;
      }
    }
  }
}

TEST_F(QuestionListTest, AListSaysOfEachQuestionWhatGetSays) {
  Create("draft", [](auto& request) {
    request.set_change_note("Why it is there.");
    (*request.mutable_question()->mutable_annotations())["reviewer"] = "grace";
    request.mutable_question()->add_external_ids()->set_system("ats");
    request.mutable_question()->mutable_external_ids(0)->set_id("77");
  });
  Create("leaked", [](auto& request) {
    request.set_publish(true);
    v1::QuestionContent& content = *request.mutable_question()->mutable_content();
    for (int i = 0; i < 20; ++i) content.add_probes()->set_text(std::string(1000, 'x'));  // a length of three bytes
    v1::QuestionTranslation& translation = *content.add_translations();
    translation.set_language_code("de");
    translation.set_prompt("Was ist das?");
  });
  Create("retired", [](auto& request) { request.set_publish(true); });
  v1::RetireQuestionRequest retire;
  retire.set_name("questions/retired");
  retire.set_reason("Outdated.");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/RetireQuestion", retire).ok());
  Sql("INSERT INTO question_leak (tenant, id, flagged_by, reason, flag_time) VALUES ('acme', 'leaked', 'ada', 'on a forum', now())");
  Create("with-nothing-else");
  // Each after the one before and before it: nothing of one shows in the next.
  for (const char* order : {"", "create_time desc"}) {
    const auto listed = List("", order);
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->questions_size(), 4);
    EXPECT_FALSE(listed->as_of_cursor().empty());
    for (const v1::Question& question : listed->questions()) {
      v1::GetQuestionRequest get;
      get.set_name(question.name());
      const auto got = Call<v1::Question>("QuestionService/GetQuestion", get);
      ASSERT_TRUE(got.ok()) << got.status();
      EXPECT_EQ(question.DebugString(), got->DebugString());
    }
  }
}

TEST_F(QuestionListTest, AListReadsWhatMemoryDoesNotHaveAsOfTheLatestChange) {
  for (const char* id : {"q1", "q2", "q3"}) Create(id);
  const auto reasons = [&](const std::string& filter) {
    std::string found;
    const auto listed = List(filter);
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const v1::Question& question : listed->questions()) found += question.content().id() + ":" + question.retire_reason() + " ";
    return found;
  };
  EXPECT_EQ(reasons("id = q1"), "q1: ");
  // Behind the service's back: shows where the database is asked.
  Sql("UPDATE question SET retire_reason = 'read'");
  EXPECT_EQ(reasons(""), "q1: q2:read q3:read ");
  Sql("UPDATE question SET retire_reason = 'read again'");
  EXPECT_EQ(reasons(""), "q1: q2:read q3:read ");
  Sql("UPDATE question SET version = version + 1 WHERE id = 'q2'");
  EXPECT_EQ(reasons(""), "q1: q2:read again q3:read ");
}

TEST_F(QuestionListTest, ARevisionHasOneNameHoweverItIsAskedFor) {
  Create("q1");
  for (int i = 0; i < 2; ++i) {
    v1::GetQuestionRequest get;
    get.set_name("questions/q1@01");
    EXPECT_EQ(Call<v1::Question>("QuestionService/GetQuestion", get)->name(), "questions/q1@1");
    v1::BatchGetQuestionsRequest batch;
    for (const char* name : {"questions/q1@001", "questions/q1", "questions/q1@1"}) batch.add_names(name);
    const auto answer = Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", batch);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->questions(0).name(), "questions/q1@1");
    EXPECT_EQ(answer->questions(1).name(), "questions/q1");
    EXPECT_EQ(answer->questions(2).name(), "questions/q1@1");
  }
}

TEST_F(QuestionListTest, WhatTheDatabaseHasLostIsAFaultOfOursAndNobodyElses) {
  for (const char* id : {"q1", "q2"}) Create(id);
  Sql("UPDATE question_revision SET content = '\\xff' WHERE id = 'q1'");
  v1::GetQuestionRequest get;
  get.set_name("questions/q1");
  EXPECT_EQ(Call<v1::Question>("QuestionService/GetQuestion", get).status().code(), absl::StatusCode::kInternal);
  get.set_name("questions/q2");
  EXPECT_TRUE(Call<v1::Question>("QuestionService/GetQuestion", get).ok());
  Sql("DELETE FROM question_revision WHERE id = 'q1'");
  EXPECT_EQ(List("id = q1").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(List("id = q2")->questions_size(), 1);
}

TEST_F(QuestionListTest, MoreShapesOfFiltersThanStayPreparedAreAllServed) {
  for (const char* id : {"q1", "q2", "q3"}) Create(id);
  // Each number of terms is a statement of its own; twice, so that each comes back after it was dropped.
  for (int round = 0; round < 2; ++round) {
    std::string filter = "id = q1";
    for (int terms = 1; terms <= 80; ++terms) {
      EXPECT_EQ(List(filter)->questions_size(), terms == 1 ? 1 : 2) << terms;
      filter += " OR id = q2";
    }
  }
}

TEST_F(QuestionListTest, ABatchComesInTheOrderAskedFromMemoryAndDatabaseAlike) {
  for (const char* id : {"q1", "q2", "q3"}) Create(id, [](auto& request) { request.set_publish(true); });
  v1::UpdateQuestionRequest update;
  update.mutable_question()->set_name("questions/q2");
  *update.mutable_question()->mutable_content() = Get("questions/q2")->content();
  update.mutable_question()->mutable_content()->set_prompt("What else is q2?");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/UpdateQuestion", update).ok());
  v1::BatchGetQuestionsRequest request;
  for (const char* name : {"questions/q3", "questions/q1@1", "questions/q2@2", "questions/q3", "questions/q2"}) request.add_names(name);
  const auto names = [&]() -> std::vector<std::string> {
    const auto batch = Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request);
    EXPECT_TRUE(batch.ok()) << batch.status();
    std::vector<std::string> out;
    if (batch.ok()) {
      for (const auto& question : batch->questions()) {
        out.push_back(question.name() + " " + question.content().prompt());
        // The bytes are those of GetQuestion.
        EXPECT_EQ(question.SerializeAsString(), Get(question.name())->SerializeAsString());
      }
    }
    return out;
  };
  const auto expected = ElementsAre("questions/q3 What is q3?", "questions/q1@1 What is q1?", "questions/q2@2 What else is q2?",
                                    "questions/q3 What is q3?", "questions/q2 What is q2?");
  EXPECT_THAT(names(), expected);
  EXPECT_THAT(names(), expected);  // all in memory now
  cache_.Forget("acme", "questions/q1");
  EXPECT_THAT(names(), expected);  // some in memory

  request.add_names("questions/q9@1");
  request.add_names("questions/q8");
  for (int i = 0; i < 2; ++i) {
    const auto missing = Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request);
    EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(missing.status().message()), HasSubstr("questions/q9@1"));
  }
  // Nobody else's memory is asked.
  request.clear_names();
  request.add_names("questions/q3");
  EXPECT_EQ(Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request, kOther).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(QuestionListTest, ABatchIsBounded) {
  v1::BatchGetQuestionsRequest request;
  EXPECT_EQ(Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request).status().code(), absl::StatusCode::kInvalidArgument);
  for (int i = 0; i < 101; ++i) request.add_names("questions/q1");
  EXPECT_EQ(Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request).status().code(), absl::StatusCode::kInvalidArgument);
  request.mutable_names()->RemoveLast();
  Create("q1", [](auto& create) { create.mutable_question()->mutable_content()->set_scenario(std::string(4000, 's')); });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Call<v1::BatchGetQuestionsResponse>("QuestionService/BatchGetQuestions", request)->questions_size(), 100);
}

TEST_F(QuestionListTest, ACachedRevisionShowsTheStateItsQuestionHasNow) {
  Create("q1");
  ASSERT_EQ(Get("questions/q1@1")->state(), v1::QUESTION_STATE_DRAFT);
  v1::PublishQuestionRequest publish;
  publish.set_name("questions/q1");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/PublishQuestion", publish).ok());
  EXPECT_EQ(Get("questions/q1@1")->state(), v1::QUESTION_STATE_PUBLISHED);
  EXPECT_EQ(Get("questions/q1@1")->etag(), Get("questions/q1")->etag());
}

}  // namespace
}  // namespace assay::bank
