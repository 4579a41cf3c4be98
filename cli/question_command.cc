#include "cli/question_command.h"

#include <google/protobuf/util/time_util.h>

#include <CLI/CLI.hpp>

#include "assay/bank/v1/question_service.pb.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/search_command.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

constexpr char kService[] = "assay.bank.v1.QuestionService/";

std::string Named(const std::string& name) { return name.rfind("questions/", 0) == 0 ? name : "questions/" + name; }

const std::vector<Column> kQuestionColumns{{"NAME", "name"}, {"STATE", "state"}, {"REV", "revision"}, {"LEVEL", "content.level"},
                                           {"KIND", "content.kind"}, {"COMPETENCY", "content.competency"}, {"PROMPT", "content.prompt"}};
const std::vector<Column> kHistoryColumns{{"NAME", "name"}, {"STATE", "state"}, {"WRITTEN", "revision_time"}, {"AUTHOR", "author"}, {"WHY", "change_note"}};

// Prints the answer of a method that gives one question.
template <typename Request>
void CallAndPrint(Session& session, const std::string& method, const Request& request) {
  const auto question = session.Call<Question>(kService + method, request);
  if (question.ok()) Print(session, *question);
}

void AddList(CLI::App& group, Session& session) {
  auto filter = std::make_shared<std::string>();
  auto order = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(0);
  auto* list = group.add_subcommand("list", "Lists questions")->fallthrough();
  list->add_option("--filter", *filter, "Such as: level = fresher AND (role:mlops OR tag:retrieval)");
  list->add_option("--order-by", *order, "id, update_time, create_time or publish_time, with \" desc\" or without");
  list->add_option("--limit", *limit, "At most this many; 0 = all")->check(CLI::NonNegativeNumber);
  list->callback([=, &session] {
    ListQuestionsResponse all;
    ListQuestionsRequest request;
    request.set_filter(*filter);
    request.set_order_by(*order);
    do {
      request.set_page_size(*limit == 0 ? 200 : std::min(200, *limit - all.questions_size()));
      const auto page = session.Call<ListQuestionsResponse>(kService + std::string("ListQuestions"), request);
      if (!page.ok()) return;
      for (const auto& question : page->questions()) *all.add_questions() = question;
      all.set_as_of_cursor(page->as_of_cursor());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && (*limit == 0 || all.questions_size() < *limit));
    Print(session, all, "questions", kQuestionColumns);
  });
}

void AddReading(CLI::App& group, Session& session) {
  auto name = std::make_shared<std::string>();
  auto* get = group.add_subcommand("get", "Shows a question, or q037@3 at a revision")->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] {
    GetQuestionRequest request;
    request.set_name(Named(*name));
    CallAndPrint(session, "GetQuestion", request);
  });

  auto* history = group.add_subcommand("history", "Every revision of a question, who wrote it and why, newest first")->fallthrough();
  history->add_option("NAME", *name)->required();
  history->callback([=, &session] {
    ListQuestionRevisionsResponse all;
    ListQuestionRevisionsRequest request;
    request.set_name(Named(*name));
    request.set_page_size(200);
    do {
      const auto page = session.Call<ListQuestionRevisionsResponse>(kService + std::string("ListQuestionRevisions"), request);
      if (!page.ok()) return;
      for (const auto& revision : page->revisions()) *all.add_revisions() = revision;
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    Print(session, all, "revisions", kHistoryColumns);
  });

  auto from = std::make_shared<int>(0);
  auto to = std::make_shared<int>(0);
  auto* diff = group.add_subcommand("diff", "What changed between two revisions; the two newest unless said otherwise")->fallthrough();
  diff->add_option("NAME", *name)->required();
  diff->add_option("--from", *from, "Revision")->check(CLI::PositiveNumber);
  diff->add_option("--to", *to, "Revision")->check(CLI::PositiveNumber);
  diff->callback([=, &session] {
    DiffQuestionRevisionsRequest request;
    request.set_name(Named(*name));
    request.set_from_revision(*from);
    request.set_to_revision(*to);
    const auto found = session.Call<DiffQuestionRevisionsResponse>(kService + std::string("DiffQuestionRevisions"), request);
    if (found.ok()) Print(session, *found, "diffs", {{"FIELD", "path"}, {"BEFORE", "before"}, {"AFTER", "after"}});
  });
}

void AddLifecycle(CLI::App& group, Session& session) {
  auto name = std::make_shared<std::string>();
  auto etag = std::make_shared<std::string>();
  const auto add = [&](const char* command, const char* help) {
    auto* added = group.add_subcommand(command, help)->fallthrough();
    added->add_option("NAME", *name)->required();
    added->add_option("--etag", *etag, "Only if the question still has it");
    return added;
  };

  add("publish", "Publishes the draft of a question")->callback([=, &session] {
    PublishQuestionRequest request;
    request.set_name(Named(*name));
    request.set_etag(*etag);
    CallAndPrint(session, "PublishQuestion", request);
  });

  auto at = std::make_shared<std::string>();
  auto* schedule = add("schedule", "Plans the publication of the draft of a question");
  schedule->add_option("--at", *at, "Time in RFC 3339: 2026-12-01T09:00:00+01:00")
      ->required()
      ->check([](const std::string& text) {
        google::protobuf::Timestamp time;
        return google::protobuf::util::TimeUtil::FromString(text, &time) ? "" : "must be a time like 2026-12-01T09:00:00Z";
      });
  schedule->callback([=, &session] {
    PublishQuestionRequest request;
    request.set_name(Named(*name));
    request.set_etag(*etag);
    google::protobuf::util::TimeUtil::FromString(*at, request.mutable_publish_time());
    CallAndPrint(session, "PublishQuestion", request);
  });

  add("unschedule", "Takes back a planned publication; the draft stays")->callback([=, &session] {
    CancelScheduledPublishRequest request;
    request.set_name(Named(*name));
    request.set_etag(*etag);
    CallAndPrint(session, "CancelScheduledPublish", request);
  });

  auto reason = std::make_shared<std::string>();
  auto* retire = add("retire", "Withdraws a question from future kits");
  retire->add_option("--reason", *reason)->required();
  retire->callback([=, &session] {
    RetireQuestionRequest request;
    request.set_name(Named(*name));
    request.set_etag(*etag);
    request.set_reason(*reason);
    CallAndPrint(session, "RetireQuestion", request);
  });

  add("delete", "Deletes a draft that was never published")->callback([=, &session] {
    DeleteQuestionRequest request;
    request.set_name(Named(*name));
    request.set_etag(*etag);
    CallAndPrint(session, "DeleteQuestion", request);
  });
}

}  // namespace

void AddQuestions(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("questions", "Questions of the bank")->require_subcommand(1)->fallthrough();
  AddSearchCommands(*group, session);
  AddList(*group, session);
  AddReading(*group, session);
  AddLifecycle(*group, session);
}

}  // namespace assay::cli
