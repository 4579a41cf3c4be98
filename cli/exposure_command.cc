#include <CLI/CLI.hpp>

#include "assay/bank/v1/question_service.pb.h"
#include "cli/commands.h"
#include "cli/dynamic.h"
#include "cli/kit_command.h"
#include "cli/print.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

constexpr char kService[] = "assay.bank.v1.QuestionService/";

std::string Named(const std::string& collection, const std::string& name) {
  return name.empty() || name.rfind(collection + "/", 0) == 0 ? name : collection + "/" + name;
}

template <typename Request>
void Mark(Session& session, const std::string& method, const std::string& question, const std::string& reason) {
  Request request;
  request.set_name(Named("questions", question));
  request.set_reason(reason);
  AddRequestId(request);
  const auto marked = session.Call<Question>(kService + method, request);
  if (marked.ok()) Print(session, *marked);
}

}  // namespace

void AddExposure(CLI::App& app, Session& session) {
  auto* group = app.add_subcommand("exposure", "How often questions are used, the cap, leaks")->require_subcommand(1)->fallthrough();
  auto requisition = std::make_shared<std::string>();
  auto days = std::make_shared<int>(0);
  auto limit = std::make_shared<int>(50);
  auto* list = group->add_subcommand("list", "Uses of questions, most used first")->fallthrough();
  list->add_option("--requisition", *requisition, "Only uses for this requisition");
  list->add_option("--days", *days, "Window in days; 0 = the policy's");
  list->add_option("--limit", *limit, "At most this many; 0 = all")->check(CLI::NonNegativeNumber)->capture_default_str();
  list->callback([=, &session] {
    ListExposuresResponse all;
    ListExposuresRequest request;
    request.set_requisition(Named("requisitions", *requisition));
    request.set_days(*days);
    do {
      request.set_page_size(*limit == 0 ? 200 : std::min(200, *limit - all.exposures_size()));
      const auto page = session.Call<ListExposuresResponse>(kService + std::string("ListExposures"), request);
      if (!page.ok()) return;
      for (const auto& exposure : page->exposures()) *all.add_exposures() = exposure;
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && (*limit == 0 || all.exposures_size() < *limit));
    Print(session, all, "exposures", {{"QUESTION", "question"}, {"USES", "uses"}, {"AT CAP", "over_cap"}, {"LEAKED", "leaked"}, {"REQUISITIONS", "requisitions"}, {"LAST USE", "last_use_time"}});
  });

  auto uses = std::make_shared<int>(0);
  auto window = std::make_shared<int>(0);
  auto* policy = group->add_subcommand("policy", "Shows the cap, or sets it with --max-uses")->fallthrough();
  auto* set = policy->add_option("--max-uses", *uses, "Most uses within the window; 0 = no cap");
  policy->add_option("--window", *window, "Days; 0 = 90")->needs(set);
  policy->callback([=, &session] {
    const auto current = session.Call<ExposurePolicy>(kService + std::string("GetExposurePolicy"), GetExposurePolicyRequest());
    if (!current.ok()) return;
    if (set->count() == 0) return Print(session, *current);
    UpdateExposurePolicyRequest request;
    *request.mutable_exposure_policy() = *current;
    request.mutable_exposure_policy()->set_max_uses(*uses);
    if (*window > 0) request.mutable_exposure_policy()->set_days(*window);
    AddRequestId(request);
    const auto updated = session.Call<ExposurePolicy>(kService + std::string("UpdateExposurePolicy"), request);
    if (updated.ok()) Print(session, *updated);
  });

  auto question = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  auto* leak = group->add_subcommand("leak", "Marks a question as known outside; it is not drawn then")->fallthrough();
  leak->add_option("QUESTION", *question)->required();
  leak->add_option("--reason", *reason, "Where it was seen or how it is known")->required();
  leak->callback([=, &session] { Mark<FlagQuestionLeakRequest>(session, "FlagQuestionLeak", *question, *reason); });
  auto* clear = group->add_subcommand("clear", "Takes the mark off")->fallthrough();
  clear->add_option("QUESTION", *question)->required();
  clear->add_option("--reason", *reason)->required();
  clear->callback([=, &session] { Mark<ClearQuestionLeakRequest>(session, "ClearQuestionLeak", *question, *reason); });
}

}  // namespace assay::cli
