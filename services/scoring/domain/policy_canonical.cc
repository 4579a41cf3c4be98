#include "services/scoring/domain/policy_canonical.h"

#include <algorithm>
#include <set>
#include <utility>

#include "services/runtime/base/ids.h"

namespace assay::scoring {
namespace {

using runtime::Json;

template <typename Strings>
Json StringList(const Strings& strings) {
  Json::List list;
  for (const auto& text : strings) list.emplace_back(text);
  return list;
}

Json Integers(const std::set<int>& numbers) {
  Json::List list;
  for (const int number : numbers) list.emplace_back(number);
  return list;
}

Json Optional(const std::optional<Rational>& value) { return value ? Json(*value) : Json(); }

Json Optional(const std::optional<int>& value) { return value ? Json(*value) : Json(); }

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json Key(const RatingKey& key) {
  return Json::Object{{"competency", key.competency},
                      {"interview", key.interview},
                      {"interviewer", key.interviewer},
                      {"question", key.question}};
}

Json PolicyJson(const PolicySettings& settings) {
  Json::List competencies;
  for (const WeighedCompetency& competency : settings.competencies) {
    competencies.emplace_back(Json::Object{
        {"id", competency.id}, {"threshold", competency.threshold}, {"weight", competency.weight}});
  }
  return Json::Object{{"id", settings.id},
                      {"competencies", std::move(competencies)},
                      {"no_hire_below", settings.no_hire_below},
                      {"category_floor", settings.category_floor},
                      {"hire_bar", settings.hire_bar},
                      {"strong_hire_bar", settings.strong_hire_bar},
                      {"role_critical_preferred", settings.role_critical_preferred},
                      {"question_average", settings.question_average},
                      {"min_assessed_weight", settings.min_assessed_weight},
                      {"required_competencies", StringList(settings.required_competencies)},
                      {"min_interviewers", settings.min_interviewers},
                      {"min_ratings_per_competency", settings.min_ratings_per_competency},
                      {"flag_corroboration", settings.flag_corroboration},
                      // Enumerators by number: a number, unlike a name, never changes in v1.
                      {"area_ratings", static_cast<int>(settings.area_ratings)},
                      {"rounds", static_cast<int>(settings.rounds)},
                      {"aggregation", static_cast<int>(settings.aggregation)},
                      {"must_haves", static_cast<int>(settings.must_haves)},
                      {"exposure_revisions", static_cast<int>(settings.exposure_revisions)}};
}

Json Ratings(const EvaluationInput& input) {
  std::vector<const Rating*> sorted;
  for (const Rating& rating : input.ratings) sorted.push_back(&rating);
  std::sort(sorted.begin(), sorted.end(),
            [](const Rating* a, const Rating* b) { return a->key < b->key; });
  Json::List list;
  for (const Rating* rating : sorted) {
    Json::Object row{{"key", Key(rating->key)}, {"score", Optional(rating->score)}};
    if (rating->before_exposure)
      row["score_before_exposure"] = Optional(rating->before_exposure->score);
    list.emplace_back(std::move(row));
  }
  return list;
}

Json Corroborated(const Corroboration& corroboration) {
  return Json::Object{{"evidence", corroboration.evidence},
                      {"people", Optional(corroboration.people)}};
}

Json Flags(const CatalogueFacts& facts, const EvaluationInput& input) {
  Json::Object flags;  // by id, hence sorted
  for (const ConfirmedFlag& flag : input.flags) {
    const auto known = facts.flags.find(flag.id);
    const FlagFacts fact = known == facts.flags.end() ? FlagFacts{} : known->second;
    flags[flag.id] = Json::Object{{"always_corroborated", fact.always_corroborated},
                                  {"corroboration", Corroborated(flag.corroboration)},
                                  {"critical", flag.critical},
                                  {"experienced_roles_only", fact.experienced_roles_only},
                                  {"kind", static_cast<int>(fact.kind)}};
  }
  return flags;
}

Json RoleJson(const CatalogueFacts& facts, const std::string& id) {
  const auto role = facts.roles.find(id);
  if (role == facts.roles.end()) return {};
  return Json::Object{{"critical_questions", StringList(role->second.critical_questions)},
                      {"id", id},
                      {"must_haves", role->second.must_haves},
                      {"needs_experience", role->second.needs_experience}};
}

Json Levels(const std::vector<bank::v1::Level>& levels) {
  std::set<int> numbers;
  for (const bank::v1::Level level : levels) numbers.insert(static_cast<int>(level));
  return Integers(numbers);
}

Json CompetencyJson(const CompetencyResult& result) {
  Json::List interviewers;
  for (const InterviewerShare& share : result.interviewers) {
    interviewers.emplace_back(
        Json::Object{{"id", share.interviewer}, {"n", share.ratings}, {"value", share.value}});
  }
  Json::List left_out;
  for (const RatingKey& key : result.left_out) left_out.emplace_back(Key(key));
  Json::Object json{{"id", result.id},
                    {"mean", Optional(result.mean)},
                    {"assessed", result.ratings},
                    {"weight", result.weight},
                    {"threshold", result.threshold},
                    {"meets_threshold", result.mean ? Json(result.meets_threshold) : Json()},
                    {"below_floor", result.below_floor},
                    {"interviewers", std::move(interviewers)},
                    {"left_out", std::move(left_out)}};
  if (!result.mean) json["reason"] = result.reason;
  return json;
}

Json TraceJson(const TraceStep& step) {
  Json::Object inputs;
  for (const auto& [name, value] : step.inputs) inputs[name] = value;
  return Json::Object{
      {"rule", step.rule},           {"fired", step.fired},           {"why", step.Why()},
      {"inputs", std::move(inputs)}, {"comparison", step.comparison}, {"effect", step.effect}};
}

}  // namespace

std::string CanonicalInputs(const PolicySettings& settings, const CatalogueFacts& facts,
                            const EvaluationInput& input) {
  const std::set<RatingKey> expected_keys(input.expected.begin(), input.expected.end());
  Json::List expected;
  for (const RatingKey& key : expected_keys) expected.push_back(Key(key));
  Json::Object json{
      {"policy", PolicyJson(settings)},
      {"ratings", Ratings(input)},
      {"expected", std::move(expected)},
      {"flags", Flags(facts, input)},
      {"seniority_gap", input.seniority_gap ? Corroborated(*input.seniority_gap) : Json()},
      {"role", RoleJson(facts, input.role)},
      {"level", static_cast<int>(input.level)},
      {"allowed_levels", Levels(input.allowed_levels)},
      {"must_haves", Json::Object{{"met", Integers(input.must_haves.met)},
                                  {"unmet", Integers(input.must_haves.unmet)}}}};
  // The order of rounds matters to this rule only; elsewhere listing them otherwise is no change.
  if (settings.rounds == bank::v1::ROUNDS_RULE_LATEST)
    json["interviews"] = StringList(input.interviews);
  return Json(std::move(json)).Canonical();
}

std::string InputDigest(const PolicySettings& settings, const CatalogueFacts& facts,
                        const EvaluationInput& input) {
  return runtime::Sha256Hex(CanonicalInputs(settings, facts, input));
}

Json::Object EvaluationJson(const Evaluation& evaluation) {
  Json::List competencies;
  for (const CompetencyResult& result : evaluation.competencies)
    competencies.push_back(CompetencyJson(result));
  Json::List trace;
  for (const TraceStep& step : evaluation.trace) trace.push_back(TraceJson(step));
  const RoleCritical& critical = evaluation.role_critical;
  Json::Object role_critical{{"average", Optional(critical.average)},
                             {"met", critical.average ? Json(critical.met) : Json()},
                             {"preferred", critical.preferred},
                             {"ratings", critical.ratings}};
  if (!critical.average) role_critical["reason"] = "NOTHING_RATED";
  return Json::Object{
      {"outcome", std::string(OutcomeName(evaluation.outcome))},
      {"rule", evaluation.rule},
      {"reason", evaluation.reason.empty() ? OrNull(evaluation.weighted_average_reason)
                                           : Json(evaluation.reason)},
      {"weighted_average", Optional(evaluation.weighted_average)},
      {"weighted_average_reason", OrNull(evaluation.weighted_average_reason)},
      {"question_average", Optional(evaluation.question_average)},
      {"question_average_reason", evaluation.question_average ? Json() : Json("NOTHING_RATED")},
      {"question_average_met",
       evaluation.question_average ? Json(evaluation.question_average_met) : Json()},
      {"assessed_weight", evaluation.assessed_weight},
      {"competencies", std::move(competencies)},
      {"role_critical", std::move(role_critical)},
      {"not_assessed", StringList(evaluation.not_assessed)},
      {"waived", StringList(evaluation.waived)},
      {"from_level", OrNull(LevelName(evaluation.from_level))},
      {"to_level", OrNull(LevelName(evaluation.to_level))},
      {"trace", std::move(trace)}};
}

Json RobustnessJson(const Robustness& robustness) {
  const auto check_json = [](const RobustnessCheck& check) -> Json {
    return Json::Object{{"change", check.change},
                        {"outcome", std::string(OutcomeName(check.outcome))},
                        {"rule", check.rule},
                        {"survives", check.survives}};
  };
  Json::List checks;
  for (const RobustnessCheck& check : robustness.checks) checks.push_back(check_json(check));
  const RobustnessCheck* flip = robustness.FirstFlip();
  return Json::Object{{"survives", robustness.survives},
                      {"first_flip", flip == nullptr ? Json() : check_json(*flip)},
                      {"checks", std::move(checks)}};
}

std::string CanonicalDecision(const Evaluation& evaluation, std::string_view input_digest) {
  Json::Object json = EvaluationJson(evaluation);
  json["engine_version"] = std::string(kPolicyEngineVersion);
  json["input_digest"] = std::string(input_digest);
  return Json(std::move(json)).Canonical();
}

}  // namespace assay::scoring
