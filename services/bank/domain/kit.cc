#include "services/bank/domain/kit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "services/bank/domain/kit_search.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

template <typename Enum>
std::string NameOf(const google::protobuf::EnumDescriptor* type, Enum value) {
  const auto* descriptor = type->FindValueByNumber(value);
  return descriptor == nullptr ? "?" : ShortEnumName(*descriptor);
}

// A choice of the pool and what is asked of it.
struct Call {
  const KitRequest& request;
  const KitCatalogue& catalogue;
  const v1::Format& format;
  const v1::RoleGuide& role;
  const KitPool& pool;

  QuestionFacts FactsOf(const KitChoice& choice) const {
    return pool.questions[static_cast<std::size_t>(choice.candidate.question)].Facts();
  }
};

// What keeps a locked question out of each slot that it may stand in.
std::string WhyNoSlot(const Call& call, const LockedQuestion& locked, const KitDraft& draft) {
  const int number = call.pool.NumberOf(locked.id);
  const KitCatalogue::Place place = call.catalogue.Find(locked.id);
  std::string text;
  for (int i = 0; i < call.format.slots_size(); ++i) {
    const v1::FormatSlot& slot = call.format.slots(i);
    if ((!locked.slot.empty() && locked.slot != slot.id()) || (locked.slot.empty() && slot.max_questions() == 0)) continue;
    const auto box = static_cast<std::size_t>(i);
    std::string why = place.found() ? WhyNoCandidate(call.request, call.catalogue, call.format, call.role, i, place) : "";
    if (why.empty() && static_cast<int>(draft.picks()[box].size()) >= slot.max_questions()) {
      why = fmt::format("holds its {} questions", slot.max_questions());
    }
    if (why.empty() && number >= 0) {
      const int minutes = call.pool.questions[static_cast<std::size_t>(number)].Facts().minutes;
      if (minutes > draft.MinutesLeft(box)) {
        why = fmt::format("it takes {} minutes and {} are left ({} too long)", minutes, draft.MinutesLeft(box),
                          minutes - draft.MinutesLeft(box));
      }
      for (const int variant : call.pool.variants[static_cast<std::size_t>(number)]) {
        if (draft.Has(variant)) why = fmt::format("the kit holds its variant {}", call.pool.questions[static_cast<std::size_t>(variant)].id());
      }
    }
    text += fmt::format("{}slot {}: {}", text.empty() ? "" : "; ", slot.id(), why.empty() ? "it does not fit" : why);
  }
  return text.empty() ? fmt::format("the format has no slot {}", locked.slot) : text;
}

// Puts locked questions where they belong, depth first: one that several slots take may leave another without room, or a
// slot without what it must have, in one of them and not in the next.
class LockedPlacement {
 public:
  LockedPlacement(const KitRequest& request, const KitPool& pool) : request_(request), pool_(pool), reached_(pool) {
    for (const LockedQuestion& locked : request.locked) options_.push_back(OptionsOf(locked, pool));
  }

  // The first placement of all of them around which the kit can be filled, filled.
  std::optional<KitDraft> Filled() {
    KitDraft draft(pool_);
    return Place(0, draft) ? std::optional<KitDraft>(std::move(draft)) : std::nullopt;
  }
  // Where none was found: the question that fits nowhere beside those of reached(); null when all of them can be placed.
  const LockedQuestion* misfit() const { return most_ < options_.size() ? &request_.locked[most_] : nullptr; }
  // The first draft that has most of them.
  const KitDraft& reached() const { return reached_; }

 private:
  // Each placement is filled anew, so that few are tried.
  static constexpr int kMostPlacements = 24;
  static constexpr int kMostSteps = 5'000;

  using Options = std::vector<std::pair<std::size_t, const KitCandidate*>>;

  // Slots that prefer it first.
  static Options OptionsOf(const LockedQuestion& locked, const KitPool& pool) {
    const int question = pool.NumberOf(locked.id);
    Options options;
    for (std::size_t box = 0; box < pool.boxes.size(); ++box) {
      if (!locked.slot.empty() && locked.slot != pool.boxes[box].id) continue;
      for (const KitCandidate& candidate : pool.boxes[box].candidates) {
        if (candidate.question == question) options.emplace_back(box, &candidate);
      }
    }
    std::stable_partition(options.begin(), options.end(), [](const auto& option) { return option.second->preferred; });
    return options;
  }

  bool Place(std::size_t at, KitDraft& draft) {
    if (at > most_) {
      most_ = at;
      reached_ = draft;
    }
    if (at == options_.size()) {
      KitDraft filled = draft;
      ++placements_;
      if (!FillRequired(pool_, filled)) return false;
      draft = std::move(filled);
      return true;
    }
    for (const auto& [box, candidate] : options_[at]) {
      if (!draft.Fits(box, *candidate)) continue;
      if (placements_ >= kMostPlacements || ++steps_ > kMostSteps) return false;
      draft.Add(box, *candidate, true);
      if (Place(at + 1, draft)) return true;
      draft.Remove(box, draft.picks()[box].size() - 1);
    }
    return false;
  }

  const KitRequest& request_;
  const KitPool& pool_;
  KitDraft reached_;
  std::size_t most_ = 0;
  int placements_ = 0;
  int steps_ = 0;
  // By position in KitRequest::locked.
  std::vector<Options> options_;
};

std::string Why(const Call& call, const KitChoice& choice) {
  const KitCandidate& candidate = choice.candidate;
  const QuestionFacts facts = call.FactsOf(choice);
  std::vector<std::string> reasons;
  for (const LockedQuestion& locked : call.request.locked) {
    if (locked.id == facts.id) reasons.push_back(locked.why.empty() ? "kept as asked" : locked.why);
  }
  if (candidate.preferred) reasons.emplace_back("named by the format");
  if (candidate.critical) {
    reasons.push_back("role-critical for " + call.request.role);
  } else if (candidate.focus) {
    reasons.push_back("in the focus of " + call.request.role);
  } else if (candidate.relevance == 2) {
    reasons.push_back("relevant for " + call.request.role);
  } else if (candidate.relevance == 1) {
    reasons.emplace_back("for any role");
  } else {
    reasons.emplace_back("from other roles");
  }
  if (candidate.story != v1::STORY_KIND_UNSPECIFIED) {
    reasons.push_back("a story of " + NameOf(v1::StoryKind_descriptor(), candidate.story));
  }
  if (!facts.competency.empty()) {
    const int weight = call.catalogue.WeightOf(facts.competency);
    reasons.push_back(weight % 100 == 0 ? fmt::format("covers {} ({} %)", facts.competency, weight / 100)
                                        : fmt::format("covers {} ({:.2f} %)", facts.competency, weight / 100.0));
  }
  reasons.push_back(NameOf(v1::Level_descriptor(), facts.level) + " level");
  if (candidate.grade > 0) reasons.push_back(fmt::format("difficulty {} of 6", candidate.grade));
  const int days = call.catalogue.cap().days;
  reasons.push_back(facts.exposure <= 0   ? fmt::format("unused in {} days", days)
                    : facts.exposure == 1 ? fmt::format("used once in {} days", days)
                                          : fmt::format("used {} times in {} days", facts.exposure, days));
  return fmt::format("{}", fmt::join(reasons, "; "));
}

// In the order one would ask: stories as the slot names them, else from theory to design, easier before harder.
void Arrange(const Call& call, const v1::FormatSlot& slot, KitDraft::Picks& picks) {
  const auto key = [&](const KitChoice& choice) {
    const QuestionFacts facts = call.FactsOf(choice);
    const auto story = std::find(slot.stories().begin(), slot.stories().end(), facts.story);
    return std::tuple<long, int, int, std::string>(story - slot.stories().begin(), facts.kind, facts.level, facts.id);
  };
  std::sort(picks.begin(), picks.end(), [&](const KitChoice& a, const KitChoice& b) { return key(a) < key(b); });
}

Kit MakeKit(const Call& call, const KitDraft& draft) {
  Kit kit;
  kit.role = call.request.role;
  kit.level = call.request.level;
  kit.format = call.format.id();
  kit.minutes = call.format.minutes();
  kit.seed = call.request.seed;
  kit.value = draft.Value();
  kit.overall_competencies.assign(call.format.overall_competencies().begin(), call.format.overall_competencies().end());
  for (int i = 0; i < call.format.slots_size(); ++i) {
    const v1::FormatSlot& slot = call.format.slots(i);
    KitSlot& out = kit.slots.emplace_back();
    out.id = slot.id();
    out.display_name = slot.display_name();
    out.minutes = slot.minutes();
    out.script = slot.script();
    KitDraft::Picks picks = draft.picks()[static_cast<std::size_t>(i)];
    Arrange(call, slot, picks);
    for (const KitChoice& choice : picks) {
      const QuestionFacts facts = call.FactsOf(choice);
      out.picks.push_back({facts.id, facts.revision, choice.candidate.minutes, choice.candidate.critical, choice.locked,
                           Why(call, choice)});
    }
  }
  return kit;
}

absl::Status Infeasible(const Call& call, std::vector<KitShortfall> found, std::vector<KitShortfall>* shortfalls) {
  std::string text = fmt::format("no kit of format {} for {} at level {}", call.format.id(), call.request.role,
                                 NameOf(v1::Level_descriptor(), call.request.level));
  for (std::size_t i = 0; i < found.size(); ++i) text += (i == 0 ? ": " : "; ") + found[i].message;
  if (shortfalls != nullptr) *shortfalls = std::move(found);
  return absl::FailedPreconditionError(text);
}

absl::Status CheckLocked(const KitRequest& request, const KitCatalogue& catalogue) {
  std::set<std::string> seen;
  for (const LockedQuestion& locked : request.locked) {
    if (!locked.pinned.has_value() && !catalogue.Find(locked.id).found()) {
      return absl::InvalidArgumentError(fmt::format("locked question \"{}\" is not published", locked.id));
    }
    if (!locked.pinned.has_value() &&
        std::find(request.excluded.begin(), request.excluded.end(), locked.id) != request.excluded.end()) {
      return absl::InvalidArgumentError(fmt::format("question \"{}\" is both locked and excluded", locked.id));
    }
    if (!seen.insert(locked.id).second) {
      return absl::InvalidArgumentError(fmt::format("question \"{}\" is locked twice", locked.id));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string KitPick::Name() const { return fmt::format("questions/{}@{}", question, revision); }

absl::StatusOr<Kit> AssembleKit(const KitRequest& request, const KitCatalogue& catalogue,
                                std::vector<KitShortfall>* shortfalls) {
  if (request.level < v1::LEVEL_FRESHER || request.level > v1::LEVEL_SENIOR) {
    return absl::InvalidArgumentError("level: give fresher, experienced or senior");
  }
  const v1::RoleGuide* role = catalogue.FindRole(request.role);
  if (role == nullptr) return absl::NotFoundError(fmt::format("role \"{}\" is not in the catalogue", request.role));
  absl::StatusOr<v1::Format> format = request.shape.has_value() ? *request.shape : FormatFor(request, catalogue);
  if (!format.ok()) return format.status();
  if (const absl::Status status = CheckLocked(request, catalogue); !status.ok()) return status;

  const auto attempt = [&](bool wide) -> absl::StatusOr<Kit> {
    const KitPool pool = MakePool(request, catalogue, *format, *role, wide);
    const Call call{request, catalogue, *format, *role, pool};
    LockedPlacement placement(request, pool);
    std::optional<KitDraft> draft = placement.Filled();
    if (draft.has_value()) {
      Improve(pool, *draft);
      return MakeKit(call, *draft);
    }
    if (const LockedQuestion* misfit = placement.misfit()) {
      const std::string why = WhyNoSlot(call, *misfit, placement.reached());
      return Infeasible(call, {{"LOCKED", misfit->slot, 1, 0, fmt::format("question {} fits no slot: {}", misfit->id, why)}}, shortfalls);
    }
    return Infeasible(call, FindShortfalls(pool, placement.reached()), shortfalls);
  };
  absl::StatusOr<Kit> kit = attempt(false);
  // The questions that could win may not go together where others do; only a second look at many more tells.
  return absl::IsFailedPrecondition(kit.status()) ? attempt(true) : kit;
}

}  // namespace assay::bank
