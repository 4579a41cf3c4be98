#include "services/bank/domain/kit_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace assay::bank {
namespace {

constexpr char kAnchor[] = "anchor, in every form of the plan";

int QuestionsOf(const Kit& kit) {
  int count = 0;
  for (const KitSlot& slot : kit.slots) count += static_cast<int>(slot.picks.size());
  return count;
}

// Which questions of the first form all forms hold.
class Anchors {
 public:
  Anchors(const Kit& first, int percent) : first_(first) {
    const int questions = QuestionsOf(first);
    const int needed = (questions * percent + 99) / 100;
    for (const KitSlot& slot : first.slots) {
      for (const KitPick& pick : slot.picks) {
        if (pick.critical && ids_.empty()) ids_.insert(pick.question);
      }
    }
    while (static_cast<int>(ids_.size()) < needed && AddTo(LeastAnchored())) {
    }
  }

  const std::set<std::string>& ids() const { return ids_; }
  // One more in the slot; false when all of it are anchors already.
  bool AddTo(const std::string& slot_id) {
    for (const KitSlot& slot : first_.slots) {
      if (slot.id != slot_id) continue;
      for (const KitPick& pick : slot.picks) {
        if (ids_.insert(pick.question).second) return true;
      }
    }
    return false;
  }

  std::vector<LockedQuestion> Locked() const {
    std::vector<LockedQuestion> locked;
    for (const KitSlot& slot : first_.slots) {
      for (const KitPick& pick : slot.picks) {
        if (ids_.count(pick.question) > 0) locked.push_back({.id = pick.question, .slot = slot.id, .why = kAnchor});
      }
    }
    return locked;
  }

 private:
  // The slot with the smallest share of anchors that has room for another one; the first of equals.
  std::string LeastAnchored() const {
    std::string best;
    std::size_t best_anchors = 0;
    std::size_t best_size = 1;
    for (const KitSlot& slot : first_.slots) {
      const auto anchors = static_cast<std::size_t>(
          std::count_if(slot.picks.begin(), slot.picks.end(), [&](const KitPick& pick) { return ids_.count(pick.question) > 0; }));
      if (anchors == slot.picks.size()) continue;
      if (best.empty() || anchors * best_size < best_anchors * slot.picks.size()) {
        best = slot.id;
        best_anchors = anchors;
        best_size = slot.picks.size();
      }
    }
    return best;
  }

  const Kit& first_;
  std::set<std::string> ids_;
};

std::set<std::string> QuestionSetOf(const Kit& kit) {
  std::set<std::string> questions;
  for (const KitSlot& slot : kit.slots) {
    for (const KitPick& pick : slot.picks) questions.insert(pick.question);
  }
  return questions;
}

// The number of the form with the same questions; 0 when there is none.
int NumberOfTwin(const std::vector<Kit>& forms, const Kit& form) {
  const std::set<std::string> questions = QuestionSetOf(form);
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (QuestionSetOf(forms[i]) == questions) return static_cast<int>(i) + 1;
  }
  return 0;
}

// The format with as many questions in each slot as the first form has; at least so many, or what the format asks at least.
v1::Format ShapeOf(const v1::Format& format, const Kit& first, bool exact) {
  v1::Format shape = format;
  for (int i = 0; i < shape.slots_size(); ++i) {
    v1::FormatSlot& slot = *shape.mutable_slots(i);
    const int held = static_cast<int>(first.slots[static_cast<std::size_t>(i)].picks.size());
    slot.set_max_questions(held);
    slot.set_min_questions(exact ? held : std::min(held, slot.min_questions()));
  }
  return shape;
}

}  // namespace

absl::StatusOr<KitForms> DrawForms(const KitRequest& request, int count, int anchor_percent, const KitCatalogue& catalogue,
                                   std::vector<KitShortfall>* shortfalls) {
  absl::StatusOr<Kit> first = AssembleKit(request, catalogue, shortfalls);
  if (!first.ok()) return first.status();
  const absl::StatusOr<v1::Format> format = request.shape.has_value() ? *request.shape : FormatFor(request, catalogue);
  if (!format.ok()) return format.status();
  Anchors anchors(*first, anchor_percent);
  // So many anchors were asked for that the forms are one.
  const bool alike = static_cast<int>(anchors.ids().size()) == QuestionsOf(*first);
  while (true) {
    KitForms drawn;
    drawn.forms.push_back(*first);
    drawn.anchors.assign(anchors.ids().begin(), anchors.ids().end());
    KitRequest next = request;
    next.locked = anchors.Locked();
    for (KitSlot& slot : drawn.forms[0].slots) {
      for (KitPick& pick : slot.picks) {
        if (anchors.ids().count(pick.question) > 0) pick.why = fmt::format("{}; {}", kAnchor, pick.why);
      }
    }
    std::vector<KitShortfall> missing;
    absl::Status failure;
    while (failure.ok() && static_cast<int>(drawn.forms.size()) < count) {
      for (const KitSlot& slot : drawn.forms.back().slots) {
        for (const KitPick& pick : slot.picks) {
          if (anchors.ids().count(pick.question) == 0) next.taken.push_back(pick.question);
        }
      }
      // Another seed each, so that forms of one plan are not one draw's leftovers in order of worth.
      next.seed = request.seed + 0x9e3779b97f4a7c15u * drawn.forms.size();
      next.shape = ShapeOf(*format, *first, true);
      absl::StatusOr<Kit> form = AssembleKit(next, catalogue);
      if (!form.ok()) {
        next.shape = ShapeOf(*format, *first, false);
        form = AssembleKit(next, catalogue, &missing);
      }
      failure = form.status();
      if (!failure.ok()) break;
      if (const int twin = NumberOfTwin(drawn.forms, *form); twin > 0 && !alike) {
        const std::string message = fmt::format("no question fits but the {} of form {}, one more would tell them apart (1 short)",
                                                QuestionsOf(*form), twin);
        missing = {{"COMPETITION", "", QuestionsOf(*form) + 1, QuestionsOf(*form), message}};
        failure = absl::FailedPreconditionError(message);
        break;
      }
      drawn.forms.push_back(*std::move(form));
    }
    if (failure.ok()) return drawn;
    if (!absl::IsFailedPrecondition(failure)) return failure;
    // Where the bank runs out the forms have to share more.
    bool shared = false;
    for (const KitShortfall& shortfall : missing) shared |= !shortfall.slot.empty() && anchors.AddTo(shortfall.slot);
    if (shared && static_cast<int>(anchors.ids().size()) < QuestionsOf(*first)) continue;
    if (shortfalls != nullptr) *shortfalls = std::move(missing);
    return absl::FailedPreconditionError(fmt::format("form {} of {} cannot be drawn apart from the others: {}", drawn.forms.size() + 1,
                                                     count, std::string(failure.message())));
  }
}

}  // namespace assay::bank
