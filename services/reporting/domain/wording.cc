#include "services/reporting/domain/wording.h"

#include <cctype>
#include <vector>

#include <fmt/format.h>

#include "services/runtime/base/rational.h"

namespace assay::reporting {
namespace {

using runtime::Rational;
using scoring::v1::Evaluation;

std::string Found(const std::map<std::string, std::string>& names, const std::string& id) {
  const auto found = names.find(id);
  return found == names.end() || found->second.empty() ? id : found->second;
}

std::string Plain(const Rational& value) {
  const std::string decimal = runtime::DecimalString(value);
  const auto back = runtime::ParseRational(decimal);
  if (back.ok() && *back == value) return decimal;
  return fmt::format("{}… ({})", decimal, runtime::ToString(value));
}

int OrDefault(int milli, int otherwise) { return milli == 0 ? otherwise : milli; }

// Bars of a policy, with what a policy that is silent means (DOMAIN §3).
struct Bars {
  int no_hire = 3000;
  int floor = 3000;
  int hire = 3500;
  int strong = 4000;
  int min_assessed_basis_points = 8000;

  static Bars Of(const bank::v1::Policy* policy) {
    if (policy == nullptr) return {};
    Bars bars{OrDefault(policy->no_hire_below_milli(), 3000), OrDefault(policy->category_floor_milli(), 3000),
              OrDefault(policy->hire_bar_milli(), 3500), OrDefault(policy->strong_hire_bar_milli(), 4000)};
    if (policy->parameters().has_min_assessed_weight_basis_points())
      bars.min_assessed_basis_points = policy->parameters().min_assessed_weight_basis_points();
    return bars;
  }
};

std::vector<std::string> NamesWhere(const Evaluation& evaluation, const Names& names, auto test, bool with_figures) {
  std::vector<std::string> list;
  for (const auto& result : evaluation.competencies()) {
    if (!test(result)) continue;
    std::string text = names.Competency(result.id());
    if (with_figures) text += fmt::format(" ({} against {})", Exact(result.mean()), Exact(result.threshold()));
    list.push_back(std::move(text));
  }
  return list;
}

std::vector<std::string> UnderThreshold(const Evaluation& evaluation, const Names& names) {
  return NamesWhere(
      evaluation, names, [](const auto& r) { return r.has_meets_threshold() && !r.meets_threshold(); }, true);
}

std::vector<std::string> FlagNames(const Evaluation& evaluation, const Names& names) {
  std::vector<std::string> list;
  for (const std::string& flag : evaluation.flags()) list.push_back(names.Flag(flag));
  return list;
}

std::string Average(const Evaluation& evaluation) {
  return fmt::format("the weighted average {}", Exact(evaluation.weighted_average()));
}

std::string Insufficient(const Evaluation& evaluation, const Bars& bars, const Names& names) {
  const auto missing = NamesWhere(evaluation, names, [](const auto& r) { return !r.has_mean(); }, false);
  const std::string suffix = missing.empty() ? "" : fmt::format("; not assessed: {}", Listed(missing));
  const auto assessed = runtime::ParseRational(evaluation.assessed_weight());
  const Rational needed = runtime::FromBasisPoints(bars.min_assessed_basis_points);
  if (!evaluation.has_weighted_average()) return "nothing has been rated yet" + suffix;
  if (assessed.ok() && *assessed < needed) {
    return fmt::format("only {} of the policy's weight was assessed and it asks for {}{}",
                       Percent(evaluation.assessed_weight()), Percent(runtime::ToString(needed)), suffix);
  }
  return "the evidence that the policy asks for is not complete" + suffix;
}

std::string Reason(const Evaluation& evaluation, const bank::v1::Policy* policy, const Names& names) {
  const Bars bars = Bars::Of(policy);
  const std::string& rule = evaluation.rule();
  const auto under = UnderThreshold(evaluation, names);
  if (rule == "AUTO_NO_HIRE") {
    return fmt::format("an automatic no-hire trigger was confirmed (confirmed flags: {})", Listed(FlagNames(evaluation, names)));
  }
  if (rule == "INSUFFICIENT_EVIDENCE") return Insufficient(evaluation, bars, names);
  if (rule == "BELOW_NO_HIRE_BAR") {
    const auto average = runtime::ParseRational(evaluation.weighted_average());
    if (average.ok() && *average < runtime::FromMilli(bars.no_hire))
      return fmt::format("{} is below the no-hire bar {}", Average(evaluation), Milli(bars.no_hire));
    return fmt::format("a critical red flag was confirmed (confirmed flags: {})", Listed(FlagNames(evaluation, names)));
  }
  if (rule == "CATEGORY_FLOOR") {
    std::vector<std::string> low;
    for (const auto& r : evaluation.competencies()) {
      if (r.below_floor()) low.push_back(fmt::format("{} ({})", names.Competency(r.id()), Exact(r.mean())));
    }
    return fmt::format("below the floor {} that every assessed competency has to reach: {}", Milli(bars.floor), Listed(low));
  }
  if (rule == "STRONG_HIRE" || rule == "HIRE") {
    return fmt::format("{} is at or above the {} bar {}, every assessed competency meets its threshold and no red flag is confirmed",
                       Average(evaluation), rule == "HIRE" ? "hire" : "strong-hire",
                       Milli(rule == "HIRE" ? bars.hire : bars.strong));
  }
  if (rule == "LEVEL_ADJUSTMENT") {
    std::string text = fmt::format("{} is at or above the hire bar {}, but ", Average(evaluation), Milli(bars.hire));
    text += under.empty() ? "a gap in seniority is marked" : "under the threshold: " + Listed(under);
    if (evaluation.reason() == "NO_LOWER_LEVEL") text += ", and the requisition allows no lower level";
    return text;
  }
  if (rule == "SIGNAL_OVERRIDE") {
    std::string text = fmt::format("a strong-hire signal was confirmed, which waives the hire bar {} for {}", Milli(bars.hire),
                                   Average(evaluation));
    if (!under.empty()) text += "; under the threshold: " + Listed(under);
    return text;
  }
  if (rule == "NEXT_ROUND") {
    std::string text = fmt::format("no rule for a hire or a no-hire applies to {}; the hire bar is {}", Average(evaluation),
                                   Milli(bars.hire));
    if (!under.empty()) text += "; under the threshold: " + Listed(under);
    return text + "; another round is needed";
  }
  return "rule " + rule + " applied";
}

}  // namespace

std::string Names::Competency(const std::string& id) const { return Found(competencies, id); }
std::string Names::Flag(const std::string& id) const { return Found(flags, id); }
std::string Names::Interviewer(const std::string& id) const { return Found(interviewers, id); }

std::string Token(scoring::v1::Outcome outcome) {
  if (outcome == scoring::v1::OUTCOME_UNSPECIFIED || !scoring::v1::Outcome_IsValid(outcome)) return "";
  return scoring::v1::Outcome_Name(outcome).substr(sizeof("OUTCOME_") - 1);
}

std::string Spoken(std::string_view token) {
  std::string text(token);
  for (char& c : text) c = c == '_' || c == '-' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string RuleText(std::string_view rule) {
  if (rule == "AUTO_NO_HIRE") return "Automatic no-hire";
  if (rule == "INSUFFICIENT_EVIDENCE") return "Enough evidence?";
  if (rule == "BELOW_NO_HIRE_BAR") return "Below the no-hire bar";
  if (rule == "CATEGORY_FLOOR") return "A competency below the floor";
  if (rule == "SIGNAL_OVERRIDE") return "Strong-hire signal";
  return Spoken(rule);
}

std::string LevelText(bank::v1::Level level) {
  if (level == bank::v1::LEVEL_UNSPECIFIED || !bank::v1::Level_IsValid(level)) return "";
  return Spoken(std::string_view(bank::v1::Level_Name(level)).substr(sizeof("LEVEL_") - 1));
}

std::string Exact(const std::string& fraction) {
  const auto value = runtime::ParseRational(fraction);
  return value.ok() ? Plain(*value) : fraction;
}

std::string Milli(int thousandths) { return Plain(runtime::FromMilli(thousandths)); }

std::string Percent(const std::string& fraction) {
  const auto value = runtime::ParseRational(fraction);
  return value.ok() ? Plain(Rational(*value * 100)) + " %" : fraction;
}

v1::Figure FigureOf(const std::string& fraction, int n, const std::string& reason) {
  v1::Figure figure;
  figure.set_n(n);
  const auto value = runtime::ParseRational(fraction);
  if (!value.ok()) {
    figure.set_reason(reason);
    return figure;
  }
  figure.set_exact(fraction);
  figure.set_value(value->convert_to<double>());
  return figure;
}

std::string WhySentence(const Evaluation& evaluation, const bank::v1::Policy* policy, const Names& names) {
  return fmt::format("{}: {}.", Spoken(Token(evaluation.outcome())), Reason(evaluation, policy, names));
}

std::string VariationText(const scoring::v1::Perturbation& perturbation, const Names& names) {
  const std::string& subject = perturbation.subject();
  switch (perturbation.kind()) {
    case scoring::v1::PERTURBATION_KIND_MEDIAN:
      return "with the median in place of the mean";
    case scoring::v1::PERTURBATION_KIND_WITHOUT_INTERVIEWER:
      return "without the ratings of " + names.Interviewer(subject);
    case scoring::v1::PERTURBATION_KIND_WITHOUT_QUESTION:
      return "without question " + subject;
    case scoring::v1::PERTURBATION_KIND_WEIGHT_UP:
      return fmt::format("with the weight of {} 5 points up", names.Competency(subject));
    case scoring::v1::PERTURBATION_KIND_WEIGHT_DOWN:
      return fmt::format("with the weight of {} 5 points down", names.Competency(subject));
    case scoring::v1::PERTURBATION_KIND_UNRATED_AT_ONE:
      return fmt::format("with {}, not assessed, at 1", names.Competency(subject));
    case scoring::v1::PERTURBATION_KIND_UNRATED_AT_FIVE:
      return fmt::format("with {}, not assessed, at 5", names.Competency(subject));
    default:
      return "with a change of " + subject;
  }
}

std::string HowSureSentence(const Evaluation& evaluation, const Names& names) {
  const auto& tried = evaluation.robustness().perturbations();
  if (tried.empty()) return "Whether the outcome survives small changes was not checked.";
  int flips = 0;
  const scoring::v1::Perturbation* first = nullptr;
  for (const auto& perturbation : tried) {
    if (!perturbation.flips()) continue;
    if (first == nullptr) first = &perturbation;
    ++flips;
  }
  if (first == nullptr) {
    return fmt::format("Stable: the outcome is the same under all {} small changes tried.", tried.size());
  }
  return fmt::format("Not stable: {} of {} small changes tried give another outcome, the first being {} {}.", flips, tried.size(),
                     Spoken(Token(first->outcome())), VariationText(*first, names));
}

std::string Listed(const std::vector<std::string>& items) {
  if (items.empty()) return "none";
  std::string text = items.front();
  for (size_t i = 1; i < items.size(); ++i) text += (i + 1 == items.size() ? " and " : ", ") + items[i];
  return text;
}

}  // namespace assay::reporting
