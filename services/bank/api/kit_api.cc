#include "services/bank/api/kit_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "assay/bank/v1/kit_service.pb.h"
#include "services/bank/api/kit_maker.h"
#include "services/bank/api/kit_plan_api.h"
#include "services/bank/domain/kit_swap.h"
#include "services/bank/store/kit_store.h"
#include "services/runtime/base/error.h"
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

// A kit that was swapped in more often has forgotten what went out before.
constexpr int kMostSwaps = 100;

bool Pins(const std::vector<RevisionName>& pinned, const std::string& id) {
  return std::any_of(pinned.begin(), pinned.end(), [&](const RevisionName& name) { return name.id == id; });
}

class KitApi {
 public:
  explicit KitApi(BankParts& parts) : parts_(parts), maker_(parts) {}

  absl::StatusOr<v1::Kit> Assemble(const RequestContext& context, const v1::AssembleKitRequest& request) {
    runtime::Violations violations;
    CheckLanguage("language_code", request.language_code(), violations);
    RETURN_IF_ERROR(violations.ToStatus());
    KitRequest wanted{.role = request.role(), .level = request.level(), .format = request.format(), .minutes = request.minutes(),
                      .seed = request.seed(), .excluded = {}, .locked = {}};
    // The format says how long it is.
    if (!wanted.format.empty()) wanted.minutes = 0;
    ASSIGN_OR_RETURN(wanted.excluded, maker_.Excluded(context, request.excluded_questions(), request.excluded_kits()));
    KitOrder order;
    order.role = request.role();
    ASSIGN_OR_RETURN(order.catalogue, maker_.Catalogue(context));
    order.check = [&](const KitCatalogue& catalogue) -> absl::Status {
      ASSIGN_OR_RETURN(wanted.locked, Required(request, wanted.excluded, catalogue));
      return absl::OkStatus();
    };
    order.choose = [&](const KitCatalogue& catalogue, std::vector<KitShortfall>* shortfalls) { return AssembleKit(wanted, catalogue, shortfalls); };
    order.fill = [&](const Kit& chosen, const KitContents& contents) {
      v1::Kit kit = KitMaker::Filled(chosen, *order.catalogue, contents, request.language_code());
      kit.set_requisition(request.requisition());
      *kit.mutable_annotations() = request.annotations();
      return kit;
    };
    return maker_.Make(context, request, order);
  }

  absl::StatusOr<v1::Kit> Swap(const RequestContext& context, const v1::SwapKitQuestionRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", request.name()));
    runtime::Violations violations;
    const auto removed = ParseQuestionReference(request.question());
    if (!removed.ok()) violations.Add("question", "must be a question of the kit");
    RevisionName replacement;
    if (!request.replacement().empty()) {
      const auto parsed = ParseQuestionReference(request.replacement());
      if (!parsed.ok()) violations.Add("replacement", "must be a question name");
      if (parsed.ok()) replacement = *parsed;
    }
    RETURN_IF_ERROR(violations.ToStatus());

    KitSwap swap;
    const auto read = [&](Tx& tx) -> absl::StatusOr<v1::Kit> {
      ASSIGN_OR_RETURN(v1::Kit kit, ReadKit(tx, ids[0]));
      ASSIGN_OR_RETURN(swap.gone, GoneBefore(tx, kit));
      return kit;
    };
    ASSIGN_OR_RETURN(const v1::Kit before, Read<v1::Kit>(context, read));
    const std::vector<RevisionName> pinned = PinnedBy(before);
    KitOrder order;
    order.role = before.role();
    ASSIGN_OR_RETURN(order.catalogue, maker_.Catalogue(context));
    order.check = [&](const KitCatalogue& catalogue) { return CheckSwap(before, pinned, *removed, replacement, catalogue); };
    ASSIGN_OR_RETURN(const KitContents contents, maker_.Contents(context, pinned));
    swap.kit = &before;
    for (const auto& [name, content] : contents) swap.pinned[name] = FactsOf(content, ParseQuestionReference(name)->revision);
    swap.removed = removed->id;
    swap.replacement = replacement.id;
    swap.seed = request.seed();
    ASSIGN_OR_RETURN(swap.excluded, maker_.Excluded(context, request.excluded_questions(), request.excluded_kits()));
    if (std::find(swap.excluded.begin(), swap.excluded.end(), swap.replacement) != swap.excluded.end()) {
      return runtime::InvalidField("replacement", fmt::format("questions/{} is excluded for this candidate", swap.replacement));
    }
    order.choose = [&](const KitCatalogue& catalogue, std::vector<KitShortfall>* shortfalls) { return SwapQuestion(swap, catalogue, shortfalls); };
    order.fresh = [&](const Kit& chosen) {
      std::vector<RevisionName> fresh = PicksOf(chosen);
      std::erase_if(fresh, [&](const RevisionName& name) { return Pins(pinned, name.id); });
      return fresh;
    };
    order.fill = [&](const Kit& chosen, const KitContents& fresh) {
      v1::Kit kit = Swapped(before, chosen, *removed, fresh);
      KitContents all = contents;
      all.insert(fresh.begin(), fresh.end());
      for (v1::KitFinding& finding : KitMaker::Findings(kit, all, *order.catalogue)) *kit.add_findings() = std::move(finding);
      return kit;
    };
    return maker_.Make(context, request, order);
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

  // Found anew, so that a check that was added later looks at old kits too.
  absl::StatusOr<v1::CheckKitResponse> Check(const RequestContext& context, const v1::CheckKitRequest& request) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", request.name()));
    ASSIGN_OR_RETURN(const v1::Kit kit, Read<v1::Kit>(context, [&](Tx& tx) { return ReadKit(tx, ids[0]); }));
    ASSIGN_OR_RETURN(const KitContents contents, maker_.Contents(context, PinnedBy(kit)));
    ASSIGN_OR_RETURN(const auto catalogue, maker_.Catalogue(context));
    v1::CheckKitResponse response;
    for (v1::KitFinding& finding : KitMaker::Findings(kit, contents, *catalogue)) *response.add_findings() = std::move(finding);
    return response;
  }

 private:
  template <typename Response>
  absl::StatusOr<Response> Read(const RequestContext& context, const std::function<absl::StatusOr<Response>(Tx&)>& work) {
    return runtime::Transact<Response>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  static absl::StatusOr<std::vector<LockedQuestion>> Required(const v1::AssembleKitRequest& request, const std::vector<std::string>& excluded,
                                                              const KitCatalogue& catalogue) {
    std::vector<LockedQuestion> locked;
    runtime::Violations violations;
    for (int i = 0; i < request.required_questions_size(); ++i) {
      const std::string field = fmt::format("required_questions[{}]", i);
      const auto name = ParseQuestionReference(request.required_questions(i));
      if (!name.ok()) {
        violations.Add(field, "must be a question id or name");
        continue;
      }
      const KitCatalogue::Place place = catalogue.Find(name->id);
      if (!place.found()) {
        violations.Add(field, fmt::format("questions/{} is not published", name->id));
      } else if (const int current = place.bucket->questions->RevisionOf(place.row); name->revision > 0 && name->revision != current) {
        violations.Add(field, fmt::format("the published revision is questions/{}@{}; kits are drawn from that", name->id, current));
      } else if (std::find(excluded.begin(), excluded.end(), name->id) != excluded.end()) {
        violations.Add(field, fmt::format("questions/{} is excluded as well", name->id));
      } else if (std::any_of(locked.begin(), locked.end(), [&](const LockedQuestion& other) { return other.id == name->id; })) {
        violations.Add(field, fmt::format("questions/{} is named twice", name->id));
      } else {
        locked.push_back({.id = name->id, .why = "required by the request"});
      }
    }
    RETURN_IF_ERROR(violations.ToStatus());
    return locked;
  }

  static absl::Status CheckSwap(const v1::Kit& kit, const std::vector<RevisionName>& pinned, const RevisionName& removed,
                                const RevisionName& replacement, const KitCatalogue& catalogue) {
    runtime::Violations violations;
    const bool held = std::any_of(pinned.begin(), pinned.end(), [&](const RevisionName& name) {
      return name.id == removed.id && (removed.revision == 0 || removed.revision == name.revision);
    });
    if (!held) violations.Add("question", fmt::format("is not in {}", kit.name()));
    if (!replacement.id.empty()) {
      const KitCatalogue::Place place = catalogue.Find(replacement.id);
      if (Pins(pinned, replacement.id)) {
        violations.Add("replacement", fmt::format("questions/{} is in the kit", replacement.id));
      } else if (!place.found()) {
        violations.Add("replacement", fmt::format("questions/{} is not published", replacement.id));
      } else if (replacement.revision > 0 && replacement.revision != place.bucket->questions->RevisionOf(place.row)) {
        violations.Add("replacement", fmt::format("the published revision is questions/{}@{}; kits are drawn from that", replacement.id,
                                                  place.bucket->questions->RevisionOf(place.row)));
      }
    }
    return violations.ToStatus();
  }

  // Questions that went out in the swaps that led to a kit.
  static absl::StatusOr<std::vector<std::string>> GoneBefore(Tx& tx, const v1::Kit& kit) {
    const std::vector<RevisionName> pinned = PinnedBy(kit);
    std::vector<std::string> gone;
    std::string name = kit.swapped_from();
    for (int i = 0; i < kMostSwaps && !name.empty(); ++i) {
      ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", name));
      ASSIGN_OR_RETURN(const v1::Kit earlier, ReadKit(tx, ids[0]));
      for (const RevisionName& question : PinnedBy(earlier)) {
        if (!Pins(pinned, question.id)) gone.push_back(question.id);
      }
      name = earlier.swapped_from();
    }
    return gone;
  }

  // `before` with the one new question of `chosen` in the place of the one that went out.
  static v1::Kit Swapped(const v1::Kit& before, const Kit& chosen, const RevisionName& removed, const KitContents& fresh) {
    v1::Kit kit = before;
    kit.set_swapped_from(before.name());
    kit.clear_plan();
    kit.set_seed(chosen.seed);
    kit.set_objective(chosen.value);
    for (v1::KitSlot& slot : *kit.mutable_slots()) {
      for (v1::KitQuestion& question : *slot.mutable_questions()) {
        if (ParseQuestionReference(question.question())->id != removed.id) continue;
        for (const KitSlot& other : chosen.slots) {
          for (const KitPick& pick : other.picks) {
            const auto content = fresh.find(pick.Name());
            if (other.id == slot.id() && content != fresh.end()) question = KitMaker::Worded(pick, content->second, before.language_code());
          }
        }
      }
    }
    kit.clear_findings();
    kit.set_content_hash(KitMaker::HashOfContent(kit));
    return kit;
  }

  BankParts& parts_;
  const KitMaker maker_;
};

}  // namespace

void BindKits(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<KitApi>(parts);
  service.Unary<v1::AssembleKitRequest, v1::Kit>("AssembleKit", [api](const auto& context, const auto& request) { return api->Assemble(context, request); });
  service.Unary<v1::SwapKitQuestionRequest, v1::Kit>("SwapKitQuestion", [api](const auto& context, const auto& request) { return api->Swap(context, request); });
  service.Unary<v1::GetKitRequest, v1::Kit>("GetKit", [api](const auto& context, const auto& request) { return api->Get(context, request); });
  service.Unary<v1::ListKitsRequest, v1::ListKitsResponse>("ListKits", [api](const auto& context, const auto& request) { return api->List(context, request); });
  service.Unary<v1::CheckKitRequest, v1::CheckKitResponse>("CheckKit", [api](const auto& context, const auto& request) { return api->Check(context, request); });
  BindKitPlans(service, parts);
}

}  // namespace assay::bank
