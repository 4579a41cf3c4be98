#include "tests/support/generated_bank.h"

#include <fmt/format.h>

#include <array>

namespace assay::testing {
namespace {

using namespace bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

constexpr std::array kCompetencies{"ml-fundamentals", "coding-tools", "system-design", "production-mlops", "genai-llm", "communication"};
constexpr std::array kWeights{2000, 1500, 2000, 2000, 1500, 1000};
constexpr std::array kRoles{"core-ml", "genai-llm", "mlops", "ai-agent", "solutions-architect", "llmops", "platform"};
constexpr std::array kWords{"gradient", "feature", "latency", "token", "drift", "index", "batch", "loss", "label", "cache",
                            "budget", "replica", "prompt", "schema", "vector", "metric", "rollout", "sample", "cluster", "queue"};

// Kinds with their share in per cent.
struct Share {
  QuestionKind kind;
  int percent;
  int minutes;
};
constexpr std::array kShares{Share{QUESTION_KIND_THEORY, 30, 4},    Share{QUESTION_KIND_TECHNICAL, 25, 5},
                             Share{QUESTION_KIND_PRACTICAL, 15, 5}, Share{QUESTION_KIND_SCENARIO, 10, 6},
                             Share{QUESTION_KIND_DESIGN, 8, 12},    Share{QUESTION_KIND_BEHAVIOURAL, 10, 5},
                             Share{QUESTION_KIND_OPENING, 1, 4},    Share{QUESTION_KIND_CLOSING, 1, 5}};

// Steele, Lea, Flood 2014.
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Numbers of one question, each use another one.
class Draw {
 public:
  Draw(const GeneratedBank& bank, int index) : state_(Mix(bank.seed * 1'000'003 + static_cast<std::uint64_t>(index))) {}
  int Below(int limit) {
    state_ = Mix(state_);
    return static_cast<int>(state_ % static_cast<std::uint64_t>(limit));
  }
  bool Percent(int percent) { return Below(100) < percent; }

 private:
  std::uint64_t state_;
};

std::string Sentence(Draw& draw, int words) {
  std::string text = "What";
  for (int i = 0; i < words; ++i) text += fmt::format(" {}", kWords[static_cast<std::size_t>(draw.Below(kWords.size()))]);
  return text;
}

}  // namespace

bank::QuestionFacts GeneratedFacts(const GeneratedBank& bank, int index) {
  Draw draw(bank, index);
  bank::QuestionFacts facts;
  facts.id = fmt::format("x{:06}", index);
  facts.level = static_cast<Level>(1 + draw.Below(3));
  int percent = draw.Below(100);
  const Share* share = kShares.data();
  while (percent >= share->percent) percent -= (share++)->percent;
  facts.kind = share->kind;
  facts.minutes = share->minutes + draw.Below(3);
  facts.competency = kCompetencies[static_cast<std::size_t>(draw.Below(kCompetencies.size()))];
  facts.section = fmt::format("Section {}", draw.Below(60));
  for (const char* role : kRoles) {
    if (draw.Percent(bank.role_percent)) facts.roles.push_back({role, draw.Percent(5)});
  }
  if (facts.kind == QUESTION_KIND_BEHAVIOURAL) {
    facts.story = draw.Percent(50) ? STORY_KIND_FAILURE : STORY_KIND_IMPROVEMENT;
  }
  if (index > 0 && draw.Percent(3)) facts.variants.push_back(fmt::format("x{:06}", index - 1));
  facts.exposure = draw.Percent(40) ? draw.Below(60) : 0;
  return facts;
}

QuestionContent GeneratedQuestion(const GeneratedBank& bank, int index) {
  const bank::QuestionFacts facts = GeneratedFacts(bank, index);
  Draw draw(bank, -1 - index);
  QuestionContent content;
  content.set_id(facts.id);
  content.set_level(facts.level);
  content.set_kind(facts.kind);
  content.set_competency(facts.competency);
  content.set_section(facts.section);
  content.set_estimated_minutes(facts.minutes);
  content.set_story(facts.story);
  for (const auto& role : facts.roles) {
    RoleRelevance& relevance = *content.add_roles();
    relevance.set_role(role.role);
    relevance.set_critical(role.critical);
  }
  for (const std::string& variant : facts.variants) {
    QuestionLink& link = *content.add_links();
    link.set_question(variant);
    link.set_relation(QUESTION_RELATION_HARDER_VARIANT_OF);
  }
  // The number makes each question another one, for search and for similarity.
  content.set_prompt(fmt::format("{}, case {}?", Sentence(draw, 12), index));
  content.set_cue(Sentence(draw, 15));
  for (int i = 0; i < 4; ++i) {
    KeyConcept& concept_ = *content.add_key_concepts();
    concept_.set_id(fmt::format("c{}", i));
    concept_.set_text(Sentence(draw, 6));
    concept_.set_essential(i < 2);
    concept_.add_terms(kWords[static_cast<std::size_t>(draw.Below(kWords.size()))]);
  }
  for (const int score : {5, 3, 1}) {
    Exemplar& exemplar = *content.add_exemplars();
    exemplar.set_score(score);
    exemplar.set_text(Sentence(draw, 25));
  }
  for (const ProbePurpose purpose : {PROBE_PURPOSE_DEEPER, PROBE_PURPOSE_LIVED, PROBE_PURPOSE_UNEXPECTED}) {
    Probe& probe = *content.add_probes();
    probe.set_text(Sentence(draw, 8) + "?");
    probe.set_purpose(purpose);
  }
  return content;
}

Pack GeneratedCatalogue() {
  Pack pack;
  pack.set_id("generated");
  pack.set_display_name("Generated bank");
  pack.set_version("1.0.0");
  pack.set_default_format("round-60");
  pack.set_default_policy("standard");
  Policy& policy = *pack.add_policies();
  policy.set_id("standard");
  policy.set_no_hire_below_milli(3000);
  policy.set_category_floor_milli(3000);
  policy.set_hire_bar_milli(3500);
  policy.set_strong_hire_bar_milli(4000);
  for (std::size_t i = 0; i < kCompetencies.size(); ++i) {
    Competency& competency = *pack.add_competencies();
    competency.set_id(kCompetencies[i]);
    competency.set_display_name(kCompetencies[i]);
    competency.set_weight_basis_points(kWeights[i]);
    competency.set_threshold_milli(3000);
    PolicyCompetency& weight = *policy.add_competencies();
    weight.set_competency(kCompetencies[i]);
    weight.set_weight_basis_points(kWeights[i]);
    weight.set_threshold_milli(3000);
  }
  for (const char* id : kRoles) {
    RoleGuide& role = *pack.add_roles();
    role.set_id(id);
    role.set_display_name(id);
    role.set_policy("standard");
  }
  const auto add_slot = [](Format& format, const char* id, int minutes, std::initializer_list<QuestionKind> kinds, int least, int most) -> FormatSlot& {
    FormatSlot& slot = *format.add_slots();
    slot.set_id(id);
    slot.set_display_name(id);
    slot.set_minutes(minutes);
    for (const QuestionKind kind : kinds) slot.add_kinds(kind);
    slot.set_min_questions(least);
    slot.set_max_questions(most);
    return slot;
  };
  Format& round = *pack.add_formats();
  round.set_id("round-60");
  round.set_display_name("Round of an hour");
  round.set_minutes(60);
  round.add_overall_competencies("communication");
  add_slot(round, "introduction", 5, {}, 0, 0);
  add_slot(round, "technical-core", 20, {QUESTION_KIND_THEORY, QUESTION_KIND_TECHNICAL, QUESTION_KIND_PRACTICAL, QUESTION_KIND_SCENARIO}, 3, 4)
      .set_role_specific(true);
  add_slot(round, "design", 15, {QUESTION_KIND_DESIGN}, 1, 1);
  FormatSlot& stories = add_slot(round, "stories", 12, {QUESTION_KIND_BEHAVIOURAL}, 2, 2);
  stories.add_stories(STORY_KIND_FAILURE);
  stories.add_stories(STORY_KIND_IMPROVEMENT);
  add_slot(round, "close", 8, {}, 0, 0);
  Format& screen = *pack.add_formats();
  screen.set_id("screen-30");
  screen.set_display_name("Screen of half an hour");
  screen.set_minutes(30);
  add_slot(screen, "fundamentals", 15, {QUESTION_KIND_THEORY, QUESTION_KIND_TECHNICAL}, 2, 3);
  add_slot(screen, "applied", 15, {QUESTION_KIND_PRACTICAL, QUESTION_KIND_SCENARIO}, 1, 2);
  return pack;
}

bank::KitCatalogue GeneratedKitCatalogue(const GeneratedBank& bank) {
  const Pack pack = GeneratedCatalogue();
  bank::KitCatalogue::Parts parts;
  for (int i = 0; i < bank.questions; ++i) parts.questions.push_back(GeneratedFacts(bank, i));
  parts.formats.assign(pack.formats().begin(), pack.formats().end());
  parts.roles.assign(pack.roles().begin(), pack.roles().end());
  for (const Competency& competency : pack.competencies()) parts.weights[competency.id()] = competency.weight_basis_points();
  parts.default_format = pack.default_format();
  return bank::KitCatalogue(std::move(parts));
}

}  // namespace assay::testing
