#pragma once

#include <map>
#include <string>
#include <string_view>

#include "assay/bank/v1/catalog.pb.h"
#include "assay/reporting/v1/report.pb.h"
#include "assay/scoring/v1/decision.pb.h"

namespace assay::reporting {

// The words of a report: one place, so that the same thing is said the same way in text, tables and charts.

// Names that sentences use, by id. What is not known is called by its id.
struct Names {
  std::map<std::string, std::string> competencies;
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string> interviewers;

  std::string Competency(const std::string& id) const;
  std::string Flag(const std::string& id) const;
  std::string Interviewer(const std::string& id) const;
};

// "HIRE_WITH_LEVEL_ADJUSTMENT"; empty for UNSPECIFIED.
std::string Token(scoring::v1::Outcome outcome);
// "Hire with level adjustment" of the token; also of rules, states and flag kinds.
std::string Spoken(std::string_view token);
// "Automatic no-hire" of a rule's name.
std::string RuleText(std::string_view rule);
// "Senior"; empty for UNSPECIFIED.
std::string LevelText(bank::v1::Level level);

// A reduced fraction as people read it, without losing anything: "3.86", or "3.333333… (10/3)" where the decimal does not end.
std::string Exact(const std::string& fraction);
// The same of thousandths: 3500 → "3.5".
std::string Milli(int thousandths);
// Share as a percentage: "1/5" → "20 %".
std::string Percent(const std::string& fraction);

// A figure with its exact value and what it rests on; without a value it carries `reason`.
v1::Figure FigureOf(const std::string& fraction, int n, const std::string& reason);

// "Hire: the weighted average 3.86 is at or above the hire bar 3.5, …". `policy` may be null.
std::string WhySentence(const scoring::v1::Evaluation& evaluation, const bank::v1::Policy* policy, const Names& names);
// Whether the outcome survives small changes, naming the first that flips it.
std::string HowSureSentence(const scoring::v1::Evaluation& evaluation, const Names& names);
// "without the ratings of Dana Reyes".
std::string VariationText(const scoring::v1::Perturbation& perturbation, const Names& names);

// "a, b and c".
std::string Listed(const std::vector<std::string>& items);

}  // namespace assay::reporting
