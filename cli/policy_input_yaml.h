#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/catalog.pb.h"
#include "services/scoring/domain/policy_input.h"
#include "services/scoring/domain/policy_input_check.h"

namespace assay::cli {

// The input file of `assayctl policy evaluate`, read.
struct PolicyInputFile {
  scoring::EvaluationInput input;
  // What the file changes of the policy.
  bank::v1::PolicyParameters parameters;
  // The file gives required_competencies, perhaps as an empty list.
  bool gives_required_competencies = false;
  // Kind of the list in which a flag stands, by flag id.
  std::map<std::string, bank::v1::FlagKind> flag_kinds;
  // Line of what a violation names, by field ("ratings[3]", "flags").
  std::map<std::string, int> lines;

  // The line of a field or of what it stands in; 0 when unknown.
  int LineOf(std::string_view field) const;
};

// Reads `yaml` into `file` and returns everything wrong with its form, each with its line: unknown
// keys, wrong types, scores that are not whole numbers. What ids mean is checked by the domain.
std::vector<std::string> ReadPolicyInput(std::string_view yaml, std::string_view file_name,
                                         PolicyInputFile& file);

}  // namespace assay::cli
