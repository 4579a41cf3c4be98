#include <libpq-fe.h>

#include <thread>

#include "services/bank/domain/search_text.h"
#include "services/bank/store/search_store.h"
#include "services/runtime/db/query.h"
#include "tests/integration/bank/search_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

v1::Pack LargePack(int questions) {
  v1::Pack pack = SmallPack();
  const v1::QuestionContent model = pack.questions(0);
  pack.clear_questions();
  for (int i = 0; i < questions; ++i) {
    v1::QuestionContent& question = *pack.add_questions();
    question = model;
    question.set_id("q" + std::to_string(1000 + i));
    // Words of their own, so that no two are near duplicates.
    const std::string n = std::to_string(7919 * (i + 1) % 1000 + 1000);
    question.set_prompt("Describe gear" + n + " beside lever" + n + " within frame" + n + " of bicycle" + n);
  }
  return pack;
}

// A statement and its plan as the services' role, for a tenant.
class Session {
 public:
  explicit Session(const std::string& dsn) : connection_(PQconnectdb(dsn.c_str()), &PQfinish) {}
  std::vector<std::string> Run(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection_.get(), sql.c_str()), &PQclear);
    std::vector<std::string> column;
    for (int row = 0; PQnfields(result.get()) > 0 && row < PQntuples(result.get()); ++row) {
      column.emplace_back(PQgetvalue(result.get(), row, 0));
    }
    const std::string error = PQresultErrorMessage(result.get());
    if (!error.empty()) column.push_back(error);
    return column;
  }
  std::string Plan(const std::string& sql) {
    std::string plan;
    for (const std::string& line : Run("EXPLAIN (COSTS OFF) " + sql)) plan += line + "\n";
    return plan;
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

TEST_F(SearchTest, IndexesAnImportAfterwards) {
  const auto report = Import(LargePack(60));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(Found("lever1919"), IsEmpty()) << "an import only notes what it wrote";
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 60);
  EXPECT_THAT(Found("lever1919"), SizeIs(1));
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 0);
  EXPECT_EQ(Count("question_backlog"), 0);
  EXPECT_THAT(Sql("SELECT 1 FROM question_text WHERE language = '' OR rule <> " ASSAY_SEARCH_RULE), IsEmpty());

  // What an edit of one of them says is found at once, before and after.
  Reword("q1000", "Describe pannier");
  Publish("q1000");
  EXPECT_THAT(Found("pannier"), ElementsAre("q1000"));
}

TEST_F(SearchTest, FindsAnEditMadeBeforeTheImportIsIndexed) {
  ASSERT_TRUE(Import(LargePack(60)).ok());
  Reword("q1000", "Describe pannier");
  Publish("q1000");
  EXPECT_THAT(Found("pannier"), ElementsAre("q1000"));
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 59);
  EXPECT_THAT(Found("pannier"), ElementsAre("q1000"));
}

TEST_F(SearchTest, IndexesWhatAPreviousVersionWroteOrRetired) {
  Add("b1", "About saddles");
  Add("b2", "About spokes");
  Add("b3", "About chains");
  Add(About("b1", "About bells"), true, kOther);
  Sql("DELETE FROM question_text WHERE id = 'b1'; UPDATE question_text SET revision = 7 WHERE id = 'b2'");
  Sql("UPDATE question SET state = 'RETIRED' WHERE id = 'b3'");
  EXPECT_THAT(Found("saddles"), IsEmpty());
  SearchIndexer slow(*pool_, 2);
  EXPECT_EQ(slow.LookForAstray(Soon()).value().found, 2) << "a look ends somewhere";
  EXPECT_EQ(FoundAstray(slow), 2) << "the next goes on from there";
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 4);
  EXPECT_THAT(Found("saddles"), ElementsAre("b1"));
  EXPECT_THAT(Found(Query("bells"), kOther), ElementsAre("b1"));
  EXPECT_THAT(Found("spokes"), ElementsAre("b2"));
  EXPECT_THAT(Found("chains"), IsEmpty()) << "retired";
  EXPECT_EQ(FoundAstray(slow), 0);
}

TEST_F(SearchTest, IndexesWhatAPreviousVersionNoted) {
  Add("b1", "About saddles");
  Sql("DELETE FROM question_text; INSERT INTO question_text (tenant, id, language, revision, listed, rule, document) "
      "VALUES ('acme', 'b1', '', 0, false, 0, '')");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 1);
  EXPECT_THAT(Found("saddles"), ElementsAre("b1"));
  EXPECT_EQ(Count("question_text"), 1);
}

TEST_F(SearchTest, IndexesAnewWhatAnOlderRuleIndexed) {
  Add("b1", "About saddles");
  Sql("UPDATE question_text SET rule = 0, document = ''");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 1);
  EXPECT_THAT(Found("saddles"), ElementsAre("b1"));
}

TEST_F(SearchTest, PassesOverQuestionsThatAreBeingWritten) {
  ASSERT_TRUE(Import(LargePack(60)).ok());
  Session writer(database_.admin_dsn());
  writer.Run("BEGIN; SELECT FROM question WHERE id = 'q1000' FOR NO KEY UPDATE");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 59);
  EXPECT_GT(Count("question_backlog"), 0);
  writer.Run("COMMIT");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 1);
}

TEST_F(SearchTest, LeavesATenantThatIsImportingForLaterUnlessNobodyWorksOnIt) {
  ASSERT_TRUE(Import(LargePack(60)).ok());
  Sql("UPDATE import SET state = 'APPLYING', lease_until = now() + interval '1 hour'");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 0);
  Sql("UPDATE import SET lease_until = now() - interval '1 second'");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 60);
}

TEST_F(SearchTest, LearnsAWordOnce) {
  ASSERT_TRUE(Import(LargePack(60)).ok());
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 60);
  const int64_t words = Count("question_word");
  EXPECT_GT(words, 0);
  // Taken away behind its back, so that it shows who learns them again: not the one that knows them.
  Sql("DELETE FROM question_word; UPDATE question_text SET rule = 0");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 60);
  EXPECT_EQ(Count("question_word"), 0);
  SearchIndexer another(*pool_);
  Sql("UPDATE question_text SET rule = 0");
  EXPECT_EQ(another.IndexAll(Soon()).value(), 60);
  EXPECT_EQ(Count("question_word"), words);
}

TEST_F(SearchTest, IsIndexedByReplicasAtTheSameTime) {
  ASSERT_TRUE(Import(LargePack(120)).ok());
  SearchIndexer second(*pool_);
  // Again and again: whether one comes to a question that the other has just done is a matter of luck.
  for (int round = 0; round < 20; ++round) {
    int by_first = 0, by_second = 0;
    std::thread other([&] { by_second = second.IndexAll(Soon()).value(); });
    by_first = indexer_.IndexAll(Soon()).value();
    other.join();
    // Each may have stopped at what the other held.
    const int rest = indexer_.IndexAll(Soon()).value();
    ASSERT_EQ(by_first + by_second + rest, 120) << "round " << round;
    ASSERT_EQ(Count("question_text"), 120);
    Sql("UPDATE question_text SET rule = 0");
  }
}

TEST_F(SearchTest, IndexesTheRestWhereAQuestionCannotBeRead) {
  ASSERT_TRUE(Import(LargePack(60)).ok());
  Sql("INSERT INTO question_backlog (tenant, questions) SELECT 'acme', ARRAY['q1000']");
  Sql("UPDATE question_backlog SET questions = array_remove(questions, 'q1000') WHERE cardinality(questions) > 1");
  Sql("UPDATE question_revision SET content = '\\xff' WHERE id = 'q1000'");
  EXPECT_EQ(indexer_.IndexAll(Soon()).value(), 59);
  EXPECT_EQ(Count("question_backlog"), 1) << "what could not be read still waits";
}

TEST_F(SearchTest, IndexesByItselfWhileTheServiceRuns) {
  ASSERT_TRUE(Import(LargePack(60)).ok());
  indexer_.Start();
  while (Count("question_backlog") > 0) std::this_thread::yield();
  indexer_.Stop();
  EXPECT_THAT(Found("lever1919"), SizeIs(1));
}

TEST_F(SearchTest, RanksThoseWithTheWordInThePromptWhereTooManyMatch) {
  Sql(R"sql(
    INSERT INTO question (tenant, id, uid, version, state, published_revision, latest_revision, level, kind, competency, section, roles,
                          tags, pack, document, create_time, update_time)
    SELECT 'acme', 'm' || n, gen_random_uuid(), 1, 'PUBLISHED', 1, 1, CASE WHEN n < 10040 THEN 'FRESHER' ELSE 'SENIOR' END, 'THEORY', '', '',
           '{}', '{}', '', '', now(), now()
    FROM generate_series(1, 10050) n;
    INSERT INTO question_revision (tenant, id, revision, content, wording_hash, structure_hash, content_hash, author, create_time)
    SELECT tenant, id, 1, '', '', '', '', '', now() FROM question;
    INSERT INTO question_text (tenant, id, language, revision, listed, rule, document)
    SELECT 'acme', 'm' || n, 'en', 1, true, 1, setweight('saddl:1', CASE WHEN n % 2000 = 17 THEN 'A' ELSE 'D' END::"char")
    FROM generate_series(1, 10050) n
  )sql");
  v1::SearchQuestionsRequest request = Query("saddles");
  request.set_page_size(6);
  request.add_facets("level");
  const auto response = Search(request);
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<std::string> names;
  for (const auto& hit : response->hits()) names.push_back(hit.question().name());
  EXPECT_THAT(names, ElementsAre("questions/m10017", "questions/m17", "questions/m2017", "questions/m4017", "questions/m6017",
                                 "questions/m8017"));
  EXPECT_EQ(response->facets(0).counts().at("FRESHER") + response->facets(0).counts().at("SENIOR"), 10050) << "counted are all of them";
  request.clear_facets();
  request.set_filter("level = senior");
  request.set_page_size(200);
  EXPECT_EQ(Search(request)->hits_size(), 11) << "what passes a filter is found however many do not";
}

TEST_F(SearchTest, NeverShowsAnothersWordsNotEvenThroughCorrections) {
  Add("b1", "How does a derailleur shift the chain?");
  Add(About("x1", "What is a saddle made of?"), true, kOther);
  EXPECT_THAT(Found(Query("derailleur"), kOther), IsEmpty());
  const auto response = Search(Query("deraileur"), kOther);
  EXPECT_EQ(response->corrected_query(), "");
  EXPECT_THAT(response->hits(), IsEmpty());
  EXPECT_EQ(Search(Query("sadle"), kOther)->corrected_query(), "saddle");
  EXPECT_EQ(Search(Query("sadle"))->corrected_query(), "");

  v1::SearchQuestionsRequest request = Query("saddle");
  request.add_facets("level");
  EXPECT_THAT(Search(request)->facets(0).counts(), IsEmpty());
}

TEST_F(SearchTest, FunctionsAnswerForTheTransactionsTenantAlone) {
  Add("b1", "How does a derailleur shift the chain?");
  Session app(database_.app_dsn());
  const std::vector<std::string> asked = {
      "SELECT id FROM question_matches('en', 'derailleur', true, NULL)", "SELECT id FROM question_matches('/acme/en', 'derailleur', true, NULL)",
      "SELECT id FROM question_matches('en', 'derailleur' || !!'x'::tsquery, true, 5)",
      "SELECT id FROM question_prompt_matches('en', 'derailleur', true, NULL)", "SELECT word FROM question_words_like('en', 'derailler', 10)",
      "SELECT id FROM question_text", "SELECT word FROM question_word"};
  for (const char* tenant : {"SET app.tenant = 'globex'", "SET app.tenant = ''", "RESET app.tenant", "SET app.tenant = 'acme%'"}) {
    app.Run(tenant);
    for (const std::string& sql : asked) EXPECT_THAT(app.Run(sql), IsEmpty()) << tenant << "; " << sql;
  }
  app.Run("SET app.tenant = 'acme'");
  EXPECT_THAT(app.Run(asked[0]), ElementsAre("b1"));
  EXPECT_THAT(app.Run(asked[4]), ElementsAre("derailleur"));
  Session feed(database_.feed_dsn());
  feed.Run("SET app.tenant = 'acme'");
  for (const std::string& sql : asked) EXPECT_THAT(feed.Run(sql), ElementsAre(HasSubstr("permission denied"))) << sql;
}

TEST_F(SearchTest, FunctionsOfTheOwnerPinTheirSearchPathAndAreNobodysButTheServices) {
  const auto loose = Sql("SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
                         "WHERE p.prosecdef AND n.nspname = 'public' AND (p.proconfig IS NULL OR NOT EXISTS "
                         "(SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=pg_catalog,%') "
                         "OR has_function_privilege('public', p.oid, 'EXECUTE'))");
  EXPECT_THAT(loose, IsEmpty());
  const auto open = Sql("SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' "
                        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace "
                        "AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity)");
  EXPECT_THAT(open, IsEmpty()) << "every table with a tenant forces row-level security";
}

// What a function runs, with its parameters filled in: the plan that it gets.
std::string BodyOf(const std::vector<std::string>& prosrc, const std::map<std::string, std::string>& arguments) {
  std::string body = prosrc.at(0);
  for (const auto& [name, value] : arguments) {
    for (size_t at = 0; (at = body.find(name, at)) != std::string::npos; at += value.size()) body.replace(at, name.size(), value);
  }
  return body;
}

TEST_F(SearchTest, ReadsTheIndexAndNotTheTexts) {
  for (int i = 0; i < 5; ++i) Add("b" + std::to_string(i), "About spokes, part " + std::to_string(i));
  Session owner(database_.owner_dsn());
  owner.Run("SET app.tenant = 'acme'");
  owner.Run("SET enable_seqscan = off");
  for (const std::string name : {"question_matches", "question_prompt_matches"}) {
    const std::string plan = owner.Plan(BodyOf(Sql("SELECT prosrc FROM pg_proc WHERE proname = '" + name + "'"),
                                               {{"query", "'spoke'::tsquery"}, {"wanted", "'en'"}, {"retired", "false"}, {"most", "NULL"}}));
    EXPECT_THAT(plan, AllOf(HasSubstr("Bitmap Index Scan on question_text_words"), Not(HasSubstr("Seq Scan")))) << name;
    EXPECT_THAT(plan.substr(plan.find("Index Cond:")), AllOf(HasSubstr("tenant"), HasSubstr("language"), HasSubstr("@@ '''spoke'''::tsquery")))
        << name;
  }
  Sql("INSERT INTO question_word SELECT 'acme', 'en', md5(n::text), true FROM generate_series(1, 3000) n");
  const std::string plan = owner.Plan(BodyOf(Sql("SELECT prosrc FROM pg_proc WHERE proname = 'question_words_like'"),
                                             {{"misspelt", "'spoek'"}, {"wanted", "'en'"}, {"most", "NULL"}}));
  EXPECT_THAT(plan, HasSubstr("Bitmap Index Scan on question_word_alike"));
  // Why all this: under the services' policies the index cannot be used for the words.
  Session app(database_.app_dsn());
  app.Run("SET app.tenant = 'acme'");
  app.Run("SET enable_seqscan = off");
  const std::string barred = app.Plan("SELECT id FROM question_text WHERE tenant || '/' || language = 'acme/en' AND document @@ 'spoke'::tsquery");
  EXPECT_THAT(barred, HasSubstr("(document @@"));
  EXPECT_THAT(barred.substr(barred.find("Index Cond:")).substr(0, barred.find('\n', barred.find("Index Cond:")) - barred.find("Index Cond:")),
              Not(HasSubstr("@@")));
}

TEST_F(SearchTest, MaintenanceGoesByKeyAlsoWhileNothingIsAnalysed) {
  Sql("INSERT INTO question (tenant, id, uid, version, state, published_revision, latest_revision, level, kind, competency, section, roles, "
      "tags, pack, document, create_time, update_time) SELECT 'acme', 'm' || n, gen_random_uuid(), 1, 'PUBLISHED', 1, 1, '', '', '', '', '{}', "
      "'{}', '', '', now(), now() FROM generate_series(1, 20000) n; "
      "INSERT INTO question_text (tenant, id, language, revision, listed, rule, document) "
      "SELECT 'acme', 'm' || n, 'en', 1, true, 1, '' FROM generate_series(1, 20000) n; "
      "INSERT INTO question_word SELECT 'acme', 'en', md5(n::text), true FROM generate_series(1, 20000) n");
  Session app(database_.app_dsn());
  app.Run("SET app.tenant = 'acme'");
  app.Run("SET plan_cache_mode = force_generic_plan");  // as in every writing transaction
  const std::map<std::string, std::string> arguments = {{"search_touch", "('{m1,m2}', '{1,1}', '{t,t}')"},
                                                        {"search_forget", "('{m1,m2}', '{m1,m2}', '{en,en}')"},
                                                        {"search_lock_waiting", "('{m1,m2}')"},
                                                        {"question_read_many", "('{m1,m2}')"}};
  size_t planned = 0;
  for (const runtime::Query* query : runtime::Query::All()) {
    const auto values = arguments.find(query->name());
    if (values == arguments.end()) continue;
    ++planned;
    app.Run(std::string("PREPARE ") + query->name() + " AS " + query->sql());
    const std::string plan = app.Plan(std::string("EXECUTE ") + query->name() + values->second);
    EXPECT_THAT(plan, AllOf(HasSubstr("_pkey"), Not(HasSubstr("Seq Scan")), Not(HasSubstr("_by_")))) << query->name();
  }
  EXPECT_EQ(planned, arguments.size());
}

TEST_F(SearchTest, KeepsTheVocabularyInLowerCaseWithItsStems) {
  Add("b1", "How do ÉTRIERS and Brakes and the K-means 2024 work?");
  EXPECT_THAT(Sql("SELECT word FROM question_word WHERE written ORDER BY word"),
              ElementsAre("brakes", "means", "mechanics", "work", "workshop", "étriers"));
  EXPECT_THAT(Sql("SELECT word FROM question_word WHERE NOT written ORDER BY word"), ElementsAre("brake", "mean", "mechan", "work", "workshop", "étrier"));
  // Names and numbers are not learned, and so none is taken for another one.
  const auto named = Search(Query("b9 2025"));
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->corrected_query(), "");
  Add("b2", "Is a brake a means?");
  EXPECT_THAT(Sql("SELECT word FROM question_word WHERE written AND word IN ('brake', 'mean')"), ElementsAre("brake"));
}

}  // namespace
}  // namespace assay::bank
