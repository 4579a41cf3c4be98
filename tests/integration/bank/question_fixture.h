#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "services/bank/api/publish_watch.h"
#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {

// A clock that stands where it is set.
class SetClock final : public runtime::Clock {
 public:
  runtime::Instant Now() const override { return runtime::FromMicros(now_); }
  void Set(runtime::Instant now) { now_ = runtime::ToMicros(now); }

 private:
  std::atomic<int64_t> now_{0};
};

// The life of questions through the service, and the worker that publishes what was planned.
class QuestionLifeTest : public BankTest {
 protected:
  static v1::QuestionContent Content(const std::string& id) {
    v1::QuestionContent content;
    content.set_id(id);
    content.set_level(v1::LEVEL_FRESHER);
    content.set_kind(v1::QUESTION_KIND_THEORY);
    content.set_prompt("What is " + id + "?");
    return content;
  }
  absl::StatusOr<v1::Question> Create(const std::string& id, const std::function<void(v1::CreateQuestionRequest&)>& change = [](auto&) {}) {
    v1::CreateQuestionRequest request;
    *request.mutable_question()->mutable_content() = Content(id);
    change(request);
    return Call<v1::Question>("QuestionService/CreateQuestion", request);
  }
  // Edits the prompt.
  absl::StatusOr<v1::Question> Edit(const std::string& id, const std::string& prompt, const std::string& etag = "", const std::string& note = "",
                                    const std::string& token = kAda) {
    v1::UpdateQuestionRequest request;
    request.mutable_question()->set_name("questions/" + id);
    request.mutable_question()->set_etag(etag);
    request.mutable_question()->mutable_content()->set_prompt(prompt);
    request.mutable_update_mask()->add_paths("content.prompt");
    request.set_change_note(note);
    return Call<v1::Question>("QuestionService/UpdateQuestion", request, token);
  }
  absl::StatusOr<v1::Question> Publish(const std::string& id, const std::string& etag = "", const std::string& token = kAda) {
    v1::PublishQuestionRequest request;
    request.set_name("questions/" + id);
    request.set_etag(etag);
    return Call<v1::Question>("QuestionService/PublishQuestion", request, token);
  }
  v1::PublishQuestionRequest Plan(const std::string& id, runtime::Instant at) {
    v1::PublishQuestionRequest request;
    request.set_name("questions/" + id);
    *request.mutable_publish_time() = runtime::ToTimestamp(at);
    return request;
  }
  absl::StatusOr<v1::Question> Schedule(const std::string& id, runtime::Instant at, const std::string& token = kAda) {
    return Call<v1::Question>("QuestionService/PublishQuestion", Plan(id, at), token);
  }
  absl::StatusOr<v1::Question> CancelPlan(const std::string& id, const std::string& etag = "") {
    v1::CancelScheduledPublishRequest request;
    request.set_name("questions/" + id);
    request.set_etag(etag);
    return Call<v1::Question>("QuestionService/CancelScheduledPublish", request);
  }
  absl::StatusOr<v1::Question> Retire(const std::string& id) {
    v1::RetireQuestionRequest request;
    request.set_name("questions/" + id);
    request.set_reason("outdated");
    return Call<v1::Question>("QuestionService/RetireQuestion", request);
  }
  absl::StatusOr<v1::Question> Delete(const std::string& id, const std::string& etag = "", const std::string& request_id = "", const std::string& token = kAda) {
    v1::DeleteQuestionRequest request;
    request.set_name("questions/" + id);
    request.set_etag(etag);
    request.set_request_id(request_id);
    return Call<v1::Question>("QuestionService/DeleteQuestion", request, token);
  }
  absl::StatusOr<v1::DiffQuestionRevisionsResponse> Diff(const std::string& id, int from = 0, int to = 0) {
    v1::DiffQuestionRevisionsRequest request;
    request.set_name("questions/" + id);
    request.set_from_revision(from);
    request.set_to_revision(to);
    return Call<v1::DiffQuestionRevisionsResponse>("QuestionService/DiffQuestionRevisions", request);
  }
  std::vector<std::string> Sql(const std::string& sql) { return assay::testing::RunSql(database_.admin_dsn(), sql); }
  std::vector<std::string> Events(const std::string& id) {
    return Sql("SELECT type || ' ' || aggregate_version || ' ' || state || ' by ' || actor FROM outbox WHERE aggregate_id = 'questions/" + id +
               "' ORDER BY xid, sequence");
  }
  int Look() {
    const auto published = watch_.Look();
    EXPECT_TRUE(published.ok()) << published.status();
    return published.value_or(-1);
  }
  runtime::Instant Now() const { return clock_.Now(); }
  // Of a call that the service ats makes for dana.
  runtime::RequestContext ThroughAts(const std::string& method) const {
    runtime::RequestContext context;
    context.principal.tenant = "acme";
    context.principal.subject = "ats";
    context.principal.on_behalf_of = "dana";
    context.method = "assay.bank.v1.QuestionService/" + method;
    context.now = Now();
    return context;
  }

  std::unique_ptr<runtime::Pool> feed_pool_ = [this] {
    runtime::PoolOptions options;
    options.dsn = database_.feed_dsn();
    options.role = "assay_feed";
    return runtime::Pool::Create(options, metrics_);
  }();
  SetClock time_;
  PublishWatch watch_{parts_, *feed_pool_, time_};
};

}  // namespace assay::bank
