#include "services/bank/domain/kit_swap.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::bank {
namespace {

std::string IdOf(const std::string& revision_name) {
  const std::size_t slash = revision_name.find('/') + 1;
  return revision_name.substr(slash, revision_name.find('@') - slash);
}

// The kit's slot as a rule: exactly as many questions as it holds, the stories that it tells, and what the format asks.
v1::FormatSlot RuleOf(const v1::KitSlot& slot, const v1::Format* format, const std::vector<const QuestionFacts*>& held,
                      const QuestionFacts* removed) {
  v1::FormatSlot rule;
  std::vector<int> told;
  for (const QuestionFacts* facts : held) told.push_back(facts->story);
  const v1::FormatSlot* known = nullptr;
  for (int i = 0; format != nullptr && i < format->slots_size(); ++i) {
    if (format->slots(i).id() == slot.id()) known = &format->slots(i);
  }
  if (known != nullptr) {
    rule = *known;
    rule.clear_stories();
    for (const int story : known->stories()) {
      if (std::find(told.begin(), told.end(), story) != told.end()) rule.add_stories(static_cast<v1::StoryKind>(story));
    }
  } else if (removed != nullptr) {
    rule.add_kinds(removed->kind);
    if (removed->story != v1::STORY_KIND_UNSPECIFIED) rule.add_stories(removed->story);
  }
  rule.set_id(slot.id());
  rule.set_display_name(slot.display_name());
  rule.set_minutes(slot.minutes());
  rule.set_script(slot.script());
  rule.set_min_questions(slot.questions_size());
  rule.set_max_questions(slot.questions_size());
  return rule;
}

}  // namespace

absl::StatusOr<Kit> SwapQuestion(const KitSwap& swap, const KitCatalogue& catalogue, std::vector<KitShortfall>* shortfalls) {
  const v1::Kit& kit = *swap.kit;
  KitRequest request;
  request.role = kit.role();
  request.level = kit.level();
  request.seed = swap.seed;
  request.excluded = swap.excluded;
  request.taken = swap.gone;
  request.taken.push_back(swap.removed);
  v1::Format shape;
  shape.set_id(kit.format());
  shape.set_minutes(kit.minutes());
  *shape.mutable_overall_competencies() = kit.overall_competencies();
  std::string open_slot;
  for (const v1::KitSlot& slot : kit.slots()) {
    std::vector<const QuestionFacts*> held;
    const QuestionFacts* removed = nullptr;
    for (const v1::KitQuestion& question : slot.questions()) {
      const auto facts = swap.pinned.find(question.question());
      if (facts == swap.pinned.end()) return absl::InternalError(fmt::format("no facts of {}", question.question()));
      held.push_back(&facts->second);
      if (IdOf(question.question()) == swap.removed) {
        removed = &facts->second;
        open_slot = slot.id();
        request.may_lack_critical = !question.role_critical();
        continue;
      }
      QuestionFacts kept = facts->second;
      // As the kit planned it.
      kept.minutes = question.minutes();
      if (const KitCatalogue::Place place = catalogue.Find(kept.id); place.found()) kept.exposure = (*place.bucket->uses)[place.row];
      request.locked.push_back({.id = kept.id, .slot = slot.id(), .pinned = std::move(kept)});
    }
    *shape.add_slots() = RuleOf(slot, catalogue.FindFormat(kit.format()), held, removed);
  }
  if (open_slot.empty()) return absl::InvalidArgumentError(fmt::format("question {} is not in the kit", swap.removed));
  request.shape = std::move(shape);
  if (!swap.replacement.empty()) {
    if (swap.replacement == swap.removed) return absl::InvalidArgumentError("the replacement is the question that it replaces");
    request.locked.push_back({.id = swap.replacement, .slot = open_slot, .why = "put in its place as asked"});
  }
  return AssembleKit(request, catalogue, shortfalls);
}

}  // namespace assay::bank
