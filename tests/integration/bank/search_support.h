#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "services/bank/api/search_indexer.h"
#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {

// A bank with a few questions about bicycles, and searches of it.
class SearchTest : public BankTest {
 protected:
  static v1::QuestionContent About(const std::string& id, const std::string& prompt) {
    v1::QuestionContent content;
    content.set_id(id);
    content.set_prompt(prompt);
    content.set_level(v1::LEVEL_FRESHER);
    content.set_kind(v1::QUESTION_KIND_THEORY);
    content.set_competency("mechanics");
    content.set_section("Workshop");
    content.set_estimated_minutes(5);
    return content;
  }
  void Add(const v1::QuestionContent& content, bool publish = true, const std::string& token = kAda) {
    v1::CreateQuestionRequest request;
    *request.mutable_question()->mutable_content() = content;
    request.set_publish(publish);
    const auto created = Call<v1::Question>("QuestionService/CreateQuestion", request, token);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  void Add(const std::string& id, const std::string& prompt) { Add(About(id, prompt)); }
  void Publish(const std::string& id) {
    v1::PublishQuestionRequest request;
    request.set_name("questions/" + id);
    const auto published = Call<v1::Question>("QuestionService/PublishQuestion", request);
    ASSERT_TRUE(published.ok()) << published.status();
  }
  void Retire(const std::string& id) {
    v1::RetireQuestionRequest request;
    request.set_name("questions/" + id);
    request.set_reason("worn out");
    const auto retired = Call<v1::Question>("QuestionService/RetireQuestion", request);
    ASSERT_TRUE(retired.ok()) << retired.status();
  }
  void Reword(const std::string& id, const std::string& prompt) {
    v1::UpdateQuestionRequest request;
    request.mutable_question()->set_name("questions/" + id);
    request.mutable_question()->mutable_content()->set_prompt(prompt);
    request.mutable_update_mask()->add_paths("content.prompt");
    const auto updated = Call<v1::Question>("QuestionService/UpdateQuestion", request);
    ASSERT_TRUE(updated.ok()) << updated.status();
  }

  static v1::SearchQuestionsRequest Query(const std::string& query, const std::string& filter = "") {
    v1::SearchQuestionsRequest request;
    request.set_query(query);
    request.set_filter(filter);
    return request;
  }
  absl::StatusOr<v1::SearchQuestionsResponse> Search(const v1::SearchQuestionsRequest& request, const std::string& token = kAda) {
    return Call<v1::SearchQuestionsResponse>("QuestionService/SearchQuestions", request, token);
  }
  // Ids of what is found, best first.
  std::vector<std::string> Found(const v1::SearchQuestionsRequest& request, const std::string& token = kAda) {
    const auto response = Search(request, token);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> ids;
    if (response.ok()) {
      for (const auto& hit : response->hits()) ids.push_back(hit.question().content().id());
    }
    return ids;
  }
  std::vector<std::string> Found(const std::string& query, const std::string& filter = "") { return Found(Query(query, filter)); }
  // Descriptions of what is wrong with a search; empty when nothing is.
  std::string Refusal(const v1::SearchQuestionsRequest& request) {
    const auto response = Search(request);
    if (response.ok()) return "";
    EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument) << response.status();
    std::string text(response.status().message());
    for (const auto& violation : runtime::ViolationsOf(response.status())) text += " | " + violation.field + ": " + violation.description;
    return text;
  }
  std::vector<std::string> Sql(const std::string& sql) { return assay::testing::RunSql(database_.admin_dsn(), sql); }
  // Up to the last look.
  static int FoundAstray(SearchIndexer& indexer) {
    int found = 0;
    for (SearchIndexer::Look look; !look.last; found += look.found) look = indexer.LookForAstray(Soon()).value();
    return found;
  }
  static runtime::Deadline Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

  SearchIndexer indexer_{*pool_};
};

}  // namespace assay::bank
