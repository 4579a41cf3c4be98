#include "services/scoring/domain/decision_inputs.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "services/scoring/domain/flag_rules.h"
#include "services/scoring/domain/policy_settings.h"
#include "services/scoring/domain/scorecard_rules.h"

namespace assay::scoring {
namespace {

RatingKey KeyOf(const EnteredCard& card, const v1::Rating& rating) {
  return {.interview = card.interview,
          .interviewer = card.interviewer,
          .question = QuestionId(rating.question()),
          .competency = rating.competency()};
}

std::optional<int> ScoreOf(const v1::Rating& rating) {
  return rating.has_score() ? std::optional<int>(rating.score()) : std::nullopt;
}

void AddCard(const EnteredCard& card, bank::v1::ExposureRevisions rule, DecisionInputs& inputs) {
  const CardRevision& last = card.revisions.back();
  const CardRevision* clean = nullptr;  // the last one before exposure
  for (const CardRevision& revision : card.revisions) {
    if (!revision.after_exposure) clean = &revision;
  }
  std::map<RatingKey, std::optional<int>> before;
  if (clean != nullptr) {
    for (const v1::Rating& rating : clean->ratings) before[KeyOf(card, rating)] = ScoreOf(rating);
  }
  for (const v1::Rating& rating : last.ratings) {
    Rating entered{.key = KeyOf(card, rating), .score = ScoreOf(rating), .before_exposure = std::nullopt};
    if (last.after_exposure) {
      const auto found = before.find(entered.key);
      entered.before_exposure.emplace();
      if (found != before.end()) {
        entered.before_exposure->score = found->second;
        before.erase(found);
      }
    }
    inputs.input.ratings.push_back(std::move(entered));
  }
  // What was rated before exposure and taken back after it counts under LAST_BEFORE_EXPOSURE alone.
  if (last.after_exposure) {
    for (const auto& [key, score] : before)
      inputs.input.ratings.push_back({.key = key, .score = std::nullopt, .before_exposure = ScoreBeforeExposure{score}});
  }
  const bool use_clean = rule == bank::v1::EXPOSURE_REVISIONS_LAST_BEFORE_EXPOSURE && last.after_exposure;
  v1::DecisionInput& used = inputs.cards.emplace_back();
  used.set_scorecard(fmt::format("interviews/{}/scorecards/{}", card.interview, card.interviewer));
  used.set_revision(use_clean && clean != nullptr ? clean->revision : last.revision);
  used.set_before_exposure(use_clean);
}

// What the kits ask of the panels whose cards came in.
void AddExpected(const DecisionMaterial& material, const std::set<std::string>& rounds_with_cards, DecisionInputs& inputs) {
  for (const RoundMaterial& round : material.rounds) {
    if (rounds_with_cards.count(round.interview) == 0) continue;
    for (const PanelPlace& place : round.panel) {
      if (!EntersDecision(place.role)) continue;
      const auto expect = [&](const std::string& question, const std::string& competency) {
        if (competency.empty() || round.excused_competencies.count(competency) > 0) return;
        inputs.input.expected.push_back(
            {.interview = round.interview, .interviewer = place.interviewer, .question = question, .competency = competency});
      };
      for (const auto& [base, question] : round.kit.questions) expect(QuestionId(base), question.competency);
      for (const std::string& competency : round.kit.overall_competencies) expect("", competency);
    }
  }
}

// One entry per flag id: two people who raise the same thing are two who stand behind it.
void AddFlags(const DecisionMaterial& material, std::optional<bool> seniority_gap, DecisionInputs& inputs) {
  struct Behind {
    std::set<std::string> people;
    bool critical = false;
  };
  std::map<std::string, Behind> confirmed;
  for (const FlagMaterial& flag : material.flags) {
    if (flag.flag.state() != v1::FLAG_STATE_CONFIRMED) continue;
    const bank::v1::FlagKind kind = flag.flag.kind();
    if (kind == bank::v1::FLAG_KIND_SENIORITY_GAP && seniority_gap == false) continue;
    if (kind == bank::v1::FLAG_KIND_RED || kind == bank::v1::FLAG_KIND_AUTO_NO_HIRE) inputs.red_flag = true;
    Behind& behind = confirmed[flag.flag.flag_id()];
    behind.people.merge(PeopleBehind(flag.flag, flag.raised_by_subject));
    behind.critical = behind.critical || (kind == bank::v1::FLAG_KIND_RED && flag.flag.critical());
    // The meaning the flag had when it was raised holds where the catalogue copy has since lost it.
    inputs.facts.flags.try_emplace(flag.flag.flag_id(), FlagFacts{.kind = kind});
  }
  for (const auto& [id, behind] : confirmed) {
    inputs.input.flags.push_back(
        {.id = id,
         .critical = behind.critical,
         .corroboration = {.people = static_cast<int>(behind.people.size()), .evidence = true}});
  }
  if (seniority_gap.value_or(false)) inputs.input.seniority_gap = Corroboration{};
}

void AddFacts(const DecisionMaterial& material, DecisionInputs& inputs) {
  CatalogueFacts& facts = inputs.facts;
  for (const auto& competency : material.policy.competencies()) facts.competencies.insert(competency.competency());
  for (const auto& flag : material.flag_definitions) {
    facts.flags[flag.id()] = {.kind = flag.kind(),
                              .experienced_roles_only = flag.experienced_roles_only(),
                              .always_corroborated = flag.always_corroborated()};
  }
  for (const RoundMaterial& round : material.rounds) {
    for (const auto& [base, question] : round.kit.questions) {
      facts.questions.insert(QuestionId(base));
      if (!question.competency.empty()) facts.competencies.insert(question.competency);
    }
    facts.competencies.insert(round.kit.overall_competencies.begin(), round.kit.overall_competencies.end());
  }
  if (material.role_guide) {
    RoleFacts& role = facts.roles[material.role];
    for (const std::string& question : material.role_guide->critical_questions())
      role.critical_questions.insert(QuestionId(question));
    role.needs_experience = material.role_guide->needs_experience();
    role.must_haves = material.role_guide->must_haves_size();
  }
}

}  // namespace

DecisionInputs BuildInputs(const DecisionMaterial& material, std::optional<bool> seniority_gap) {
  DecisionInputs inputs;
  AddFacts(material, inputs);
  const bank::v1::ExposureRevisions rule = Settle(material.policy).exposure_revisions;
  std::set<std::string> rounds_with_cards;
  std::map<std::string, int> order;
  for (const RoundMaterial& round : material.rounds) order.emplace(round.interview, static_cast<int>(order.size()));
  std::vector<const EnteredCard*> cards;
  for (const EnteredCard& card : material.cards) {
    if (EntersDecision(card.role) && !card.revisions.empty() && order.count(card.interview) > 0) cards.push_back(&card);
  }
  std::sort(cards.begin(), cards.end(), [&](const EnteredCard* a, const EnteredCard* b) {
    return std::pair(order[a->interview], a->interviewer) < std::pair(order[b->interview], b->interviewer);
  });
  for (const EnteredCard* card : cards) {
    AddCard(*card, rule, inputs);
    rounds_with_cards.insert(card->interview);
  }
  for (const Rating& rating : inputs.input.ratings) {
    inputs.facts.competencies.insert(rating.key.competency);
    if (!rating.key.question.empty()) inputs.facts.questions.insert(rating.key.question);
  }
  AddExpected(material, rounds_with_cards, inputs);
  AddFlags(material, seniority_gap, inputs);
  for (const RoundMaterial& round : material.rounds) inputs.input.interviews.push_back(round.interview);
  inputs.input.role = inputs.facts.roles.count(material.role) > 0 ? material.role : std::string();
  inputs.input.level = material.target_level;
  inputs.input.allowed_levels = material.allowed_levels;
  return inputs;
}

}  // namespace assay::scoring
