#include "tests/integration/bank/search_support.h"

namespace assay::bank {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(SearchTest, FindsAQuestionByTheWordsOfEachOfItsParts) {
  v1::QuestionContent content = About("b1", "How does a caliper squeeze?");
  content.set_scenario("A descent in drizzle.");
  content.set_cue("Mentions leverage.");
  content.add_tags("hydraulics");
  content.mutable_source()->set_ref("Q77");
  auto& concept_ = *content.add_key_concepts();
  concept_.set_id("pads");
  concept_.set_text("Worn pads");
  concept_.add_terms("glazing");
  auto& exemplar = *content.add_exemplars();
  exemplar.set_score(5);
  exemplar.set_text("Fluid is incompressible.");
  content.add_probes()->set_text("What about fading?");
  Add(content);
  Add("b2", "What is a derailleur for?");
  for (const char* query : {"caliper", "drizzle", "leverage", "hydraulics", "glazing", "incompressible", "fading", "mechanics caliper",
                            "workshop squeeze", "Q77", "q77", "b1", "B1"}) {
    EXPECT_THAT(Found(query), ElementsAre("b1")) << query;
  }
  EXPECT_THAT(Found("saddle"), IsEmpty());
}

TEST_F(SearchTest, FindsWordsInEveryFormAndWhatTheyBeginWith) {
  Add("b1", "Explain how braking distances grow with speed.");
  EXPECT_THAT(Found("brakes distance"), ElementsAre("b1"));
  EXPECT_THAT(Found("dista"), ElementsAre("b1")) << "as it is typed";
  EXPECT_THAT(Found("dista braking"), IsEmpty()) << "only the last word is still being typed";
  EXPECT_THAT(Found("dista "), IsEmpty());
}

TEST_F(SearchTest, RanksPromptOverLabelsOverConceptsOverTheRestAndSaysHow) {
  v1::QuestionContent in_rest = About("b1", "A question of one kind, here?");
  in_rest.set_scenario("spokes");
  v1::QuestionContent in_concept = About("b2", "A question of one kind, there?");
  auto& concept_ = *in_concept.add_key_concepts();
  concept_.set_id("c");
  concept_.set_text("spokes");
  v1::QuestionContent in_label = About("b3", "A question of one kind, near?");
  in_label.add_tags("spokes");
  Add(in_rest);
  Add(in_concept);
  Add(in_label);
  Add("b4", "A question of one kind about spokes?");
  const auto response = Search(Query("spokes"));
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<std::string> ids;
  double rank = 2;
  for (const auto& hit : response->hits()) {
    ids.push_back(hit.question().content().id());
    EXPECT_LT(hit.rank(), rank);
    EXPECT_GT(hit.rank(), 0);
    rank = hit.rank();
  }
  EXPECT_THAT(ids, ElementsAre("b4", "b3", "b2", "b1"));
  EXPECT_EQ(response->hits(0).question().name(), "questions/b4");
  EXPECT_EQ(response->hits(0).question().state(), v1::QUESTION_STATE_PUBLISHED);
}

TEST_F(SearchTest, PutsTheQuestionOfThatIdFirst) {
  v1::QuestionContent other = About("b2", "Compare b1 and b1 and b1 with b1: which b1 is it?");
  Add(other);
  Add("b1", "What is a bottom bracket?");
  EXPECT_THAT(Found("b1"), ElementsAre("b1", "b2"));
}

TEST_F(SearchTest, UnderstandsPhrasesExclusionsAndAlternatives) {
  Add("b1", "The chain of events at work");
  Add("b2", "Which events stretch a chain?");
  Add("b3", "How is a belt tightened?");
  EXPECT_THAT(Found("\"chain of events\""), ElementsAre("b1"));
  EXPECT_THAT(Found("chain -stretch"), ElementsAre("b1"));
  EXPECT_THAT(Found("stretch or belt"), UnorderedElementsAre("b2", "b3"));
  EXPECT_THAT(Found("chain work or belt"), UnorderedElementsAre("b1", "b3"));
  EXPECT_THAT(Found("chain belt"), IsEmpty());
}

TEST_F(SearchTest, SearchesWhatIsPublishedAndTheDraftWhereNothingIs) {
  Add(About("b1", "About saddles"), /*publish=*/false);
  EXPECT_THAT(Found("saddle"), ElementsAre("b1"));
  Publish("b1");
  Reword("b1", "About handlebars");
  EXPECT_THAT(Found("saddle"), ElementsAre("b1"));
  EXPECT_THAT(Found("handlebar"), IsEmpty()) << "a draft beside a published revision";
  Publish("b1");
  EXPECT_THAT(Found("handlebar"), ElementsAre("b1"));
  EXPECT_THAT(Found("saddle"), IsEmpty());
}

TEST_F(SearchTest, FindsRetiredQuestionsForWhoAsksForStates) {
  Add("b1", "About saddles");
  Add("b2", "About saddles too");
  Retire("b1");
  EXPECT_THAT(Found("saddles"), ElementsAre("b2"));
  EXPECT_THAT(Found("saddles", "state = RETIRED"), ElementsAre("b1"));
  EXPECT_THAT(Found("saddles", "level = fresher"), ElementsAre("b2"));
  EXPECT_THAT(Found("saddles", "level = fresher AND NOT state = draft"), UnorderedElementsAre("b1", "b2"));
}

TEST_F(SearchTest, RetiringAQuestionWithADraftLeavesThePublishedWordsFound) {
  Add("b1", "About saddles");
  Reword("b1", "About handlebars");
  Retire("b1");
  EXPECT_THAT(Found("saddles", "state = retired"), ElementsAre("b1"));
  EXPECT_THAT(Found("handlebars", "state = retired"), IsEmpty());
}

TEST_F(SearchTest, ForgetsADeletedDraft) {
  Add(About("b1", "About saddles"), /*publish=*/false);
  v1::DeleteQuestionRequest request;
  request.set_name("questions/b1");
  ASSERT_TRUE(Call<v1::Question>("QuestionService/DeleteQuestion", request).ok());
  EXPECT_THAT(Found("saddles"), IsEmpty());
  EXPECT_EQ(Count("question_text"), 0);
}

TEST_F(SearchTest, FindsTranslationsInTheirOwnLanguageAlone) {
  v1::QuestionContent content = About("b1", "How does a wheel stay round?");
  auto& german = *content.add_translations();
  german.set_language_code("de");
  german.set_prompt("Warum bleiben Laufräder rund?");
  Add(content);
  v1::QuestionContent polish = About("b2", "Jak działa hamulec?");
  polish.set_language_code("pl");
  Add(polish);
  const auto in = [&](const std::string& language, const std::string& query) {
    v1::SearchQuestionsRequest request = Query(query);
    request.set_language_code(language);
    return Found(request);
  };
  EXPECT_THAT(in("", "wheels"), ElementsAre("b1"));
  EXPECT_THAT(in("en-GB", "wheels"), ElementsAre("b1"));
  EXPECT_THAT(in("de", "Laufrad"), ElementsAre("b1")) << "German stems";
  EXPECT_THAT(in("de-AT", "rund"), ElementsAre("b1"));
  EXPECT_THAT(in("de", "wheel"), IsEmpty());
  EXPECT_THAT(in("en", "Laufräder"), IsEmpty());
  EXPECT_THAT(in("pl", "HAMULEC"), ElementsAre("b2")) << "no dictionary, but letters have cases";
  EXPECT_THAT(in("fr", "wheel"), IsEmpty());
  EXPECT_THAT(in("de", "b1"), ElementsAre("b1"));

  v1::SearchQuestionsRequest request = Query("rund");
  request.set_language_code("de");
  EXPECT_THAT(Search(request)->hits(0).highlights(), ElementsAre("Warum bleiben Laufräder «rund»?"));
}

TEST_F(SearchTest, FindsWordsOfScriptsWithoutSpaces) {
  v1::QuestionContent content = About("b1", "これは自転車の変速機です。");
  content.set_language_code("ja");
  Add(content);
  v1::SearchQuestionsRequest request = Query("変速機");
  request.set_language_code("ja");
  const auto response = Search(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->hits(), SizeIs(1));
  EXPECT_THAT(response->hits(0).highlights(), ElementsAre("これは自転車の«変速機»です。"));
  request.set_query("機速変");
  EXPECT_THAT(Found(request), IsEmpty());
}

TEST_F(SearchTest, PutsMisspeltWordsRightAndSaysSo) {
  Add("b1", "How does a derailleur shift the chain?");
  const auto response = Search(Query("deraileur \"chain\" -belt"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->corrected_query(), "derailleur \"chain\" -belt");
  ASSERT_THAT(response->hits(), SizeIs(1));
  EXPECT_THAT(response->hits(0).highlights(), ElementsAre("How does a «derailleur» shift the «chain»?"));
  EXPECT_EQ(Search(Query("DERIALLEUR"))->corrected_query(), "derailleur");
  EXPECT_THAT(Found("hcain"), ElementsAre("b1"));

  const auto quoted = Search(Query("\"deraileur\""));
  EXPECT_EQ(quoted->corrected_query(), "");
  EXPECT_THAT(quoted->hits(), IsEmpty()) << "a quoted word is meant as it stands";
}

TEST_F(SearchTest, LeavesWordsAloneThatItKnowsOrThatNothingIsNear) {
  Add("b1", "How does a derailleur shift the chain?");
  EXPECT_EQ(Search(Query("chains"))->corrected_query(), "");
  EXPECT_EQ(Search(Query("derail"))->corrected_query(), "") << "the beginning of a word";
  EXPECT_EQ(Search(Query("photosynthesis"))->corrected_query(), "");
  EXPECT_EQ(Search(Query("b7 chain"))->corrected_query(), "");
}

TEST_F(SearchTest, CountsTheValuesOfEverythingFound) {
  for (int i = 0; i < 5; ++i) {
    v1::QuestionContent content = About("b" + std::to_string(i), "About spokes, part " + std::to_string(i));
    if (i % 2 == 1) content.set_level(v1::LEVEL_SENIOR);
    content.add_roles()->set_role("mechanic");
    if (i == 0) content.add_roles()->set_role("seller");
    content.add_tags("wheel");
    if (i > 2) content.add_tags("nipple");
    Add(content, /*publish=*/i != 4);
  }
  Add("x1", "About chains");
  v1::SearchQuestionsRequest request = Query("spokes");
  for (const char* facet : {"level", "role", "tag", "state", "competency", "section", "kind", "pack"}) request.add_facets(facet);
  request.set_page_size(1);
  const auto response = Search(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->hits(), SizeIs(1));
  std::map<std::string, std::map<std::string, int64_t>> facets;
  for (const auto& facet : response->facets()) facets[facet.field()] = {facet.counts().begin(), facet.counts().end()};
  EXPECT_THAT(facets["level"], ElementsAre(Pair("FRESHER", 3), Pair("SENIOR", 2)));
  EXPECT_THAT(facets["role"], ElementsAre(Pair("mechanic", 5), Pair("seller", 1)));
  EXPECT_THAT(facets["tag"], ElementsAre(Pair("nipple", 2), Pair("wheel", 5)));
  EXPECT_THAT(facets["state"], ElementsAre(Pair("DRAFT", 1), Pair("PUBLISHED", 4)));
  EXPECT_THAT(facets["competency"], ElementsAre(Pair("mechanics", 5)));
  EXPECT_THAT(facets["section"], ElementsAre(Pair("Workshop", 5)));
  EXPECT_THAT(facets["kind"], ElementsAre(Pair("THEORY", 5)));
  EXPECT_THAT(facets["pack"], IsEmpty()) << "the tenant's own questions are in no pack";
  EXPECT_EQ(response->facets(0).field(), "level") << "in the order asked";

  request.set_filter("tag:nipple");
  request.clear_facets();
  request.add_facets("level");
  EXPECT_THAT((std::map<std::string, int64_t>(Search(request)->facets(0).counts().begin(), Search(request)->facets(0).counts().end())),
              SizeIs(2));
}

TEST_F(SearchTest, CountsAtMostFiftyValuesOfAFieldTheMostFrequentOnes) {
  for (int i = 0; i < 3; ++i) {
    v1::QuestionContent content = About("b" + std::to_string(i), "About spokes, part " + std::to_string(i));
    for (int k = 0; k < 29; ++k) content.add_tags("t" + std::to_string(i) + "-" + std::to_string(k));
    content.add_tags("common");
    Add(content);
  }
  v1::SearchQuestionsRequest request = Query("spokes");
  request.add_facets("tag");
  const auto counts = Search(request)->facets(0).counts();
  EXPECT_THAT(counts, SizeIs(50));
  EXPECT_EQ(counts.at("common"), 3);
}

TEST_F(SearchTest, FiltersWhatItFinds) {
  for (int i = 0; i < 4; ++i) {
    v1::QuestionContent content = About("b" + std::to_string(i), "About spokes, part " + std::to_string(i));
    content.set_estimated_minutes(5 + i);
    if (i % 2 == 1) content.add_tags("odd");
    Add(content);
  }
  EXPECT_THAT(Found("spokes", "tag:odd"), UnorderedElementsAre("b1", "b3"));
  EXPECT_THAT(Found("spokes", "tag:odd AND estimated_minutes > 6"), ElementsAre("b3"));
  EXPECT_THAT(Found("spokes", "id = b0 OR id = b1"), UnorderedElementsAre("b0", "b1"));
  EXPECT_THAT(Found("chain", "tag:odd"), IsEmpty());
}

TEST_F(SearchTest, PagesThroughEveryHitOnceAndInOrder) {
  for (int i = 0; i < 23; ++i) {
    // Several to a rank, so that ties are broken too.
    std::string prompt = "Question " + std::to_string(i) + " about";
    for (int k = 0; k <= i % 3; ++k) prompt += " spokes";
    Add("b" + std::to_string(100 + i), prompt);
  }
  const std::vector<std::string> all = Found(Query("spokes"));
  ASSERT_THAT(all, SizeIs(23));
  for (const char* filter : {"", "level = fresher"}) {
    v1::SearchQuestionsRequest request = Query("spokes", filter);
    request.set_page_size(4);
    std::vector<std::string> paged;
    int pages = 0;
    do {
      const auto page = Search(request);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_LE(page->hits_size(), 4);
      for (const auto& hit : page->hits()) paged.push_back(hit.question().content().id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && ++pages < 20);
    EXPECT_EQ(paged, all);
  }
}

std::string Lorem(int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += (i > 0 ? " " : "") + std::string(i % 2 == 0 ? "lorem" : "ipsum");
  return text;
}

TEST_F(SearchTest, CutsSnippetsFromTheFieldsThatMatch) {
  v1::QuestionContent content = About("b1", "How do you true a wheel?");
  content.set_scenario("The rim wobbles. " + Lorem(200) + " Then the wheel comes off.");
  content.set_cue("Talks of « spoke » tension of a wheel");
  auto& exemplar = *content.add_exemplars();
  exemplar.set_score(5);
  exemplar.set_text("I turn nipples.");
  Add(content);
  const auto hit = Search(Query("wheels"))->hits(0);
  EXPECT_THAT(hit.highlights(), ElementsAre("How do you true a «wheel»?", HasSubstr("«wheel» comes"),
                                            HasSubstr("\" spoke \" tension of a «wheel»")));
  EXPECT_LT(hit.highlights(1).size(), 400u) << "cut";
  EXPECT_THAT(Search(Query("nipples"))->hits(0).highlights(), IsEmpty()) << "model answers are searched, not shown";
  EXPECT_THAT(Search(Query("wobbles tension"))->hits(0).highlights(), ElementsAre(HasSubstr("«wobbles»"), HasSubstr("«tension»")));
}

TEST_F(SearchTest, ATranslationThatSaysNearlyTheSameIsSimilar) {
  Add("b1", "How would you true a wheel that wobbles from side to side?");
  v1::QuestionContent german = About("b2", "Wie zentrierst du ein Laufrad mit einem Seitenschlag?");
  german.set_language_code("de");
  v1::QuestionTranslation& english = *german.add_translations();
  english.set_language_code("en");
  english.set_prompt("How would you true a wheel that wobbles from left to right?");
  Add(german);
  v1::ListSimilarQuestionsRequest request;
  request.set_name("questions/b1");
  const auto similar = Call<v1::ListSimilarQuestionsResponse>("QuestionService/ListSimilarQuestions", request);
  ASSERT_TRUE(similar.ok()) << similar.status();
  ASSERT_EQ(similar->hits_size(), 1);
  EXPECT_EQ(similar->hits(0).question().content().id(), "b2");
}

TEST_F(SearchTest, ListsQuestionsThatSayNearlyTheSame) {
  Add("b1", "How would you true a wheel that wobbles from side to side?");
  Add("b2", "How would you true a wheel that wobbles from left to right?");
  Add("b3", "How would you true a wheel that wobbles from side to side, today?");
  Add("b4", "Why does a chain wear out faster in winter than in summer?");
  Add("b5", "A wheel is stolen. What do you tell the insurance company?");
  const auto similar = [&](const std::string& name, int size = 0) {
    v1::ListSimilarQuestionsRequest request;
    request.set_name(name);
    request.set_page_size(size);
    const auto response = Call<v1::ListSimilarQuestionsResponse>("QuestionService/ListSimilarQuestions", request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> ids;
    double rank = 1;
    for (const auto& hit : response->hits()) {
      ids.push_back(hit.question().content().id());
      EXPECT_LE(hit.rank(), rank);
      rank = hit.rank();
    }
    return ids;
  };
  const auto ids = similar("questions/b1");
  ASSERT_THAT(ids, SizeIs(Ge(2)));
  EXPECT_EQ(ids[0], "b3");
  EXPECT_EQ(ids[1], "b2");
  EXPECT_THAT(ids, Not(Contains("b1")));
  EXPECT_THAT(ids, Not(Contains("b4")));
  EXPECT_THAT(similar("questions/b1", 1), ElementsAre("b3"));
  EXPECT_THAT(similar("questions/b1@1", 1), ElementsAre("b3"));
  EXPECT_THAT(similar("questions/b4"), IsEmpty());
  Retire("b3");
  EXPECT_THAT(similar("questions/b1", 1), ElementsAre("b2"));

  v1::ListSimilarQuestionsRequest request;
  request.set_name("questions/nowhere");
  EXPECT_EQ(Call<v1::ListSimilarQuestionsResponse>("QuestionService/ListSimilarQuestions", request).status().code(),
            absl::StatusCode::kNotFound);
  request.set_name("questions/b1");
  EXPECT_EQ(Call<v1::ListSimilarQuestionsResponse>("QuestionService/ListSimilarQuestions", request, kOther).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay::bank
