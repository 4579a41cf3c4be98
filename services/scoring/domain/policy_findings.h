#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/scoring/domain/policy_evidence.h"

namespace assay::scoring {

// What the rules ask about, found out once before the first rule.
struct Findings {
  const PolicySettings& settings;
  const EvaluationInput& input;
  Evidence evidence;

  std::vector<std::string> auto_no_hire{};
  std::vector<std::string> red{};
  std::vector<std::string> critical_red{};
  std::vector<std::string> strong_hire_signals{};
  std::vector<std::string> hold_signals{};
  bool seniority_gap = false;
  // Confirmed, but the policy does not count them, each with the reason.
  std::vector<std::string> flags_not_counted{};

  std::vector<std::string> not_assessed{};
  std::vector<std::string> below_floor{};
  std::vector<std::string> under_threshold{};
  // What keeps the evidence from sufficing; empty = it suffices.
  std::vector<std::string> gaps{};
  // Required competencies of which ratings were left out, with those; a gap unless the lowest score
  // for all of them changes nothing.
  std::vector<std::string> incomplete{};
  // Numbers of must-haves not confirmed as met, where the policy holds on them.
  std::vector<int> must_haves_open{};
  // Text on must-haves to report.
  std::string must_haves_reported{};
};

Findings Find(const PolicySettings& settings, const CatalogueFacts& facts,
              const EvaluationInput& input, const AssumedMeans& assumed);

// "193/50 (3.86)", or "4".
std::string Shown(const Rational& value);

}  // namespace assay::scoring
