#include "cli/kit_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "assay/bank/v1/kit_service.pb.h"
#include "assay/scoring/v1/interview_service.pb.h"
#include "cli/commands.h"
#include "cli/dynamic.h"
#include "cli/kit_export.h"
#include "cli/print.h"
#include "services/bank/domain/kit_check.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

constexpr char kService[] = "assay.bank.v1.KitService/";

std::string Named(const std::string& collection, const std::string& name) {
  return name.empty() || name.rfind(collection + "/", 0) == 0 ? name : collection + "/" + name;
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

// Calls a method that gives a kit and prints it.
template <typename Request>
void CallForKit(Session& session, const std::string& method, Request request) {
  AddRequestId(request);
  const auto kit = session.Call<Kit>(kService + method, request);
  if (!kit.ok()) return;
  if (session.options.format.empty() || session.options.format == "table") return session.Write(KitText(*kit));
  Print(session, *kit);
}

// Kits of every interview that a candidate has or had. False when scoring refused, which is printed.
bool AddKitsOf(Session& session, const std::string& candidate, google::protobuf::RepeatedPtrField<std::string>& kits) {
  scoring::v1::ListInterviewsRequest request;
  request.set_filter(fmt::format("candidate = \"{}\"", Named("candidates", candidate)));
  request.set_page_size(200);
  std::set<std::string> known;
  do {
    const auto page = session.Call<scoring::v1::ListInterviewsResponse>("assay.scoring.v1.InterviewService/ListInterviews", request);
    if (!page.ok()) return false;
    for (const auto& interview : page->interviews()) {
      if (!interview.kit().empty()) known.insert(interview.kit());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  for (const std::string& kit : known) *kits.Add() = kit;
  return true;
}

Level LevelOf(const std::string& text) {
  Level value = LEVEL_UNSPECIFIED;
  std::string upper = "LEVEL_";
  for (const char c : text) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  Level_Parse(upper, &value);
  return value;
}

// What kits and plans are asked for alike.
struct Ask {
  std::string role, level, format, language, requisition;
  int minutes = 0;
  uint64_t seed = 1;
};

void AddAsk(CLI::App& command, Ask& ask, bool required) {
  command.add_option("--role", ask.role, "Role guide id")->required(required);
  command.add_option("--level", ask.level, "fresher, experienced or senior")->required(required)->check(CLI::IsMember({"fresher", "experienced", "senior"}));
  command.add_option("--minutes", ask.minutes, "Length of the round");
  command.add_option("--kit-format", ask.format, "Format id, such as round-60");
  command.add_option("--language", ask.language, "Words in this language where there are any, such as de");
  command.add_option("--requisition", ask.requisition, "Requisition that it is for; exposure is counted by it");
  command.add_option("--seed", ask.seed)->capture_default_str();
}

// What a candidate has had.
struct Had {
  std::vector<std::string> questions, kits;
  std::string candidate;
};

void AddHad(CLI::App& command, Had& had) {
  command.add_option("--exclude", had.questions, "Question ids the candidate has had");
  command.add_option("--exclude-kit", had.kits, "Kits of earlier rounds");
  command.add_option("--exclude-candidate", had.candidate, "Candidate whose interviews' kits are not to be repeated");
}

template <typename Request>
bool Exclude(Session& session, const Had& had, Request& request) {
  for (const std::string& id : had.questions) request.add_excluded_questions(id);
  for (const std::string& kit : had.kits) request.add_excluded_kits(Named("kits", kit));
  return had.candidate.empty() || AddKitsOf(session, had.candidate, *request.mutable_excluded_kits());
}

void AddMaking(CLI::App& group, Session& session) {
  auto ask = std::make_shared<Ask>();
  auto had = std::make_shared<Had>();
  auto required = std::make_shared<std::vector<std::string>>();
  auto validate = std::make_shared<bool>(false);
  auto* assemble = group.add_subcommand("assemble", "Chooses the questions of an interview")->fallthrough();
  AddAsk(*assemble, *ask, true);
  AddHad(*assemble, *had);
  assemble->add_option("--require", *required, "Question ids that must be in the kit");
  assemble->add_flag("--validate-only", *validate, "Draws without storing");
  assemble->callback([=, &session] {
    AssembleKitRequest request;
    request.set_role(ask->role);
    request.set_level(LevelOf(ask->level));
    request.set_minutes(ask->minutes);
    request.set_format(ask->format);
    request.set_seed(ask->seed);
    request.set_language_code(ask->language);
    request.set_requisition(Named("requisitions", ask->requisition));
    request.set_validate_only(*validate);
    for (const std::string& id : *required) request.add_required_questions(id);
    if (Exclude(session, *had, request)) CallForKit(session, "AssembleKit", request);
  });

  auto kit = std::make_shared<std::string>();
  auto question = std::make_shared<std::string>();
  auto replacement = std::make_shared<std::string>();
  auto seed = std::make_shared<uint64_t>(1);
  auto swap_had = std::make_shared<Had>();
  auto* swap = group.add_subcommand("swap", "Replaces one question of a kit, as a new kit")->fallthrough();
  swap->add_option("KIT", *kit)->required();
  swap->add_option("QUESTION", *question, "Id of the question that goes out")->required();
  swap->add_option("--by", *replacement, "Id of the question that comes in; empty = the best that fits");
  swap->add_option("--seed", *seed)->capture_default_str();
  AddHad(*swap, *swap_had);
  swap->callback([=, &session] {
    SwapKitQuestionRequest request;
    request.set_name(Named("kits", *kit));
    request.set_question(Named("questions", *question));
    request.set_replacement(Named("questions", *replacement));
    request.set_seed(*seed);
    if (Exclude(session, *swap_had, request)) CallForKit(session, "SwapKitQuestion", request);
  });
}

void PrintFindings(Session& session, const CheckKitResponse& found) {
  Print(session, found, "findings", {{"CHECK", "check"}, {"FINDING", "message"}});
  if (found.findings_size() > 0) session.exit_code = ExitCode::kNegative;
}

// Kits from files and from the service, checked together as the rounds of one process.
void CheckRounds(Session& session, const std::vector<std::string>& kits) {
  std::vector<Kit> rounds;
  for (const std::string& name : kits) {
    Kit& round = rounds.emplace_back();
    if (std::filesystem::exists(name)) {
      const absl::Status read = ReadMessageFile(name, round);
      if (!read.ok()) return session.Usage(std::string(read.message()));
      continue;
    }
    GetKitRequest request;
    request.set_name(Named("kits", name));
    const auto kit = session.Call<Kit>(kService + std::string("GetKit"), request);
    if (!kit.ok()) return;
    round = *kit;
  }
  bank::HiringPlan plan;
  plan.whole_process = rounds.size() > 1;
  std::vector<std::vector<QuestionContent>> contents;
  for (const Kit& round : rounds) contents.push_back(bank::ContentsOf(round));
  for (size_t i = 0; i < rounds.size(); ++i) {
    plan.level = std::max(plan.level, rounds[i].level());
    plan.rounds.push_back(bank::RoundOf(rounds[i], contents[i]));
  }
  // The catalogue is not at hand: a check is called what the kits themselves call it, where they do.
  std::map<int, std::string> checks;
  for (const Kit& round : rounds) {
    for (const KitFinding& finding : round.findings()) {
      if (finding.number() > 0) checks.emplace(finding.number(), finding.check());
    }
  }
  CheckKitResponse found;
  for (const bank::MistakeFinding& mistake : bank::CheckPlan(plan)) *found.add_findings() = bank::FindingOf(mistake, checks);
  PrintFindings(session, found);
}

void AddReading(CLI::App& group, Session& session) {
  auto name = std::make_shared<std::string>();
  auto* get = group.add_subcommand("get", "Shows a kit")->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] {
    GetKitRequest request;
    request.set_name(Named("kits", *name));
    CallForKit(session, "GetKit", request);
  });

  auto limit = std::make_shared<int>(50);
  auto* list = group.add_subcommand("list", "Lists kits, newest first")->fallthrough();
  list->add_option("--limit", *limit, "At most this many; 0 = all")->check(CLI::NonNegativeNumber)->capture_default_str();
  list->callback([=, &session] {
    ListKitsResponse all;
    ListKitsRequest request;
    do {
      request.set_page_size(*limit == 0 ? 200 : std::min(200, *limit - all.kits_size()));
      const auto page = session.Call<ListKitsResponse>(kService + std::string("ListKits"), request);
      if (!page.ok()) return;
      for (const auto& kit : page->kits()) *all.add_kits() = kit;
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && (*limit == 0 || all.kits_size() < *limit));
    Print(session, all, "kits", {{"NAME", "name"}, {"ROLE", "role"}, {"LEVEL", "level"}, {"FORMAT", "format"}, {"MIN", "minutes"}, {"REQUISITION", "requisition"}, {"MADE", "create_time"}});
  });

  auto kits = std::make_shared<std::vector<std::string>>();
  auto* check = group.add_subcommand("check", "The ten common mistakes on a kit, or on several as the rounds of one process")->fallthrough();
  check->add_option("KIT", *kits, "Names, or files of kits (then without the service)")->required();
  check->callback([=, &session] {
    if (kits->size() > 1 || std::filesystem::exists(kits->front())) return CheckRounds(session, *kits);
    CheckKitRequest request;
    request.set_name(Named("kits", kits->front()));
    const auto found = session.Call<CheckKitResponse>(kService + std::string("CheckKit"), request);
    if (found.ok()) PrintFindings(session, *found);
  });
}

void AddPlans(CLI::App& kit_group, Session& session) {
  auto* group = kit_group.add_subcommand("plan", "How the kits of a requisition's stage are made")->require_subcommand(1)->fallthrough();
  auto ask = std::make_shared<Ask>();
  auto id = std::make_shared<std::string>();
  auto mode = std::make_shared<std::string>("fixed");
  auto stage = std::make_shared<std::string>();
  auto kit = std::make_shared<std::string>();
  auto forms = std::make_shared<int>(0);
  auto anchors = std::make_shared<int>(0);
  auto* create = group->add_subcommand("create", "Creates a plan")->fallthrough();
  AddAsk(*create, *ask, false);
  create->add_option("--id", *id, "Last part of its name; empty = the service chooses");
  create->add_option("--mode", *mode, "fixed, parallel or drawn")->check(CLI::IsMember({"fixed", "parallel", "drawn"}))->capture_default_str();
  create->add_option("--stage", *stage, "Stage of the requisition");
  create->add_option("--kit", *kit, "fixed: the kit; empty = one is drawn");
  create->add_option("--forms", *forms, "parallel: number of forms, 2 to 20");
  create->add_option("--anchors", *anchors, "parallel: least share of anchors in per cent, 30 to 100");
  create->callback([=, &session] {
    CreateKitPlanRequest request;
    request.set_kit_plan_id(*id);
    KitPlan& plan = *request.mutable_kit_plan();
    plan.set_mode(*mode == "fixed" ? KIT_PLAN_MODE_FIXED : *mode == "parallel" ? KIT_PLAN_MODE_PARALLEL : KIT_PLAN_MODE_DRAWN);
    plan.set_role(ask->role);
    plan.set_level(LevelOf(ask->level));
    plan.set_format(ask->format);
    plan.set_minutes(ask->minutes);
    plan.set_seed(ask->seed);
    plan.set_language_code(ask->language);
    plan.set_requisition(Named("requisitions", ask->requisition));
    plan.set_stage(*stage);
    plan.set_forms(*forms);
    plan.set_anchor_percent(*anchors);
    if (!kit->empty()) plan.add_kits(Named("kits", *kit));
    AddRequestId(request);
    const auto made = session.Call<KitPlan>(kService + std::string("CreateKitPlan"), request);
    if (made.ok()) Print(session, *made);
  });

  auto name = std::make_shared<std::string>();
  auto* get = group->add_subcommand("get", "Shows a plan")->fallthrough();
  get->add_option("NAME", *name)->required();
  get->callback([=, &session] {
    GetKitPlanRequest request;
    request.set_name(Named("kitPlans", *name));
    const auto plan = session.Call<KitPlan>(kService + std::string("GetKitPlan"), request);
    if (plan.ok()) Print(session, *plan);
  });

  auto requisition = std::make_shared<std::string>();
  auto* list = group->add_subcommand("list", "Lists plans")->fallthrough();
  list->add_option("--requisition", *requisition, "Only of this requisition");
  list->callback([=, &session] {
    ListKitPlansResponse all;
    ListKitPlansRequest request;
    request.set_page_size(200);
    request.set_requisition(Named("requisitions", *requisition));
    do {
      const auto page = session.Call<ListKitPlansResponse>(kService + std::string("ListKitPlans"), request);
      if (!page.ok()) return;
      for (const auto& plan : page->kit_plans()) *all.add_kit_plans() = plan;
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    Print(session, all, "kit_plans", {{"NAME", "name"}, {"MODE", "mode"}, {"ROLE", "role"}, {"LEVEL", "level"}, {"FORMAT", "format"}, {"REQUISITION", "requisition"}, {"STAGE", "stage"}});
  });

  auto seed = std::make_shared<uint64_t>(0);
  auto had = std::make_shared<Had>();
  auto* draw = group->add_subcommand("draw", "The kit of one candidate")->fallthrough();
  draw->add_option("NAME", *name)->required();
  draw->add_option("--seed", *seed, "drawn: varies the draw");
  AddHad(*draw, *had);
  draw->callback([=, &session] {
    DrawPlannedKitRequest request;
    request.set_name(Named("kitPlans", *name));
    request.set_seed(*seed);
    if (Exclude(session, *had, request)) CallForKit(session, "DrawPlannedKit", request);
  });
}

}  // namespace

void AddKits(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("kit", "Interview kits")->require_subcommand(1)->fallthrough();
  AddKitExport(*group, session);
  AddMaking(*group, session);
  AddReading(*group, session);
  AddPlans(*group, session);
}

}  // namespace assay::cli
