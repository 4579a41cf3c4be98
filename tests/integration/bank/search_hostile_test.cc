#include <libpq-fe.h>

#include "tests/integration/bank/search_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Times(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST_F(SearchTest, TakesAnyTextForAQuery) {
  Add("b1", "How does a derailleur shift the chain?");
  const std::vector<std::string> with_a_word = {
      "chain & | !", "chain:*", "chain <-> <2> shift", "'chain'", "chain\\", "chain';DROP TABLE question;--", "%chain_%", "chain*",
      "chain:ABCD", "(((chain", "chain)))", "\"chain", "chain\"", "chain or", "or chain", "chain -", "chain \"\"", "!chain", "chain|shift",
      "\"chain\"\"shift\"", "chain 🚲", "chain \u202Eshift", "cha\u200Bin", "{chain}", "[chain]", "$1 chain", "chain\t\n\rshift", "chain & !!shift"};
  for (const std::string& query : with_a_word) {
    const auto response = Search(Query(query));
    EXPECT_TRUE(response.ok()) << query << ": " << response.status();
  }
  for (const char* query : {"'chain'", "chain:*", "(((chain", "\"chain", "%chain_%", "chain 🚲", "[chain]", "chain\t\n\rshift"}) {
    EXPECT_THAT(Found(query), ElementsAre("b1")) << query;
  }
}

TEST_F(SearchTest, TakesLongQueries) {
  Add("b1", "How does a derailleur shift the chain?");
  for (const std::string& query : {Times(400, "a"), Times(200, "b "), Times(100, "ab -"), Times(44, "chain or "), Times(80, "abcd "),
                                   Times(57, "chain* "), Times(66, "\"a b\""), Times(133, "字"), Times(200, "א "), Times(99, "q1-")}) {
    EXPECT_TRUE(Search(Query(query)).ok()) << query << Search(Query(query)).status();
  }
  EXPECT_THAT(Found(Times(44, "chain or ")), ElementsAre("b1"));
}

TEST_F(SearchTest, SaysWhatIsWrongWithAQueryThatLooksForNothing) {
  Add("b1", "How does a derailleur shift the chain?");
  for (const std::string& query : {Times(400, "("), std::string("%_\\"), std::string(" \t"), std::string("\"\""), Times(50, "🚲 ")}) {
    EXPECT_THAT(Refusal(Query(query)), HasSubstr("query: ")) << query;
  }
  EXPECT_THAT(Refusal(Query("")), HasSubstr("query"));
  EXPECT_THAT(Refusal(Query("\"the\" of it ")), HasSubstr("too common"));
  EXPECT_THAT(Refusal(Query("-chain")), HasSubstr("only takes away"));
  EXPECT_THAT(Refusal(Query("the -chain")), HasSubstr("too common")) << "else it would find all the others";
  EXPECT_THAT(Refusal(Query("the -chain or it -saddle")), HasSubstr("too common"));
  EXPECT_THAT(Found("derailleur -saddle"), ElementsAre("b1"));
  EXPECT_THAT(Refusal(Query(Times(401, "a"))), HasSubstr("query"));
  EXPECT_THAT(Refusal(Query(std::string("a\0b", 3))), HasSubstr("NUL"));
}

TEST_F(SearchTest, TakesALastWordThatIsTooCommonForABeginning) {
  Add("b1", "Which theory explains it?");
  EXPECT_THAT(Found("the"), ElementsAre("b1"));
  EXPECT_THAT(Found("explains the"), ElementsAre("b1"));
  EXPECT_THAT(Found("what explains for"), ElementsAre("b1")) << "and not one that begins with \"for\"";
}

TEST_F(SearchTest, RefusesUnknownLanguageCodesThatAreNone) {
  Add("b1", "How does a derailleur shift the chain?");
  for (const char* code : {"english", "e", "en_US", "en--US", "'; --", "日本語", "-"}) {
    v1::SearchQuestionsRequest request = Query("chain");
    request.set_language_code(code);
    EXPECT_THAT(Refusal(request), HasSubstr("language_code: ")) << code;
  }
  v1::SearchQuestionsRequest request = Query("chain");
  request.set_language_code("tlh");
  EXPECT_THAT(Found(request), IsEmpty()) << "a language that nothing is in";
}

TEST_F(SearchTest, RefusesFacetsAndFiltersItDoesNotKnow) {
  v1::SearchQuestionsRequest request = Query("chain");
  request.add_facets("prompt");
  EXPECT_THAT(Refusal(request), AllOf(HasSubstr("facets: "), HasSubstr("competency")));
  request.clear_facets();
  request.add_facets("tag");
  request.add_facets("tag");
  EXPECT_THAT(Refusal(request), HasSubstr("facets"));
  for (const char* filter : {"colour = red", "level =", "((((", "level = 'x", "level = FRESHER OR"}) {
    const auto status = Search(Query("chain", filter)).status();
    EXPECT_EQ(runtime::ReasonOf(status), runtime::v1::ERROR_REASON_FILTER_INVALID) << filter << status;
  }
}

TEST_F(SearchTest, TakesPageTokensOfThisVerySearchAlone) {
  for (int i = 0; i < 3; ++i) {
    Add("b" + std::to_string(i), "About spokes, part " + std::to_string(i));
    Add(About("b" + std::to_string(i), "About spokes, part " + std::to_string(i)), true, kOther);
  }
  v1::SearchQuestionsRequest request = Query("spokes");
  request.set_page_size(1);
  const std::string token = Search(request)->next_page_token();
  ASSERT_FALSE(token.empty());
  request.set_page_token(token);
  EXPECT_TRUE(Search(request).ok());

  const auto refused = [&](v1::SearchQuestionsRequest changed, const std::string& bearer = kAda) {
    return runtime::ReasonOf(Search(changed, bearer).status()) == runtime::v1::ERROR_REASON_PAGE_TOKEN_INVALID;
  };
  auto other = request;
  other.set_query("spoke");
  EXPECT_TRUE(refused(other));
  other = request;
  other.set_filter("level = fresher");
  EXPECT_TRUE(refused(other));
  other = request;
  other.set_language_code("de");
  EXPECT_TRUE(refused(other));
  EXPECT_TRUE(refused(request, kOther));
  other = request;
  other.set_page_token(token.substr(1));
  EXPECT_TRUE(refused(other));
  other.set_page_token(token + "A");
  EXPECT_TRUE(refused(other));
  other.set_page_token("%%%");
  EXPECT_TRUE(refused(other));
  v1::ListQuestionsRequest list;
  list.set_page_size(1);
  other.set_page_token(Call<v1::ListQuestionsResponse>("QuestionService/ListQuestions", list)->next_page_token());
  EXPECT_TRUE(refused(other)) << "of another method";
  other = request;
  other.set_page_size(-1);
  EXPECT_THAT(Refusal(other), HasSubstr("page_size"));
}

TEST_F(SearchTest, AnswersDeadlineExceededWhereTheDatabaseDoesNotAnswer) {
  Add("b1", "How does a derailleur shift the chain?");
  const std::unique_ptr<PGconn, decltype(&PQfinish)> blocker(PQconnectdb(database_.admin_dsn().c_str()), &PQfinish);
  PQclear(PQexec(blocker.get(), "BEGIN; LOCK TABLE question_text IN ACCESS EXCLUSIVE MODE"));
  runtime::CallOptions options = Options(kAda);
  options.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  const auto status = client_->Call<v1::SearchQuestionsResponse>("assay.bank.v1.QuestionService/SearchQuestions", Query("chain"), options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  PQclear(PQexec(blocker.get(), "ROLLBACK"));
  EXPECT_THAT(Found("chain"), ElementsAre("b1")) << "and goes on afterwards";
}

TEST_F(SearchTest, HoldsUpWhateverAQuestionSays) {
  v1::QuestionContent content = About("b1", "Formula $\\frac{a'}{b\"}$ & <b>bold</b> | it's 'quoted' \\ : * ( ) ! %s {} 🚲 \u202Ertl");
  content.set_scenario(Times(1300, "ab "));
  auto& exemplar = *content.add_exemplars();
  exemplar.set_score(3);
  exemplar.set_text(Times(4000, "é"));
  Add(content);
  EXPECT_THAT(Found("formula quoted"), ElementsAre("b1"));
  EXPECT_THAT(Search(Query("bold"))->hits(), SizeIs(1));
  Add(About("b2", Times(2000, "x")));
  EXPECT_THAT(Found("b2"), ElementsAre("b2"));
  v1::ListSimilarQuestionsRequest request;
  for (const char* name : {"questions/b1", "questions/b2"}) {
    request.set_name(name);
    EXPECT_TRUE(Call<v1::ListSimilarQuestionsResponse>("QuestionService/ListSimilarQuestions", request).ok()) << name;
  }
}

}  // namespace
}  // namespace assay::bank
