#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/bank/v1/kit_service.pb.h"
#include "cli/commands.h"
#include "cli/kit_export.h"
#include "cli/print.h"
#include "cli/question_command.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

std::string Named(const std::string& collection, const std::string& name) {
  return name.rfind(collection + "/", 0) == 0 ? name : collection + "/" + name;
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
  AddKitExport(*group, session);

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
