#include "services/bank/api/kit_api.h"

#include <fmt/format.h>

#include "assay/bank/v1/kit_service.pb.h"
#include "assay/bank/v1/pack.pb.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/kit.h"
#include "services/bank/domain/kit_check.h"
#include "services/bank/store/kit_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

// The catalogue part of every installed pack, as one.
absl::StatusOr<v1::Pack> ReadCatalogue(Tx& tx) {
  v1::Pack pack;
  ASSIGN_OR_RETURN(const auto headers, ReadPackHeaders(tx));
  for (const std::string& header : headers) {
    v1::Pack one;
    if (!one.ParseFromString(header)) return runtime::Internal("a stored pack header cannot be parsed");
    // The first pack that names a default gives it.
    if (pack.default_format().empty()) pack.set_default_format(one.default_format());
    if (pack.default_policy().empty()) pack.set_default_policy(one.default_policy());
  }
  ASSIGN_OR_RETURN(const auto entries, ReadWholeCatalog(tx));
  RETURN_IF_ERROR(AddToPack(entries, pack));
  return pack;
}

absl::StatusOr<std::shared_ptr<const KitCatalogue>> LoadCatalogue(Tx& tx) {
  ASSIGN_OR_RETURN(const v1::Pack pack, ReadCatalogue(tx));
  KitCatalogue::Parts parts;
  parts.formats.assign(pack.formats().begin(), pack.formats().end());
  parts.roles.assign(pack.roles().begin(), pack.roles().end());
  parts.default_format = pack.default_format();
  for (const auto& competency : pack.competencies()) parts.weights[competency.id()] = competency.weight_basis_points();
  ASSIGN_OR_RETURN(parts.questions, ReadKitFacts(tx));
  return std::make_shared<const KitCatalogue>(std::move(parts));
}

// The domain's errors in the catalogue's words.
absl::Status ToCatalogueError(const absl::Status& status, const v1::AssembleKitRequest& request, const KitCatalogue& catalogue,
                              const std::vector<KitShortfall>& shortfalls) {
  if (catalogue.FindRole(request.role()) == nullptr) {
    std::string known;
    for (const v1::RoleGuide& role : catalogue.roles()) known += (known.empty() ? "" : ", ") + role.id();
    return runtime::InvalidFields({{"role", fmt::format("no role guide \"{}\"; known: {}", request.role(), known)}},
                                  runtime::v1::ERROR_REASON_UNKNOWN_ROLE);
  }
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kFailedPrecondition:
      return runtime::Error(runtime::v1::ERROR_REASON_KIT_INFEASIBLE, message,
                            {{"constraint", shortfalls.empty() ? "" : shortfalls.front().constraint + " " + shortfalls.front().slot}});
    case absl::StatusCode::kNotFound:
      return runtime::InvalidField("format", message);
    case absl::StatusCode::kInvalidArgument:
      return runtime::InvalidField("minutes", message);
    default:
      return status;
  }
}

class KitApi {
 public:
  explicit KitApi(BankParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::Kit> Assemble(const RequestContext& context, const v1::AssembleKitRequest& request) {
    return parts_.mutator.Run<v1::Kit>(
        context, request,
        [&](WriteTx& write, v1::Kit& kit) -> absl::StatusOr<ResultName> {
          ASSIGN_OR_RETURN(kit, Draw(write.tx(), context, request));
          const std::string id = runtime::NewUuid(context.now);
          kit.set_name("kits/" + id);
          *kit.mutable_create_time() = runtime::ToTimestamp(context.now);
          *kit.mutable_annotations() = request.annotations();
          RETURN_IF_ERROR(InsertKit(write.tx(), id, kit, context.now));
          runtime::OutboxEvent event;
          event.type = runtime::v1::EVENT_TYPE_KIT_ASSEMBLED;
          event.resource = kit.name();
          event.aggregate_type = "kit";
          event.version = 1;
          event.state = "ASSEMBLED";
          write.Emit(std::move(event));
          return ResultName{kit.name(), 1};
        },
        [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::Kit> {
          ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", name.name));
          return ReadKit(tx, ids[0]);
        });
  }

  absl::StatusOr<v1::Kit> Get(const RequestContext& context, const v1::GetKitRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", request.name()));
    return Read<v1::Kit>(context, [&](Tx& tx) { return ReadKit(tx, ids[0]); });
  }

  absl::StatusOr<v1::ListKitsResponse> List(const RequestContext& context, const v1::ListKitsRequest& request) {
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, "kits", request.page_size(), request.page_token()));
    return Read<v1::ListKitsResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::ListKitsResponse> {
      v1::ListKitsResponse response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(const auto kits, ListKits(tx, page));
      for (size_t i = 0; i < kits.size() && static_cast<int>(i) < page.size; ++i) *response.add_kits() = kits[i];
      if (static_cast<int>(kits.size()) > page.size) {
        ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", kits[page.size - 1].name()));
        response.set_next_page_token(parts_.pages.Seal(context, "kits", {ids[0]}));
      }
      return response;
    });
  }

  absl::StatusOr<v1::CheckKitResponse> Check(const RequestContext& context, const v1::CheckKitRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", request.name()));
    return Read<v1::CheckKitResponse>(context, [&](Tx& tx) -> absl::StatusOr<v1::CheckKitResponse> {
      ASSIGN_OR_RETURN(const v1::Kit kit, ReadKit(tx, ids[0]));
      v1::CheckKitResponse response;
      *response.mutable_findings() = kit.findings();
      return response;
    });
  }

  absl::StatusOr<v1::KitPlan> CreatePlan(const RequestContext& context, const v1::CreateKitPlanRequest& request) {
    if (request.kit_plan().mode() != v1::KIT_PLAN_MODE_FIXED) {
      return runtime::InvalidField("kit_plan.mode", "only FIXED plans can be made yet");
    }
    if (request.kit_plan().kits_size() != 1) return runtime::InvalidField("kit_plan.kits", "a FIXED plan names exactly one kit");
    const std::string id = request.kit_plan_id().empty() ? runtime::NewUuid(context.now) : request.kit_plan_id();
    return parts_.mutator.Run<v1::KitPlan>(
        context, request,
        [&](WriteTx& write, v1::KitPlan& plan) -> absl::StatusOr<ResultName> {
          ASSIGN_OR_RETURN(const auto kit_ids, runtime::ParseName("kits/*", request.kit_plan().kits(0)));
          const auto kit = ReadKit(write.tx(), kit_ids[0]);
          if (kit.status().code() == absl::StatusCode::kNotFound) return runtime::ParentNotFound("kit_plan.kits[0]", request.kit_plan().kits(0));
          RETURN_IF_ERROR(kit.status());
          plan = request.kit_plan();
          plan.set_name("kitPlans/" + id);
          plan.set_role(kit->role());
          plan.set_level(kit->level());
          plan.set_format(kit->format());
          plan.set_seed(kit->seed());
          plan.set_etag("\"1\"");
          *plan.mutable_create_time() = runtime::ToTimestamp(context.now);
          RETURN_IF_ERROR(InsertKitPlan(write.tx(), id, plan, context.now));
          return ResultName{plan.name(), 1};
        },
        [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::KitPlan> {
          ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kitPlans/*", name.name));
          return ReadKitPlan(tx, ids[0]);
        });
  }

  absl::StatusOr<v1::KitPlan> GetPlan(const RequestContext& context, const v1::GetKitPlanRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kitPlans/*", request.name()));
    return Read<v1::KitPlan>(context, [&](Tx& tx) { return ReadKitPlan(tx, ids[0]); });
  }

 private:
  template <typename Response>
  absl::StatusOr<Response> Read(const RequestContext& context, const std::function<absl::StatusOr<Response>(Tx&)>& work) {
    return runtime::Transact<Response>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  // Chooses, and fills in what the interviewer needs.
  absl::StatusOr<v1::Kit> Draw(Tx& tx, const RequestContext& context, const v1::AssembleKitRequest& request) {
    ASSIGN_OR_RETURN(const auto catalogue, parts_.catalogues.Get(context.tenant(), [&] { return LoadCatalogue(tx); }));
    KitRequest wanted{.role = request.role(), .level = request.level(), .format = request.format(), .minutes = request.minutes(),
                      .seed = request.seed(), .excluded = {}, .locked = {}};
    RETURN_IF_ERROR(Exclude(tx, request, wanted.excluded));
    std::vector<KitShortfall> shortfalls;
    const absl::StatusOr<Kit> drawn = AssembleKit(wanted, *catalogue, &shortfalls);
    if (!drawn.ok()) return ToCatalogueError(drawn.status(), request, *catalogue, shortfalls);

    v1::Kit kit;
    kit.set_role(drawn->role);
    kit.set_level(drawn->level);
    kit.set_format(drawn->format);
    kit.set_minutes(drawn->minutes);
    kit.set_seed(drawn->seed);
    for (const std::string& id : drawn->overall_competencies) kit.add_overall_competencies(id);
    ASSIGN_OR_RETURN(*kit.mutable_policy(), PolicyOf(tx, *catalogue, drawn->role));

    PlannedRound round;
    round.id = drawn->format;
    round.overall_competencies = drawn->overall_competencies;
    // Stable addresses: the plan points into these.
    std::vector<std::unique_ptr<v1::QuestionContent>> contents;
    for (const KitSlot& slot : drawn->slots) {
      v1::KitSlot& out = *kit.add_slots();
      out.set_id(slot.id);
      out.set_display_name(slot.display_name);
      out.set_minutes(slot.minutes);
      out.set_script(slot.script);
      round.scripts.push_back(slot.script);
      for (const KitPick& pick : slot.picks) {
        ASSIGN_OR_RETURN(StoredQuestion stored, ReadQuestion(tx, pick.question, pick.revision));
        contents.push_back(std::make_unique<v1::QuestionContent>(std::move(*stored.question.mutable_content())));
        const v1::QuestionContent& content = *contents.back();
        round.questions.push_back(&content);
        Fill(pick, content, *out.add_questions());
      }
    }
    HiringPlan plan;
    plan.level = drawn->level;
    plan.rounds.push_back(std::move(round));
    for (const MistakeFinding& mistake : CheckPlan(plan)) {
      v1::KitFinding& finding = *kit.add_findings();
      finding.set_check(mistake.reason);
      finding.set_message(mistake.message);
      finding.set_warning(true);
    }
    kit.set_content_hash(ContentHash(kit));
    return kit;
  }

  static void Fill(const KitPick& pick, const v1::QuestionContent& content, v1::KitQuestion& question) {
    question.set_question(pick.Name());
    question.set_competency(content.competency());
    question.set_prompt(content.prompt());
    question.set_minutes(pick.minutes);
    question.set_why(pick.why);
    question.set_role_critical(pick.critical);
    question.set_kind(content.kind());
    question.set_level(content.level());
    question.set_cue(content.cue());
    *question.mutable_probes() = content.probes();
    question.set_section(content.section());
    question.set_story(content.story());
  }

  static absl::Status Exclude(Tx& tx, const v1::AssembleKitRequest& request, std::vector<std::string>& excluded) {
    runtime::Violations violations;
    for (int i = 0; i < request.excluded_questions_size(); ++i) {
      std::string_view name = request.excluded_questions(i);
      if (name.rfind("questions/", 0) == 0) name.remove_prefix(sizeof("questions/") - 1);
      const auto parsed = runtime::ParseRevision(name);
      if (!parsed.ok() || !runtime::IsIdentifier(parsed->id)) {
        violations.Add(fmt::format("excluded_questions[{}]", i), "must be a question id or name");
        continue;
      }
      excluded.push_back(parsed->id);
    }
    RETURN_IF_ERROR(violations.ToStatus());
    if (request.excluded_kits().empty()) return absl::OkStatus();
    std::vector<std::string> kits;
    for (const std::string& name : request.excluded_kits()) {
      ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", name));
      kits.push_back(ids[0]);
    }
    ASSIGN_OR_RETURN(const auto questions, QuestionsOfKits(tx, kits));
    excluded.insert(excluded.end(), questions.begin(), questions.end());
    return absl::OkStatus();
  }

  // Newest revision of the role's policy, or of the pack's default one.
  static absl::StatusOr<std::string> PolicyOf(Tx& tx, const KitCatalogue& catalogue, const std::string& role) {
    std::string id = catalogue.FindRole(role)->policy();
    if (id.empty()) {
      ASSIGN_OR_RETURN(const v1::Pack pack, ReadCatalogue(tx));
      id = pack.default_policy();
    }
    if (id.empty()) return std::string();
    ASSIGN_OR_RETURN(const CatalogEntry policy, ReadCatalogEntry(tx, "policies", id, 0));
    return policy.Name();
  }

  BankParts& parts_;
};

}  // namespace

void BindKits(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<KitApi>(parts);
  service.Unary<v1::AssembleKitRequest, v1::Kit>("AssembleKit", [api](const auto& context, const auto& request) { return api->Assemble(context, request); });
  service.Unary<v1::GetKitRequest, v1::Kit>("GetKit", [api](const auto& context, const auto& request) { return api->Get(context, request); });
  service.Unary<v1::ListKitsRequest, v1::ListKitsResponse>("ListKits", [api](const auto& context, const auto& request) { return api->List(context, request); });
  service.Unary<v1::CheckKitRequest, v1::CheckKitResponse>("CheckKit", [api](const auto& context, const auto& request) { return api->Check(context, request); });
  service.Unary<v1::CreateKitPlanRequest, v1::KitPlan>("CreateKitPlan", [api](const auto& context, const auto& request) { return api->CreatePlan(context, request); });
  service.Unary<v1::GetKitPlanRequest, v1::KitPlan>("GetKitPlan", [api](const auto& context, const auto& request) { return api->GetPlan(context, request); });
}

}  // namespace assay::bank
