#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/math_spans.h"

// What is wrong with a pack beyond what the field options say (required, ranges, lengths: the validator's). Pure; used
// by `assayctl pack lint`, by import and by the tests of the bundled pack.
namespace assay::bank {

enum class Severity {
  // The pack must not be published like this.
  kError,
  // Probably wrong; a human should look.
  kWarning,
};

struct Finding {
  Severity severity = Severity::kError;
  // Where: "questions/q004.exemplars[1]", "roles/mlops.focus_questions[2]", "policies/x", "pack".
  std::string path;
  // Stable id: UNKNOWN_REFERENCE, MISSING_EXEMPLAR …
  std::string reason;
  // What is wrong and how to put it right.
  std::string message;

  // "error questions/q004.cue MISSING_CUE: …"
  std::string ToString() const;

  bool operator==(const Finding&) const = default;
};

// What is found, in the order of the pack. With `convert` formulas are tried as well; without it only dollars that open no
// formula are found. Of a hostile pack too, at a bounded cost: where a list of the catalogue has more items than the contract
// allows that is the only finding, where one of a question has the question is not looked into; near-duplicates are looked for
// within limits; and from kMaxLintFindings on findings are counted, save one for each question that must not be imported.
inline constexpr std::size_t kMaxLintFindings = 10'000;
// `elsewhere` are names of OpenReferences that are known to be there although the pack does not have them.
std::vector<Finding> LintPack(const v1::Pack& pack, const MathConverter& convert = nullptr, const std::set<std::string>& elsewhere = {});

// What the pack names and does not have, at most 10,000 of each kind: "competencies/ml", "roleGuides/mlops", "policies/…", "scales/…",
// "formats/…", "questions/q004".
std::set<std::string> OpenReferences(const v1::Pack& pack);

// The part that needs one question alone: missing parts, evidence of concepts, personal questions, wording, translations.
// `pack_language` is that of a question which names none; empty = English.
std::vector<Finding> LintQuestion(const v1::QuestionContent& question, const std::string& pack_language = {});

// The part that needs no question's inside: ids, references among entries, weights, thresholds, formats, policies.
class LintLookup;
std::vector<Finding> LintCatalogue(const v1::Pack& pack);
std::vector<Finding> LintCatalogue(const v1::Pack& pack, LintLookup& lookup);

// True when a text shows one of the concept's terms (of the concept's own text when it has none): the words of the
// term one after the other, whatever the case, from the start of a word; terms of under four letters as whole words.
bool Evidences(const std::string& text, const v1::KeyConcept& concept_);

// Lint is the gate of a content team; importing refuses only what would make a kit or a decision wrong. The rest of the
// findings are reported for a person to read.
bool MakesUnusable(const Finding& finding);

bool HasErrors(const std::vector<Finding>& findings);

}  // namespace assay::bank
