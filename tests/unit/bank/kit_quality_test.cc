#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "services/bank/domain/kit.h"

// AssembleKit against all kits there are, on banks small enough to try each. The rules and the objective are written down
// here a second time, from kit.h and docs/kits.md.
namespace assay::bank {
namespace {

struct Instance {
  KitCatalogue::Parts parts;
  KitRequest request;
};

std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint64_t Fnv(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

template <typename Items>
bool Has(const Items& items, const std::string& wanted) {
  return std::find(items.begin(), items.end(), wanted) != items.end();
}

bool HardlyMatters(v1::QuestionKind kind) {
  return kind == v1::QUESTION_KIND_THEORY || kind == v1::QUESTION_KIND_BEHAVIOURAL || kind == v1::QUESTION_KIND_OPENING ||
         kind == v1::QUESTION_KIND_CLOSING;
}

class Judge {
 public:
  explicit Judge(const Instance& instance) : in_(instance), format_(instance.parts.formats[0]), role_(instance.parts.roles[0]) {
    for (const auto& slot : format_.slots()) design_slot_ |= slot.kinds_size() == 1 && slot.kinds(0) == v1::QUESTION_KIND_DESIGN && slot.max_questions() > 0;
  }

  bool Critical(const QuestionFacts& q) const {
    for (const auto& role : q.roles) {
      if (role.role == role_.id() && role.critical) return true;
    }
    return Has(role_.critical_questions(), q.id);
  }
  int Relevance(const QuestionFacts& q) const {
    if (Critical(q) || Has(role_.focus_questions(), q.id)) return 2;
    if (q.roles.empty()) return 1;
    for (const auto& role : q.roles) {
      if (role.role == role_.id()) return 2;
    }
    return 0;
  }
  // Whether the slot takes such a question, whatever bars it.
  bool Suits(const v1::FormatSlot& slot, const QuestionFacts& q) const {
    if (slot.max_questions() == 0 || std::find(slot.kinds().begin(), slot.kinds().end(), q.kind) == slot.kinds().end()) return false;
    if (q.kind == v1::QUESTION_KIND_DESIGN && design_slot_ && slot.kinds_size() > 1) return false;
    const v1::Level wanted = in_.request.level;
    if (q.level > wanted || (wanted - q.level > 1 && !HardlyMatters(q.kind))) return false;
    if (!slot.competencies().empty() && !Has(slot.competencies(), q.competency)) return false;
    return !slot.role_specific() || Relevance(q) == 2;
  }
  bool Barred(const QuestionFacts& q) const {
    const int most = in_.parts.cap.max_uses;
    return Has(in_.request.excluded, q.id) || q.leaked || (most > 0 && q.exposure >= most);
  }
  std::int64_t Own(const v1::FormatSlot& slot, const QuestionFacts& q) const {
    const int relevance = Relevance(q);
    return (relevance > 0 && Has(slot.preferred_questions(), q.id) ? 1000 : 0) + (Critical(q) ? 120 : 0) +
           (Has(role_.focus_questions(), q.id) ? 250 : 0) + (relevance == 2 ? 150 : relevance == 1 ? 50 : -150) +
           (q.level == in_.request.level ? 300 : HardlyMatters(q.kind) ? 250 : 0) - 4 * std::min(q.exposure, 50) +
           static_cast<std::int64_t>(Mix(Mix(in_.request.seed) ^ Fnv(q.id)) % 300);
  }
  static int Grade(const QuestionFacts& q) {
    switch (q.kind) {
      case v1::QUESTION_KIND_THEORY: return q.level;
      case v1::QUESTION_KIND_TECHNICAL:
      case v1::QUESTION_KIND_PRACTICAL: return q.level + 1;
      case v1::QUESTION_KIND_SCENARIO: return q.level + 2;
      case v1::QUESTION_KIND_DESIGN: return q.level + 3;
      default: return 0;
    }
  }
  bool NeedsCritical() const {
    bool suits = false;
    for (const QuestionFacts& q : in_.parts.questions) {
      for (const auto& slot : format_.slots()) {
        if (!Critical(q) || !Suits(slot, q)) continue;
        if (Has(in_.request.excluded, q.id)) return false;
        suits |= Barred(q) || q.minutes <= slot.minutes();
      }
    }
    return suits;
  }
  // nullopt: breaks a rule.
  std::optional<std::int64_t> Value(const std::vector<std::vector<const QuestionFacts*>>& kit) const {
    std::int64_t value = 0;
    std::map<std::string, int> competencies;
    std::set<std::string> sections;
    std::set<int> grades;
    std::set<std::string> ids;
    bool critical = false;
    for (int i = 0; i < format_.slots_size(); ++i) {
      const v1::FormatSlot& slot = format_.slots(i);
      const auto& picks = kit[static_cast<std::size_t>(i)];
      int minutes = 0;
      std::set<int> stories;
      for (const QuestionFacts* q : picks) {
        minutes += q->minutes;
        stories.insert(q->story);
        if (!ids.insert(q->id).second) return std::nullopt;
        value += Own(slot, *q);
        ++competencies[q->competency];
        sections.insert(q->section);
        if (Grade(*q) > 0) grades.insert(Grade(*q));
        critical |= Critical(*q);
      }
      if (minutes > slot.minutes() || static_cast<int>(picks.size()) < slot.min_questions()) return std::nullopt;
      for (const int story : slot.stories()) {
        if (stories.count(story) == 0) return std::nullopt;
      }
    }
    for (const auto& picks : kit) {
      for (const QuestionFacts* q : picks) {
        for (const std::string& variant : q->variants) {
          if (variant != q->id && ids.count(variant) > 0) return std::nullopt;
        }
      }
    }
    if (!critical && NeedsCritical()) return std::nullopt;
    for (const auto& [id, n] : competencies) {
      const auto weight = in_.parts.weights.find(id);
      const std::int64_t full = (weight == in_.parts.weights.end() ? 0 : weight->second) / 5;
      value += full - (full >> n);
    }
    return value + 60 * static_cast<std::int64_t>(sections.size()) + 80 * static_cast<std::int64_t>(grades.size()) + (critical ? 400 : 0);
  }
  // The best of all kits.
  std::optional<std::int64_t> Optimum() const {
    std::optional<std::int64_t> best;
    std::vector<std::vector<const QuestionFacts*>> kit(static_cast<std::size_t>(format_.slots_size()));
    std::function<void(int, std::size_t)> fill = [&](int slot, std::size_t from) {
      if (slot == format_.slots_size()) {
        const auto value = Value(kit);
        if (value && (!best || *value > *best)) best = value;
        return;
      }
      auto& picks = kit[static_cast<std::size_t>(slot)];
      if (static_cast<int>(picks.size()) >= format_.slots(slot).min_questions()) fill(slot + 1, 0);
      if (static_cast<int>(picks.size()) == format_.slots(slot).max_questions()) return;
      for (std::size_t i = from; i < in_.parts.questions.size(); ++i) {
        const QuestionFacts& q = in_.parts.questions[i];
        if (!Suits(format_.slots(slot), q) || Barred(q)) continue;
        picks.push_back(&q);
        fill(slot, i + 1);
        picks.pop_back();
      }
    };
    fill(0, 0);
    return best;
  }

 private:
  const Instance& in_;
  const v1::Format& format_;
  const v1::RoleGuide& role_;
  bool design_slot_ = false;
};

// A bank of eight to thirteen questions and a format of two to four slots, tight often enough.
Instance MakeInstance(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<std::uint64_t>(limit)); };
  Instance in;
  const int competencies = 2 + below(4);
  for (int i = 0; i < competencies; ++i) in.parts.weights[fmt::format("c{}", i)] = 500 + 500 * below(6);
  in.request.role = "mine";
  in.request.level = static_cast<v1::Level>(1 + below(3));
  in.request.format = "f";
  in.request.seed = random();
  constexpr v1::QuestionKind kKinds[] = {v1::QUESTION_KIND_THEORY, v1::QUESTION_KIND_TECHNICAL, v1::QUESTION_KIND_PRACTICAL,
                                         v1::QUESTION_KIND_SCENARIO, v1::QUESTION_KIND_DESIGN, v1::QUESTION_KIND_BEHAVIOURAL};
  const int questions = 8 + below(6);
  for (int i = 0; i < questions; ++i) {
    QuestionFacts q;
    q.id = fmt::format("q{}", i);
    q.level = static_cast<v1::Level>(1 + below(3));
    q.kind = kKinds[below(6)];
    q.competency = fmt::format("c{}", below(competencies));
    q.section = fmt::format("s{}", below(4));
    q.minutes = 3 + below(6);
    if (below(3) > 0) q.roles.push_back({"mine", below(6) == 0});
    if (below(3) == 0) q.roles.push_back({"other", false});
    if (q.kind == v1::QUESTION_KIND_BEHAVIOURAL) q.story = static_cast<v1::StoryKind>(1 + below(2));
    if (i > 0 && below(8) == 0) q.variants.push_back(fmt::format("q{}", below(i)));
    q.exposure = below(2) == 0 ? 0 : below(12);
    q.leaked = below(25) == 0;
    in.parts.questions.push_back(q);
  }
  if (below(3) == 0) in.parts.cap.max_uses = 8 + below(5);
  if (below(2) == 0) in.request.excluded.push_back(fmt::format("q{}", below(questions)));
  v1::RoleGuide role;
  role.set_id("mine");
  if (below(2) == 0) role.add_focus_questions(fmt::format("q{}", below(questions)));
  if (below(3) == 0) role.add_critical_questions(fmt::format("q{}", below(questions)));
  in.parts.roles = {role};
  v1::Format format;
  format.set_id("f");
  const auto add = [&](int least, int most) -> v1::FormatSlot& {
    v1::FormatSlot& slot = *format.add_slots();
    slot.set_id(fmt::format("slot{}", format.slots_size()));
    slot.set_minutes(most * (4 + below(4)));
    slot.set_min_questions(least);
    slot.set_max_questions(most);
    if (below(3) == 0) slot.add_preferred_questions(fmt::format("q{}", below(questions)));
    return slot;
  };
  const int open = 1 + below(2);
  for (int i = 0; i < open; ++i) {
    const int least = below(3);
    v1::FormatSlot& slot = add(least, std::max(1, least + below(2)));
    for (const v1::QuestionKind kind : {v1::QUESTION_KIND_THEORY, v1::QUESTION_KIND_TECHNICAL, v1::QUESTION_KIND_PRACTICAL, v1::QUESTION_KIND_SCENARIO}) {
      if (below(4) > 0) slot.add_kinds(kind);
    }
    if (below(4) == 0) slot.add_kinds(v1::QUESTION_KIND_DESIGN);
    if (slot.kinds().empty()) slot.add_kinds(v1::QUESTION_KIND_THEORY);
    slot.set_role_specific(below(5) == 0);
    if (below(6) == 0) slot.add_competencies(fmt::format("c{}", below(competencies)));
  }
  if (below(2) == 0) add(below(2), 1).add_kinds(v1::QUESTION_KIND_DESIGN);
  if (below(2) == 0) {
    v1::FormatSlot& slot = add(1 + below(2), 2);
    slot.add_kinds(v1::QUESTION_KIND_BEHAVIOURAL);
    slot.add_stories(v1::STORY_KIND_FAILURE);
    if (below(2) == 0) slot.add_stories(v1::STORY_KIND_IMPROVEMENT);
  }
  in.parts.formats = {format};
  return in;
}

TEST(KitQuality, IsAtLeast98PercentOfTheBestKitOnEverySmallBankAndFindsOneWhereThereIsOne) {
  int feasible = 0;
  int optimal = 0;
  double worst = 1;
  std::map<int, int> distribution;
  for (std::uint64_t seed = 1; feasible < 600; ++seed) {
    const Instance instance = MakeInstance(seed);
    const Judge judge(instance);
    const std::optional<std::int64_t> best = judge.Optimum();
    const auto kit = AssembleKit(instance.request, KitCatalogue(instance.parts));
    ASSERT_EQ(kit.ok(), best.has_value()) << "seed " << seed << ": " << kit.status();
    if (!kit.ok()) continue;
    ++feasible;
    // What it says of itself is what the rules and the formula say of it.
    std::vector<std::vector<const QuestionFacts*>> picks;
    for (const KitSlot& slot : kit->slots) {
      auto& out = picks.emplace_back();
      for (const KitPick& pick : slot.picks) {
        out.push_back(&*std::find_if(instance.parts.questions.begin(), instance.parts.questions.end(),
                                     [&](const QuestionFacts& q) { return q.id == pick.question; }));
      }
    }
    ASSERT_EQ(judge.Value(picks), kit->value) << "seed " << seed;
    if (*best <= 0) continue;
    const double ratio = static_cast<double>(kit->value) / static_cast<double>(*best);
    EXPECT_GE(kit->value * 100, *best * 98) << "seed " << seed << ": " << kit->value << " of " << *best;
    optimal += kit->value == *best ? 1 : 0;
    worst = std::min(worst, ratio);
    ++distribution[static_cast<int>(ratio * 1000)];
  }
  std::string text;
  for (const auto& [permille, count] : distribution) text += fmt::format(" {:.3f}:{}", permille / 1000.0, count);
  fmt::print("{} kits, {} of them the best there is, the worst at {:.4f}; value by optimum:{}\n", feasible, optimal, worst, text);
  RecordProperty("worst_ratio", fmt::format("{:.4f}", worst));
  RecordProperty("optimal", optimal);
}

}  // namespace
}  // namespace assay::bank
