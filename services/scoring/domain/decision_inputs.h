#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "assay/scoring/v1/decision.pb.h"
#include "assay/scoring/v1/flag.pb.h"
#include "assay/scoring/v1/interview.pb.h"
#include "assay/scoring/v1/scorecard.pb.h"
#include "services/scoring/domain/judged_content.h"
#include "services/scoring/domain/policy_input.h"

namespace assay::scoring {

// One submitted revision of a card.
struct CardRevision {
  int revision = 1;
  // Made after its author saw a peer, or rated after exposure from the start.
  bool after_exposure = false;
  std::vector<v1::Rating> ratings;
};

// A submitted card with its history, oldest first.
struct EnteredCard {
  std::string interview;    // id
  std::string interviewer;  // id
  v1::PanelRole role = v1::PANEL_ROLE_PANELIST;
  std::vector<CardRevision> revisions;
};

struct PanelPlace {
  std::string interviewer;  // id
  v1::PanelRole role = v1::PANEL_ROLE_PANELIST;
};

// One interview that is not canceled.
struct RoundMaterial {
  std::string interview;  // id
  std::vector<PanelPlace> panel;
  KitFacts kit;
  std::set<std::string> excused_competencies;
};

struct FlagMaterial {
  v1::Flag flag;
  std::string raised_by_subject;
};

// Everything stored that an application is decided on.
struct DecisionMaterial {
  std::string role;
  bank::v1::Level target_level = bank::v1::LEVEL_UNSPECIFIED;
  std::vector<bank::v1::Level> allowed_levels;
  bank::v1::Policy policy;
  std::string policy_name;    // "policies/ai-engineer@1"
  std::string policy_digest;  // content hash of the policy, hex
  std::vector<bank::v1::FlagDefinition> flag_definitions;
  std::optional<bank::v1::RoleGuide> role_guide;
  std::vector<RoundMaterial> rounds;  // from first to last
  std::vector<EnteredCard> cards;
  std::vector<FlagMaterial> flags;
  // Token subjects of the authors of `cards` that enter.
  std::set<std::string> authors;
};

// What the evaluator takes, and which cards it came from.
struct DecisionInputs {
  CatalogueFacts facts;
  EvaluationInput input;
  std::vector<v1::DecisionInput> cards;
  // A red or automatic no-hire flag is confirmed.
  bool red_flag = false;
};

// Shadow and reverse-shadow cards stay out; only confirmed flags come in; a rating made after exposure carries the score
// from before it. What each kit asks of the panel members who submitted a card, or should have once a colleague did, is
// `expected`, less what is excused. `seniority_gap` is the proposer's reading; nullopt = as the confirmed flags say.
DecisionInputs BuildInputs(const DecisionMaterial& material, std::optional<bool> seniority_gap);

}  // namespace assay::scoring
