#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/bank/v1/kit_service.pb.h"
#include "assay/bank/v1/question_service.pb.h"
#include "cli/commands.h"
#include "cli/print.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

std::string Named(const std::string& collection, const std::string& name) {
  return name.rfind(collection + "/", 0) == 0 ? name : collection + "/" + name;
}

const std::vector<Column> kQuestionColumns{{"NAME", "name"}, {"STATE", "state"}, {"REV", "revision"}, {"LEVEL", "content.level"},
                                           {"KIND", "content.kind"}, {"COMPETENCY", "content.competency"}, {"PROMPT", "content.prompt"}};

void AddQuestions(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("questions", "Questions of the bank")->require_subcommand(1)->fallthrough();

  auto filter = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(0);
  auto* list = group->add_subcommand("list", "Lists questions")->fallthrough();
  list->add_option("--filter", *filter, "Such as: level = \"fresher\" AND role = \"mlops\"");
  list->add_option("--limit", *limit, "At most this many; 0 = all");
  list->callback([=, &session] {
    ListQuestionsResponse all;
    ListQuestionsRequest request;
    request.set_filter(*filter);
    request.set_page_size(200);
    do {
      const auto page = session.Call<ListQuestionsResponse>("assay.bank.v1.QuestionService/ListQuestions", request);
      if (!page.ok()) return;
      for (const auto& question : page->questions()) {
        if (*limit == 0 || all.questions_size() < *limit) *all.add_questions() = question;
      }
      all.set_as_of_cursor(page->as_of_cursor());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && (*limit == 0 || all.questions_size() < *limit));
    Print(session, all, "questions", kQuestionColumns);
  });

  auto name = std::make_shared<std::string>();
  auto* get = group->add_subcommand("get", "Shows a question, or q037@3 at a revision")->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] {
    GetQuestionRequest request;
    request.set_name(Named("questions", *name));
    const auto question = session.Call<Question>("assay.bank.v1.QuestionService/GetQuestion", request);
    if (question.ok()) Print(session, *question);
  });

  auto* publish = group->add_subcommand("publish", "Publishes the draft of a question")->fallthrough();
  publish->add_option("NAME", *name)->required();
  publish->callback([=, &session] {
    PublishQuestionRequest request;
    request.set_name(Named("questions", *name));
    const auto question = session.Call<Question>("assay.bank.v1.QuestionService/PublishQuestion", request);
    if (question.ok()) Print(session, *question);
  });

  auto reason = std::make_shared<std::string>();
  auto* retire = group->add_subcommand("retire", "Withdraws a question from future kits")->fallthrough();
  retire->add_option("NAME", *name)->required();
  retire->add_option("--reason", *reason)->required();
  retire->callback([=, &session] {
    RetireQuestionRequest request;
    request.set_name(Named("questions", *name));
    request.set_reason(*reason);
    const auto question = session.Call<Question>("assay.bank.v1.QuestionService/RetireQuestion", request);
    if (question.ok()) Print(session, *question);
  });
}

std::string KitText(const Kit& kit) {
  std::string text = fmt::format("{}  {} {}  {} min  format {}  seed {}\n", kit.name(), kit.role(), Cell(kit, "level"), kit.minutes(), kit.format(), kit.seed());
  int start = 0;
  for (const auto& slot : kit.slots()) {
    text += fmt::format("\n{:>3}-{} min  {}\n", start, start + slot.minutes(), slot.display_name());
    start += slot.minutes();
    for (const auto& question : slot.questions()) {
      text += fmt::format("  {}  {} min  {}{}\n      {}\n      why: {}\n", question.question(), question.minutes(), question.competency(),
                          question.role_critical() ? "  role-critical" : "", question.prompt(), question.why());
    }
  }
  for (const auto& finding : kit.findings()) text += fmt::format("\nnote: {}", finding.message());
  return text;
}

void AddKits(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("kit", "Interview kits")->require_subcommand(1)->fallthrough();

  auto role = std::make_shared<std::string>();
  auto level = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>();
  auto minutes = std::make_shared<int>(0);
  auto seed = std::make_shared<uint64_t>(1);
  auto excluded = std::make_shared<std::vector<std::string>>();
  auto* assemble = group->add_subcommand("assemble", "Chooses the questions of an interview")->fallthrough();
  assemble->add_option("--role", *role, "Role guide id")->required();
  assemble->add_option("--level", *level, "fresher, experienced or senior")->required()->check(CLI::IsMember({"fresher", "experienced", "senior"}));
  assemble->add_option("--minutes", *minutes, "Length of the round");
  assemble->add_option("--kit-format", *format, "Format id, such as round-60");
  assemble->add_option("--seed", *seed)->capture_default_str();
  assemble->add_option("--exclude", *excluded, "Question ids the candidate has had");
  assemble->callback([=, &session] {
    AssembleKitRequest ask;
    ask.set_role(*role);
    Level value = LEVEL_UNSPECIFIED;
    std::string upper = "LEVEL_";
    for (const char c : *level) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    Level_Parse(upper, &value);
    ask.set_level(value);
    ask.set_minutes(*minutes);
    ask.set_format(*format);
    ask.set_seed(*seed);
    for (const std::string& id : *excluded) ask.add_excluded_questions(id);
    const auto kit = session.Call<Kit>("assay.bank.v1.KitService/AssembleKit", ask);
    if (!kit.ok()) return;
    if (session.options.format.empty() || session.options.format == "table") return session.Write(KitText(*kit));
    Print(session, *kit);
  });

  auto name = std::make_shared<std::string>();
  auto* get = group->add_subcommand("get", "Shows a kit")->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] {
    GetKitRequest ask;
    ask.set_name(Named("kits", *name));
    const auto kit = session.Call<Kit>("assay.bank.v1.KitService/GetKit", ask);
    if (!kit.ok()) return;
    if (session.options.format.empty() || session.options.format == "table") return session.Write(KitText(*kit));
    Print(session, *kit);
  });

  auto* check = group->add_subcommand("check", "The ten common mistakes on a kit")->fallthrough();
  check->add_option("NAME", *name)->required();
  check->callback([=, &session] {
    CheckKitRequest ask;
    ask.set_name(Named("kits", *name));
    const auto found = session.Call<CheckKitResponse>("assay.bank.v1.KitService/CheckKit", ask);
    if (!found.ok()) return;
    Print(session, *found, "findings", {{"CHECK", "check"}, {"FINDING", "message"}});
    if (found->findings_size() > 0) session.exit_code = ExitCode::kNegative;
  });
}

}  // namespace

void AddBankCommands(CLI::App& app, Session& session) {
  AddQuestions(app, session);
  AddKits(app, session);
  auto* roles = app.add_subcommand("roles", "Role guides of the catalogue")->fallthrough();
  roles->callback([&session] {
    const auto found = session.Call<ListRoleGuidesResponse>("assay.bank.v1.CatalogService/ListRoleGuides", ListRoleGuidesRequest());
    if (found.ok()) Print(session, *found, "role_guides", {{"NAME", "name"}, {"ROLE", "role_guide.display_name"}, {"POLICY", "role_guide.policy"}});
  });
}

}  // namespace assay::cli
