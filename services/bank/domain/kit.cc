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

constexpr int kSeedSpan = 300;
// Candidates kept of each competency and story in a slot: the best ones, and the shortest so that a tight time box can
// still be met. What is left out could hardly win, and the search stays quick on a large bank.
constexpr std::size_t kKeepBest = 24;
constexpr std::size_t kKeepShortest = 8;

// Steele, Lea, Flood 2014; the same numbers on every platform.
std::uint64_t SplitMix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

bool LevelHardlyMatters(v1::QuestionKind kind) {
  return kind == v1::QUESTION_KIND_OPENING || kind == v1::QUESTION_KIND_THEORY ||
         kind == v1::QUESTION_KIND_BEHAVIOURAL || kind == v1::QUESTION_KIND_CLOSING;
}

std::vector<v1::QuestionKind> KindsOf(const v1::FormatSlot& slot, v1::Level level) {
  const google::protobuf::RepeatedField<int>* kinds = &slot.kinds();
  for (const v1::LevelKinds& level_kinds : slot.level_kinds()) {
    if (level_kinds.level() == level) kinds = &level_kinds.kinds();
  }
  std::vector<v1::QuestionKind> result;
  for (const int kind : *kinds) {
    const auto value = static_cast<v1::QuestionKind>(kind);
    if (std::find(result.begin(), result.end(), value) == result.end()) result.push_back(value);
  }
  return result;
}

// Everything about a request that candidates are measured by.
class Chooser {
 public:
  Chooser(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format,
          const v1::RoleGuide& role)
      : request_(request),
        catalogue_(catalogue),
        format_(format),
        role_(catalogue.RoleNumber(request.role)),
        draw_(SplitMix64(request.seed)),
        notes_(catalogue.questions().size(), 0) {
    for (const std::string& id : role.focus_questions()) Note(id, kFocus);
    for (const std::string& id : role.critical_questions()) Note(id, kCritical);
    for (const std::string& id : request.excluded) Note(id, kExcluded);
    for (const LockedQuestion& locked : request.locked) Note(locked.id, kLocked);
    for (const v1::FormatSlot& slot : format.slots()) {
      const std::vector<v1::QuestionKind> kinds = KindsOf(slot, request.level);
      has_design_slot_ |= kinds == std::vector{v1::QUESTION_KIND_DESIGN} && slot.max_questions() > 0;
    }
  }

  std::vector<KitBox> Boxes() const {
    std::vector<KitBox> boxes;
    for (const v1::FormatSlot& slot : format_.slots()) boxes.push_back(MakeBox(slot));
    return boxes;
  }

 private:
  enum Noted : unsigned char { kFocus = 1, kCritical = 2, kExcluded = 4, kLocked = 8 };

  void Note(const std::string& id, Noted what) {
    const int question = catalogue_.Find(id);
    if (question >= 0) notes_[static_cast<std::size_t>(question)] |= what;
  }
  bool Is(int question, Noted what) const { return (notes_[static_cast<std::size_t>(question)] & what) != 0; }

  KitBox MakeBox(const v1::FormatSlot& slot) const;
  std::optional<KitCandidate> Measure(const v1::FormatSlot& slot, const std::vector<int>& preferred,
                                      int question) const;
  std::vector<KitCandidate> KeepTheBest(const std::vector<KitCandidate>& candidates) const;

  const KitRequest& request_;
  const KitCatalogue& catalogue_;
  const v1::Format& format_;
  int role_;
  std::uint64_t draw_;
  // What the request and the role say of each question; a byte each, so that a large bank is scanned quickly.
  std::vector<unsigned char> notes_;
  bool has_design_slot_ = false;
};

// The candidate that a question of the right kind and level is for a slot, if it is one.
std::optional<KitCandidate> Chooser::Measure(const v1::FormatSlot& slot, const std::vector<int>& preferred,
                                             int question) const {
  const QuestionFacts& facts = catalogue_.questions()[static_cast<std::size_t>(question)];
  if (!slot.competencies().empty() &&
      std::find(slot.competencies().begin(), slot.competencies().end(), facts.competency) ==
          slot.competencies().end()) {
    return std::nullopt;
  }
  const int named = catalogue_.RelevanceOf(question, role_);
  KitCandidate candidate;
  candidate.question = question;
  candidate.focus = Is(question, kFocus);
  candidate.critical = Is(question, kCritical) || named == 2;
  candidate.relevance = candidate.focus || candidate.critical || named > 0 ? 2 : named < 0 ? 1 : 0;
  if (slot.role_specific() && candidate.relevance < 2) return std::nullopt;
  candidate.minutes = facts.minutes > 0 ? facts.minutes : kDefaultMinutes;
  candidate.story = facts.story;
  candidate.competency = catalogue_.CompetencyOf(question);
  candidate.section = catalogue_.SectionOf(question);
  candidate.preferred = candidate.relevance > 0 &&
                        std::find(preferred.begin(), preferred.end(), question) != preferred.end();
  constexpr int kRelevanceWorth[] = {-150, 50, 150};
  candidate.own = (candidate.preferred ? 1000 : 0) + (candidate.critical ? 120 : 0) + (candidate.focus ? 250 : 0) +
                  kRelevanceWorth[candidate.relevance] - 4 * std::min(std::max(facts.exposure, 0), 50) +
                  static_cast<std::int64_t>(SplitMix64(draw_ ^ catalogue_.HashOf(question)) % kSeedSpan);
  if (facts.level == request_.level) {
    candidate.own += 300;
  } else if (LevelHardlyMatters(facts.kind)) {
    candidate.own += 250;
  }
  return candidate;
}

std::vector<KitCandidate> Chooser::KeepTheBest(const std::vector<KitCandidate>& candidates) const {
  std::map<std::pair<int, int>, std::vector<const KitCandidate*>> groups;
  for (const KitCandidate& candidate : candidates) {
    groups[{candidate.competency, candidate.story}].push_back(&candidate);
  }
  std::set<int> kept;
  for (auto& [key, group] : groups) {
    const auto keep = [&, &members = group](std::size_t most, const auto& before) {
      const std::size_t count = std::min(most, members.size());
      std::partial_sort(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(count), members.end(), before);
      for (std::size_t i = 0; i < count; ++i) kept.insert(members[i]->question);
    };
    keep(kKeepShortest, [](const KitCandidate* a, const KitCandidate* b) {
      return std::tie(a->minutes, b->own, a->question) < std::tie(b->minutes, a->own, b->question);
    });
    keep(kKeepBest, [](const KitCandidate* a, const KitCandidate* b) {
      return std::tie(b->own, a->question) < std::tie(a->own, b->question);
    });
  }
  std::vector<KitCandidate> best;
  for (const KitCandidate& candidate : candidates) {
    if (kept.count(candidate.question) > 0 || Is(candidate.question, kLocked)) best.push_back(candidate);
  }
  std::sort(best.begin(), best.end(),
            [](const KitCandidate& a, const KitCandidate& b) { return a.question < b.question; });
  return best;
}

KitBox Chooser::MakeBox(const v1::FormatSlot& slot) const {
  KitBox box;
  box.id = slot.id();
  box.minutes = slot.minutes();
  box.min_questions = slot.min_questions();
  box.max_questions = slot.max_questions();
  if (box.max_questions == 0) return box;
  for (const int story : slot.stories()) box.stories.push_back(static_cast<v1::StoryKind>(story));
  std::vector<int> preferred;
  for (const std::string& id : slot.preferred_questions()) preferred.push_back(catalogue_.Find(id));
  std::vector<KitCandidate> candidates;
  const std::vector<v1::QuestionKind> kinds = KindsOf(slot, request_.level);
  for (const v1::QuestionKind kind : kinds) {
    if (kind == v1::QUESTION_KIND_DESIGN && has_design_slot_ && kinds.size() > 1) continue;
    for (int level = v1::LEVEL_FRESHER; level <= request_.level; ++level) {
      if (!LevelAllows(static_cast<v1::Level>(level), kind, request_.level)) continue;
      for (const int question : catalogue_.Bucket(static_cast<v1::Level>(level), kind)) {
        const std::optional<KitCandidate> candidate = Measure(slot, preferred, question);
        if (!candidate) continue;
        if (Is(question, kExcluded)) {
          ++box.excluded;
        } else {
          candidates.push_back(*candidate);
        }
      }
    }
  }
  box.candidates = KeepTheBest(candidates);
  return box;
}

// Puts locked questions where they belong; the id of the first that fits nowhere otherwise.
std::optional<std::string> PlaceLocked(const KitRequest& request, const KitCatalogue& catalogue,
                                       const std::vector<KitBox>& boxes, KitDraft& draft) {
  for (const LockedQuestion& locked : request.locked) {
    const int question = catalogue.Find(locked.id);
    bool placed = false;
    for (std::size_t box = 0; box < boxes.size() && !placed; ++box) {
      if (!locked.slot.empty() && locked.slot != boxes[box].id) continue;
      for (const KitCandidate& candidate : boxes[box].candidates) {
        if (candidate.question != question || !draft.Fits(box, candidate)) continue;
        draft.Add(box, candidate, true);
        placed = true;
        break;
      }
    }
    if (!placed) return locked.id;
  }
  return std::nullopt;
}

template <typename Enum>
std::string NameOf(const google::protobuf::EnumDescriptor* type, Enum value) {
  const auto* descriptor = type->FindValueByNumber(value);
  return descriptor == nullptr ? "?" : ShortEnumName(*descriptor);
}

std::string Why(const KitRequest& request, const KitCatalogue& catalogue, const KitChoice& choice) {
  const KitCandidate& candidate = choice.candidate;
  const QuestionFacts& facts = catalogue.questions()[static_cast<std::size_t>(candidate.question)];
  std::vector<std::string> reasons;
  if (choice.locked) reasons.emplace_back("kept as asked");
  if (candidate.preferred) reasons.emplace_back("named by the format");
  if (candidate.critical) {
    reasons.push_back("role-critical for " + request.role);
  } else if (candidate.focus) {
    reasons.push_back("in the focus of " + request.role);
  } else if (candidate.relevance == 2) {
    reasons.push_back("relevant for " + request.role);
  } else if (candidate.relevance == 1) {
    reasons.emplace_back("for any role");
  } else {
    reasons.emplace_back("from other roles");
  }
  if (candidate.story != v1::STORY_KIND_UNSPECIFIED) {
    reasons.push_back("a story of " + NameOf(v1::StoryKind_descriptor(), candidate.story));
  }
  if (!facts.competency.empty()) {
    const int weight = catalogue.WeightOf(candidate.competency);
    reasons.push_back(weight % 100 == 0 ? fmt::format("covers {} ({} %)", facts.competency, weight / 100)
                                        : fmt::format("covers {} ({:.2f} %)", facts.competency, weight / 100.0));
  }
  reasons.push_back(NameOf(v1::Level_descriptor(), facts.level) + " level");
  return fmt::format("{}", fmt::join(reasons, "; "));
}

// In the order one would ask: stories as the slot names them, else from theory to design, easier before harder.
void Arrange(const v1::FormatSlot& slot, const KitCatalogue& catalogue, std::vector<KitChoice>& picks) {
  const auto key = [&](const KitChoice& choice) {
    const QuestionFacts& facts = catalogue.questions()[static_cast<std::size_t>(choice.candidate.question)];
    const auto story = std::find(slot.stories().begin(), slot.stories().end(), facts.story);
    return std::tuple<long, int, int, std::string>(story - slot.stories().begin(), facts.kind, facts.level, facts.id);
  };
  std::sort(picks.begin(), picks.end(), [&](const KitChoice& a, const KitChoice& b) { return key(a) < key(b); });
}

Kit MakeKit(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format, const KitDraft& draft) {
  Kit kit;
  kit.role = request.role;
  kit.level = request.level;
  kit.format = format.id();
  kit.minutes = format.minutes();
  kit.seed = request.seed;
  kit.value = draft.Value();
  kit.overall_competencies.assign(format.overall_competencies().begin(), format.overall_competencies().end());
  for (int i = 0; i < format.slots_size(); ++i) {
    const v1::FormatSlot& slot = format.slots(i);
    KitSlot& out = kit.slots.emplace_back();
    out.id = slot.id();
    out.display_name = slot.display_name();
    out.minutes = slot.minutes();
    out.script = slot.script();
    std::vector<KitChoice> picks = draft.picks()[static_cast<std::size_t>(i)];
    Arrange(slot, catalogue, picks);
    for (const KitChoice& choice : picks) {
      const QuestionFacts& facts = catalogue.questions()[static_cast<std::size_t>(choice.candidate.question)];
      out.picks.push_back({facts.id, facts.revision, choice.candidate.minutes, choice.candidate.critical,
                           choice.locked, Why(request, catalogue, choice)});
    }
  }
  return kit;
}

absl::Status Infeasible(const KitRequest& request, const v1::Format& format, std::vector<KitShortfall> found,
                        std::vector<KitShortfall>* shortfalls) {
  std::string text = fmt::format("no kit of format {} for {} at level {}", format.id(), request.role,
                                 NameOf(v1::Level_descriptor(), request.level));
  for (std::size_t i = 0; i < found.size(); ++i) text += (i == 0 ? ": " : "; ") + found[i].message;
  if (shortfalls != nullptr) *shortfalls = std::move(found);
  return absl::FailedPreconditionError(text);
}

absl::Status CheckLocked(const KitRequest& request, const KitCatalogue& catalogue) {
  std::set<std::string> seen;
  for (const LockedQuestion& locked : request.locked) {
    if (catalogue.Find(locked.id) < 0) {
      return absl::InvalidArgumentError(fmt::format("locked question \"{}\" is not published", locked.id));
    }
    if (std::find(request.excluded.begin(), request.excluded.end(), locked.id) != request.excluded.end()) {
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

bool LevelAllows(v1::Level level, v1::QuestionKind kind, v1::Level wanted) {
  if (level == v1::LEVEL_UNSPECIFIED || level > wanted) return false;
  return wanted - level <= 1 || LevelHardlyMatters(kind);
}

absl::StatusOr<Kit> AssembleKit(const KitRequest& request, const KitCatalogue& catalogue,
                                std::vector<KitShortfall>* shortfalls) {
  if (request.level < v1::LEVEL_FRESHER || request.level > v1::LEVEL_SENIOR) {
    return absl::InvalidArgumentError("level: give fresher, experienced or senior");
  }
  const v1::RoleGuide* role = catalogue.FindRole(request.role);
  if (role == nullptr) return absl::NotFoundError(fmt::format("role \"{}\" is not in the catalogue", request.role));
  const absl::StatusOr<v1::Format> format = FormatFor(request, catalogue);
  if (!format.ok()) return format.status();
  if (const absl::Status status = CheckLocked(request, catalogue); !status.ok()) return status;

  const std::vector<KitBox> boxes = Chooser(request, catalogue, *format, *role).Boxes();
  KitDraft draft(catalogue, boxes);
  if (const auto misfit = PlaceLocked(request, catalogue, boxes, draft)) {
    return Infeasible(request, *format,
                      {{"LOCKED", "", 1, 0,
                        fmt::format("locked question {} fits no slot: kind, level, role, minutes or a variant of it "
                                    "stands against it",
                                    *misfit)}},
                      shortfalls);
  }
  const KitDraft locked = draft;
  if (!FillRequired(boxes, draft)) return Infeasible(request, *format, FindShortfalls(boxes, locked), shortfalls);
  Improve(boxes, draft);
  return MakeKit(request, catalogue, *format, draft);
}

}  // namespace assay::bank
