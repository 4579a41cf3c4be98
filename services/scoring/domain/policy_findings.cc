#include "services/scoring/domain/policy_findings.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace assay::scoring {
namespace {

// `never-built-or-deployed` and its like. A requisition's level says it best; without one the role
// does; knowing neither, the flag was confirmed by people who knew the job.
bool AsksForExperience(const CatalogueFacts& facts, const EvaluationInput& input) {
  if (input.level != bank::v1::LEVEL_UNSPECIFIED) return input.level != bank::v1::LEVEL_FRESHER;
  const auto role = facts.roles.find(input.role);
  return role == facts.roles.end() || role->second.needs_experience;
}

// "" when it counts.
std::string WhyNotCounted(const PolicySettings& settings, const FlagFacts& fact,
                          const Corroboration& given, bool asks_for_experience) {
  if (fact.experienced_roles_only && !asks_for_experience)
    return "not applicable to this role and level";
  const int needed = std::max(settings.flag_corroboration, fact.always_corroborated ? 2 : 1);
  if (given.people && *given.people < needed)
    return fmt::format("{} of {} people", *given.people, needed);
  if (fact.always_corroborated && !given.evidence) return "no evidence";
  return "";
}

void SortFlag(const ConfirmedFlag& flag, bank::v1::FlagKind kind, Findings& findings) {
  switch (kind) {
    case bank::v1::FLAG_KIND_AUTO_NO_HIRE:
      findings.auto_no_hire.push_back(flag.id);
      break;
    case bank::v1::FLAG_KIND_RED:
      findings.red.push_back(flag.id);
      if (flag.critical) findings.critical_red.push_back(flag.id);
      break;
    case bank::v1::FLAG_KIND_STRONG_HIRE_SIGNAL:
      findings.strong_hire_signals.push_back(flag.id);
      break;
    case bank::v1::FLAG_KIND_HOLD_SIGNAL:
      findings.hold_signals.push_back(flag.id);
      break;
    case bank::v1::FLAG_KIND_SENIORITY_GAP:
      findings.seniority_gap = true;
      break;
    default:  // green flags are for the report, not for a policy
      break;
  }
}

void FindFlags(const CatalogueFacts& facts, Findings& findings) {
  const bool experience = AsksForExperience(facts, findings.input);
  for (const ConfirmedFlag& flag : findings.input.flags) {
    const auto fact = facts.flags.find(flag.id);
    if (fact == facts.flags.end()) continue;
    const std::string why_not =
        WhyNotCounted(findings.settings, fact->second, flag.corroboration, experience);
    if (why_not.empty()) {
      SortFlag(flag, fact->second.kind, findings);
    } else {
      findings.flags_not_counted.push_back(fmt::format("{} ({})", flag.id, why_not));
    }
  }
  if (findings.input.seniority_gap) {
    const std::string why_not =
        WhyNotCounted(findings.settings, {}, *findings.input.seniority_gap, experience);
    if (why_not.empty()) {
      findings.seniority_gap = true;
    } else {
      findings.flags_not_counted.push_back(fmt::format("seniority gap ({})", why_not));
    }
  }
  // The order in which flags were given must not show in the bytes.
  for (auto* list :
       {&findings.auto_no_hire, &findings.red, &findings.critical_red,
        &findings.strong_hire_signals, &findings.hold_signals, &findings.flags_not_counted}) {
    std::sort(list->begin(), list->end());
  }
}

std::string Spoken(const RatingKey& key) {
  const std::string what = key.question.empty() ? "the area" : key.question;
  const std::string where = key.interview.empty() ? "" : fmt::format(" in {}", key.interview);
  return fmt::format("{} by {}{}", what, key.interviewer, where);
}

void FindGaps(Findings& findings) {
  const PolicySettings& settings = findings.settings;
  const Evidence& evidence = findings.evidence;
  if (!evidence.weighted_average) {
    findings.gaps.push_back(evidence.anything_rated ? "no competency with a weight is assessed"
                                                    : "nothing is rated");
  }
  if (evidence.assessed_weight < settings.min_assessed_weight) {
    findings.gaps.push_back(fmt::format("assessed weight {} < {}", Shown(evidence.assessed_weight),
                                        Shown(settings.min_assessed_weight)));
  }
  const int interviewers = static_cast<int>(evidence.interviewers.size());
  if (interviewers < settings.min_interviewers) {
    findings.gaps.push_back(
        fmt::format("interviewers {} < {}", interviewers, settings.min_interviewers));
  }
  for (const CompetencyResult& result : evidence.competencies) {
    if (!settings.required_competencies.count(result.id)) continue;
    if (!result.mean)
      findings.gaps.push_back(fmt::format("required {} is not assessed", result.id));
    if (result.left_out.empty()) continue;
    std::vector<std::string> left_out;
    for (const RatingKey& key : result.left_out) left_out.push_back(Spoken(key));
    findings.incomplete.push_back(fmt::format("{}: {}", result.id, fmt::join(left_out, ", ")));
  }
}

void FindCompetencies(Findings& findings) {
  for (const CompetencyResult& result : findings.evidence.competencies) {
    if (!result.mean) {
      findings.not_assessed.push_back(result.id);
      continue;
    }
    if (result.below_floor)
      findings.below_floor.push_back(fmt::format("{} {}", result.id, Shown(*result.mean)));
    if (!result.meets_threshold) {
      findings.under_threshold.push_back(
          fmt::format("{} {} < {}", result.id, Shown(*result.mean), Shown(result.threshold)));
    }
  }
}

void FindMustHaves(const CatalogueFacts& facts, Findings& findings) {
  const auto role = facts.roles.find(findings.input.role);
  if (role == facts.roles.end() || role->second.must_haves == 0) return;
  std::vector<int> open;
  for (int number = 1; number <= role->second.must_haves; ++number) {
    if (!findings.input.must_haves.met.count(number)) open.push_back(number);
  }
  const bool asked =
      !findings.input.must_haves.met.empty() || !findings.input.must_haves.unmet.empty();
  // Neither met nor unmet holds as well: saying nothing must not be better than saying no.
  if (findings.settings.must_haves == bank::v1::MUST_HAVES_RULE_HOLD)
    findings.must_haves_open = open;
  if (!asked && findings.must_haves_open.empty()) return;
  findings.must_haves_reported = fmt::format(
      "must-haves met {} of {}{}{}", findings.input.must_haves.met.size(), role->second.must_haves,
      open.empty() ? "" : ", not confirmed ", fmt::join(open, ", "));
}

}  // namespace

Findings Find(const PolicySettings& settings, const CatalogueFacts& facts,
              const EvaluationInput& input, const AssumedMeans& assumed) {
  Findings findings{
      .settings = settings, .input = input, .evidence = Gather(settings, facts, input, assumed)};
  FindFlags(facts, findings);
  FindCompetencies(findings);
  FindGaps(findings);
  FindMustHaves(facts, findings);
  return findings;
}

std::string Shown(const Rational& value) {
  const std::string exact = runtime::ToString(value);
  const std::string decimal = runtime::DecimalString(value);
  return exact == decimal ? exact : fmt::format("{} ({})", exact, decimal);
}

}  // namespace assay::scoring
