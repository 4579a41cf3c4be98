#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/catalog.pb.h"
#include "assay/bank/v1/pack.pb.h"
#include "assay/bank/v1/question.pb.h"

namespace assay::scoring {

// What the evaluator has to know of the catalogue: which ids exist and what flags and roles mean.
struct FlagFacts {
  bank::v1::FlagKind kind = bank::v1::FLAG_KIND_UNSPECIFIED;
  // Applies only where the role asks for more than one year of experience.
  bool experienced_roles_only = false;
  // Needs evidence and a second person whatever the policy says.
  bool always_corroborated = false;
};

struct RoleFacts {
  // Union of the role guide's critical questions and the questions marked critical for the role.
  std::set<std::string> critical_questions;
  bool needs_experience = false;
  int must_haves = 0;
};

struct CatalogueFacts {
  std::set<std::string> competencies;
  std::set<std::string> questions;
  std::map<std::string, FlagFacts> flags;
  std::map<std::string, RoleFacts> roles;
};

CatalogueFacts FactsFromPack(const bank::v1::Pack& pack);

// What an interviewer rates: a question for a competency, or (question empty) the competency as a
// whole, in one interview. Within an evaluation no two ratings share a key.
struct RatingKey {
  std::string interview;  // empty where there is only one round
  std::string interviewer;
  std::string question;  // empty = area rating
  std::string competency;

  auto operator<=>(const RatingKey&) const = default;
};

// The score as it stood in the last revision before its author saw a peer; nullopt when there was
// none by then.
struct ScoreBeforeExposure {
  std::optional<int> score;
};

struct Rating {
  RatingKey key;
  // 1..5; absent = not assessed, never zero.
  std::optional<int> score;
  // Present when the rating was made or amended after exposure.
  std::optional<ScoreBeforeExposure> before_exposure;
};

// Who stands behind a confirmed flag, for `flag_corroboration`.
struct Corroboration {
  // Different people: raisers on the panel and confirming reviewers off it. Absent = established
  // elsewhere, counts.
  std::optional<int> people;
  bool evidence = true;
};

// A flag that was raised and confirmed; dismissed and unconfirmed ones never come here.
struct ConfirmedFlag {
  std::string id;
  // Red flags only: critical on its own.
  bool critical = false;
  Corroboration corroboration;
};

// Numbers of the role guide's must-haves, from 1. What is in neither set is not confirmed either
// way.
struct MustHaves {
  std::set<int> met;
  std::set<int> unmet;
};

// Everything an outcome may depend on. Shadow cards and names never come in; demographic fields do
// not exist here.
struct EvaluationInput {
  std::vector<Rating> ratings;
  // Keys that the pinned kits ask of the panel. Where it is empty and the policy requires
  // competencies, it is inferred: in one interview everyone who rated anything is asked whatever
  // anybody there has a row for. Evaluate says what then counts as left out.
  std::vector<RatingKey> expected;
  // Interview ids from first to last; needed by ROUNDS_RULE_LATEST.
  std::vector<std::string> interviews;
  std::vector<ConfirmedFlag> flags;
  // Present when a seniority gap was marked.
  std::optional<Corroboration> seniority_gap;
  // Role guide id, or empty.
  std::string role;
  bank::v1::Level level = bank::v1::LEVEL_UNSPECIFIED;
  // Levels the requisition may hire at; empty = not given.
  std::vector<bank::v1::Level> allowed_levels;
  MustHaves must_haves;
};

// "EXPERIENCED"; "" for LEVEL_UNSPECIFIED.
std::string LevelName(bank::v1::Level level);

}  // namespace assay::scoring
