#include "services/bank/api/kit_plan_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "assay/bank/v1/kit_service.pb.h"
#include "services/bank/api/kit_maker.h"
#include "services/bank/domain/kit_forms.h"
#include "services/bank/store/exposure_store.h"
#include "services/bank/store/kit_plan_store.h"
#include "services/bank/store/kit_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::ResultName;
using runtime::RevisionName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

constexpr int kLeastForms = 2;

// What must hold whatever the bank has.
absl::Status CheckPlan(const v1::KitPlan& plan) {
  runtime::Violations violations;
  CheckLanguage("kit_plan.language_code", plan.language_code(), violations);
  const bool parallel = plan.mode() == v1::KIT_PLAN_MODE_PARALLEL;
  const bool given = plan.mode() == v1::KIT_PLAN_MODE_FIXED && plan.kits_size() > 0;
  switch (plan.mode()) {
    case v1::KIT_PLAN_MODE_FIXED:
      if (plan.kits_size() > 1) violations.Add("kit_plan.kits", "a FIXED plan has one kit");
      break;
    case v1::KIT_PLAN_MODE_PARALLEL:
    case v1::KIT_PLAN_MODE_DRAWN:
      if (plan.kits_size() > 0) violations.Add("kit_plan.kits", "is for FIXED plans; the kits of others are drawn");
      break;
    default:
      violations.Add("kit_plan.mode", "must be FIXED, PARALLEL or DRAWN");
  }
  if (!given && plan.role().empty()) violations.Add("kit_plan.role", "is needed to draw kits");
  if (!given && plan.level() == v1::LEVEL_UNSPECIFIED) violations.Add("kit_plan.level", "is needed to draw kits");
  if (parallel && plan.forms() == 1) violations.Add("kit_plan.forms", "must be 2 to 20; 0 = 2");
  if (!parallel && plan.forms() != 0) violations.Add("kit_plan.forms", "is for PARALLEL plans");
  if (parallel && plan.anchor_percent() != 0 && plan.anchor_percent() < kLeastAnchorPercent) {
    violations.Add("kit_plan.anchor_percent", "must be 30 to 100; 0 = 30. Forms that share less cannot be linked");
  }
  if (!parallel && plan.anchor_percent() != 0) violations.Add("kit_plan.anchor_percent", "is for PARALLEL plans");
  if (!plan.stage().empty() && plan.requisition().empty()) violations.Add("kit_plan.stage", "is the stage of a requisition; name that too");
  return violations.ToStatus();
}

KitRequest RequestOf(const v1::KitPlan& plan) {
  KitRequest request{.role = plan.role(), .level = plan.level(), .format = plan.format(),
                     .minutes = plan.format().empty() ? plan.minutes() : 0, .seed = plan.seed(), .excluded = {}, .locked = {}};
  return request;
}

class KitPlanApi {
 public:
  explicit KitPlanApi(BankParts& parts) : parts_(parts), maker_(parts) {}

  absl::StatusOr<v1::KitPlan> Create(const RequestContext& context, const v1::CreateKitPlanRequest& request) {
    RETURN_IF_ERROR(CheckPlan(request.kit_plan()));
    const std::string id = request.kit_plan_id().empty() ? runtime::NewUuid(context.now) : request.kit_plan_id();
    const bool given = request.kit_plan().kits_size() > 0;
    std::shared_ptr<const KitCatalogue> catalogue;
    absl::StatusOr<Forms> drawn = Forms();
    if (!given) {
      ASSIGN_OR_RETURN(catalogue, maker_.Catalogue(context));
      drawn = DrawAll(request.kit_plan(), *catalogue, [&](const auto& names) { return maker_.Contents(context, names); });
    }
    std::vector<std::string> stale;
    auto plan = parts_.mutator.Run<v1::KitPlan>(
        context, request,
        [&](WriteTx& write, v1::KitPlan& response) -> absl::StatusOr<ResultName> {
          RETURN_IF_ERROR(drawn.status());
          Forms forms = *drawn;
          if (!given) RETURN_IF_ERROR(Confirm(write, request.kit_plan(), *catalogue, forms, stale));
          response = request.kit_plan();
          response.set_name("kitPlans/" + id);
          response.set_etag("\"1\"");
          response.clear_anchor_questions();
          *response.mutable_create_time() = runtime::ToTimestamp(context.now);
          if (given) {
            RETURN_IF_ERROR(TakeGiven(write.tx(), response));
          } else {
            RETURN_IF_ERROR(StoreForms(write, forms, response));
          }
          RETURN_IF_ERROR(InsertKitPlan(write.tx(), id, response, context.now));
          return ResultName{response.name(), 1};
        },
        [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::KitPlan> {
          ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kitPlans/*", name.name));
          return ReadKitPlan(tx, ids[0]);
        });
    if (!stale.empty()) parts_.catalogues.QuestionsChanged(context.tenant(), stale);
    return plan;
  }

  absl::StatusOr<v1::KitPlan> Get(const RequestContext& context, const v1::GetKitPlanRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kitPlans/*", request.name()));
    return Read<v1::KitPlan>(context, [&](Tx& tx) { return ReadKitPlan(tx, ids[0]); });
  }

  absl::StatusOr<v1::ListKitPlansResponse> List(const RequestContext& context, const v1::ListKitPlansRequest& request) {
    const std::string asked = "kitPlans " + request.requisition();
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, asked, request.page_size(), request.page_token()));
    return Read<v1::ListKitPlansResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListKitPlansResponse> {
      v1::ListKitPlansResponse response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(auto plans, ListKitPlans(tx, request.requisition(), page));
      const bool more = static_cast<int>(plans.size()) > page.size;
      if (more) plans.pop_back();
      for (v1::KitPlan& plan : plans) *response.add_kit_plans() = std::move(plan);
      if (more) {
        const std::string& last = response.kit_plans().rbegin()->name();
        response.set_next_page_token(parts_.pages.Seal(context, asked, {last.substr(sizeof("kitPlans/") - 1)}));
      }
      return response;
    });
  }

  absl::StatusOr<v1::Kit> Draw(const RequestContext& context, const v1::DrawPlannedKitRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kitPlans/*", request.name()));
    ASSIGN_OR_RETURN(const std::vector<std::string> had, maker_.Excluded(context, request.excluded_questions(), request.excluded_kits()));
    ASSIGN_OR_RETURN(const v1::KitPlan plan, Read<v1::KitPlan>(context, [&](Tx& tx) { return ReadKitPlan(tx, ids[0]); }));
    if (plan.mode() == v1::KIT_PLAN_MODE_DRAWN) return DrawFresh(context, request, plan, had);
    std::string given;
    auto kit = parts_.mutator.Run<v1::Kit>(
        context, request,
        [&](WriteTx& write, v1::Kit& response) -> absl::StatusOr<ResultName> {
          ASSIGN_OR_RETURN(const PlanForm form, ChooseForm(write.tx(), ids[0], plan, had));
          ASSIGN_OR_RETURN(response, ReadKit(write.tx(), form.kit));
          ASSIGN_OR_RETURN(const int64_t uses, RecordPlannedUse(write.tx(), ids[0], form, runtime::NewUuid(context.now),
                                                                plan.requisition(), context.now));
          runtime::OutboxEvent event;
          event.type = runtime::v1::EVENT_TYPE_KIT_ASSEMBLED;
          event.resource = response.name();
          event.aggregate_type = "kit";
          // The kit itself does not change; its first event was its making.
          event.version = 1 + uses;
          event.state = kKitGivenOut;
          event.related["kit_plan"] = plan.name();
          if (!plan.requisition().empty()) event.related["requisition"] = plan.requisition();
          write.Emit(std::move(event));
          given = form.kit;
          return ResultName{response.name(), 1};
        },
        [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::Kit> {
          ASSIGN_OR_RETURN(const auto kit_ids, runtime::ParseName("kits/*", name.name));
          return ReadKit(tx, kit_ids[0]);
        });
    if (kit.ok() && !given.empty()) parts_.catalogues.KitsUsed(context.tenant(), {given});
    return kit;
  }

 private:
  // The kits of a plan that is drawn at its creation, and what they pin.
  struct Forms {
    std::vector<v1::Kit> kits;
    std::vector<RevisionName> picks;
    std::vector<std::string> anchors;
  };
  using ReadContents = std::function<absl::StatusOr<KitContents>(const std::vector<RevisionName>&)>;

  template <typename Response>
  absl::StatusOr<Response> Read(const RequestContext& context, const std::function<absl::StatusOr<Response>(Tx&)>& work) {
    return runtime::Transact<Response>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  // One kit for FIXED, the forms for PARALLEL, one for DRAWN to see that there is one.
  static absl::StatusOr<Forms> DrawAll(const v1::KitPlan& plan, const KitCatalogue& catalogue, const ReadContents& read) {
    const KitRequest request = RequestOf(plan);
    std::vector<KitShortfall> shortfalls;
    absl::StatusOr<KitForms> chosen = KitForms();
    if (plan.mode() == v1::KIT_PLAN_MODE_PARALLEL) {
      chosen = DrawForms(request, plan.forms() == 0 ? kLeastForms : plan.forms(),
                         plan.anchor_percent() == 0 ? kLeastAnchorPercent : plan.anchor_percent(), catalogue, &shortfalls);
    } else {
      absl::StatusOr<Kit> kit = AssembleKit(request, catalogue, &shortfalls);
      chosen = kit.ok() ? absl::StatusOr<KitForms>(KitForms{{*std::move(kit)}, {}}) : kit.status();
    }
    if (!chosen.ok()) return ToKitError(chosen.status(), plan.role(), catalogue, shortfalls);
    Forms forms;
    std::set<std::string> seen;
    for (const Kit& form : chosen->forms) {
      for (const RevisionName& name : PicksOf(form)) {
        if (seen.insert(name.id).second) forms.picks.push_back(name);
      }
    }
    ASSIGN_OR_RETURN(const KitContents contents, read(forms.picks));
    for (const Kit& form : chosen->forms) {
      v1::Kit& kit = forms.kits.emplace_back(KitMaker::Filled(form, catalogue, contents, plan.language_code()));
      for (v1::KitSlot& slot : *kit.mutable_slots()) {
        for (v1::KitQuestion& question : *slot.mutable_questions()) {
          const std::string id = ParseQuestionReference(question.question())->id;
          if (std::find(chosen->anchors.begin(), chosen->anchors.end(), id) == chosen->anchors.end()) continue;
          question.set_anchor(true);
          if (&form == &chosen->forms.front()) forms.anchors.push_back(question.question());
        }
      }
    }
    return forms;
  }

  static absl::Status Confirm(WriteTx& write, const v1::KitPlan& plan, const KitCatalogue& catalogue, Forms& forms, std::vector<std::string>& stale) {
    stale.clear();
    for (int attempt = 0; attempt < 2; ++attempt) {
      ASSIGN_OR_RETURN(const auto found, FindStalePicks(write.tx(), forms.picks, write.context().now));
      if (found.empty()) return absl::OkStatus();
      for (const StalePick& pick : found) stale.push_back(pick.id);
      if (attempt > 0) break;
      ASSIGN_OR_RETURN(const KitCatalogue stored, KitMaker::AsStored(write, catalogue, stale));
      ASSIGN_OR_RETURN(forms, DrawAll(plan, stored, [&](const auto& names) { return KitMaker::ContentsIn(write.tx(), names); }));
    }
    return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT, "the bank changed while the kits were drawn; repeat the call");
  }

  static absl::Status StoreForms(WriteTx& write, Forms& forms, v1::KitPlan& plan) {
    plan.set_format(forms.kits.front().format());
    plan.set_minutes(forms.kits.front().minutes());
    if (plan.mode() == v1::KIT_PLAN_MODE_DRAWN) return absl::OkStatus();
    for (v1::Kit& kit : forms.kits) {
      kit.set_plan(plan.name());
      kit.set_requisition(plan.requisition());
      const auto questions = static_cast<size_t>(PinnedBy(kit).size());
      // Made for nobody yet.
      RETURN_IF_ERROR(KitMaker::Store(write, kit, std::vector<bool>(questions, false)));
      plan.add_kits(kit.name());
    }
    if (plan.mode() != v1::KIT_PLAN_MODE_PARALLEL) return absl::OkStatus();
    plan.set_forms(plan.kits_size());
    if (plan.anchor_percent() == 0) plan.set_anchor_percent(kLeastAnchorPercent);
    for (const std::string& name : forms.anchors) plan.add_anchor_questions(name);
    return absl::OkStatus();
  }

  // A FIXED plan takes over what its kit was made for.
  static absl::Status TakeGiven(Tx& tx, v1::KitPlan& plan) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", plan.kits(0)));
    const auto kit = ReadKit(tx, ids[0]);
    if (kit.status().code() == absl::StatusCode::kNotFound) return runtime::ParentNotFound("kit_plan.kits[0]", plan.kits(0));
    RETURN_IF_ERROR(kit.status());
    runtime::Violations violations;
    const auto differs = [&](const char* field, bool set, bool same) {
      if (set && !same) violations.Add(fmt::format("kit_plan.{}", field), fmt::format("differs from that of {}; leave it empty", kit->name()));
    };
    differs("role", !plan.role().empty(), plan.role() == kit->role());
    differs("level", plan.level() != v1::LEVEL_UNSPECIFIED, plan.level() == kit->level());
    differs("format", !plan.format().empty(), plan.format() == kit->format());
    differs("minutes", plan.minutes() > 0, plan.minutes() == kit->minutes());
    differs("language_code", !plan.language_code().empty(), plan.language_code() == kit->language_code());
    RETURN_IF_ERROR(violations.ToStatus());
    // Otherwise no draw would give it to anybody.
    ASSIGN_OR_RETURN(const std::vector<FormObstacle> obstacles, FindObstacles(tx, {ids[0]}, {}));
    if (!obstacles.empty()) {
      return runtime::Error(runtime::v1::ERROR_REASON_KIT_INFEASIBLE,
                            fmt::format("{} holds questions/{}, which is marked as leaked; swap it first", kit->name(), obstacles[0].question),
                            {{"constraint", "LEAK"}});
    }
    plan.set_role(kit->role());
    plan.set_level(kit->level());
    plan.set_format(kit->format());
    plan.set_minutes(kit->minutes());
    plan.set_language_code(kit->language_code());
    plan.set_seed(kit->seed());
    return absl::OkStatus();
  }

  // The form that was given out least among those that hold nothing the candidate has had and nothing leaked; of equals the
  // first. The forms are locked, so that who draws at the same time counts on.
  static absl::StatusOr<PlanForm> ChooseForm(Tx& tx, const std::string& id, const v1::KitPlan& plan, const std::vector<std::string>& had) {
    ASSIGN_OR_RETURN(const std::vector<PlanForm> forms, LockPlanForms(tx, id, plan));
    std::vector<std::string> kits;
    for (const PlanForm& form : forms) kits.push_back(form.kit);
    ASSIGN_OR_RETURN(const std::vector<FormObstacle> obstacles, FindObstacles(tx, kits, had));
    const PlanForm* best = nullptr;
    for (const PlanForm& form : forms) {
      const bool barred = std::any_of(obstacles.begin(), obstacles.end(), [&](const FormObstacle& obstacle) { return obstacle.kit == form.kit; });
      if (!barred && (best == nullptr || form.uses < best->uses)) best = &form;
    }
    if (best != nullptr) return *best;
    std::string text = plan.mode() == v1::KIT_PLAN_MODE_FIXED ? "the kit of the plan cannot be given to this candidate"
                                                              : fmt::format("none of the {} forms can be given to this candidate", forms.size());
    bool leaked = true;
    for (size_t i = 0; i < obstacles.size(); ++i) {
      const FormObstacle& obstacle = obstacles[i];
      leaked &= obstacle.leaked;
      if (i < 40) {
        text += fmt::format("{} kits/{} holds questions/{}, which {}", i == 0 ? ":" : ";", obstacle.kit, obstacle.question,
                            obstacle.leaked ? "is marked as leaked" : "the candidate has had");
      }
    }
    return runtime::Error(runtime::v1::ERROR_REASON_KIT_INFEASIBLE, text, {{"constraint", leaked ? "LEAK" : "EXCLUDED"}});
  }

  absl::StatusOr<v1::Kit> DrawFresh(const RequestContext& context, const v1::DrawPlannedKitRequest& request, const v1::KitPlan& plan,
                                    const std::vector<std::string>& had) {
    KitRequest wanted = RequestOf(plan);
    // The plan names the format that its trial kit had, and its length, which may be another than the format's own.
    wanted.minutes = plan.minutes();
    wanted.seed = plan.seed() ^ request.seed();
    wanted.excluded = had;
    KitOrder order;
    order.role = plan.role();
    ASSIGN_OR_RETURN(order.catalogue, maker_.Catalogue(context));
    order.choose = [&](const KitCatalogue& catalogue, std::vector<KitShortfall>* shortfalls) { return AssembleKit(wanted, catalogue, shortfalls); };
    order.fill = [&](const Kit& chosen, const KitContents& contents) {
      v1::Kit kit = KitMaker::Filled(chosen, *order.catalogue, contents, plan.language_code());
      kit.set_plan(plan.name());
      kit.set_requisition(plan.requisition());
      return kit;
    };
    return maker_.Make(context, request, order);
  }

  BankParts& parts_;
  const KitMaker maker_;
};

}  // namespace

void BindKitPlans(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<KitPlanApi>(parts);
  service.Unary<v1::CreateKitPlanRequest, v1::KitPlan>("CreateKitPlan", [api](const auto& context, const auto& request) { return api->Create(context, request); });
  service.Unary<v1::GetKitPlanRequest, v1::KitPlan>("GetKitPlan", [api](const auto& context, const auto& request) { return api->Get(context, request); });
  service.Unary<v1::ListKitPlansRequest, v1::ListKitPlansResponse>("ListKitPlans", [api](const auto& context, const auto& request) { return api->List(context, request); });
  service.Unary<v1::DrawPlannedKitRequest, v1::Kit>("DrawPlannedKit", [api](const auto& context, const auto& request) { return api->Draw(context, request); });
}

}  // namespace assay::bank
