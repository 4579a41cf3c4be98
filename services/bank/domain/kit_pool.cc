#include "services/bank/domain/kit_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "services/bank/domain/kit_notes.h"
#include "services/bank/domain/kit_rules.h"
#include "services/bank/domain/kit_scan.h"
#include "services/bank/domain/kit_shortlist.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using Bucket = KitCatalogue::Bucket;

// How a question relates to the role: what its role set says and what the role's guide notes of it.
struct Relation {
  bool critical = false;
  bool focus = false;
  // 2 relevant, 1 for any role, 0 for others only.
  int relevance = 0;
};

enum class Bar { kNone, kExcluded, kLeaked, kOverCap, kTaken };

// Everything about a request that questions are measured by.
class Chooser {
 public:
  Chooser(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format, const v1::RoleGuide& role)
      : request_(request), catalogue_(catalogue), format_(format), draw_(MixSeed(request.seed)) {
    for (const std::string& id : role.focus_questions()) notes_.Add(id, KitNotes::kFocus);
    for (const std::string& id : role.critical_questions()) notes_.Add(id, KitNotes::kCritical);
    for (const std::string& id : request.excluded) notes_.Add(id, KitNotes::kExcluded);
    for (const std::string& id : request.taken) notes_.Add(id, KitNotes::kTaken);
    for (const LockedQuestion& locked : request.locked) {
      notes_.Add(locked.id, locked.pinned.has_value() ? KitNotes::kPinned : KitNotes::kLocked);
    }
    for (int i = 0; i < format.slots_size(); ++i) {
      for (const std::string& id : format.slots(i).preferred_questions()) notes_.Add(id, KitNotes::Preferred(i));
      has_design_slot_ |= KindsOf(format.slots(i), request.level) == std::vector{v1::QUESTION_KIND_DESIGN} &&
                          format.slots(i).max_questions() > 0;
    }
    notes_.Build();
  }

  KitPool Pool(bool wide);
  std::string WhyNot(int slot, const KitCatalogue::Place& place) const;

 private:
  std::vector<const Bucket*> BucketsOf(const v1::FormatSlot& slot) const;
  bool TakesKind(const v1::FormatSlot& slot, v1::QuestionKind kind) const;
  Relation RelationOf(KitBucket::Meaning meaning, KitNotes::Flags notes) const;
  Bar BarOf(const KitBucket::Row& row, int uses, KitNotes::Flags notes) const;
  // Own worth but for uses and seed: the same for many questions.
  int BaseOf(const Bucket& bucket, const Relation& relation, bool preferred) const;

  // Offers every question of the bucket that suits the slot.
  void Scan(int slot, const Bucket& bucket, KitBox& box, Shortlist& shortlist);
  struct Look;
  void Consider(Look& look, std::uint32_t at, KitBox& box, Shortlist& shortlist);
  void Withhold(Bar bar, v1::StoryKind story, bool critical, KitBox& box);
  void AddPinned(int slot, std::vector<KitCandidate>& candidates);

  const KitRequest& request_;
  const KitCatalogue& catalogue_;
  const v1::Format& format_;
  std::uint64_t draw_;
  KitNotes notes_;
  bool has_design_slot_ = false;
  bool had_critical_ = false;

  // Numbers by question, competency and section, as they turn up.
  int NumberOf(const Shortlist::Entry& entry);
  int CompetencyNumber(const std::string& id);
  int SectionNumber(std::uint64_t hash);
  std::unordered_map<std::uint64_t, int> questions_;
  std::unordered_map<std::string, int> competencies_;
  std::unordered_map<std::uint64_t, int> sections_;
  KitPool pool_;
};

bool Chooser::TakesKind(const v1::FormatSlot& slot, v1::QuestionKind kind) const {
  const std::vector<v1::QuestionKind> kinds = KindsOf(slot, request_.level);
  if (kind == v1::QUESTION_KIND_DESIGN && has_design_slot_ && kinds.size() > 1) return false;
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

std::vector<const Bucket*> Chooser::BucketsOf(const v1::FormatSlot& slot) const {
  std::vector<const Bucket*> buckets;
  for (const v1::QuestionKind kind : KindsOf(slot, request_.level)) {
    if (!TakesKind(slot, kind)) continue;
    for (int level = v1::LEVEL_FRESHER; level <= request_.level; ++level) {
      if (!LevelAllows(static_cast<v1::Level>(level), kind, request_.level)) continue;
      const Bucket& bucket = catalogue_.BucketOf(static_cast<v1::Level>(level), kind);
      if (bucket.size() > 0) buckets.push_back(&bucket);
    }
  }
  return buckets;
}

Relation Chooser::RelationOf(KitBucket::Meaning meaning, KitNotes::Flags notes) const {
  Relation relation;
  relation.focus = (notes & KitNotes::kFocus) != 0;
  relation.critical = (notes & KitNotes::kCritical) != 0 || meaning == KitBucket::kNamedCritical;
  relation.relevance = relation.focus || relation.critical || meaning >= KitBucket::kNamed ? 2 : meaning == KitBucket::kAnyRole ? 1 : 0;
  return relation;
}

Bar Chooser::BarOf(const KitBucket::Row& row, int uses, KitNotes::Flags notes) const {
  if ((notes & KitNotes::kExcluded) != 0) return Bar::kExcluded;
  if ((notes & KitNotes::kTaken) != 0) return Bar::kTaken;
  if (row.leaked) return Bar::kLeaked;
  const int most = catalogue_.cap().max_uses;
  return most > 0 && uses >= most ? Bar::kOverCap : Bar::kNone;
}

int Chooser::BaseOf(const Bucket& bucket, const Relation& relation, bool preferred) const {
  constexpr int kRelevanceWorth[] = {-150, 50, 150};
  const int at_level = bucket.level == request_.level ? 300 : LevelHardlyMatters(bucket.kind) ? 250 : 0;
  return (preferred ? 1000 : 0) + (relation.critical ? 120 : 0) + (relation.focus ? 250 : 0) +
         kRelevanceWorth[relation.relevance] + at_level;
}

// A slot's look through a bucket.
struct Chooser::Look {
  static constexpr std::size_t kNoGroup = static_cast<std::size_t>(-1);

  int slot = 0;
  const Bucket& bucket;
  int grade = 0;
  int least_relevance = 0;
  // By position in KitBucket::competencies(); -1 where the slot does not take them.
  std::vector<int> competencies;
  KitScan scan;
  // Of the shortlist, by KitScan::PlaceOf.
  std::vector<std::size_t> groups;
};

void Chooser::Scan(int slot_number, const Bucket& bucket, KitBox& box, Shortlist& shortlist) {
  const v1::FormatSlot& slot = format_.slots(slot_number);
  const int least_relevance = slot.role_specific() ? 2 : 0;
  std::vector<int> competencies;
  for (const std::string& id : bucket.questions->competencies()) {
    const bool wanted = slot.competencies().empty() ||
                        std::find(slot.competencies().begin(), slot.competencies().end(), id) != slot.competencies().end();
    competencies.push_back(wanted ? CompetencyNumber(id) : -1);
  }
  KitScan::OfMeanings of_meaning;
  for (std::size_t i = 0; i < of_meaning.size(); ++i) {
    const Relation relation = RelationOf(static_cast<KitBucket::Meaning>(i), 0);
    of_meaning[i] = {BaseOf(bucket, relation, false), relation.critical, relation.relevance >= least_relevance};
  }
  KitScan scan(bucket, notes_, request_.role, of_meaning, competencies, catalogue_.cap().max_uses, draw_);
  std::vector<std::size_t> groups(scan.places(), Look::kNoGroup);
  Look look{slot_number, bucket, GradeOf(bucket.level, bucket.kind), least_relevance, std::move(competencies), std::move(scan), std::move(groups)};
  std::array<std::uint32_t, KitScan::kAtOnce> left;
  for (std::size_t from = 0; from < bucket.size(); from += left.size()) {
    const std::size_t count = look.scan.Next(from, std::min(bucket.size(), from + left.size()), left.data());
    for (std::size_t i = 0; i < count; ++i) Consider(look, left[i], box, shortlist);
  }
}

void Chooser::Consider(Look& look, std::uint32_t at, KitBox& box, Shortlist& shortlist) {
  const KitBucket& questions = *look.bucket.questions;
  const KitBucket::Row& row = questions.rows()[at];
  const int competency = look.competencies[row.competency()];
  if (competency < 0) return;
  const int uses = (*look.bucket.uses)[at];
  KitNotes::Flags notes = 0;
  if (look.scan.IsSpecial(at)) notes = notes_.Of(row.hash, [&] { return questions.IdOf(at); });
  if ((notes & KitNotes::kPinned) != 0) return;
  const Relation relation = RelationOf(look.scan.MeaningOf(at), notes);
  if (relation.relevance < look.least_relevance) return;
  if (const Bar bar = BarOf(row, uses, notes); bar != Bar::kNone) {
    Withhold(bar, row.story(), relation.critical, box);
    return;
  }
  const bool preferred = relation.relevance > 0 && (notes & KitNotes::Preferred(look.slot)) != 0;
  const bool locked = (notes & KitNotes::kLocked) != 0;
  const std::size_t place = KitScan::PlaceOf(row, relation.critical);
  std::size_t& group = look.groups[place];
  if (group == Look::kNoGroup) {
    group = shortlist.GroupOf({competency, row.story(), relation.critical, look.grade});
    look.scan.Raise(place, shortlist.BarOf(group));
  }
  const int own = BaseOf(look.bucket, relation, preferred) - WearOf(uses) + DrawnShare(draw_, row.hash);
  if (!locked && !shortlist.BarOf(group).IsReachedBy(own, row.minutes)) return;
  const Shortlist::Entry entry{.bucket = &look.bucket,
                               .row = at,
                               .hash = row.hash,
                               .own = own,
                               .minutes = row.minutes,
                               .critical = relation.critical,
                               .focus = relation.focus,
                               .preferred = preferred,
                               .relevance = static_cast<std::uint8_t>(relation.relevance),
                               .competency = competency};
  if (locked) shortlist.Keep(entry);
  shortlist.Offer(entry, group);
  look.scan.Raise(place, shortlist.BarOf(group));
}

void Chooser::Withhold(Bar bar, v1::StoryKind story, bool critical, KitBox& box) {
  Withheld& withheld = box.withheld[static_cast<std::size_t>(story)];
  if (bar == Bar::kExcluded) {
    ++withheld.excluded;
    had_critical_ |= critical;
    return;
  }
  const auto count = [&](Withheld& of) { ++(bar == Bar::kLeaked ? of.leaked : bar == Bar::kTaken ? of.taken : of.over_cap); };
  count(withheld);
  if (critical) count(pool_.critical_withheld);
}

int Chooser::NumberOf(const Shortlist::Entry& entry) {
  const auto [at, fresh] = questions_.emplace(entry.hash, static_cast<int>(pool_.questions.size()));
  if (fresh) pool_.questions.push_back({entry.hash, {entry.bucket, entry.row}, nullptr});
  return at->second;
}

int Chooser::CompetencyNumber(const std::string& id) {
  const auto [at, fresh] = competencies_.emplace(id, static_cast<int>(competencies_.size()));
  if (fresh) pool_.weights.push_back(catalogue_.WeightOf(id));
  return at->second;
}

int Chooser::SectionNumber(std::uint64_t hash) {
  return sections_.emplace(hash, static_cast<int>(sections_.size())).first->second;
}

// Questions that a kit keeps stand in their slots whatever the slot or the bank says of them now.
void Chooser::AddPinned(int slot, std::vector<KitCandidate>& candidates) {
  for (const LockedQuestion& locked : request_.locked) {
    if (!locked.pinned.has_value() || locked.slot != format_.slots(slot).id()) continue;
    const QuestionFacts& facts = *locked.pinned;
    KitBucket::Meaning meaning = facts.roles.empty() ? KitBucket::kAnyRole : KitBucket::kOthersOnly;
    for (const QuestionFacts::Role& role : facts.roles) {
      if (role.role == request_.role) meaning = role.critical ? KitBucket::kNamedCritical : KitBucket::kNamed;
    }
    const KitNotes::Flags notes = notes_.Of(HashOf(facts.id), [&] { return std::string_view(facts.id); });
    const Relation relation = RelationOf(meaning, notes);
    KitCandidate& candidate = candidates.emplace_back();
    candidate.question = static_cast<int>(pool_.questions.size());
    pool_.questions.push_back({HashOf(facts.id), {}, &facts});
    candidate.minutes = facts.minutes > 0 ? facts.minutes : kDefaultMinutes;
    candidate.story = facts.story;
    candidate.competency = CompetencyNumber(facts.competency);
    candidate.section = SectionNumber(HashOf(facts.section));
    candidate.grade = GradeOf(facts.level, facts.kind);
    candidate.critical = relation.critical;
    candidate.focus = relation.focus;
    candidate.relevance = relation.relevance;
    candidate.preferred = relation.relevance > 0 && (notes & KitNotes::Preferred(slot)) != 0;
    const Bucket bucket{.level = facts.level, .kind = facts.kind, .questions = nullptr, .uses = nullptr};
    candidate.own = BaseOf(bucket, relation, candidate.preferred) - WearOf(facts.exposure) +
                    DrawnShare(draw_, HashOf(facts.id));
  }
}

KitPool Chooser::Pool(bool wide) {
  bool has_critical = false;
  for (int i = 0; i < format_.slots_size(); ++i) {
    const v1::FormatSlot& slot = format_.slots(i);
    KitBox& box = pool_.boxes.emplace_back();
    box.id = slot.id();
    box.minutes = slot.minutes();
    box.min_questions = slot.min_questions();
    box.max_questions = slot.max_questions();
    if (box.max_questions == 0) continue;
    for (const int story : slot.stories()) box.stories.push_back(static_cast<v1::StoryKind>(story));
    Shortlist shortlist(box.max_questions, wide);
    for (const Bucket* bucket : BucketsOf(slot)) Scan(i, *bucket, box, shortlist);
    const std::vector<Shortlist::Entry> entries = shortlist.Take();
    box.candidates.reserve(entries.size());
    for (const Shortlist::Entry& entry : entries) {
      KitCandidate& candidate = box.candidates.emplace_back();
      candidate.question = NumberOf(entry);
      candidate.minutes = entry.minutes;
      candidate.story = entry.bucket->questions->rows()[entry.row].story();
      candidate.competency = entry.competency;
      candidate.section = SectionNumber(entry.bucket->questions->SectionOf(entry.row));
      candidate.grade = GradeOf(entry.bucket->level, entry.bucket->kind);
      candidate.critical = entry.critical;
      candidate.focus = entry.focus;
      candidate.preferred = entry.preferred;
      candidate.relevance = entry.relevance;
      candidate.own = entry.own;
    }
    AddPinned(i, box.candidates);
    for (const KitCandidate& candidate : box.candidates) {
      has_critical |= candidate.critical && candidate.minutes <= box.minutes;
    }
  }
  const Withheld& held = pool_.critical_withheld;
  pool_.needs_critical = !request_.may_lack_critical && !had_critical_ && (has_critical || held.leaked + held.over_cap + held.taken > 0);
  pool_.PutInOrder();
  return std::move(pool_);
}

std::string Chooser::WhyNot(int slot_number, const KitCatalogue::Place& place) const {
  const v1::FormatSlot& slot = format_.slots(slot_number);
  const Bucket& bucket = *place.bucket;
  const KitBucket& questions = *bucket.questions;
  const KitBucket::Row& row = questions.rows()[place.row];
  const auto name = [](const google::protobuf::EnumDescriptor* type, int value) {
    const auto* found = type->FindValueByNumber(value);
    return found == nullptr ? std::string("unknown") : ShortEnumName(*found);
  };
  const std::string kind = name(v1::QuestionKind_descriptor(), bucket.kind);
  if (slot.max_questions() == 0) return "takes no question";
  if (!TakesKind(slot, bucket.kind)) return fmt::format("takes no {} question", kind);
  if (!LevelAllows(bucket.level, bucket.kind, request_.level)) {
    return fmt::format("a {} question of level {} is not for level {}", kind, name(v1::Level_descriptor(), bucket.level),
                       name(v1::Level_descriptor(), request_.level));
  }
  const std::string& competency = questions.competencies()[row.competency()];
  if (!slot.competencies().empty() &&
      std::find(slot.competencies().begin(), slot.competencies().end(), competency) == slot.competencies().end()) {
    return fmt::format("takes questions of {} only, it is of {}", fmt::join(slot.competencies(), ", "),
                       competency.empty() ? "none" : competency);
  }
  const KitNotes::Flags notes = notes_.Of(row.hash, [&] { return questions.IdOf(place.row); });
  const Relation relation = RelationOf(questions.MeaningsFor(request_.role)[row.roles], notes);
  if (slot.role_specific() && relation.relevance < 2) return "takes the role's own questions only";
  switch (BarOf(row, (*bucket.uses)[place.row], notes)) {
    case Bar::kNone: return "";
    case Bar::kExcluded: return "it is excluded for this candidate";
    case Bar::kTaken: return "it is not to be drawn again";
    case Bar::kLeaked: return "it is marked as leaked";
    case Bar::kOverCap: break;
  }
  return fmt::format("it was used {} times in {} days, at most {} are allowed", (*bucket.uses)[place.row],
                     catalogue_.cap().days, catalogue_.cap().max_uses);
}

}  // namespace

KitPool MakePool(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format,
                 const v1::RoleGuide& role, bool wide) {
  return Chooser(request, catalogue, format, role).Pool(wide);
}

std::string WhyNoCandidate(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format,
                           const v1::RoleGuide& role, int slot, const KitCatalogue::Place& place) {
  return Chooser(request, catalogue, format, role).WhyNot(slot, place);
}

}  // namespace assay::bank
