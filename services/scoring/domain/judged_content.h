#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/catalog.pb.h"
#include "assay/bank/v1/kit.pb.h"
#include "services/scoring/domain/policy_input.h"

namespace assay::scoring {

// A question as the kit pins it.
struct PinnedQuestion {
  std::string name;        // "questions/q037@3"
  std::string competency;  // id; "" where the bank assigns none
};

// What one kit asks.
struct KitFacts {
  std::map<std::string, PinnedQuestion> questions;  // by "questions/q037"
  std::set<std::string> overall_competencies;       // rated over the whole interview
};

KitFacts FactsFromKit(const bank::v1::Kit& kit);

// What a card of one interview is held against. Content is immutable, so this is shared and cached.
struct JudgedContent {
  KitFacts kit;
  // Competency ids that an area rating may name: those of the kit and of the policy.
  std::set<std::string> area_competencies;
  std::map<std::string, FlagFacts> flags;  // by flag id
  // The policy's: different people who must stand behind any flag.
  int flag_corroboration = 1;
};

JudgedContent Judge(KitFacts kit, const bank::v1::Policy& policy, const std::vector<bank::v1::FlagDefinition>& flags);

// "questions/q037@3" → "q037"; also without collection or revision.
std::string QuestionId(std::string_view name);

}  // namespace assay::scoring
