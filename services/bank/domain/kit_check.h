#pragma once

#include <map>
#include <string>
#include <vector>

#include "assay/bank/v1/catalog.pb.h"
#include "assay/bank/v1/kit.pb.h"
#include "assay/bank/v1/question.pb.h"

// The ten common mistakes of hiring (DOMAIN §3) as checks on a kit or on a whole process. Pure.
namespace assay::bank {

// One round as planned: what will be asked and said. The questions must outlive the call.
struct PlannedRound {
  std::string id;
  std::vector<const v1::QuestionContent*> questions;
  // Competency ids rated over the whole round.
  std::vector<std::string> overall_competencies;
  // What the interviewer is told to say or do (slot scripts, chosen probing techniques).
  std::vector<std::string> scripts;
};

struct HiringPlan {
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  std::vector<PlannedRound> rounds;
  // True for everything that precedes a decision; false for one kit alone, which says nothing about the number of
  // rounds (check 8 is left out).
  bool whole_process = false;
};

// Competency ids that the checks are about; another matrix names its own.
struct CheckedCompetencies {
  std::string fundamentals = "ml-fundamentals";
  std::string production = "production-mlops";
  std::string communication = "communication";
};

// A mistake that the plan makes.
struct MistakeFinding {
  // 1 to 10, HiringCheck.number.
  int number = 0;
  // NO_FUNDAMENTALS, NO_NOISE_OR_LATENCY, CLAIMS_NOT_PROBED, NO_PRODUCTION, NOTHING_BELOW_API, COMMUNICATION_NOT_RATED,
  // LEVEL_MISMATCH, SINGLE_ROUND, NO_APPLIED_WORK, NO_UNEXPECTED_PROBE.
  std::string reason;
  std::string message;
  // Ids of the questions it is about; empty when it is about what is missing.
  std::vector<std::string> questions;

  bool operator==(const MistakeFinding&) const = default;
};

// Findings in order of number, at most one of each.
std::vector<MistakeFinding> CheckPlan(const HiringPlan& plan, const CheckedCompetencies& competencies = {});

// As the kit's finding. `checks` are the ids of the catalogue's checks by number; where they have none for it, the reason stands
// in for one, written like an id.
v1::KitFinding FindingOf(const MistakeFinding& mistake, const std::map<int, std::string>& checks);

// What a kit itself says of its questions, for checks without the bank: all but their key concepts.
std::vector<v1::QuestionContent> ContentsOf(const v1::Kit& kit);
// A kit as a round. `contents` are its questions in order of slots.
PlannedRound RoundOf(const v1::Kit& kit, const std::vector<v1::QuestionContent>& contents);

}  // namespace assay::bank
